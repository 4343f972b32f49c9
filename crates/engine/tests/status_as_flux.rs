//! Objects and the health that Flux sees in them: from the vectors always, from Flux itself where
//! `SIGNET_GO_FLUX` names the program built from `tests/go-flux`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "a failed test may panic; a builder takes what `json!` makes"
)]

mod objects;

use jiff::Timestamp;
use serde_json::{Value, json};
use signet_engine::health::expressions::HealthExprs;
use signet_engine::health::{self, Health, Status};
use signet_testkit::go_flux;

const VECTORS: &str = "status.jsonl";

#[test]
fn every_object_is_as_healthy_as_in_flux() {
    let vectors = go_flux::vectors(VECTORS);
    assert!(vectors.len() > 600, "the vectors are there");
    check(&vectors);
}

#[test]
#[ignore = "needs Go: SIGNET_GO_FLUX names the program built from tests/go-flux"]
fn the_vectors_are_what_flux_says() {
    go_flux::keep(VECTORS, "status", &objects::all(), Value::clone);
}

/// Objects in which a field is missing, or is something that it never is.
#[test]
#[ignore = "needs Go: SIGNET_GO_FLUX names the program built from tests/go-flux"]
fn a_damaged_object_is_as_healthy_as_in_flux() {
    let cases = objects::damaged(30_000);
    let answers = go_flux::ask("status", &cases);
    let told = answers
        .iter()
        .filter(|says| says["status"] != "Unknown")
        .count();
    assert!(told > 15_000, "only {told} of them can be told");
    check(&cases.into_iter().zip(answers).collect::<Vec<_>>());
}

fn check(pairs: &[(Value, Value)]) {
    let mut wrong = Vec::new();
    for (case, says) in pairs {
        let ours = answer(case);
        if !agree(case, &ours, says) {
            wrong.push(format!("{case}\n  ours: {ours}\n  Flux: {says}"));
        }
    }
    let first: Vec<&String> = wrong.iter().take(20).collect();
    assert!(wrong.is_empty(), "{} differ:\n{first:#?}", wrong.len());
}

/// Errors have words of their own here, and expressions a message where Flux has none.
fn agree(case: &Value, ours: &Value, says: &Value) -> bool {
    let same = |field: &str| ours[field] == says[field];
    if says["panic"] != Value::Null {
        return true; // Flux would not have survived it
    }
    if says["error"]
        .as_str()
        .is_some_and(|error| error.to_lowercase().contains("selector"))
    {
        return true; // asking for Pods, which is not for the rules to do
    }
    match says["status"].as_str() {
        Some("Unknown") => same("status") && ours["error"] != Value::Null,
        _ if case["exprs"] != Value::Null => {
            same("status") && (ours["invalid"] == Value::Null) == (says["invalid"] == Value::Null)
        }
        _ => same("status") && same("message"),
    }
}

fn answer(case: &Value) -> Value {
    let object = &case["object"];
    let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let exprs: Vec<_> = match &case["exprs"] {
        Value::Null => Vec::new(),
        given => serde_json::from_value(given.clone()).unwrap(),
    };
    let exprs = match HealthExprs::compile(&exprs) {
        Ok(exprs) => exprs,
        Err(wrong) => return json!({"invalid": wrong[0].to_string()}),
    };
    if let Some(health) = exprs.assess(object) {
        return shown(&health);
    }
    let health = health::assess(object, now);
    let text = |field: &str| object[field].as_str().unwrap_or_default();
    if !health::wants_pods(text("apiVersion"), text("kind")) {
        return shown(&health);
    }
    let pods = case["pods"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    // Whoever asks for the Pods asks for those that are selected.
    let pods = pods
        .iter()
        .filter(|pod| pod["metadata"]["labels"]["app"] == "x");
    shown(&health::with_pods(health, pods, now))
}

fn shown(health: &Health) -> Value {
    let mut answer = json!({"status": health.status.as_str()});
    let field = if health.status == Status::Unknown {
        "error"
    } else {
        "message"
    };
    if !health.message.is_empty() {
        answer[field] = json!(health.message);
    }
    answer
}
