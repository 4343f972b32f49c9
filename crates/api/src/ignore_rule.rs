//! `spec.ignore` of a Kustomization: fields of which a change by somebody else is no drift.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::build::Selector;

/// Paths, and the objects in which they are ignored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IgnoreRule {
    /// JSON pointers (RFC 6901).
    pub paths: Vec<String>,
    /// The objects; all of the Kustomization if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Selector>,
}
