//! Ours beside Go's own engine, live.
//!
//! Ignored without Go: `SIGNET_GO_TEMPLATE` names the program built from `tests/go-template`, which
//! `cargo xtask test` does. The committed answers, which `tests/templates_as_go.rs` reads, are that program's:
//! `go run . --vectors ../vectors/templates` in its directory writes them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed test may panic"
)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use support::refused::REFUSED;
use support::soup::Soup;
use support::{context, difference, go, render, vectors_directory};

#[test]
#[ignore = "needs Go: SIGNET_GO_TEMPLATE names the program built from tests/go-template"]
fn the_committed_answers_are_what_go_says_of_the_committed_cases() {
    let (committed, again) = (vectors_directory(), tempfile::tempdir().unwrap());
    for part in ["cases", "answers"] {
        fs::create_dir(again.path().join(part)).unwrap();
    }
    let copy = |part: &Path| fs::copy(committed.join(part), again.path().join(part)).unwrap();
    copy(Path::new("context.json"));
    for file in fs::read_dir(committed.join("cases")).unwrap() {
        copy(&Path::new("cases").join(file.unwrap().file_name()));
    }
    go::write_vectors(again.path());
    let answers = |directory: &Path| -> BTreeMap<_, _> {
        let files = fs::read_dir(directory.join("answers")).unwrap();
        let files = files.map(|file| file.unwrap());
        files
            .map(|file| (file.file_name(), fs::read(file.path()).unwrap()))
            .collect()
    };
    let (committed, again) = (answers(&committed), answers(again.path()));
    assert!(!again.is_empty());
    for (name, text) in &again {
        let same = committed.get(name) == Some(text);
        assert!(same, "{}: write the answers again", name.display());
    }
    assert_eq!(committed.len(), again.len());
}

#[test]
#[ignore = "needs Go: SIGNET_GO_TEMPLATE names the program built from tests/go-template"]
fn go_renders_what_we_refuse() {
    let texts: Vec<_> = REFUSED.iter().map(|(text, _)| (*text).to_owned()).collect();
    // What has no end for Go either is not asked.
    let asked = |text: &&String| !text.contains("define \"u\"");
    let texts: Vec<_> = texts.iter().filter(asked).cloned().collect();
    for (text, answer) in texts.iter().zip(go::render(&texts, &context())) {
        assert!(answer.is_ok(), "{text}: {answer:?}");
    }
}

#[test]
#[ignore = "needs Go: SIGNET_GO_TEMPLATE names the program built from tests/go-template"]
fn templates_that_nobody_would_write_render_as_in_go() {
    const EACH: usize = 4_000;
    let values = context();
    let seeds = std::env::var("SIGNET_SEEDS")
        .ok()
        .and_then(|seeds| seeds.parse().ok());
    let mut wrong = Vec::new();
    let mut rendered = 0;
    for seed in 0..seeds.unwrap_or(4) {
        let mut soup = Soup::new(seed);
        let texts: Vec<_> = (0..EACH)
            .map(|turn| match turn % 2 {
                0 => soup.template(),
                _ => soup.special(),
            })
            .collect();
        for (text, go) in texts.iter().zip(go::render(&texts, &values)) {
            let ours = render(text, &values);
            rendered += usize::from(ours.is_ok());
            if excused(text, &ours) {
                continue;
            }
            if let Some(difference) = difference(&go, &ours) {
                wrong.push(format!("{text}\n    {difference}"));
            }
        }
    }
    assert!(rendered > EACH / 4, "most of them are errors: {rendered}");
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Go looks at certificates that we made and at its own, and sees the same in both.
#[test]
#[ignore = "needs Go: SIGNET_GO_TEMPLATE names the program built from tests/go-template"]
fn certificates_are_field_for_field_those_of_go() {
    let values = context();
    for call in CERTIFICATES {
        let text = format!("{call}{{{{ list $ca $c | toJson }}}}");
        let ours = render(&text, &values).unwrap_or_else(|error| panic!("{call}: {error}"));
        let go = go::render(std::slice::from_ref(&text), &values)
            .remove(0)
            .unwrap();
        let told: Vec<_> = [&ours, &go]
            .map(|out| go::ask(&[chain(out)]).remove(0))
            .into();
        assert!(told[0]["out"].is_string(), "{call}: {}", told[0]);
        assert_eq!(told[0], told[1], "{call}");
    }
}

/// Each makes `$ca` and what it signed, `$c`.
const CERTIFICATES: [&str; 9] = [
    r#"{{ $ca := genCA "my ca" 365 }}{{ $c := $ca }}"#,
    r#"{{ $ca := genCAWithKey "" 10 (genPrivateKey "ecdsa") }}{{ $c := $ca }}"#,
    r#"{{ $ca := genCAWithKey "ed" 20000 (genPrivateKey "ed25519") }}{{ $c := $ca }}"#,
    r#"{{ $ca := genCA "ca" 365 }}{{ $c := genSignedCert "leaf" (list "10.0.0.1" "::1" "::ffff:1.2.3.4") (list "a.b" "*.c") 30 $ca }}"#,
    r#"{{ $ca := genCAWithKey "ca" 365 (genPrivateKey "ecdsa") }}{{ $c := genSignedCertWithKey "é*&" nil nil 30 $ca (genPrivateKey "ed25519") }}"#,
    r#"{{ $ca := genCAWithKey "ca" 365 (genPrivateKey "ed25519") }}{{ $c := genSignedCertWithKey "" (list) (list "only.name") 1 $ca (genPrivateKey "ecdsa") }}"#,
    r#"{{ $ca := genSelfSignedCertWithKey "self" (list "127.0.0.1") (list "localhost") 0 (genPrivateKey "ecdsa") }}{{ $c := $ca }}"#,
    r#"{{ $ca := genSelfSignedCertWithKey "same" nil nil -5 (genPrivateKey "ed25519") }}{{ $c := genSignedCertWithKey "same" nil nil 5 $ca (genPrivateKey "ed25519") }}"#,
    r#"{{ $own := genCAWithKey "ca" 365 (genPrivateKey "ed25519") }}{{ $ca := buildCustomCert (b64enc $own.Cert) (b64enc $own.Key) }}{{ $c := genSignedCertWithKey "x" nil nil 5 $ca (genPrivateKey "ed25519") }}"#,
];

fn chain(rendered: &[u8]) -> Value {
    let pair: Value = serde_json::from_slice(rendered).unwrap();
    json!({"certificate": {"issuer": pair[0]["Cert"], "leaf": pair[1]["Cert"]}})
}

/// What one of us made with a key or a cipher, the other can use.
#[test]
#[ignore = "needs Go: SIGNET_GO_TEMPLATE names the program built from tests/go-template"]
fn keys_and_ciphers_are_understood_by_go_and_its_by_us() {
    let values = context();
    let make = [
        r#"{{ encryptAES .password .multi }}"#,
        r#"{{ genPrivateKey "ecdsa" }}"#,
        r#"{{ genPrivateKey "ed25519" }}"#,
        r#"{{ (genCA "x" 1).Key }}"#,
        r#"{{ genCAWithKey "x" 1 (genPrivateKey "ecdsa") | toJson }}"#,
    ];
    let r#use = [
        r#"{{ eq .multi (decryptAES .password .made) }}"#,
        r#"{{ (genCAWithKey "y" 1 .made).Key | eq .made }}"#,
        r#"{{ (genCAWithKey "y" 1 .made).Key | eq .made }}"#,
        r#"{{ (genCAWithKey "y" 1 .made).Key | eq .made }}"#,
        r#"{{ with fromJson .made }}{{ (buildCustomCert (b64enc .Cert) (b64enc .Key)).Cert | eq .Cert }}{{ end }}"#,
    ];
    for (make, r#use) in make.into_iter().zip(r#use) {
        let go = go::render(&[make.to_owned()], &values).remove(0).unwrap();
        let ours = render(make, &values).unwrap();
        let with = |made: Vec<u8>| {
            let mut values = values.clone();
            values.insert("made".to_owned(), made);
            values
        };
        assert_eq!(render(r#use, &with(go)).unwrap(), b"true", "{make}");
        let go = go::render(&[r#use.to_owned()], &with(ours)).remove(0);
        assert_eq!(go.unwrap(), b"true", "{make}");
    }
}

/// What we refuse by name.
fn excused(text: &str, ours: &Result<Vec<u8>, signet_template::Error>) -> bool {
    let Err(error) = ours else { return false };
    let error = error.to_string();
    let named = ["not supported", "the budget is spent", "too large"];
    named.iter().any(|named| error.contains(named)) && !text.is_empty()
}
