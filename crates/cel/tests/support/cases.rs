//! Expressions: those of Flux's documentation, then each operator and function with what it takes
//! and what it does not.

use serde_json::{Value as Json, json};

/// Every case, but for the data.
pub fn all() -> Vec<Json> {
    let untyped = UNTYPED.lines().map(|expr| json!({"expr": expr}));
    let typed = TYPED
        .lines()
        .map(|expr| json!({"expr": expr, "typed": true}));
    let given = untyped.chain(typed);
    given.filter(|case| case["expr"] != "").collect()
}

/// A case with the object, or the two objects, that it is about.
pub fn whole(case: &Json) -> Json {
    let mut case = case.clone();
    case["data"] = match case["typed"].as_bool() {
        Some(true) => json!({"self": object(), "dep": dependency()}),
        _ => object(),
    };
    case
}

/// An object with a field of every kind.
pub fn object() -> Json {
    json!({
        "apiVersion": "example.com/v1", "kind": "Shop",
        "metadata": {"name": "web", "namespace": "default", "generation": 3,
            "labels": {"app/version": "1.2.3", "tier": "front"}, "annotations": {},
            "creationTimestamp": "2026-01-31T12:34:56Z"},
        "spec": {"replicas": 3, "ratio": 0.5, "on": true, "off": false, "nothing": null,
            "names": ["a", "b", "c"], "numbers": [1, 2, 3, 2], "mixed": [1, "a", 2.5, null, true],
            "empty": [], "none": {}, "text": "Grüße, Welt", "big": 9_007_199_254_740_993_i64,
            "nested": {"a": {"b": {"c": 1}}}, "maps": [{"k": 1}, {"k": 2}, {"j": 3}]},
        "status": {"observedGeneration": 3, "phase": "Running", "ready": "3/3",
            "conditions": [
                {"type": "Ready", "status": "True", "observedGeneration": 3, "reason": "Ok",
                    "lastTransitionTime": "2026-01-31T12:35:00Z"},
                {"type": "Synced", "status": "False", "reason": "Wait"},
                {"type": "Healthy", "status": "Unknown"}]}
    })
}

fn dependency() -> Json {
    let mut dep = object();
    dep["metadata"]["labels"]["app/version"] = json!("1.2.4");
    dep["status"]["lastAppliedRevision"] = json!("main@sha1:abc");
    dep
}

/// One to a line, over the fields of [`object`].
const UNTYPED: &str = include_str!("../expressions/untyped.txt");

/// One to a line, over `self` and `dep`.
const TYPED: &str = include_str!("../expressions/typed.txt");
