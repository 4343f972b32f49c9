//! Verdicts: declared against seen, what to do with one object.
//!
//! An object whose declaration and ownership both stand still costs no request.

use serde_json::Value;
use signet_api::names;

use crate::drift;
use crate::manifest::{Manifest, disabled, switch};

/// A Kustomization, as namespace and name.
pub type Owner = (String, String);

/// What is kept of a live object: enough to judge it, never its content.
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
    /// Whether it says `reconcile: disabled`.
    pub hands_off: bool,
    /// Whether it says `prune: disabled`.
    pub keep: bool,
    /// Whether it carries the copy of itself that `kubectl apply` leaves ([`names::LAST_APPLIED`]);
    /// on a Secret it must go when we take the object over (threat T15).
    pub last_applied: bool,
    /// Who wrote to it after our manager did; for messages.
    pub last_editor: Option<String>,
}

impl Seen {
    /// Reads an object or its `PartialObjectMetadata`. `None` if it has no uid, so that it never
    /// was in a cluster.
    #[must_use]
    pub fn of(object: &Value, manager: &str) -> Option<Self> {
        let metadata = object.get("metadata")?;
        let text = |key: &str| metadata.get(key).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            uid: text("uid").filter(|uid| !uid.is_empty())?,
            resource_version: text("resourceVersion").unwrap_or_default(),
            ownership: drift::ownership(metadata, manager).unwrap_or_default(),
            owner: owner(metadata),
            offered_to: switch(object, names::HAND_OVER).and_then(parse_owner),
            deleting: text("deletionTimestamp").is_some(),
            hands_off: disabled(object, names::RECONCILE),
            keep: disabled(object, names::PRUNE),
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

/// What was last applied, and how the object looked right after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    /// [`Manifest::digest`] of what was applied.
    pub digest: String,
    /// The answer to that apply.
    pub seen: Seen,
}

/// What to do with one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is not there: apply.
    Create,
    /// It is there and declared differently, or was never compared: apply.
    Configure,
    /// It was changed by somebody else: apply; says by whom.
    PutBack(String),
    /// It is as declared: no request.
    Leave,
    /// Hands off for now, which is no failure; says why.
    Skip(String),
    /// It may not be touched, and the run must say so; cause and remedy.
    Refuse(String),
}

/// Judges one object. `digest` is that of `declared`; `remembered` what this process applied
/// last; `seen` the live object, `None` if there is none; `me` this Kustomization.
#[must_use]
pub fn decide(
    declared: &Manifest,
    digest: &str,
    remembered: Option<&Memory>,
    seen: Option<&Seen>,
    me: (&str, &str),
) -> Verdict {
    if disabled(&declared.body, names::RECONCILE) || seen.is_some_and(|seen| seen.hands_off) {
        return Verdict::Skip(format!("{} is disabled", names::RECONCILE));
    }
    let Some(seen) = seen else {
        return Verdict::Create;
    };
    if let Some(refusal) = foreign(seen, me) {
        return Verdict::Refuse(refusal);
    }
    if seen.deleting {
        return Verdict::Skip("it is being deleted; it is made again when it is gone".to_owned());
    }
    match remembered.filter(|memory| memory.digest == digest) {
        None => Verdict::Configure,
        Some(memory) => compare(&memory.seen, seen),
    }
}

fn compare(before: &Seen, now: &Seen) -> Verdict {
    if is_older(now, before) {
        Verdict::Leave
    } else if before.uid != now.uid {
        Verdict::PutBack("it was deleted and made again".to_owned())
    } else if before.ownership != now.ownership {
        let editor = now.last_editor.as_deref().unwrap_or("another writer");
        Verdict::PutBack(format!("changed by {editor}"))
    } else {
        Verdict::Leave
    }
}

/// Whether a look is from before another: a watch may lag behind the answer to our own apply,
/// and an object as it was then has not drifted. Versions of resources are whole numbers that
/// grow; where a server gives something else, no look counts as older.
fn is_older(look: &Seen, than: &Seen) -> bool {
    let version = |seen: &Seen| seen.resource_version.parse::<u128>().ok();
    version(look)
        .zip(version(than))
        .is_some_and(|(look, than)| look < than)
}

/// Why an object of another Kustomization is left alone (threat T31). An object without owner
/// labels is nobody's and is taken; one that its owner offers to us is taken, too.
fn foreign(seen: &Seen, me: (&str, &str)) -> Option<String> {
    let owner = seen.owner.as_ref().filter(|owner| !is(owner, me))?;
    if seen.offered_to.as_ref().is_some_and(|to| is(to, me)) {
        return None;
    }
    Some(format!(
        "it belongs to Kustomization {}/{}; remove it there, or offer it with the annotation {}: {}/{}",
        owner.0,
        owner.1,
        names::HAND_OVER,
        me.0,
        me.1
    ))
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

fn is(owner: &Owner, me: (&str, &str)) -> bool {
    (owner.0.as_str(), owner.1.as_str()) == me
}

#[cfg(test)]
mod tests;
