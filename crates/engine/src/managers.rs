//! Field managers whose edits are ours to undo, and how their fields become ours.
//!
//! Server-side apply leaves alone what another manager owns. A field that `kubectl edit` *added*
//! is such a field: nobody took anything from us, and no apply of ours would ever remove it. So the
//! entries of these managers are folded into ours first; then the apply that follows removes what
//! was not declared. The list is Flux's (`docs/spec/`), so that objects change hands without a diff.

use serde_json::{Map, Value, json};
use signet_api::names;

/// Managers of one name, whose fields are ours to take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manager {
    /// The beginning of its name, or all of it.
    pub name: String,
    /// How it wrote: `Apply` or `Update`; either if `None`.
    pub operation: Option<&'static str>,
    /// Whether `name` is all of it.
    pub whole: bool,
}

impl Manager {
    /// A manager that the operator named.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            operation: None,
            whole: false,
        }
    }

    fn wrote(&self, entry: &Value) -> bool {
        let manager = text(entry, "manager");
        let named = if self.whole {
            manager == self.name
        } else {
            manager.starts_with(&self.name)
        };
        named
            && self
                .operation
                .is_none_or(|operation| text(entry, "operation") == operation)
            && !is_ours(entry)
            && text(entry, "subresource").is_empty()
    }
}

/// The managers that Flux overrides without being asked: everything of kubectl, what was there
/// before the first apply, and our own writes before there was server-side apply.
#[must_use]
pub fn overridden() -> Vec<Manager> {
    let manager = |name: &str, operation, whole| Manager {
        name: name.to_owned(),
        operation,
        whole,
    };
    vec![
        manager("kubectl", None, false),
        manager("before-first-apply", Some("Update"), true),
        manager(names::FIELD_MANAGER, Some("Update"), true),
    ]
}

/// Whether one of `managers` owns a field of an object, by its `metadata`; the manager's name.
#[must_use]
pub fn intruder<'a>(metadata: &'a Value, managers: &[Manager]) -> Option<&'a str> {
    entries(metadata)
        .find(|entry| wrote_one_of(entry, managers) && !is_empty(entry))
        .map(|entry| text(entry, "manager"))
}

/// The managed fields with every entry of `managers` folded into ours. `None` if there is nothing
/// to fold.
#[must_use]
pub fn folded(metadata: &Value, managers: &[Manager]) -> Option<Value> {
    let (theirs, others): (Vec<_>, Vec<_>) =
        entries(metadata).partition(|entry| wrote_one_of(entry, managers));
    let first = theirs.first()?;
    let (ours, mut kept): (Vec<_>, Vec<_>) = others.into_iter().partition(|entry| is_ours(entry));
    let mut entry = ours.first().copied().unwrap_or(first).clone();
    entry["manager"] = json!(names::FIELD_MANAGER);
    entry["operation"] = json!("Apply");
    for other in ours.into_iter().skip(1).chain(theirs) {
        merge(&mut entry["fieldsV1"], &other["fieldsV1"]);
    }
    kept.insert(0, &entry);
    Some(kept.into_iter().cloned().collect())
}

fn wrote_one_of(entry: &Value, managers: &[Manager]) -> bool {
    managers.iter().any(|manager| manager.wrote(entry))
}

fn is_ours(entry: &Value) -> bool {
    text(entry, "manager") == names::FIELD_MANAGER
        && text(entry, "operation") == "Apply"
        && text(entry, "subresource").is_empty()
}

fn is_empty(entry: &Value) -> bool {
    entry["fieldsV1"].as_object().is_none_or(Map::is_empty)
}

/// The union of two sets of fields; a set is a tree whose leaves are empty maps.
fn merge(into: &mut Value, from: &Value) {
    let Some(from) = from.as_object() else {
        return;
    };
    if !into.is_object() {
        *into = json!({});
    }
    for (field, below) in from {
        merge(&mut into[field.as_str()], below);
    }
}

fn entries(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata
        .get("managedFields")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn text<'a>(entry: &'a Value, field: &str) -> &'a str {
    entry.get(field).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
mod tests {
    use super::*;

    fn entry(manager: &str, operation: &str, fields: Value) -> Value {
        let mut entry = json!({"manager": manager, "operation": operation, "apiVersion": "v1",
            "fieldsType": "FieldsV1"});
        entry["fieldsV1"] = fields;
        entry
    }

    fn metadata(entries: &[Value]) -> Value {
        json!({"managedFields": entries})
    }

    fn ours(fields: Value) -> Value {
        entry(names::FIELD_MANAGER, "Apply", fields)
    }

    #[test]
    fn what_kubectl_owns_becomes_ours_and_what_others_own_does_not() {
        let hpa = entry(
            "autoscaler",
            "Update",
            json!({"f:spec": {"f:replicas": {}}}),
        );
        let all = metadata(&[
            entry("kubectl-edit", "Update", json!({"f:data": {"f:b": {}}})),
            hpa.clone(),
            ours(json!({"f:data": {".": {}, "f:a": {}}})),
            entry(
                "before-first-apply",
                "Update",
                json!({"f:metadata": {"f:labels": {"f:x": {}}}}),
            ),
        ]);
        assert_eq!(intruder(&all, &overridden()), Some("kubectl-edit"));
        let wanted = ours(json!({
            "f:data": {".": {}, "f:a": {}, "f:b": {}},
            "f:metadata": {"f:labels": {"f:x": {}}},
        }));
        assert_eq!(folded(&all, &overridden()), Some(json!([wanted, hpa])));
    }

    #[test]
    fn an_object_that_is_taken_over_gets_our_name() {
        let all = metadata(&[entry(
            "kubectl-client-side-apply",
            "Update",
            json!({"f:a": {}}),
        )]);
        assert_eq!(
            folded(&all, &overridden()),
            Some(json!([ours(json!({"f:a": {}}))]))
        );
    }

    #[test]
    fn a_status_a_stranger_and_a_similar_name_are_left() {
        let mut status = entry("kubectl", "Update", json!({"f:status": {}}));
        status["subresource"] = json!("status");
        let all = metadata(&[
            status,
            entry("helm", "Apply", json!({"f:a": {}})),
            entry("before-first-apply-2", "Update", json!({"f:a": {}})),
            entry("kustomize-controller", "Apply", json!({"f:a": {}})),
        ]);
        assert_eq!(intruder(&all, &overridden()), None);
        assert_eq!(folded(&all, &overridden()), None);
        let more = [Manager::named("helm")];
        assert_eq!(intruder(&all, &more), Some("helm"));
        assert_eq!(folded(&json!({}), &more), None);
    }
}
