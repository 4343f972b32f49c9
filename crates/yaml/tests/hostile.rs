//! Row T8 of the threat model: sources made to cost more than they weigh are refused,
//! quickly, and what is read costs little more memory than itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed test may panic"
)]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use signet_yaml::{Budget, ErrorKind, Limit, read};

/// Generous for an unoptimised build on a busy machine; each takes milliseconds.
const QUICK: Duration = Duration::from_secs(10);

#[test]
fn refuses_a_billion_laughs() {
    let mut source = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..10 {
        let last = level - 1;
        let list = vec![format!("*a{last}"); 9].join(", ");
        writeln!(source, "a{level}: &a{level} [{list}]").unwrap();
    }
    refused(&source, Limit::AliasNodes);
}

#[test]
fn refuses_laughs_by_merge_keys() {
    let mut source = "a0: &a0 {k0: lol}\n".to_owned();
    for level in 1..5_000 {
        writeln!(
            source,
            "a{level}: &a{level} {{<<: *a{}, k{level}: lol}}",
            level - 1
        )
        .unwrap();
    }
    refused(&source, Limit::AliasNodes);
}

#[test]
fn charges_long_strings_behind_few_aliases() {
    let aliases = "*a, ".repeat(10_000);
    refused(
        &format!("a: &a {}\nb: [{aliases}]\n", "x".repeat(1 << 20)),
        Limit::AliasNodes,
    );
}

#[test]
fn refuses_anchors_and_aliases_where_none_are_allowed() {
    let budget = Budget {
        alias_nodes: 0,
        ..Budget::default()
    };
    assert!(read(b"a: 1\nb: [2]\n", &budget).is_ok());
    let error = read(b"a: &x 1\nb: *x\n", &budget).unwrap_err();
    insta::assert_snapshot!(error, @"line 1, column 7: the source has more than 0 nodes copied by anchors and aliases, which is the limit");
}

#[test]
fn refuses_a_tower_in_every_notation() {
    refused(&"[".repeat(100_000), Limit::Depth);
    refused(&"{a: ".repeat(100_000), Limit::Depth);
    refused(&"- ".repeat(100_000), Limit::Depth);
    let stairs: String = (0..2_000)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    refused(&stairs, Limit::Depth);
}

#[test]
fn refuses_a_tower_built_of_aliases() {
    let mut source = "a0: &a0 [x]\n".to_owned();
    for level in 1..400 {
        writeln!(source, "a{level}: &a{level} [*a{}]", level - 1).unwrap();
    }
    let budget = Budget {
        alias_nodes: usize::MAX,
        nodes: usize::MAX,
        ..Budget::default()
    };
    assert_eq!(limit(&source, &budget), Some(Limit::Depth));
}

#[test]
fn no_budget_goes_deeper_than_the_stack() {
    let budget = Budget {
        depth: usize::MAX,
        ..Budget::default()
    };
    assert_eq!(limit(&"[".repeat(100_000), &budget), Some(Limit::Depth));
    let deep = format!("{}{}", "[".repeat(999), "]".repeat(999));
    let documents = read(deep.as_bytes(), &budget).unwrap();
    assert_eq!(documents[0].to_json().to_string(), deep);
}

#[test]
fn refuses_a_million_documents() {
    refused(&"---\n".repeat(1_000_000), Limit::Documents);
    refused(&"--- a\n".repeat(1_000_000), Limit::Documents);
}

#[test]
fn refuses_a_million_nodes_and_one() {
    refused(&format!("[{}]", "a,".repeat(1_000_000)), Limit::Nodes);
}

#[test]
fn refuses_64_mb_before_looking_at_them() {
    refused(&format!("a: {}", "x".repeat(64_000_000)), Limit::Bytes);
}

#[test]
fn finds_a_key_given_twice_among_very_many() {
    let mut source: String = (0..200_000).map(|n| format!("k{n}: 1\n")).collect();
    source.push_str("k777: 2\n");
    let begin = Instant::now();
    let error = read(source.as_bytes(), &Budget::default()).unwrap_err();
    insta::assert_snapshot!(error, @r#"line 200001, column 1: the key "k777" is given twice in one mapping, first on line 778; remove one of them"#);
    assert!(begin.elapsed() < QUICK, "{:?}", begin.elapsed());
}

/// The source and one copy of its text are all that a large scalar costs.
#[cfg(target_os = "linux")]
#[test]
fn reads_a_large_scalar_in_three_times_its_size() {
    // In a process of its own: the peak belongs to all threads of one.
    let this = std::env::current_exe().unwrap();
    let output = std::process::Command::new(this)
        .args([
            "--exact",
            "measures_the_peak_of_a_large_scalar",
            "--ignored",
            "--nocapture",
        ])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let grown: usize = said
        .split("grown by ")
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert!(
        grown <= 3 * LARGE / 1024,
        "{grown} kB for {} kB",
        LARGE / 1024
    );
}

const LARGE: usize = 32 << 20;

#[cfg(target_os = "linux")]
#[test]
#[ignore = "started by reads_a_large_scalar_in_three_times_its_size"]
fn measures_the_peak_of_a_large_scalar() {
    let before = peak();
    let mut source = "a: |\n  ".to_owned();
    source.reserve_exact(LARGE);
    source.extend(std::iter::repeat_n('x', LARGE));
    let budget = Budget {
        bytes: usize::MAX,
        ..Budget::default()
    };
    let documents = read(source.as_bytes(), &budget).unwrap();
    assert_eq!(
        documents[0].at(&["a"]).unwrap().as_str().unwrap().len(),
        LARGE
    );
    println!("grown by {} kB", peak() - before);
}

/// The most memory this process has held, in kB.
#[cfg(target_os = "linux")]
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn refused(source: &str, what: Limit) {
    let begin = Instant::now();
    assert_eq!(limit(source, &Budget::default()), Some(what));
    assert!(begin.elapsed() < QUICK, "{what} took {:?}", begin.elapsed());
}

fn limit(source: &str, budget: &Budget) -> Option<Limit> {
    match read(source.as_bytes(), budget).unwrap_err().kind {
        ErrorKind::Budget { what, .. } => Some(what),
        other => panic!("refused for another reason: {other}"),
    }
}
