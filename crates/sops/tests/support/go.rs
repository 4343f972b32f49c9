//! SOPS' own Go module as the judge: runs the program built from `tests/go-sops`.
//!
//! The environment variable `SIGNET_GO_SOPS` names that program; `cargo xtask test --only sops-as-go`
//! builds it (`CGO_ENABLED=0 go build -trimpath -o <file> .` in `tests/go-sops`) and runs the tests
//! that want it.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// What SOPS makes of a request: bytes, or why it refuses.
pub type Answer = Result<Vec<u8>, String>;

/// A request to decrypt a file with a file of identities, and the MAC checked.
pub fn decrypt(format: &str, file: &[u8], identities: &str) -> Value {
    let text = STANDARD.encode(file);
    json!({"do": "decrypt", "format": format, "text": text, "identities": identities})
}

/// A request to encrypt a file for groups of recipients; `options` are names of SOPS' metadata.
pub fn encrypt(
    format: &str,
    file: &[u8],
    groups: &[Vec<String>],
    options: &[(&str, &str)],
) -> Value {
    let text = STANDARD.encode(file);
    let mut request = json!({"do": "encrypt", "format": format, "text": text, "groups": groups});
    for (name, value) in options {
        request[*name] = match *name {
            "mac_only_encrypted" => json!(*value == "true"),
            "threshold" => json!(value.parse::<u32>().unwrap()),
            _ => json!(value),
        };
    }
    request
}

/// The answers, in the order of the requests.
pub fn answers(requests: &[Value]) -> Vec<Answer> {
    let mut child = Command::new(program())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("SIGNET_GO_SOPS can be run");
    let mut stdin = child.stdin.take().unwrap();
    let lines: String = requests
        .iter()
        .map(|request| format!("{request}\n"))
        .collect();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<Answer> = said.lines().map(answer).collect();
    assert_eq!(answers.len(), requests.len());
    answers
}

fn answer(line: &str) -> Answer {
    let line: Value = serde_json::from_str(line).unwrap();
    match line["error"].as_str() {
        Some(error) => Err(error.to_owned()),
        None => Ok(STANDARD
            .decode(line["text"].as_str().unwrap_or_default())
            .unwrap()),
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "xtask hands the program over in the environment"
)]
fn program() -> PathBuf {
    let program = std::env::var_os("SIGNET_GO_SOPS");
    program
        .expect("set SIGNET_GO_SOPS to the program built from tests/go-sops")
        .into()
}
