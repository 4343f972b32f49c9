//! Ours beside Go's own engine, live.
//!
//! Ignored without Go: `SIGNET_GO_TEMPLATE` names the program built from `tests/go-template`, which
//! `cargo xtask test` does. The committed answers, which `tests/as_go.rs` reads, are that program's:
//! `go run . --vectors ../vectors/templates` in its directory writes them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test may panic")]

mod support;

use support::refused::REFUSED;
use support::soup::Soup;
use support::{context, difference, go, render, vectors};

#[test]
#[ignore = "needs Go: SIGNET_GO_TEMPLATE names the program built from tests/go-template"]
fn the_committed_answers_are_what_go_says() {
    let vectors = vectors();
    let texts: Vec<_> = vectors.iter().map(|vector| vector.text.clone()).collect();
    let answers = go::render(&texts, &context());
    for (vector, answer) in vectors.iter().zip(answers) {
        assert_eq!(vector.go, answer, "{}: {}", vector.file, vector.text);
    }
}

#[test]
#[ignore = "needs Go: SIGNET_GO_TEMPLATE names the program built from tests/go-template"]
fn go_renders_what_we_refuse() {
    let texts: Vec<_> = REFUSED.iter().map(|(text, _)| (*text).to_owned()).collect();
    // What has no end for Go either is not asked.
    let asked = |text: &&String| !text.contains("define \"u\"") && !text.contains("bcrypt");
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

/// What we refuse by name.
fn excused(text: &str, ours: &Result<Vec<u8>, signet_template::Error>) -> bool {
    let Err(error) = ours else { return false };
    let error = error.to_string();
    let named = ["not supported", "the budget is spent", "too large"];
    named.iter().any(|named| error.contains(named)) && !text.is_empty()
}
