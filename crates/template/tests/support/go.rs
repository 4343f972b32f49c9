//! Go's engine, alive: the program built from `tests/go-template`, which `SIGNET_GO_TEMPLATE` names.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::Answer;

fn program() -> Command {
    let program = std::env::var_os("SIGNET_GO_TEMPLATE")
        .expect("SIGNET_GO_TEMPLATE names the program built from tests/go-template");
    Command::new(program)
}

/// Has it write its answers to the cases of a directory.
pub fn write_vectors(directory: &Path) {
    let done = program().arg("--vectors").arg(directory).status().unwrap();
    assert!(done.success(), "{done}");
}

/// Asks it all questions at once.
pub fn ask(questions: &[Value]) -> Vec<Value> {
    let mut child = program()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let lines: Vec<String> = questions.iter().map(Value::to_string).collect();
    let writer = std::thread::spawn(move || input.write_all(lines.join("\n").as_bytes()));
    let said = child.wait_with_output().unwrap();
    assert!(said.status.success(), "{}", said.status);
    writer.join().unwrap().unwrap();
    let answers = String::from_utf8(said.stdout).unwrap();
    let answers: Vec<_> = answers
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), questions.len());
    answers
}

/// What Go makes of templates over the same values.
pub fn render(texts: &[String], values: &BTreeMap<String, Vec<u8>>) -> Vec<Answer> {
    let bytes: serde_json::Map<String, Value> = values
        .iter()
        .map(|(key, value)| (key.clone(), to_base64(value).into()))
        .collect();
    let questions: Vec<_> = texts
        .iter()
        .map(|text| json!({"text": text, "bytes": bytes}))
        .collect();
    ask(&questions).iter().map(super::answer).collect()
}

fn to_base64(bytes: &[u8]) -> String {
    let values = [("bytes".to_owned(), bytes.to_vec())].into();
    let text = super::render("{{ .bytes | b64enc }}", &values).unwrap();
    String::from_utf8(text).unwrap()
}
