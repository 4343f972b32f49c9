//! Small forms of printed text: columns and counted nouns.

/// Columns as wide as their widest cell, two spaces between them, no space at the end of a line.
pub fn columns(rows: &[Vec<String>], indent: &str) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths);
        let cells: Vec<_> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        format!("{indent}{}", cells.join("  "))
            .trim_end()
            .to_owned()
            + "\n"
    };
    rows.iter().map(line).collect()
}

/// `1 value`, `2 values`.
pub fn plural(count: usize, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_need() {
        let rows = [vec!["A", "LONG", "C"], vec!["äöü", "b"]];
        let rows = rows.map(|row| row.into_iter().map(str::to_owned).collect());
        assert_eq!(columns(&rows, "  "), "  A    LONG  C\n  äöü  b\n");
    }

    #[test]
    fn one_is_singular() {
        let words = [0, 1, 2].map(|count| plural(count, "item"));
        assert_eq!(words, ["0 items", "1 item", "2 items"]);
    }
}
