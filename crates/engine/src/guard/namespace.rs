//! Where an object goes: its own namespace, that of the Kustomization, or none.

use serde_json::Value;

use super::{Finding, Rules};
use crate::manifest::Manifest;

/// Puts a manifest where it belongs. `namespaced` is `None` for a kind that nobody knows yet.
///
/// A namespace on a cluster-scoped object is taken off, as the API server would: the inventory
/// must name the object as it will be.
pub(super) fn place(
    manifest: &mut Manifest,
    rules: &Rules,
    namespaced: Option<bool>,
) -> Option<Finding> {
    match (namespaced, &rules.target_namespace) {
        (Some(true), Some(target)) => {
            manifest.set_namespace(target);
            None
        }
        (Some(true), None) if manifest.id.namespace.is_none() => Some(Finding::new(
            manifest,
            "namespace not specified",
            "set metadata.namespace, or spec.targetNamespace of the Kustomization",
        )),
        (Some(false), _) => {
            remove_namespace(manifest);
            None
        }
        _ => None,
    }
}

fn remove_namespace(manifest: &mut Manifest) {
    if let Some(metadata) = manifest
        .body
        .get_mut("metadata")
        .and_then(Value::as_object_mut)
    {
        metadata.remove("namespace");
    }
    manifest.id.namespace = None;
}
