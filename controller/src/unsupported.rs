//! What a declaration of a foreign kind asks for that is not built yet: named, and refused as a
//! whole, never half done. One rule for every kind that is read this way. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

/// Reason of the condition that names the fields.
pub const REASON: &str = "UnsupportedField";

/// The fields of `other` that ask for something, as `spec.<name>`. `idle` says of a kind's own
/// fields which values change nothing: what they ask for is always so here, or is about a part
/// that is not in use.
pub fn fields(other: &BTreeMap<String, Value>, idle: impl Fn(&str, &Value) -> bool) -> Vec<String> {
    other
        .iter()
        .filter(|(name, value)| !is_blank(value) && !idle(name, value))
        .map(|(name, _)| format!("spec.{name}"))
        .collect()
}

/// What the condition says about `fields`; `None` if there are none.
pub fn message(fields: &[String]) -> Option<String> {
    (!fields.is_empty()).then(|| {
        let fields = fields.join(", ");
        format!("not supported yet: {fields}; take it out to go on")
    })
}

/// A field that is there and says nothing. A `false` or a 0 may say something.
fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test may stop where what it was given is wrong"
)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(spec: &Value) -> Vec<String> {
        let spec = serde_json::from_value(spec.clone()).unwrap();
        fields(&spec, |name, value| {
            name == "force" && *value == json!(false)
        })
    }

    #[test]
    fn a_field_that_asks_for_something_is_named() {
        let spec = json!({"verify": {}, "wait": false, "depth": 0, "force": true});
        let all = ["spec.depth", "spec.force", "spec.verify", "spec.wait"];
        assert_eq!(found(&spec), all);
        let said = message(&all.map(String::from)).unwrap();
        assert!(said.contains("spec.depth, spec.force"), "{said}");
    }

    #[test]
    fn a_field_that_asks_for_nothing_is_no_reason_to_stop() {
        let spec = json!({"ignore": "", "include": [], "verify": null, "force": false});
        assert!(found(&spec).is_empty());
        assert_eq!(message(&[]), None);
    }
}
