//! What is kept of a live object: enough to judge it, never its content.

use serde_json::Value;
use signet_api::names;

use crate::drift;
use crate::hooks;
use crate::managers::{self, Manager};
use crate::manifest::{disabled, switch};

/// A Kustomization, as namespace and name.
pub type Owner = (String, String);

/// A live object as its metadata tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// `metadata.uid`; another one means deleted and made again.
    pub uid: String,
    /// `metadata.resourceVersion`.
    pub resource_version: String,
    /// [`drift::ownership`] of our manager; empty if it owns nothing.
    pub ownership: String,
    /// Which Kustomization the owner labels name.
    pub owner: Option<Owner>,
    /// Which Kustomization its owner offers it to ([`names::HAND_OVER`]).
    pub offered_to: Option<Owner>,
    /// Whether it is on its way out (`deletionTimestamp`).
    pub deleting: bool,
    /// Whether it says `reconcile: disabled` or `ssa: Ignore`.
    pub hands_off: bool,
    /// Whether it says `prune: disabled`, or the same in Argo's words.
    pub keep: bool,
    /// Whether it says `ssa: Merge`: what others added stays.
    pub merge: bool,
    /// Whether it says `force: enabled`: it may be deleted and made again.
    pub force: bool,
    /// For what it runs, if it is a hook.
    pub hook: Option<hooks::Run>,
    /// A manager of the overridden ones that owns a field of it, see [`managers`].
    pub intruder: Option<String>,
    /// Whether it carries the copy of itself that `kubectl apply` leaves ([`names::LAST_APPLIED`]);
    /// on a Secret it must go when we take the object over (threat T15).
    pub last_applied: bool,
    /// Who wrote to it after our manager did; for messages.
    pub last_editor: Option<String>,
}

impl Seen {
    /// Reads an object or its `PartialObjectMetadata`; `overridden` are the managers whose fields
    /// are ours to take. `None` if it has no uid, so that it never was in a cluster.
    #[must_use]
    pub fn of(object: &Value, manager: &str, overridden: &[Manager]) -> Option<Self> {
        let metadata = object.get("metadata")?;
        let text = |key: &str| metadata.get(key).and_then(Value::as_str).map(str::to_owned);
        let says = |key: &str, word: &str| {
            switch(object, key).is_some_and(|value| value.eq_ignore_ascii_case(word))
        };
        Some(Self {
            uid: text("uid").filter(|uid| !uid.is_empty())?,
            resource_version: text("resourceVersion").unwrap_or_default(),
            ownership: drift::ownership(metadata, manager).unwrap_or_default(),
            owner: owner(metadata),
            offered_to: switch(object, names::HAND_OVER).and_then(parse_owner),
            deleting: text("deletionTimestamp").is_some(),
            hands_off: disabled(object, names::RECONCILE) || says(names::SSA, "ignore"),
            keep: disabled(object, names::PRUNE) || hooks::is_kept(object),
            merge: says(names::SSA, "merge"),
            force: says(names::FORCE, "enabled"),
            hook: hooks::Run::of(object),
            intruder: managers::intruder(metadata, overridden).map(str::to_owned),
            last_applied: switch(object, names::LAST_APPLIED).is_some(),
            last_editor: drift::last_editor(metadata, manager),
        })
    }

    /// Whether the owner labels name this Kustomization.
    #[must_use]
    pub fn belongs_to(&self, me: (&str, &str)) -> bool {
        self.owner.as_ref().is_some_and(|owner| is(owner, me))
    }
}

/// Whether `owner` is `me`.
pub(crate) fn is(owner: &Owner, me: (&str, &str)) -> bool {
    (owner.0.as_str(), owner.1.as_str()) == me
}

fn owner(metadata: &Value) -> Option<Owner> {
    let label = |key: &str| {
        metadata
            .get("labels")?
            .get(key)?
            .as_str()
            .map(str::to_owned)
    };
    Some((label(names::OWNER_NAMESPACE)?, label(names::OWNER_NAME)?))
}

fn parse_owner(text: &str) -> Option<Owner> {
    let (namespace, name) = text.split_once('/')?;
    Some((namespace.to_owned(), name.to_owned()))
}
