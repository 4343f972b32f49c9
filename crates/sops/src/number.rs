//! Numbers in the digits that Go gives them: the MAC is over those, and files hold them.

/// `strconv.FormatFloat(value, 'f', -1, 64)`: the shortest digits, never an exponent.
pub(crate) fn plain(value: f64) -> String {
    format!("{value}")
}

/// `strconv.FormatFloat(value, 'g', -1, 64)`: with an exponent below 1e-4 and from 1e6 on, as YAML
/// has it.
pub(crate) fn general(value: f64) -> String {
    let (mantissa, exponent) = scientific(value);
    if value == 0.0 || (-4..6).contains(&exponent) {
        return plain(value);
    }
    format!("{mantissa}e{}{:02}", sign(exponent), exponent.abs())
}

/// As Go writes JSON: with an exponent below 1e-6 and from 1e21 on.
pub(crate) fn json(value: f64) -> String {
    let (mantissa, exponent) = scientific(value);
    if value == 0.0 || (-6..21).contains(&exponent) {
        return plain(value);
    }
    format!("{mantissa}e{}{}", sign(exponent), exponent.abs())
}

/// As a dotenv file has it, where a float is told from an integer.
pub(crate) fn marked(value: f64) -> String {
    let text = general(value).replace('e', "E");
    if text.contains(['.', 'E']) {
        text
    } else {
        format!("{text}.0")
    }
}

fn sign(exponent: i32) -> char {
    if exponent < 0 { '-' } else { '+' }
}

/// The shortest digits with a point behind the first, and the power of ten.
fn scientific(value: f64) -> (String, i32) {
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) => (mantissa.to_owned(), exponent.parse().unwrap_or(0)),
        None => (text, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each as Go 1.26 prints it: `'f'`, `'g'`, and `json.Marshal`.
    #[test]
    fn floats_have_the_digits_that_go_gives_them() {
        let cases = [
            (0.0, "0", "0", "0"),
            (1.0, "1", "1", "1"),
            (-1.5, "-1.5", "-1.5", "-1.5"),
            (1e5, "100000", "100000", "100000"),
            (1e6, "1000000", "1e+06", "1000000"),
            (123_456_789.0, "123456789", "1.23456789e+08", "123456789"),
            (0.0001, "0.0001", "0.0001", "0.0001"),
            (0.00001, "0.00001", "1e-05", "0.00001"),
            (1e-7, "0.0000001", "1e-07", "1e-7"),
            (
                1e20,
                "100000000000000000000",
                "1e+20",
                "100000000000000000000",
            ),
            (1e21, "1000000000000000000000", "1e+21", "1e+21"),
            (
                0.1 + 0.2,
                "0.30000000000000004",
                "0.30000000000000004",
                "0.30000000000000004",
            ),
        ];
        for (value, f, g, j) in cases {
            assert_eq!(
                (plain(value), general(value), json(value)),
                (f.into(), g.into(), j.into())
            );
        }
    }

    #[test]
    fn a_whole_float_of_a_dotenv_file_has_a_point() {
        assert_eq!(marked(3.0), "3.0");
        assert_eq!(marked(1e6), "1E+06");
        assert_eq!(marked(2.5), "2.5");
    }
}
