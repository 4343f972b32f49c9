//! Expressions and what Flux makes of them: from the vectors always, from Flux itself where
//! `SIGNET_GO_FLUX` names the program built from `tests/go-flux`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test may panic")]

mod support;

use serde_json::{Value as Json, json};
use signet_cel::{Error, Program, Variables};
use signet_testkit::go_flux;
use support::{cases, shown, soup};

const VECTORS: &str = "cel.jsonl";

#[test]
fn every_expression_says_what_it_says_in_flux() {
    let vectors = go_flux::vectors(VECTORS);
    assert!(vectors.len() > 400, "the vectors are there");
    check(&vectors);
}

#[test]
#[ignore = "needs Go: SIGNET_GO_FLUX names the program built from tests/go-flux"]
fn the_vectors_are_what_flux_says() {
    go_flux::keep(VECTORS, "cel", &cases::all(), cases::whole);
}

/// Expressions put together at random, most of which mean something.
#[test]
#[ignore = "needs Go: SIGNET_GO_FLUX names the program built from tests/go-flux"]
fn a_soup_of_expressions_says_what_it_says_in_flux() {
    let cases = soup::cases(6_000);
    let asked: Vec<Json> = cases.iter().map(cases::whole).collect();
    let answers = go_flux::ask("cel", &asked);
    let values = answers
        .iter()
        .filter(|says| says["value"] != Json::Null)
        .count();
    assert!(values > 1_000, "only {values} of them have a value");
    check(&cases.into_iter().zip(answers).collect::<Vec<_>>());
}

fn check(pairs: &[(Json, Json)]) {
    let mut wrong = Vec::new();
    for (case, says) in pairs {
        let ours = answer(case);
        if !agree(&ours, says) {
            wrong.push(format!("{}\n  ours: {ours}\n  Flux: {says}", case["expr"]));
        }
    }
    let first: Vec<&String> = wrong.iter().take(40).collect();
    assert!(wrong.is_empty(), "{} differ:\n{first:#?}", wrong.len());
}

/// Values must be the same, and what Flux refuses because of its grammar or types is refused. Whether
/// another expression is refused when it is made, or fails each time it is evaluated, may differ: Flux
/// computes some constants at once, and here a function that does not exist is refused at once. And a
/// constant that is no key, as in `a[null]`, counts here only where it is reached.
fn agree(ours: &Json, says: &Json) -> bool {
    let fails = |answer: &Json| answer["value"] == Json::Null;
    let about_the_text = |answer: &Json| {
        let words = ["failed to parse", "type mismatch"];
        let said = answer["invalid"].as_str().unwrap_or_default();
        words.iter().any(|words| said.contains(words))
    };
    match (fails(ours), fails(says)) {
        (false, false) => ours == says,
        (true, true) => ours["invalid"] != Json::Null || !about_the_text(says),
        (false, true) => {
            let said = says["invalid"].as_str().unwrap_or_default();
            said.contains("invalid qualifier type")
        }
        (true, false) => false,
    }
}

fn answer(case: &Json) -> Json {
    let text = case["expr"].as_str().unwrap();
    let made = match case["typed"].as_bool() {
        Some(true) => Program::typed(text, &["self", "dep"]),
        _ => Program::parse(text),
    };
    let program = match made {
        Ok(program) => program,
        Err(invalid) => return json!({"invalid": invalid.to_string()}),
    };
    let whole = cases::whole(case);
    match program.evaluate(Variables::Fields(whole["data"].as_object().unwrap())) {
        Ok(value) => json!({"value": shown(&value)}),
        Err(Error::Budget(what)) => panic!("{text}: {what}"),
        Err(error) => json!({"error": error.to_string()}),
    }
}
