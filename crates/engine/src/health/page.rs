//! The table as a page, for `docs/reference/health.md`.

use std::fmt::Write as _;

use super::rule::{Of, Reason, Step, Test};
use super::table::{GENERIC, READY, RULES};

/// The rules as Markdown: a heading and a table for each kind.
#[must_use]
pub fn page() -> String {
    let mut out = String::new();
    section(&mut out, "Every kind, Jobs apart", GENERIC);
    for rule in RULES {
        let kinds: Vec<String> = rule.kinds.iter().map(|kind| format!("`{kind}`")).collect();
        section(&mut out, &kinds.join(", "), rule.steps);
    }
    section(&mut out, "Every other kind", READY);
    out
}

fn section(out: &mut String, heading: &str, steps: &[Step]) {
    // A String takes every write.
    let _ = write!(
        out,
        "\n### {heading}\n\n| If | Status | Message |\n|---|---|---|\n"
    );
    for step in steps {
        match step {
            Step::When(tests, status, says) => row(out, &all(tests), status.as_str(), says),
            Step::First(arms) => {
                for (of, status, says) in *arms {
                    row(out, &condition(of), status.as_str(), says);
                }
            }
        }
    }
}

fn row(out: &mut String, tests: &str, status: &str, says: &str) {
    let says = match says {
        "{message}" => "what the condition says".to_owned(),
        says => format!("`{says}`"),
    };
    let _ = writeln!(out, "| {tests} | {status} | {says} |");
}

fn all(tests: &[Test]) -> String {
    match tests {
        [] => "otherwise".to_owned(),
        tests => tests.iter().map(one).collect::<Vec<_>>().join(" and "),
    }
}

fn one(test: &Test) -> String {
    match test {
        Test::Given(path) | Test::HasNumber(path) => format!("`{path}` is set"),
        Test::NoNumber(path) | Test::Empty(path) | Test::Unset(path) => {
            format!("`{path}` is not set")
        }
        Test::Limited(path) => format!("`{path}` is set and not 2147483647"),
        Test::Is(path, text) => format!("`{path}` is `{text}`"),
        Test::Differ(left, right) => format!("`{left}` differs from `{right}`"),
        Test::True(path) => format!("`{path}` is true"),
        Test::Less(left, right) => format!("`{left}` < `{right}`"),
        Test::OtherGeneration => {
            "`status.observedGeneration` differs from `metadata.generation`".to_owned()
        }
        Test::Has(of) => condition(of),
        Test::Lacks(of) => format!("no {}", condition(of)),
        Test::CrashLooping => {
            "a container of `status.containerStatuses` waits in `CrashLoopBackOff`".to_owned()
        }
        Test::YoungerThan(seconds) => format!("it is younger than {seconds} s"),
    }
}

fn condition(of: &Of) -> String {
    let status = of.status.map(|status| format!("=`{status}`"));
    let reason = match of.reason {
        Reason::Any => String::new(),
        Reason::Is(reason) => format!(" with reason `{reason}`"),
        Reason::IsNot(reason) => format!(" with another reason than `{reason}`"),
    };
    format!(
        "condition `{}`{}{reason}",
        of.kind,
        status.unwrap_or_default()
    )
}
