//! Texts and objects with expressions, and what Flux makes of them: from the vectors always, from
//! Flux itself where `SIGNET_GO_FLUX` names the program built from `tests/go-flux`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test may panic")]

mod cases;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use signet_api::post_build::SubstituteStrategy;
use signet_substitute::{Rules, Template, Variables, substitute};
use signet_testkit::go_flux;

const TEXTS: &str = "envsubst.jsonl";
const OBJECTS: &str = "substitute.jsonl";

#[test]
fn every_text_becomes_what_it_becomes_in_flux() {
    let vectors = go_flux::vectors(TEXTS);
    assert!(vectors.len() > 240, "the vectors are there");
    check(&vectors, text);
}

#[test]
fn every_object_becomes_what_it_becomes_in_flux() {
    let vectors = go_flux::vectors(OBJECTS);
    assert!(vectors.len() > 60, "the vectors are there");
    check(&vectors, object);
}

#[test]
#[ignore = "needs Go: SIGNET_GO_FLUX names the program built from tests/go-flux"]
fn the_vectors_are_what_flux_says() {
    go_flux::keep(TEXTS, "envsubst", &cases::texts(), cases::whole);
    go_flux::keep(OBJECTS, "substitute", &cases::objects(), cases::whole);
}

#[test]
#[ignore = "needs Go: SIGNET_GO_FLUX names the program built from tests/go-flux"]
fn a_soup_of_expressions_becomes_what_it_becomes_in_flux() {
    for (question, ours, cases) in [
        ("envsubst", text as Ours, cases::text_soup(40_000)),
        ("substitute", object as Ours, cases::object_soup(4_000)),
    ] {
        let asked: Vec<Value> = cases.iter().map(cases::whole).collect();
        let answers = go_flux::ask(question, &asked);
        let done = answers
            .iter()
            .filter(|says| says["error"] == Value::Null)
            .count();
        assert!(done > cases.len() / 4, "only {done} of {question} succeed");
        check(&cases.into_iter().zip(answers).collect::<Vec<_>>(), ours);
    }
}

type Ours = fn(&Value) -> Value;

fn check(pairs: &[(Value, Value)], ours: Ours) {
    let mut wrong = Vec::new();
    for (case, says) in pairs {
        let ours = ours(case);
        if !agree(&ours, says) {
            wrong.push(format!("{case}\n  ours: {ours}\n  Flux: {says}"));
        }
    }
    let first: Vec<&String> = wrong.iter().take(20).collect();
    assert!(wrong.is_empty(), "{} differ:\n{first:#?}", wrong.len());
}

/// Errors have Flux's words. Where Flux panics, and where it makes text that is no UTF-8, there is an
/// error; and our reader of YAML refuses more than Go's, where a lone quote swallows what follows.
fn agree(ours: &Value, says: &Value) -> bool {
    let error = |answer: &Value| answer["error"].as_str().map(str::to_owned);
    match (error(ours), error(says)) {
        (Some(own), Some(flux)) => same_words(&own, &flux),
        (Some(own), None) => {
            let stricter = ["cuts a character", "it is not valid YAML"];
            says["panic"] != Value::Null || stricter.iter().any(|words| own.contains(words))
        }
        (None, None) => ours["text"] == says["text"] && ours["object"] == says["object"],
        (None, Some(_)) => false,
    }
}

fn same_words(own: &str, flux: &str) -> bool {
    const WORDS: [&str; 6] = [
        "variable not set (strict mode): ",
        "bad substitution",
        "missing closing brace",
        "unable to parse variable name",
        "unable to parse substitution within function",
        "var name is invalid",
    ];
    WORDS
        .iter()
        .all(|words| own.contains(words) == flux.contains(words))
}

fn variables(case: &Value) -> Result<Variables, String> {
    let given: BTreeMap<String, String> =
        serde_json::from_value(cases::whole(case)["vars"].take()).unwrap();
    Variables::new([], &given).map_err(|error| error.to_string())
}

fn text(case: &Value) -> Value {
    let rendered = variables(case).and_then(|variables| {
        let template = Template::parse(case["text"].as_str().unwrap());
        let rendered = template.and_then(|it| it.render(&variables, case["strict"] == true));
        rendered.map_err(|error| error.to_string())
    });
    match rendered {
        Ok(text) => json!({"text": *text}),
        Err(error) => json!({"error": error, "text": ""}),
    }
}

fn object(case: &Value) -> Value {
    let rules = Rules {
        strict: case["strict"] == true,
        strategy: match case["always"] == true {
            true => SubstituteStrategy::Always,
            false => SubstituteStrategy::WithVariables,
        },
    };
    let body = &case["object"];
    let done = variables(case).and_then(|variables| {
        substitute(body, &variables, rules).map_err(|error| error.to_string())
    });
    match done {
        Ok(Some(object)) => json!({"object": object}),
        Ok(None) if signet_substitute::is_disabled(body) => json!({}),
        Ok(None) => json!({"object": body}),
        Err(error) => json!({"error": error}),
    }
}
