//! Kubernetes' own reader as the judge: runs the program built from `tests/go-yaml`.
//!
//! The environment variable `SIGNET_GO_YAML` names that program. `cargo xtask test`
//! builds it (`CGO_ENABLED=0 go build -trimpath -o <file> .` in `tests/go-yaml`) and
//! runs `SIGNET_GO_YAML=<file> cargo test -p signet-yaml -- --include-ignored`.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What Go makes of one source: its documents, or why it refuses.
pub type Answer = Result<Vec<Value>, String>;

/// Go's answers for files, in their order.
pub fn answers(files: &[PathBuf]) -> Vec<Answer> {
    // A command line has a limited length.
    files.chunks(500).flat_map(run).collect()
}

/// Go's answers for sources, which are written to files first.
pub fn answers_for<S: AsRef<[u8]>>(sources: &[S]) -> Vec<Answer> {
    let room = tempfile::tempdir().unwrap();
    let files: Vec<PathBuf> = sources
        .iter()
        .enumerate()
        .map(|(n, source)| write(room.path(), n, source.as_ref()))
        .collect();
    answers(&files)
}

fn write(room: &Path, number: usize, source: &[u8]) -> PathBuf {
    let file = room.join(format!("{number}.yaml"));
    std::fs::write(&file, source).unwrap();
    file
}

fn run(files: &[PathBuf]) -> Vec<Answer> {
    let output = Command::new(program())
        .args(files)
        .output()
        .expect("SIGNET_GO_YAML can be run");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let answers: Vec<Answer> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(answer)
        .collect();
    assert_eq!(answers.len(), files.len());
    answers
}

fn answer(line: &str) -> Answer {
    let mut line: Value = serde_json::from_str(line).unwrap();
    if let Some(error) = line["error"].as_str() {
        return Err(error.to_owned());
    }
    let Value::Array(documents) = line["documents"].take() else {
        panic!("no documents: {line}")
    };
    Ok(documents)
}

#[allow(
    clippy::disallowed_methods,
    reason = "xtask hands the program over in the environment"
)]
fn program() -> PathBuf {
    let program = std::env::var_os("SIGNET_GO_YAML");
    program
        .expect("set SIGNET_GO_YAML to the program built from tests/go-yaml")
        .into()
}
