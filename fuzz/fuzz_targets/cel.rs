//! An expression, a zero byte, and an object as JSON: the expression is refused, fails or has a value,
//! the same each time, and no error tells what the object holds. The object's health can be told.
#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use signet_cel::{Program, Variables};
use signet_engine::health::{self, Status};
use signet_fuzz::two;

const CANARY: &str = "CANARY-5f2c";

fuzz_target!(|data: &[u8]| {
    let (text, object) = two(data);
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let object = object.and_then(|json| serde_json::from_slice(json).ok());
    let object: Value = object.unwrap_or_else(|| json!({"kind": "K", "status": {"n": [1, 2.5]}}));
    let health = health::assess(&object, Timestamp::UNIX_EPOCH);
    assert_ne!(health.status, Status::NotFound);
    let with_canary = json!({"status": {"secret": CANARY, "list": [CANARY], "own": object}});
    if let Ok(program) = Program::parse(text) {
        assert_eq!(program.text(), text);
        evaluate(&program, &with_canary);
    }
    if let Ok(program) = Program::typed(text, &["self", "dep"]) {
        let named = [("self", &with_canary), ("dep", &object)];
        let first = program.holds(Variables::Named(&named));
        assert_eq!(first, program.holds(Variables::Named(&named)));
    }
});

fn evaluate(program: &Program, object: &Value) {
    let fields = Variables::Fields(object.as_object().expect("an object"));
    let first = program.holds(fields);
    assert_eq!(first, program.holds(fields));
    let said = format!("{first:?}");
    assert!(
        !said.contains(CANARY) || program.text().contains("CANARY"),
        "{said}"
    );
}
