//! Words that have their place: the environment, the clock, randomness, and some that have none.

use super::{Finding, Source};

/// A word in the code with the files that may say it.
struct Rule {
    word: &'static str,
    /// Where it may stand: whole files, or directories with a `/` at their end; each has its reason.
    allowed: &'static [(&'static str, &'static str)],
    remedy: &'static str,
}

const SETTINGS: &[(&str, &str)] = &[
    ("cli/src/settings.rs", "reads it for the cli"),
    ("controller/src/settings.rs", "reads it for the controller"),
];

const MAINS: &[(&str, &str)] = &[
    ("cli/src/main.rs", "makes the world of the cli"),
    (
        "controller/src/main.rs",
        "makes the world of the controller",
    ),
];

/// A deadline is measured where the waiting is done; it decides nothing that a user sees.
const WAITING: &[(&str, &str)] = &[
    ("cli/", "times out requests"),
    ("controller/", "schedules"),
    ("crates/cluster/", "times out requests, backs off"),
    ("crates/source/", "times out fetches"),
    ("crates/render/", "times out child processes"),
];

const ENVIRONMENT: &str =
    "only the two settings.rs read the environment: take the value as an argument";
const CLOCK: &str = "only the two main.rs make a clock: take `now` as an argument";
const RANDOMNESS: &str = "only the two main.rs make randomness: take an rng as an argument";

const RULES: &[Rule] = &[
    Rule {
        word: "env::var",
        allowed: SETTINGS,
        remedy: ENVIRONMENT,
    },
    Rule {
        word: "env::home_dir",
        allowed: SETTINGS,
        remedy: ENVIRONMENT,
    },
    Rule {
        word: "Timestamp::now",
        allowed: MAINS,
        remedy: CLOCK,
    },
    Rule {
        word: "Zoned::now",
        allowed: MAINS,
        remedy: CLOCK,
    },
    Rule {
        word: "SystemTime::now",
        allowed: MAINS,
        remedy: CLOCK,
    },
    Rule {
        word: "Instant::now",
        allowed: WAITING,
        remedy: "judgement has no clock: take the time as an argument",
    },
    Rule {
        word: "OsRng",
        allowed: MAINS,
        remedy: RANDOMNESS,
    },
    Rule {
        word: "SysRng",
        allowed: MAINS,
        remedy: RANDOMNESS,
    },
    Rule {
        word: "thread_rng",
        allowed: MAINS,
        remedy: RANDOMNESS,
    },
    Rule {
        word: "rand::fill",
        allowed: MAINS,
        remedy: RANDOMNESS,
    },
    Rule {
        word: "SystemRandom",
        allowed: &[
            (
                "crates/seal/src/key.rs",
                "aws-lc-rs asks for one to sign and to blind; what comes out does not depend on it",
            ),
            (
                "crates/template/src/functions/crypto/keys.rs",
                "the same, and the padding of PKCS#1 v1.5 has no randomness",
            ),
        ],
        remedy: RANDOMNESS,
    },
    Rule {
        word: "danger_accept_invalid",
        allowed: &[],
        remedy: "certificates are always verified",
    },
    Rule {
        word: "tls_danger",
        allowed: &[],
        remedy: "certificates are always verified",
    },
    Rule {
        word: "dangerous()",
        allowed: &[],
        remedy: "certificates are always verified",
    },
];

/// Looks at what is shipped: not at the tests, their helpers and this program.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let shipped = |source: &&Source| {
        let program = ["cli", "controller", "crates"]
            .iter()
            .any(|top| source.under(top));
        let helper = source.under("crates/testkit");
        let test = source
            .path
            .iter()
            .any(|part| part == "tests" || part == "benches" || part == "examples");
        program && !helper && !test && !source.path.ends_with("tests.rs")
    };
    sources
        .iter()
        .filter(shipped)
        .flat_map(check_source)
        .collect()
}

fn check_source(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, code) in shipped_lines(&source.text) {
        for rule in RULES.iter().filter(|rule| code.contains(rule.word)) {
            if !rule
                .allowed
                .iter()
                .any(|(place, _why)| stands_in(source, place))
            {
                findings.push(source.finding(line, format!("`{}`: {}", rule.word, rule.remedy)));
            }
        }
    }
    findings
}

fn stands_in(source: &Source, place: &str) -> bool {
    place
        .strip_suffix('/')
        .map_or_else(|| source.is(place), |directory| source.under(directory))
}

/// The lines of code before the file's own test module, which stands last; without comments.
fn shipped_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines: Vec<&str> = text.lines().collect();
    let tests = lines.windows(4).position(|window| {
        window[0].trim() == "#[cfg(test)]"
            && window[1..].iter().any(|line| line.starts_with("mod "))
    });
    let end = tests.unwrap_or(lines.len());
    lines
        .into_iter()
        .take(end)
        .enumerate()
        .filter_map(|(index, line)| {
            let code = line.split("//").next().unwrap_or_default();
            (!code.trim().is_empty()).then_some((index + 1, code))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str) -> Vec<String> {
        let source = Source {
            path: path.into(),
            text: text.to_owned(),
        };
        super::check(&[source])
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_clock_in_judgement_is_found_with_its_line() {
        let found = check("crates/engine/src/a.rs", "\nlet now = Timestamp::now();\n");
        assert_eq!(
            found,
            [
                "crates/engine/src/a.rs:2: `Timestamp::now`: only the two main.rs make a clock: take `now` as an argument"
            ]
        );
    }

    #[test]
    fn the_world_may_be_made_in_main_talked_about_and_used_in_tests() {
        assert!(check("cli/src/main.rs", "let now = Timestamp::now();").is_empty());
        assert!(check("crates/seal/src/a.rs", "// Timestamp::now is not for us").is_empty());
        let test =
            "fn a() {}\n#[cfg(test)]\n#[allow(x)]\nmod tests {\n let now = Timestamp::now();\n}\n";
        assert!(check("crates/seal/src/a.rs", test).is_empty());
    }
}
