//! Takes off what belongs to the server or to other tools, and puts the owner labels on.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use signet_api::names;

use super::{Finding, Rules};
use crate::manifest::Manifest;

/// Metadata that only the server writes; it comes along when an object was exported from a
/// cluster, and server-side apply refuses or misreads it.
pub(super) const OF_THE_SERVER: [&str; 7] = [
    "creationTimestamp",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// Cleans and labels a manifest; finds labels and annotations that are not text.
pub(super) fn clean(manifest: &mut Manifest, rules: &Rules) -> Vec<Finding> {
    if let Some(object) = manifest.body.as_object_mut() {
        object.remove("status");
    }
    let Some(metadata) = manifest
        .body
        .get_mut("metadata")
        .and_then(Value::as_object_mut)
    else {
        return Vec::new();
    };
    metadata.retain(|key, value| !OF_THE_SERVER.contains(&key.as_str()) && !value.is_null());
    forget_last_applied(metadata);
    label(metadata, rules);
    let mut found = not_text(manifest);
    found.extend(fold_string_data(manifest));
    found
}

/// Moves `stringData` of a Secret into `data`, as the API server does on arrival. Sent as it is,
/// we would own `stringData`, which is never stored, and an edit of `data` would be no drift.
fn fold_string_data(manifest: &mut Manifest) -> Option<Finding> {
    if manifest.id.kind != "Secret" || !manifest.id.group.is_empty() {
        return None;
    }
    let body = manifest.body.as_object_mut()?;
    let texts = match body.get("stringData")? {
        Value::Object(map) => map.clone(),
        Value::Null => Map::new(),
        _ => return Some(no_text(manifest, "stringData")),
    };
    let data = body.entry("data").or_insert(Value::Null);
    if data.is_null() {
        *data = Value::Object(Map::new());
    }
    let data = data.as_object_mut()?;
    for (key, value) in texts {
        let Some(text) = value.as_str() else {
            return Some(no_text(manifest, &format!("stringData {key:?}")));
        };
        data.insert(key, Value::from(STANDARD.encode(text)));
    }
    body.remove("stringData");
    None
}

fn no_text(manifest: &Manifest, field: &str) -> Finding {
    Finding::new(
        manifest,
        format!("{field} is not text"),
        "put its value in quotes",
    )
}

/// `kubectl apply` leaves a copy of the whole manifest there, values of Secrets included
/// (threat T15).
fn forget_last_applied(metadata: &mut Map<String, Value>) {
    let Some(annotations) = metadata
        .get_mut("annotations")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    for key in [names::LAST_APPLIED, names::LAST_APPLIED_KUBECFG] {
        annotations.remove(key);
    }
    if annotations.is_empty() {
        metadata.remove("annotations");
    }
}

/// Owner labels in the repository are overwritten: ownership is not for a manifest to claim
/// (threat T31).
fn label(metadata: &mut Map<String, Value>, rules: &Rules) {
    let labels = metadata
        .entry("labels")
        .or_insert_with(|| Value::Object(Map::new()));
    if let Some(labels) = labels.as_object_mut() {
        let (namespace, name) = &rules.owner;
        labels.insert(
            names::OWNER_NAMESPACE.to_owned(),
            Value::from(namespace.as_str()),
        );
        labels.insert(names::OWNER_NAME.to_owned(), Value::from(name.as_str()));
    }
}

/// `version: 1.10` is a number to YAML; the API server answers it with a sentence about Go types.
fn not_text(manifest: &Manifest) -> Vec<Finding> {
    let mut found = Vec::new();
    for field in ["labels", "annotations"] {
        match manifest
            .body
            .get("metadata")
            .and_then(|metadata| metadata.get(field))
        {
            None => {}
            Some(Value::Object(map)) => {
                for (key, _) in map.iter().filter(|(_, value)| !value.is_string()) {
                    found.push(no_text(manifest, &format!("metadata.{field} {key:?}")));
                }
            }
            Some(_) => {
                let cause = format!("metadata.{field} is not a map");
                found.push(Finding::new(manifest, cause, "write it as keys with texts"));
            }
        }
    }
    found
}
