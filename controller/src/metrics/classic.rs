//! The older text form of Prometheus, for readers that do not ask for OpenMetrics.
//!
//! The two differ for us in one thing: there a counter's description bears the name of its samples,
//! with `_total`; and there is no end mark.

use std::collections::HashSet;

/// Rewrites OpenMetrics text as Prometheus' text form 0.0.4.
#[must_use]
pub fn classic(text: &str) -> String {
    let counters: HashSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter"))
        .collect();
    let mut out = String::with_capacity(text.len() + 64);
    for line in text.lines().filter(|line| *line != "# EOF") {
        out.push_str(&described(line, &counters).unwrap_or_else(|| line.to_owned()));
        out.push('\n');
    }
    out
}

/// The line with the counter's longer name, if it describes one.
fn described(line: &str, counters: &HashSet<&str>) -> Option<String> {
    let (mark, rest) = ["# HELP ", "# TYPE "]
        .into_iter()
        .find_map(|mark| Some((mark, line.strip_prefix(mark)?)))?;
    let (name, rest) = rest.split_once(' ')?;
    counters
        .contains(name)
        .then(|| format!("{mark}{name}_total {rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_described_by_the_name_of_their_samples() {
        let open = "# HELP a How many.\n# TYPE a counter\na_total 1\n# HELP b B.\n# TYPE b gauge\nb 2\n# EOF\n";
        assert_eq!(
            classic(open),
            "# HELP a_total How many.\n# TYPE a_total counter\na_total 1\n# HELP b B.\n# TYPE b gauge\nb 2\n"
        );
    }
}
