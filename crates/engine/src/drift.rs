//! Drift: whether anybody touched a field that we own, told from metadata alone.
//!
//! Server-side apply keeps, for each manager, the set of fields it owns. Whoever edits or removes
//! a field of ours with another manager takes it out of our set; so a digest of our set stands
//! still exactly while nobody touches what we declared. Fields of others (status, replicas of an
//! autoscaler, injected defaults) do not move it, and no body needs to be fetched or kept.

use serde_json::Value;

use crate::digest;

/// Digest of the fields that `manager` owns by apply, from an object's `metadata`.
///
/// `None` if it owns none: the object is not ours yet, or every field was taken.
#[must_use]
pub fn ownership(metadata: &Value, manager: &str) -> Option<String> {
    let ours: Vec<String> = ours(metadata, manager).map(digest::canonical).collect();
    (!ours.is_empty()).then(|| digest::of_set(ours.iter().map(String::as_str)))
}

/// The entries of what `manager` applied.
pub(crate) fn ours<'a>(metadata: &'a Value, manager: &str) -> impl Iterator<Item = &'a Value> {
    entries(metadata).filter(move |entry| is_ours(entry, manager))
}

/// The manager that wrote to the object last, if it was after `manager` itself did; for messages
/// only. Writers of the status are left out: they do not drift anything.
#[must_use]
pub fn last_editor(metadata: &Value, manager: &str) -> Option<String> {
    let ours = entries(metadata)
        .filter(|e| is_ours(e, manager))
        .map(time)
        .max()
        .unwrap_or("");
    entries(metadata)
        .filter(|entry| !is_ours(entry, manager) && text(entry, "subresource") != Some("status"))
        .filter(|entry| time(entry) >= ours)
        .max_by_key(|entry| time(entry))
        .and_then(|entry| text(entry, "manager"))
        .map(str::to_owned)
}

pub(crate) fn entries(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata
        .get("managedFields")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// Our own `Update` entries (finalizers, annotations set by patch) are not what was declared.
pub(crate) fn is_ours(entry: &Value, manager: &str) -> bool {
    text(entry, "manager") == Some(manager)
        && text(entry, "operation") == Some("Apply")
        && text(entry, "subresource").unwrap_or_default().is_empty()
}

/// Times of managed fields are UTC and whole seconds, so they compare as text.
fn time(entry: &Value) -> &str {
    text(entry, "time").unwrap_or_default()
}

pub(crate) fn text<'a>(entry: &'a Value, field: &str) -> Option<&'a str> {
    entry.get(field).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn entry(manager: &str, operation: &str, time: &str, fields: &[&str]) -> Value {
        let fields: Value = fields
            .iter()
            .map(|f| ((*f).to_owned(), json!({})))
            .collect();
        json!({"manager": manager, "operation": operation, "apiVersion": "v1", "time": time,
            "fieldsType": "FieldsV1", "fieldsV1": {"f:data": fields}})
    }

    fn metadata(entries: &[Value]) -> Value {
        json!({"name": "c", "managedFields": entries})
    }

    #[test]
    fn only_an_edit_of_our_own_fields_moves_the_digest() {
        let ours = entry("us", "Apply", "2026-01-01T00:00:00Z", &["f:a", "f:b"]);
        let robbed = entry("us", "Apply", "2026-01-01T00:00:00Z", &["f:b"]);
        let later = entry("us", "Apply", "2026-01-02T00:00:00Z", &["f:a", "f:b"]);
        let other = entry("kubectl-edit", "Update", "2026-01-02T00:00:00Z", &["f:c"]);
        let mut status = entry("us", "Apply", "2026-01-02T00:00:00Z", &["f:s"]);
        status["subresource"] = json!("status");
        let of = |entries: &[Value]| ownership(&metadata(entries), "us");

        let quiet = of(std::slice::from_ref(&ours));
        assert!(quiet.is_some());
        assert_eq!(
            of(&[other.clone(), ours.clone()]),
            quiet,
            "a field of somebody else"
        );
        assert_eq!(of(&[ours.clone(), status]), quiet, "a status");
        assert_ne!(of(&[robbed]), quiet, "one of ours was taken");
        assert_ne!(of(&[later]), quiet, "we applied something else");
        assert_eq!(of(&[other]), None, "all of ours were taken");
        assert_eq!(ownership(&json!({}), "us"), None);
    }

    #[test]
    fn the_last_editor_is_who_wrote_after_us() {
        let ours = entry("us", "Apply", "2026-01-02T00:00:00Z", &["f:a"]);
        let before = entry("helm", "Update", "2026-01-01T00:00:00Z", &["f:b"]);
        let after = entry("kubectl-edit", "Update", "2026-01-03T00:00:00Z", &["f:c"]);
        let of = |entries: &[Value]| last_editor(&metadata(entries), "us");
        assert_eq!(
            of(&[ours.clone(), before.clone(), after]).as_deref(),
            Some("kubectl-edit")
        );
        assert_eq!(of(&[ours, before]), None);
    }
}
