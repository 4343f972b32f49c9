//! The SealedSecret as it came from the watch: who it is, and what was said of it.
//!
//! One that cannot be read still has a name and a status, so that it can be told so, and no
//! other suffers for it (threat T36).

use jiff::Timestamp;
use serde_json::{Value, json};
use signet_api::SealedSecret;
use signet_api::sealed_secret::SealedSecretStatus;

use super::OWNER_API_VERSION;
use super::copies::Wish;
use super::declared::Digest;
use super::drift::Policy;
use super::record::Record;
use super::status;
use super::templates::{self, Templates};
use crate::wake::Key;

/// Identity and last words of one SealedSecret.
#[derive(Clone)]
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
    /// Tells this declaration from the next.
    pub declaration: Digest,
    /// What to do about drift.
    pub drift: Result<Policy, String>,
    /// How its templates are to be rendered, and whether there are any.
    pub templates: Result<Templates, String>,
    /// To which namespaces it wants to be copied.
    pub wish: Wish,
    /// `metadata.uid`.
    pub uid: String,
    resource_version: String,
}

impl Subject {
    /// Reads what every object has.
    #[must_use]
    pub fn of(key: &Key, object: &Value) -> Self {
        let metadata = &object["metadata"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            key: key.clone(),
            generation: metadata["generation"].as_i64(),
            status: serde_json::from_value(object["status"].clone()).ok(),
            instance: text(&metadata["labels"]["app.kubernetes.io/instance"]),
            deleting: !metadata["deletionTimestamp"].is_null(),
            declaration: Digest::of(object),
            drift: Policy::of(object),
            wish: Wish::of(object),
            templates: Templates::of(object),
            uid: text(&metadata["uid"]),
            resource_version: text(&metadata["resourceVersion"]),
        }
    }

    /// What an event is about.
    #[must_use]
    pub fn regarding(&self) -> Value {
        json!({
            "apiVersion": OWNER_API_VERSION,
            "kind": "SealedSecret",
            "metadata": {
                "namespace": self.key.namespace,
                "name": self.key.name,
                "uid": self.uid,
                "resourceVersion": self.resource_version,
            },
        })
    }

    /// Whether somebody has already tried to unseal it; if not, most likely there is no Secret.
    #[must_use]
    pub fn tried(&self) -> bool {
        self.status
            .as_ref()
            .is_some_and(|status| status.observed_generation.is_some())
    }

    /// Whether the status says that all is well with this very declaration.
    #[must_use]
    pub fn is_synced(&self) -> bool {
        self.status.as_ref().is_some_and(|status| {
            status.observed_generation == self.generation
                && status
                    .conditions
                    .first()
                    .is_some_and(|condition| condition.status == "True")
        })
    }

    /// Whether the Secret was right for this generation once: what differs now is drift.
    #[must_use]
    pub fn was_right(&self) -> bool {
        let drifted = |status: &SealedSecretStatus| {
            status.observed_generation == self.generation
                && status
                    .conditions
                    .first()
                    .is_some_and(|said| said.reason.as_deref() == Some(status::DRIFTED))
        };
        self.is_synced() || self.status.as_ref().is_some_and(drifted)
    }

    /// Whether the other is the same object with the same spec.
    #[must_use]
    pub fn has_spec_of(&self, other: &Self) -> bool {
        (&self.uid, self.generation) == (&other.uid, other.generation)
    }

    /// When the templates of this generation were rendered first, as far as the status says.
    #[must_use]
    pub fn rendered_at(&self) -> Option<Timestamp> {
        templates::kept(self.status.as_ref()?, self.generation)
    }

    /// The record of the last unsealing, if the status has one.
    #[must_use]
    pub fn record(&self) -> Option<Record> {
        status::record(self.status.as_ref()?)?.parse().ok()
    }
}

/// Reads the whole object.
///
/// # Errors
/// A sentence that names the field that is wrong, never what stands there: somebody may have
/// committed a value unsealed (threat T14).
pub fn parse(object: Value) -> Result<SealedSecret, String> {
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
    serde_json::from_value(object).map_err(|_| {
        "spec.template: not of the form that the SealedSecret definition gives".to_owned()
    })
}
