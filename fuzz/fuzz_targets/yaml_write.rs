//! Any value, given as JSON: what is written reads back as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use signet_yaml::{Budget, read, write};

fuzz_target!(|source: &[u8]| {
    let Ok(value) = serde_json::from_slice::<Value>(source) else {
        return;
    };
    let value = as_kubernetes_has_it(value);
    if value.is_null() {
        return; // an empty document is no document
    }
    let written = write(&value);
    let read = read(written.as_bytes(), &Budget::default())
        .unwrap_or_else(|error| panic!("{error} in what was written:\n{written}"));
    assert_eq!(read.len(), 1, "{written}");
    assert_eq!(read[0].to_json(), value, "{written}");
});

/// A number that is whole is an integer there, whatever it was before.
fn as_kubernetes_has_it(value: Value) -> Value {
    match value {
        Value::Number(number) => whole(&number).unwrap_or(Value::Number(number)),
        Value::Array(items) => items.into_iter().map(as_kubernetes_has_it).collect(),
        Value::Object(map) => {
            let entries = map.into_iter();
            entries
                .map(|(key, value)| (key, as_kubernetes_has_it(value)))
                .collect()
        }
        other => other,
    }
}

fn whole(number: &serde_json::Number) -> Option<Value> {
    let float = number.as_f64().filter(|float| float.fract() == 0.0)?;
    (!number.is_i64() && !number.is_u64()).then(|| {
        let fits = float.abs() < 9.0e15;
        if fits {
            Value::from(float as i64)
        } else {
            Value::from(0)
        }
    })
}
