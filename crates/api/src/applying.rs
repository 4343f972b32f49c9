//! The parts of a Kustomization that say how its files are opened, to which cluster they are applied,
//! and what becomes of them. Shapes and defaults are Flux's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::reference::LocalReference;

/// How encrypted files are opened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Decryption {
    /// `sops`.
    pub provider: String,
    /// Secret of the same namespace with the keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<LocalReference>,
    /// ServiceAccount whose identity opens keys at a cloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_account_name: Option<String>,
}

/// Another cluster to apply to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KubeConfig {
    /// Secret of the same namespace with a kubeconfig.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<KeyReference>,
    /// ConfigMap of the same namespace that says how to log in at a cloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_map_ref: Option<LocalReference>,
}

/// A key of a Secret of the same namespace.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KeyReference {
    /// The Secret.
    pub name: String,
    /// The key; `value` or `value.yaml` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// What becomes of the objects when the Kustomization is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DeletionPolicy {
    /// They are deleted if `prune` is on.
    #[default]
    MirrorPrune,
    /// They are deleted.
    Delete,
    /// They are deleted, and waited for until they are gone.
    WaitForTermination,
    /// They stay.
    Orphan,
}
