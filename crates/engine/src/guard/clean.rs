//! Takes off what belongs to the server or to other tools, and puts the owner labels on.

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
    not_text(manifest)
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
                    let cause = format!("metadata.{field} {key:?} is not text");
                    found.push(Finding::new(manifest, cause, "put its value in quotes"));
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
