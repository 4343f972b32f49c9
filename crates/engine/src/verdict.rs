//! Verdicts: declared against seen, what to do with one object.
//!
//! An object whose declaration and ownership both stand still costs no request.

use signet_api::names;

use crate::manifest::{Manifest, disabled, switch};
use crate::seen::{Seen, is};

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
    /// It should be as declared: apply, to see whether the API server agrees. What fills in fields
    /// on its way, a default or a webhook, may have changed meanwhile.
    Verify,
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
    if let Some(why) = hands_off(declared, seen) {
        return Verdict::Skip(why);
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
        Some(memory) => compare(&memory.seen, seen, merges(declared, Some(seen))),
    }
}

/// Whether the object says, where it is declared or where it lives, that what others added to it
/// stays (`ssa: Merge`).
#[must_use]
pub fn merges(declared: &Manifest, seen: Option<&Seen>) -> bool {
    ssa_is(declared, "merge") || seen.is_some_and(|seen| seen.merge)
}

fn hands_off(declared: &Manifest, seen: Option<&Seen>) -> Option<String> {
    if disabled(&declared.body, names::RECONCILE) || seen.is_some_and(|seen| seen.hands_off) {
        return Some(format!("{} is disabled", names::RECONCILE));
    }
    if ssa_is(declared, "ignore") {
        return Some(format!("{} is Ignore", names::SSA));
    }
    (ssa_is(declared, "ifnotpresent") && seen.is_some())
        .then(|| format!("{} is IfNotPresent, and it is there", names::SSA))
}

fn ssa_is(declared: &Manifest, word: &str) -> bool {
    switch(&declared.body, names::SSA).is_some_and(|value| value.eq_ignore_ascii_case(word))
}

fn compare(before: &Seen, now: &Seen, merges: bool) -> Verdict {
    let intruder = now.intruder.as_deref().filter(|_| !merges);
    if is_older(now, before) {
        Verdict::Leave
    } else if before.uid != now.uid {
        Verdict::PutBack("it was deleted and made again".to_owned())
    } else if before.ownership != now.ownership || intruder.is_some() {
        let editor = intruder.or(now.last_editor.as_deref());
        Verdict::PutBack(format!("changed by {}", editor.unwrap_or("another writer")))
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

#[cfg(test)]
mod tests;
