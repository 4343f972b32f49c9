//! `POST /v1/reseal`: how the command line asks the controller to re-seal a SealedSecret for the
//! newest key, without seeing what is in it.
//!
//! The body is the SealedSecret as JSON, with `metadata.name` and `metadata.namespace`. The
//! caller's Kubernetes token stands in the header [`crate::names::TOKEN_HEADER`]; the controller
//! answers only callers whom RBAC lets `get` the Secret of that name. 200 carries an [`Answer`];
//! everything else is a status and a sentence as plain text: 401 and 403 about the caller, 413 and
//! 422 about the object (no key opens it, say), 408 and 503 about the moment.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Path of the request.
pub const PATH: &str = "/v1/reseal";

/// The items that were not sealed for the newest key, sealed for it now. Never plaintext.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// Fingerprint of the newest key, `SHA256:…`.
    pub sealed_for: String,
    /// Key of the Secret → new item, base64. Items that are on the newest key already are left
    /// out: the caller keeps theirs byte for byte.
    #[serde(default)]
    pub encrypted_data: BTreeMap<String, String>,
}
