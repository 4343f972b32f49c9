//! Revisions that are applied and not yet said.
//!
//! A commit that changes nothing of a Kustomization is still a new revision in its status. With a
//! thousand of them, one commit would cost a thousand writes that tell nobody anything. So where there
//! are many, such a revision is kept here, and said at the next interval, or when there is more to say.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use signet_api::kustomization::KustomizationStatus;
use signet_engine::outcome::{self, End, Outcome};

use crate::wake::{Key, Wake};
use crate::world::World;

/// Up to so many Kustomizations, each says every revision at once.
const FEW: usize = 50;

/// See the module's documentation.
#[derive(Default)]
pub struct Unsaid(Mutex<HashMap<Key, Kept>>);

struct Kept {
    revision: String,
    since: Timestamp,
}

impl Unsaid {
    /// The revision that `key` is at, if its status does not say so.
    pub fn revision(&self, key: &Key) -> Option<String> {
        self.with(|all| Some(all.get(key)?.revision.clone()))
    }

    /// The status says all, or the Kustomization is gone.
    pub fn forget(&self, key: &Key) {
        self.with(|all| all.remove(key));
    }

    /// Keeps a revision. Returns since when `key` has not said what it is at.
    fn keep(&self, key: &Key, revision: &str, now: Timestamp) -> Timestamp {
        self.with(|all| {
            let kept = all.entry(key.clone()).or_insert_with(|| Kept {
                revision: String::new(),
                since: now,
            });
            revision.clone_into(&mut kept.revision);
            kept.since
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<Key, Kept>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Whether all that is new in `outcome` is its revision, and that can wait; then it is kept.
pub fn can_wait(
    world: &World,
    key: &Key,
    wake: Wake,
    (old, generation, requested): (&KustomizationStatus, i64, Option<&str>),
    outcome: &Outcome,
    interval: Duration,
) -> bool {
    let many = world.stores.kustomizations.len() > FEW;
    let unasked = matches!(wake, Wake::Source | Wake::Listed);
    let quiet = unasked && matches!(outcome.end, End::Applied(_));
    let (Some(revision), true, true) = (&outcome.revision, many, quiet) else {
        return false;
    };
    let as_before = Outcome {
        revision: old.last_applied_revision.clone(),
        ..outcome.clone()
    };
    let now = world.now();
    if outcome::kustomization_status(old, generation, requested, &as_before, now) != *old {
        return false;
    }
    let since = world.unsaid.keep(key, revision, now);
    super::elapsed(since, now) < interval
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is the failed test")]

    use super::*;

    #[test]
    fn how_long_nothing_was_said_counts_from_the_first_revision() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let (unsaid, key) = (Unsaid::default(), Key::new("team", "apps"));
        assert_eq!(unsaid.keep(&key, "a", at(1)), at(1));
        assert_eq!(unsaid.keep(&key, "b", at(5)), at(1));
        assert_eq!(unsaid.revision(&key).as_deref(), Some("b"));
        unsaid.forget(&key);
        assert_eq!(unsaid.keep(&key, "c", at(9)), at(9));
    }
}
