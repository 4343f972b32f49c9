//! The reader and the writer against Go's own, live.
//!
//! Ignored without Go: `SIGNET_GO_YAML` names the program built from `tests/go-yaml`,
//! which `cargo xtask test` does (see `support/go.rs`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed test may panic"
)]

mod support;

use std::path::PathBuf;

use serde_json::{Value, json};
use support::cases::{CASES, Expect};
use support::soups::soups;
use support::strings::AWKWARD;
use support::{go, ours};

#[test]
#[ignore = "needs Go: SIGNET_GO_YAML names the program built from tests/go-yaml"]
fn the_table_is_what_go_says() {
    let sources: Vec<&str> = CASES.iter().map(|(source, _)| *source).collect();
    let mut wrong = Vec::new();
    for ((source, expect), go) in CASES.iter().zip(go::answers_for(&sources)) {
        let holds = match expect {
            Expect::Json(json) => {
                go.as_deref() == Ok(&serde_json::from_str::<Vec<Value>>(json).unwrap())
            }
            Expect::Refused(_) => go.is_err(),
            Expect::RefusedByUs(..) => go.is_ok(),
            Expect::OursAlone(json, _) => {
                go.as_deref() != Ok(&serde_json::from_str::<Vec<Value>>(json).unwrap())
            }
        };
        if !holds {
            wrong.push(format!("{source:?}: Go says {go:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} cases differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
#[ignore = "needs Go: SIGNET_GO_YAML names the program built from tests/go-yaml"]
fn reads_every_file_of_the_corpus_as_go_does() {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
    files.retain(|file| file.extension().is_some_and(|name| name == "yaml"));
    files.sort();
    assert!(files.len() >= 20, "the corpus is there");
    for (file, go) in files.iter().zip(go::answers(&files)) {
        assert_same(
            &file.display().to_string(),
            &std::fs::read(file).unwrap(),
            go,
        );
    }
}

/// Every scalar of up to five characters that might be a number: as a value, as a key.
#[test]
#[ignore = "needs Go: SIGNET_GO_YAML names the program built from tests/go-yaml"]
fn takes_for_numbers_what_go_takes_for_numbers() {
    let scalars = every_scalar("018bxo_.e+-", 5);
    let sources: Vec<String> = scalars
        .chunks(1000)
        .map(|some| {
            some.iter()
                .map(|scalar| format!("- {scalar}\n- {scalar}: k\n"))
                .collect()
        })
        .collect();
    for (source, go) in sources.iter().zip(go::answers_for(&sources)) {
        let (ours, go) = (
            ours(source.as_bytes()).unwrap().remove(0),
            go.unwrap().remove(0),
        );
        for ((line, ours), go) in source
            .lines()
            .zip(ours.as_array().unwrap())
            .zip(go.as_array().unwrap())
        {
            assert!(same(ours, go), "{line}: {ours}, and Go says {go}");
        }
    }
}

/// Tokens thrown together at random: whatever both readers accept, they read the same.
/// Refusing more than Go is safe; reading something else would not be.
#[test]
#[ignore = "needs Go: SIGNET_GO_YAML names the program built from tests/go-yaml"]
fn never_reads_a_soup_differently() {
    let sources = soups(20_000);
    let mut both = 0;
    for (source, go) in sources.iter().zip(go::answers_for(&sources)) {
        let (Ok(ours), Ok(go)) = (ours(source.as_bytes()), go) else {
            continue;
        };
        // A bare string is no manifest, and Go knows none in a block at the very margin.
        if go.iter().all(|document| !document.is_string()) {
            assert_eq!(ours, go, "{source:?}");
            both += 1;
        }
    }
    assert!(both > 2_000, "only {both} soups were read by both");
}

#[test]
#[ignore = "needs Go: SIGNET_GO_YAML names the program built from tests/go-yaml"]
fn go_reads_back_every_awkward_string() {
    assert!(AWKWARD.len() > 150);
    let values: Vec<Value> = AWKWARD.iter().flat_map(|text| arrangements(text)).collect();
    let written: Vec<String> = values.iter().map(signet_yaml::write).collect();
    for ((value, yaml), go) in values
        .into_iter()
        .zip(&written)
        .zip(go::answers_for(&written))
    {
        assert_eq!(go, Ok(vec![value]), "{yaml}");
    }
}

#[test]
#[ignore = "needs Go: SIGNET_GO_YAML names the program built from tests/go-yaml"]
fn go_reads_back_many_documents() {
    let documents: Vec<Value> = AWKWARD.iter().map(|text| json!({"text": text})).collect();
    let written = signet_yaml::write_all(&documents);
    assert_eq!(go::answers_for(&[written]), [Ok(documents)]);
}

/// A string in every place where it might be misread.
fn arrangements(text: &str) -> Vec<Value> {
    vec![
        json!({"a": text, "b": {"c": [text, [text], {"d": text, "e": text}]}, "f": text}),
        json!([text, text]),
        json!({text: 1, "x": {text: {text: [text]}}}),
        json!([{text: text}, {text: {}}]),
    ]
}

fn every_scalar(alphabet: &str, longest: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut last = all.clone();
    for _ in 0..longest {
        last = last
            .iter()
            .flat_map(|start| alphabet.chars().map(move |c| format!("{start}{c}")))
            .collect();
        all.extend(last.iter().cloned());
    }
    all.retain(|scalar| !matches!(scalar.as_str(), "" | "-"));
    all
}

fn assert_same(name: &str, source: &[u8], go: go::Answer) {
    let ours = ours(source).map_err(|error| error.to_string());
    let go = go.unwrap_or_else(|error| panic!("{name}: Go refuses: {error}"));
    assert_eq!(ours.as_deref(), Ok(go.as_slice()), "{name}");
}

/// Equal but for the last bit of a float, which serde_json may lose of Go's digits, and
/// for a negative zero: Go prints `-0`, which its own JSON reader takes for 0, as we do.
fn same(ours: &Value, go: &Value) -> bool {
    match (ours.as_f64(), go.as_f64()) {
        (Some(a), Some(b)) => a == b || (a / b - 1.0).abs() < 1e-15,
        _ => ours == go,
    }
}
