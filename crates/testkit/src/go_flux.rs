//! Flux's own Go code as the judge, live or by what it once said.
//!
//! Live, it is the program built from `tests/go-flux`, which the environment variable
//! `SIGNET_GO_FLUX` names; `cargo xtask test --only as-flux` builds it and sets the variable. What
//! it said is kept in `tests/vectors/flux`, one line for each case, so that a run without Go checks
//! the same. `SIGNET_WRITE_VECTORS=1` beside the other variable writes them anew.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// The answers of Flux to cases of one question, in their order.
///
/// # Panics
/// The program is not there or does not answer: a test cannot go on.
#[must_use]
pub fn ask(question: &str, cases: &[Value]) -> Vec<Value> {
    let program = variable("SIGNET_GO_FLUX");
    let program = program.expect("set SIGNET_GO_FLUX to the program built from tests/go-flux");
    let mut child = Command::new(program)
        .arg(question)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("SIGNET_GO_FLUX can be run");
    let mut stdin = child.stdin.take().expect("standard input was asked for");
    let lines: String = cases.iter().map(|case| format!("{case}\n")).collect();
    // It answers while it reads, so somebody else writes.
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let said = child.wait_with_output().expect("it ends");
    writer
        .join()
        .expect("no panic")
        .expect("it reads everything");
    assert!(said.status.success(), "{}", said.status);
    let said = String::from_utf8(said.stdout).expect("it writes UTF-8");
    let answers: Vec<Value> = said
        .lines()
        .map(|line| line.parse().expect("JSON"))
        .collect();
    assert_eq!(answers.len(), cases.len());
    answers
}

/// The cases that are kept, each with what Flux said.
///
/// # Panics
/// They cannot be read: a test cannot go on.
#[must_use]
pub fn vectors(name: &str) -> Vec<(Value, Value)> {
    let path = place(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let parsed = text
        .lines()
        .map(|line| line.parse().expect("a line is JSON"));
    let pair = |mut line: Value| (line["case"].take(), line["says"].take());
    parsed.map(pair).collect()
}

/// Compares what is kept with these cases and what Flux says to them now; writes it instead, if
/// the environment asks for that. What all cases have in common is not kept, but added by `whole`.
///
/// # Panics
/// They differ.
pub fn keep(name: &str, question: &str, cases: &[Value], whole: fn(&Value) -> Value) {
    let answers = ask(question, &cases.iter().map(whole).collect::<Vec<_>>());
    let line =
        |(case, says): (&Value, &Value)| format!("{}\n", json!({"case": case, "says": says}));
    let wanted: String = cases.iter().zip(&answers).map(line).collect();
    let path = place(name);
    if variable("SIGNET_WRITE_VECTORS").is_some() {
        std::fs::write(&path, wanted).expect("the vectors can be written");
        return;
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    let same = there
        .lines()
        .zip(wanted.lines())
        .take_while(|(a, b)| a == b)
        .count();
    assert!(
        there == wanted,
        "{}:{}: is not what Flux says: run again with SIGNET_WRITE_VECTORS=1",
        path.display(),
        same + 1
    );
}

fn place(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.join("tests/vectors/flux").join(name)
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from)
}
