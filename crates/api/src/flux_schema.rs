//! The definitions of Flux's kinds, held to Flux's own: they take and refuse the same objects, put the
//! same defaults in and keep the same fields, so that a definition can be replaced by the other and back
//! without any object noticing.
//!
//! Most of a schema follows from our types. What does not, because Rust says it otherwise or because we
//! do not act on it, is laid over that here. `cargo xtask test --only peers` compares the result with the
//! definitions that Flux's controllers come with, field by field.

mod overlay;

use serde_json::{Map, Value, json};

/// The part of a definition that is the schema of its objects.
const SCHEMA: &str = "/spec/versions/0/schema/openAPIV3Schema";

/// Makes the definition of one of Flux's kinds what Flux's own is, descriptions apart.
pub fn hold(definition: &mut Value) {
    let kind = definition["spec"]["names"]["kind"].as_str();
    let kind = kind.unwrap_or_default().to_owned();
    definition["spec"]["names"]["listKind"] = json!(format!("{kind}List"));
    // A Kustomization that keeps the definitions applied is not to replace what looks like a variable.
    definition["metadata"]["annotations"] =
        json!({"kustomize.toolkit.fluxcd.io/substitute": "disabled"});
    if let Some(schema) = definition.pointer_mut(SCHEMA) {
        clean(schema);
        lay_over(schema, overlay::of(&kind));
    }
}

/// Takes out what Flux's schemas do not say: a title, and that `null` is a value. The API server drops a
/// `null` where it is none, or refuses it.
fn clean(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else {
        return;
    };
    for word in ["title", "nullable", "x-kubernetes-preserve-unknown-fields"] {
        schema.remove(word);
    }
    for word in ["items", "additionalProperties"] {
        schema.get_mut(word).into_iter().for_each(clean);
    }
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    properties
        .into_iter()
        .flat_map(Map::values_mut)
        .for_each(clean);
}

/// What is in `over` counts; a `null` there takes away.
fn lay_over(under: &mut Value, over: Value) {
    let Value::Object(over) = over else {
        *under = over;
        return;
    };
    if !under.is_object() {
        *under = json!({});
    }
    for (name, value) in over {
        if let Some(under) = under.as_object_mut() {
            match value {
                Value::Null => drop(under.remove(&name)),
                value => lay_over(under.entry(name).or_insert(Value::Null), value),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_laid_over_counts_and_null_takes_away() {
        let mut under = json!({"a": {"x": 1, "y": 2}, "b": [1], "c": "kept"});
        lay_over(
            &mut under,
            json!({"a": {"x": null, "z": {"deep": null, "n": 3}}, "b": [2]}),
        );
        let expected = json!({"a": {"y": 2, "z": {"n": 3}}, "b": [2], "c": "kept"});
        assert_eq!(under, expected);
    }

    #[test]
    fn a_field_called_title_stays_and_a_title_goes() {
        let mut schema = json!({
            "title": "A", "type": "object",
            "properties": {"title": {"type": "string", "nullable": true}},
        });
        clean(&mut schema);
        let expected = json!({"type": "object", "properties": {"title": {"type": "string"}}});
        assert_eq!(schema, expected);
    }
}
