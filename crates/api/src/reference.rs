//! References from one object to another.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An object of the same namespace; no other can be named (threat T26).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LocalReference {
    /// Its name.
    pub name: String,
}

/// The source of a Kustomization.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceReference {
    /// API group and version; found by kind if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// `GitRepository`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace; that of the Kustomization if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}
