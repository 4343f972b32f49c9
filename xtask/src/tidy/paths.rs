//! Every path that `docs/architecture.md` names exists, so that the page cannot grow stale.

use std::path::Path;

use super::Finding;

const PAGE: &str = "docs/architecture.md";

pub(super) fn check(root: &Path) -> Vec<Finding> {
    let finding = |line, what| Finding {
        file: PAGE.into(),
        line,
        what,
    };
    let Ok(text) = std::fs::read_to_string(root.join(PAGE)) else {
        return vec![finding(
            1,
            "is missing: it says how the house is laid out".to_owned(),
        )];
    };
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for path in paths(line).filter(|path| !root.join(path).exists()) {
            findings.push(finding(
                index + 1,
                format!("`{path}` does not exist: mend the page or the name"),
            ));
        }
    }
    findings
}

/// What stands in backticks and has the look of a path of ours: a first part that is a directory
/// or file at the top, and no sign of being a pattern, a flag or a name in code.
fn paths(line: &str) -> impl Iterator<Item = &str> {
    let quoted = line.split('`').skip(1).step_by(2);
    quoted.filter(|text| {
        let top = text.split('/').next().unwrap_or_default();
        let ours = TOP.contains(&top) || ["Cargo.toml", "README.md"].contains(text);
        ours && text.contains(['/', '.']) && !text.contains(['*', '<', ' ', '{', ':'])
    })
}

/// The names at the top of the checkout.
const TOP: [&str; 12] = [
    "cli",
    "controller",
    "crates",
    "keys-example",
    "tests",
    "docs",
    "deploy",
    "fuzz",
    "xtask",
    ".ci",
    ".cargo",
    "clippy.toml",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_from_other_words_in_backticks() {
        let line = "`crates/seal/src` and `cluster` in `cli/src/commands/<verb>.rs`, see `a::b`, `docs/a.md`";
        assert_eq!(
            paths(line).collect::<Vec<_>>(),
            ["crates/seal/src", "docs/a.md"]
        );
    }
}
