//! The SealedSecret as it came from the watch: who it is, and what it says if it can be read.
//!
//! One that cannot be read still has a name and a status, so that it can be told so, and no
//! other suffers for it (threat T36).

use serde_json::{Value, json};
use signet_api::SealedSecret;
use signet_api::sealed_secret::SealedSecretStatus;

use super::OWNER_API_VERSION;
use super::sightings::declaration;
use crate::wake::Key;

/// Identity and last words of one SealedSecret.
pub struct Subject {
    /// Its namespace and name.
    pub key: Key,
    /// `metadata.generation`.
    pub generation: Option<i64>,
    /// What was said of it last; `None` if nothing was or if that cannot be read.
    pub status: Option<SealedSecretStatus>,
    /// Label `app.kubernetes.io/instance`, copied to one metric.
    pub instance: String,
    /// Whether it is on its way out: nothing is made for it any more.
    pub deleting: bool,
    /// Tells this declaration from the next, see [`declaration`].
    pub declaration: u64,
    regarding: Value,
}

impl Subject {
    /// Reads what every object has.
    #[must_use]
    pub fn of(key: &Key, object: &Value) -> Self {
        let metadata = &object["metadata"];
        let regarding = json!({
            "apiVersion": OWNER_API_VERSION,
            "kind": "SealedSecret",
            "metadata": {
                "namespace": key.namespace,
                "name": key.name,
                "uid": metadata["uid"],
                "resourceVersion": metadata["resourceVersion"],
            },
        });
        Self {
            key: key.clone(),
            generation: metadata["generation"].as_i64(),
            status: serde_json::from_value(object["status"].clone()).ok(),
            instance: metadata["labels"]["app.kubernetes.io/instance"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            deleting: !metadata["deletionTimestamp"].is_null(),
            declaration: declaration(object),
            regarding,
        }
    }

    /// What an event is about.
    #[must_use]
    pub fn regarding(&self) -> Value {
        self.regarding.clone()
    }

    /// Whether somebody has already tried to unseal it; if not, most likely there is no Secret.
    #[must_use]
    pub fn tried(&self) -> bool {
        self.status
            .as_ref()
            .is_some_and(|status| status.observed_generation.is_some())
    }
}

/// Reads the whole object.
///
/// # Errors
/// A sentence that names the field that is wrong, never what stands there: somebody may have
/// committed a value unsealed (threat T14).
pub fn parse(object: &Value) -> Result<SealedSecret, String> {
    let items = &object["spec"]["encryptedData"];
    let strange: Vec<_> = items
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, value)| !value.is_string())
        .map(|(key, _)| key.as_str())
        .collect();
    if !strange.is_empty() {
        return Err(format!(
            "spec.encryptedData: not a string ({})",
            strange.join(", ")
        ));
    }
    if !items.is_object() {
        return Err("spec.encryptedData: not a map of strings".to_owned());
    }
    serde_json::from_value(object.clone()).map_err(|_| {
        "spec.template: not of the form that the SealedSecret definition gives".to_owned()
    })
}
