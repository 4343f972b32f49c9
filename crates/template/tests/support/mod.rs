//! What the tests share: the values that templates see, Go's answers, and ours.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "each test uses its part; a test that cannot go on should stop"
)]

pub mod go;
pub mod refused;
pub mod soup;
pub mod special;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::Value;
use signet_template::{Budget, Error, Renderer};

/// What was rendered, or why not.
pub type Answer = Result<Vec<u8>, String>;

/// A case and what Go makes of it.
pub struct Vector {
    pub file: String,
    pub text: String,
    pub go: Answer,
}

pub fn vectors_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/templates")
}

/// The values of `context.json`.
pub fn context() -> BTreeMap<String, Vec<u8>> {
    let text = fs::read_to_string(vectors_directory().join("context.json")).unwrap();
    let context: Value = serde_json::from_str(&text).unwrap();
    let texts = context["data"].as_object().unwrap().iter();
    let texts = texts.map(|(key, value)| (key.clone(), value.as_str().unwrap().into()));
    let bytes = context["bytes"].as_object().unwrap().iter();
    let bytes = bytes.map(|(key, value)| (key.clone(), from_base64(value.as_str().unwrap())));
    texts.chain(bytes).collect()
}

/// Every committed answer of Go.
pub fn vectors() -> Vec<Vector> {
    let mut files: Vec<_> = fs::read_dir(vectors_directory().join("answers"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let mut vectors = Vec::new();
    for path in files {
        let file = path.file_stem().unwrap().to_string_lossy().into_owned();
        for line in fs::read_to_string(&path).unwrap().lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            vectors.push(Vector {
                file: file.clone(),
                text: line["text"].as_str().unwrap().to_owned(),
                go: answer(&line),
            });
        }
    }
    vectors
}

/// An answer as the program from `tests/go-template` writes it.
pub fn answer(line: &Value) -> Answer {
    if let Some(error) = line["error"].as_str() {
        return Err(error.to_owned());
    }
    match (line["out"].as_str(), line["bytes"].as_str()) {
        (Some(out), _) => Ok(out.as_bytes().to_vec()),
        (None, Some(bytes)) => Ok(from_base64(bytes)),
        (None, None) => panic!("no answer in {line}"),
    }
}

/// Ours, over the same values, with a seed.
pub fn render(text: &str, values: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, Error> {
    render_within(text, values, Budget::default())
}

/// The same within a budget.
pub fn render_within(
    text: &str,
    values: &BTreeMap<String, Vec<u8>>,
    budget: Budget,
) -> Result<Vec<u8>, Error> {
    let values = values
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_slice()));
    let now = "2026-11-25T12:00:00Z".parse().unwrap();
    let renderer = Renderer::new(values, Some(now), budget);
    let mut rng = ChaCha20Rng::from_seed([7; 32]);
    let rendered = renderer.render("t", text, &mut rng)?;
    Ok(rendered.to_vec())
}

/// How two answers differ; `None` if they say the same. Of errors the place is compared: the cause is
/// in other words where Go's tells a value.
pub fn difference(go: &Answer, ours: &Result<Vec<u8>, Error>) -> Option<String> {
    match (go, ours) {
        (Ok(go), Ok(ours)) if go == ours => None,
        (Ok(go), Ok(ours)) => {
            let (go, ours) = (String::from_utf8_lossy(go), String::from_utf8_lossy(ours));
            Some(format!("Go:   {go:?}\n    ours: {ours:?}"))
        }
        (Err(go), Err(ours)) => {
            let ours = ours.to_string();
            // Ours does not show all of a long action.
            let same = match place(&ours).split_once("...") {
                Some((shown, _)) => place(go).starts_with(shown),
                None => place(go) == place(&ours),
            };
            (!same).then(|| format!("Go:   {go}\n    ours: {ours}"))
        }
        (Ok(go), Err(ours)) => {
            let go = String::from_utf8_lossy(go);
            Some(format!("Go:   {go:?}\n    ours: error {ours}"))
        }
        (Err(go), Ok(ours)) => {
            let ours = String::from_utf8_lossy(ours);
            Some(format!("Go:   error {go}\n    ours: {ours:?}"))
        }
    }
}

/// Where an error is: `template: t:1:2: executing "t" at <...>`, or `template: t:1` of a parser's.
fn place(error: &str) -> &str {
    match error.find(">: ") {
        Some(end) if error.contains(": executing ") => &error[..end],
        _ => {
            let mut colons = error.match_indices(':').map(|(at, _)| at);
            colons.nth(2).map_or(error, |end| &error[..end])
        }
    }
}

/// Base 64 as Go's JSON writes bytes.
pub fn from_base64(text: &str) -> Vec<u8> {
    let values = [("text".to_owned(), text.as_bytes().to_vec())].into();
    render("{{ .text | b64dec }}", &values).unwrap()
}
