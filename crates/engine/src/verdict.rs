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
#[allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
mod tests {
    use super::*;
    use crate::manifest::Origin;
    use serde_json::json;

    const ME: (&str, &str) = ("flux-system", "apps");

    fn live(change: impl FnOnce(&mut Value)) -> Seen {
        let mut object = json!({"metadata": {"name": "c", "uid": "u1", "resourceVersion": "7",
            "labels": {names::OWNER_NAMESPACE: ME.0, names::OWNER_NAME: ME.1},
            "annotations": {},
            "managedFields": [{"manager": "us", "operation": "Apply", "fieldsV1": {"f:data": {}}}]}});
        change(&mut object["metadata"]);
        Seen::of(&object, "us").unwrap()
    }

    fn declared() -> Manifest {
        let body = json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "c", "namespace": "a"}});
        Manifest::new(body, Origin::new("c.yaml", 1)).unwrap()
    }

    #[allow(clippy::needless_pass_by_value, reason = "cases read better")]
    fn check(memory: Option<(&str, Seen)>, seen: Option<Seen>) -> Verdict {
        let memory = memory.map(|(digest, seen)| Memory {
            digest: digest.to_owned(),
            seen,
        });
        decide(&declared(), "d1", memory.as_ref(), seen.as_ref(), ME)
    }

    fn quiet() -> Seen {
        live(|_| ())
    }

    #[test]
    fn what_is_not_there_is_created() {
        assert_eq!(check(None, None), Verdict::Create);
        assert_eq!(check(Some(("d1", quiet())), None), Verdict::Create);
    }

    #[test]
    fn what_stands_still_costs_nothing() {
        let elsewhere = live(|m| m["resourceVersion"] = json!("8"));
        assert_eq!(
            check(Some(("d1", quiet())), Some(elsewhere)),
            Verdict::Leave
        );
    }

    #[test]
    fn a_look_from_before_our_apply_is_no_drift() {
        let before = live(|m| {
            m["resourceVersion"] = json!("6");
            m["managedFields"] = json!([]);
        });
        assert_eq!(check(Some(("d1", quiet())), Some(before)), Verdict::Leave);
    }

    #[test]
    fn what_is_declared_anew_or_never_compared_is_configured() {
        assert_eq!(check(None, Some(quiet())), Verdict::Configure);
        assert_eq!(
            check(Some(("d0", quiet())), Some(quiet())),
            Verdict::Configure
        );
        let nobodys = live(|m| m["labels"] = json!({}));
        assert_eq!(check(None, Some(nobodys)), Verdict::Configure);
    }

    #[test]
    fn what_somebody_changed_is_put_back() {
        let edited = live(|m| {
            m["managedFields"] = json!([
                {"manager": "us", "operation": "Apply", "fieldsV1": {}, "time": "1"},
                {"manager": "kubectl-edit", "operation": "Update", "fieldsV1": {}, "time": "2"}]);
        });
        let verdict = check(Some(("d1", quiet())), Some(edited));
        assert_eq!(
            verdict,
            Verdict::PutBack("changed by kubectl-edit".to_owned())
        );
        let again = live(|m| m["uid"] = json!("u2"));
        assert!(matches!(
            check(Some(("d1", quiet())), Some(again)),
            Verdict::PutBack(_)
        ));
    }

    #[test]
    fn hands_stay_off_where_declared_or_live_says_so_and_while_it_is_deleted() {
        let off = live(|m| m["annotations"][names::RECONCILE] = json!("Disabled"));
        assert!(matches!(
            check(Some(("d0", quiet())), Some(off)),
            Verdict::Skip(_)
        ));
        let going = live(|m| m["deletionTimestamp"] = json!("2026-01-01T00:00:00Z"));
        assert!(matches!(check(None, Some(going)), Verdict::Skip(_)));
        let mut declared = declared();
        declared.body["metadata"]["labels"] = json!({names::RECONCILE: "disabled"});
        assert!(matches!(
            decide(&declared, "d1", None, None, ME),
            Verdict::Skip(_)
        ));
    }

    #[test]
    fn an_object_of_another_kustomization_is_refused_unless_it_is_offered() {
        let theirs = live(|m| m["labels"][names::OWNER_NAME] = json!("other"));
        let Verdict::Refuse(why) = check(Some(("d1", quiet())), Some(theirs)) else {
            unreachable!("a foreign object was not refused")
        };
        assert!(
            why.contains("flux-system/other") && why.contains(names::HAND_OVER),
            "{why}"
        );
        let offered = live(|m| {
            m["labels"][names::OWNER_NAME] = json!("other");
            m["annotations"][names::HAND_OVER] = json!("flux-system/apps");
        });
        assert_eq!(check(None, Some(offered)), Verdict::Configure);
    }

    #[test]
    fn what_never_was_in_a_cluster_is_not_seen() {
        assert_eq!(Seen::of(&json!({"metadata": {"name": "c"}}), "us"), None);
    }
}
