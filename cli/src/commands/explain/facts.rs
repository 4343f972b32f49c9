//! What was seen in the cluster, before anybody judges it.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use signet_api::published_keys::PublishedKey;

use crate::deployed::Deployed;
use crate::online::Asked;

/// Everything about one SealedSecret.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The time of the look.
    pub now: Timestamp,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Whether the cluster knows the kind.
    pub defined: bool,
    /// The object itself.
    pub sealed: Option<Value>,
    /// Where the controller is looked for, `namespace/name`.
    pub place: String,
    /// The controller's Deployment there.
    pub controller: Asked<Option<Deployed>>,
    /// Whether the controller answers through the API server; `None` if that cannot be told.
    pub answers: Option<bool>,
    /// The sealed-secrets controller, if it is where its project installs it.
    pub peer: Option<Deployed>,
    /// The keys that open.
    pub keys: Keys,
    /// Metadata of the Secret of that name.
    pub secret: Asked<Option<Value>>,
    /// What was said about the SealedSecret, the last first.
    pub events: Asked<Vec<Said>>,
}

/// What is known of the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keys {
    /// Every one that opens, newest first.
    All(Vec<PublishedKey>),
    /// The one that is sealed for; there may be others.
    Newest(PublishedKey),
    /// Nothing; says why.
    Unknown(String),
}

impl Keys {
    /// Those that are known.
    pub fn known(&self) -> &[PublishedKey] {
        match self {
            Self::All(keys) => keys,
            Self::Newest(key) => std::slice::from_ref(key),
            Self::Unknown(_) => &[],
        }
    }

    /// Whether the key of this fingerprint is there; `None` if that is not known.
    pub fn has(&self, fingerprint: &str) -> Option<bool> {
        let here = self
            .known()
            .iter()
            .any(|key| key.fingerprint == fingerprint);
        match self {
            _ if here => Some(true),
            Self::All(_) => Some(false),
            Self::Newest(_) | Self::Unknown(_) => None,
        }
    }
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    /// When it was last said.
    pub time: String,
    /// `Normal` or `Warning`.
    #[serde(rename = "type")]
    pub kind: String,
    /// One word.
    pub reason: String,
    /// The sentence.
    pub message: String,
}
