//! Taking over what another controller of our name applied: Flux's declares fields of Go's types that
//! nobody wrote, such as the empty `spec` of a Namespace or the protocol of a port, and so owns them. To
//! let go of those would be a write that changes nothing.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::drift;

/// Fields of metadata that a write changes by itself.
const OF_THE_WRITE: [&str; 2] = ["managedFields", "resourceVersion"];

/// Whether an apply would leave every value of `live` as it is, and take from `manager` nothing but
/// fields that no other manager owns: those the API server fills in by itself, for otherwise they would
/// be gone. `rehearsed` is its answer to a dry run.
#[must_use]
pub fn only_lets_go(live: &Value, rehearsed: &Value, manager: &str) -> bool {
    if without_write(live) != without_write(rehearsed) {
        return false;
    }
    let ours = |object: &Value| owned(object, |entry| drift::is_ours(entry, manager));
    let (before, after) = (ours(live), ours(rehearsed));
    let others = owned(live, |entry| !drift::is_ours(entry, manager));
    !after.is_empty()
        && after.is_subset(&before)
        && before
            .difference(&after)
            .all(|(_, field)| !others.iter().any(|(_, other)| other == field))
}

fn without_write(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        OF_THE_WRITE.iter().for_each(|field| {
            metadata.remove(*field);
        });
    }
    object
}

/// A version of the API, and the path of a field in it.
type Field = (String, Vec<String>);

/// The fields of the entries that `counts` chooses.
fn owned(object: &Value, counts: impl Fn(&Value) -> bool) -> BTreeSet<Field> {
    let metadata = object.get("metadata").unwrap_or(&Value::Null);
    let mut all = BTreeSet::new();
    for entry in drift::entries(metadata).filter(|entry| counts(entry)) {
        let version = drift::text(entry, "apiVersion").unwrap_or_default();
        let mut paths = Vec::new();
        if let Some(fields) = entry.get("fieldsV1").and_then(Value::as_object) {
            collect(fields, &mut Vec::new(), &mut paths);
        }
        all.extend(paths.into_iter().map(|path| (version.to_owned(), path)));
    }
    all
}

/// A set of fields is a tree; what has nothing below it is owned, and so is what has a `.` below it.
fn collect(tree: &Map<String, Value>, above: &mut Vec<String>, paths: &mut Vec<Vec<String>>) {
    for (name, below) in tree {
        if name == "." {
            paths.push(above.clone());
            continue;
        }
        above.push(name.clone());
        match below.as_object().filter(|below| !below.is_empty()) {
            Some(below) => collect(below, above, paths),
            None => paths.push(above.clone()),
        }
        above.pop();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(version: &str, data: &Value, entries: &[(&str, Value)]) -> Value {
        let entries = entries.iter().map(|(manager, fields)| {
            json!({"manager": manager, "operation": "Apply", "apiVersion": "v1",
                "time": version, "fieldsType": "FieldsV1", "fieldsV1": fields})
        });
        json!({
            "metadata": {
                "name": "a", "resourceVersion": version,
                "managedFields": entries.collect::<Vec<_>>(),
            },
            "spec": data,
        })
    }

    #[test]
    fn what_is_filled_in_may_stay_ours() {
        let spec = json!({"finalizers": ["kubernetes"], "port": 80});
        let wide = json!({"f:spec": {".": {}, "f:port": {}}, "f:strategy": {}});
        let live = object("1", &spec, &[("us", wide)]);
        let narrow = json!({"f:spec": {"f:port": {}}});
        let rehearsed = object("2", &spec, &[("us", narrow)]);
        assert!(only_lets_go(&live, &rehearsed, "us"));
        assert!(!only_lets_go(&rehearsed, &live, "us"), "that would be more");
    }

    #[test]
    fn another_value_is_written() {
        let fields = json!({"f:spec": {"f:port": {}, "f:size": {}}});
        let live = object("1", &json!({"port": 80, "size": 1}), &[("us", fields)]);
        let fields = json!({"f:spec": {"f:port": {}}});
        let rehearsed = object("1", &json!({"port": 80}), &[("us", fields)]);
        assert!(!only_lets_go(&live, &rehearsed, "us"));
    }

    #[test]
    fn what_another_owns_too_is_let_go() {
        let (spec, theirs) = (
            json!({"port": 80, "replicas": 3}),
            json!({"f:spec": {"f:replicas": {}}}),
        );
        let ours = json!({"f:spec": {"f:port": {}, "f:replicas": {}}});
        let live = object("1", &spec, &[("us", ours), ("scaler", theirs.clone())]);
        let ours = json!({"f:spec": {"f:port": {}}});
        let rehearsed = object("1", &spec, &[("us", ours), ("scaler", theirs)]);
        assert!(!only_lets_go(&live, &rehearsed, "us"));
    }

    #[test]
    fn an_object_that_is_not_ours_yet_is_written() {
        let spec = json!({"port": 80});
        let theirs = ("helm", json!({"f:spec": {"f:port": {}}}));
        let live = object("1", &spec, std::slice::from_ref(&theirs));
        let ours = ("us", json!({"f:spec": {"f:port": {}}}));
        let rehearsed = object("1", &spec, &[theirs, ours]);
        assert!(!only_lets_go(&live, &rehearsed, "us"));
        assert!(
            !only_lets_go(&live, &live, "us"),
            "nothing of it would be ours"
        );
    }
}
