//! `keys.json` in the ConfigMap that publishes the sealing certificate: every key that opens, so that
//! whoever may not read key Secrets can still ask whether the key of an item is there, and until
//! when a certificate may be sealed for. Public data only: names of keys and days.

use serde::{Deserialize, Serialize};

/// One key. The list has the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublishedKey {
    /// `SHA256:…`, of the private key.
    pub fingerprint: String,
    /// First moment of the certificate that came with it, RFC 3339.
    pub not_before: String,
    /// Last moment at which it may be sealed for, RFC 3339. Opening has no such limit.
    pub not_after: String,
    /// Bits of the RSA modulus; absent if the certificate is not this key's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bits: Option<usize>,
    /// Whether this is the one that is sealed for.
    #[serde(default)]
    pub newest: bool,
}
