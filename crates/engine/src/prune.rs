//! Pruning with brakes: what left the repository goes, but not by mistake.
//!
//! Flux deletes whatever is missing, an emptied directory included. Here a run that would delete
//! much, or what takes other things along, is held until a person confirms exactly that set.

use std::str::FromStr;

use signet_api::{ObjectId, names};

use crate::digest;
use crate::seen::Seen;

/// How much one run may delete unasked. Both bounds must be passed for the brake to hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Number of objects.
    pub objects: usize,
    /// Part of the inventory, from 0 to 1.
    pub share: f64,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            objects: 20,
            share: 0.5,
        }
    }
}

impl FromStr for Budget {
    type Err = String;

    /// `50` objects, `50,25%` of the inventory, or `off`: no bound, and what takes others along is
    /// deleted as well.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no budget such as 50, 50,25% or off");
        if text == "off" {
            return Ok(Self::UNBOUNDED);
        }
        let (objects, share) = text.split_once(',').unwrap_or((text, "0%"));
        let share = share.trim().strip_suffix('%').ok_or_else(wrong)?;
        let percent: u8 = share.parse().map_err(|_| wrong())?;
        Ok(Self {
            objects: objects.trim().parse().map_err(|_| wrong())?,
            share: f64::from(percent.min(100)) / 100.0,
        })
    }
}

impl Budget {
    /// Everything may be deleted unasked.
    pub const UNBOUNDED: Self = Self {
        objects: usize::MAX,
        share: 1.0,
    };
}

/// Whether a run may delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Brake {
    /// It may.
    Go,
    /// A person must confirm first.
    Held {
        /// Names this set of objects and no other; the value that confirms it.
        digest: String,
        /// Why, what would go, and how to confirm.
        message: String,
    },
}

/// Most objects that a message lists.
const LISTED: usize = 10;
/// Hexadecimal digits that a person copies: 64 bits, plenty against a mix-up.
const DIGITS: usize = 16;

/// Decides on deleting `stale` out of an inventory of `inventory_len` objects. `confirmed` is the
/// value of the annotation [`names::CONFIRM_PRUNE`], if there is one; it holds for this very set
/// only.
#[must_use]
pub fn brake(
    stale: &[ObjectId],
    inventory_len: usize,
    budget: &Budget,
    confirmed: Option<&str>,
) -> Brake {
    let Some(why) = too_much(stale, inventory_len, budget) else {
        return Brake::Go;
    };
    let digest = digest_of(stale);
    if confirmed == Some(digest.as_str()) {
        return Brake::Go;
    }
    let message = format!(
        "Prune held: {why}: {}. To confirm, annotate the Kustomization with {}={digest}; \
         to keep them, put them back into the repository",
        listed(stale),
        names::CONFIRM_PRUNE,
    );
    Brake::Held { digest, message }
}

/// What to do with one object that left the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Delete it, if it still has this uid.
    Delete {
        /// `metadata.uid` of the object that was judged.
        uid: String,
    },
    /// It is gone already.
    Gone,
    /// It stays and leaves the inventory; says why.
    Keep(String),
}

/// Judges one stale object by how it looks now: only what carries our owner labels and is not
/// exempt is deleted (threat T31).
#[must_use]
pub fn decide(seen: Option<&Seen>, me: (&str, &str)) -> Fate {
    match seen {
        None => Fate::Gone,
        Some(seen) if !seen.belongs_to(me) => {
            Fate::Keep(format!("its owner labels do not name {}/{}", me.0, me.1))
        }
        Some(seen) if seen.keep => Fate::Keep(format!("{} is disabled", names::PRUNE)),
        Some(seen) if seen.hands_off => Fate::Keep(format!("{} is disabled", names::RECONCILE)),
        Some(seen) => Fate::Delete {
            uid: seen.uid.clone(),
        },
    }
}

fn too_much(stale: &[ObjectId], inventory_len: usize, budget: &Budget) -> Option<String> {
    if *budget == Budget::UNBOUNDED {
        return None;
    }
    if let Some(id) = stale.iter().find(|id| takes_others_along(id)) {
        return Some(format!("deleting {id} would delete what it holds"));
    }
    let (count, all) = (stale.len(), inventory_len.max(stale.len()));
    #[expect(
        clippy::cast_precision_loss,
        reason = "inventories are far below 2^52 objects"
    )]
    let over = count > budget.objects && count as f64 > all as f64 * budget.share;
    over.then(|| format!("{count} of {all} objects would be deleted"))
}

/// Kinds whose deletion deletes more than themselves.
fn takes_others_along(id: &ObjectId) -> bool {
    matches!(
        (id.group.as_str(), id.kind.as_str()),
        ("", "Namespace" | "PersistentVolumeClaim")
            | ("apiextensions.k8s.io", "CustomResourceDefinition")
    )
}

fn digest_of(stale: &[ObjectId]) -> String {
    let ids: Vec<String> = stale.iter().map(ObjectId::inventory_id).collect();
    let digest = digest::of_set(ids.iter().map(String::as_str));
    digest
        .trim_start_matches("sha256:")
        .chars()
        .take(DIGITS)
        .collect()
}

fn listed(stale: &[ObjectId]) -> String {
    let mut names: Vec<String> = stale.iter().take(LISTED).map(ToString::to_string).collect();
    if stale.len() > LISTED {
        names.push(format!("{} more", stale.len() - LISTED));
    }
    names.join(", ")
}

#[cfg(test)]
mod tests;
