//! What left the directory leaves the cluster: old inventory minus new, with brakes.

use std::fmt;

use signet_api::kustomization::Inventory;
use signet_api::{Kustomization, ObjectId, names};
use signet_cluster::{ApiError, Cluster};
use signet_engine::changeset::{Action, ChangeSet};
use signet_engine::prune::{self, Brake, Fate};
use signet_engine::seen::Seen;
use signet_engine::{inventory, order};

use super::apply::Run;
use super::failure::Failure;
use crate::places::Place;
use crate::wake::{Key, Wake};
use crate::world::World;

/// Deletes what is stale. Returns the inventory that is true afterwards.
///
/// # Errors
/// The brake holds the deletion, or an object resists; what was not deleted stays in the
/// inventory that [`super::report::remember`] wrote.
pub async fn stale(
    run: &Run<'_>,
    kustomization: &Kustomization,
    changes: &mut ChangeSet,
) -> Result<Inventory, Failure> {
    let Run {
        world,
        place,
        key,
        plan,
        ..
    } = *run;
    let new = inventory::entries(&plan.ids());
    let old = kustomization
        .status
        .as_ref()
        .and_then(|s| s.inventory.clone())
        .unwrap_or_default();
    let stale = inventory::stale(&old, &new);
    if stale.is_empty() {
        return Ok(new);
    }
    if !kustomization.spec.prune {
        stale.iter().for_each(|id| place.owned.forget(id));
        return Ok(new);
    }
    brake(world, kustomization, &stale, old.entries.len())?;
    let left = delete_all(world, place, key, &plan.applier, stale, changes).await;
    if left.is_empty() {
        return Ok(new);
    }
    let lines: Vec<String> = left.iter().map(Resisted::to_string).collect();
    let passes = left.iter().all(|Resisted(_, error)| error.is_transient());
    let fail = if passes {
        Failure::transient
    } else {
        Failure::new
    };
    Err(fail("PruneFailed", lines.join("\n")))
}

/// An object that was not deleted, and why.
pub struct Resisted(ObjectId, ApiError);

impl Resisted {
    /// Whether it is rights that are missing.
    pub fn is_forbidden(&self) -> bool {
        self.1.is_forbidden()
    }
}

impl fmt::Display for Resisted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(
            id,
            ApiError {
                reason, message, ..
            },
        ) = self;
        write!(f, "{id} delete failed ({reason}): {message}")
    }
}

fn brake(
    world: &World,
    kustomization: &Kustomization,
    stale: &[ObjectId],
    owned: usize,
) -> Result<(), Failure> {
    let annotations = kustomization.metadata.annotations.as_ref();
    let said = |name| {
        annotations
            .and_then(|all| all.get(name))
            .map(String::as_str)
    };
    let budget = match said(names::PRUNE_BUDGET) {
        None => world.settings.sync.prune_budget,
        Some(text) => text.parse().map_err(|cause| {
            let message = format!("annotation {}: {cause}", names::PRUNE_BUDGET);
            Failure::terminal("PruneFailed", message)
        })?,
    };
    match prune::brake(stale, owned, &budget, said(names::CONFIRM_PRUNE)) {
        Brake::Go => Ok(()),
        Brake::Held { message, .. } => Err(Failure::held(message)),
    }
}

/// Deletes in reverse order what still bears our labels and what nobody else declares. Returns what
/// resisted.
pub async fn delete_all(
    world: &World,
    place: &Place,
    key: &Key,
    applier: &Cluster,
    ids: Vec<ObjectId>,
    changes: &mut ChangeSet,
) -> Vec<Resisted> {
    let mut left = Vec::new();
    for id in order::deletion_order(ids) {
        if handed_over(world, place, key, &id) {
            continue;
        }
        match delete(place, key, applier, &id).await {
            Ok(deleted) => {
                place.owned.forget(&id);
                if deleted {
                    changes.push(id, Action::Deleted);
                }
            }
            Err(error) => left.push(Resisted(id, error)),
        }
    }
    left
}

/// An object that moved to another Kustomization is not deleted: that one declares it, and takes it
/// as soon as it has left our inventory.
fn handed_over(world: &World, place: &Place, key: &Key, id: &ObjectId) -> bool {
    let Some(claimant) = place.owned.take_claim(id).filter(|other| other != key) else {
        return false;
    };
    let declares = world.rendered.declares(&claimant, id);
    if declares {
        place.owned.forget(id);
        world.queues.kustomizations.push(claimant, Wake::Dependency);
    }
    declares
}

/// Deletes one object if it is there, ours by label, and not exempt. The uid that was looked at
/// goes along, so that an object made anew meanwhile is not touched (threat T31).
async fn delete(
    place: &Place,
    key: &Key,
    applier: &Cluster,
    id: &ObjectId,
) -> Result<bool, ApiError> {
    let Some(kind) = place.cluster.kind(&id.group, &id.version, &id.kind).await? else {
        return Ok(false);
    };
    let live = applier
        .get_metadata(&kind, id.namespace.as_deref(), &id.name)
        .await?;
    let seen = live
        .as_ref()
        .and_then(|live| Seen::of(live, names::FIELD_MANAGER, &[]));
    match prune::decide(seen.as_ref(), (&key.namespace, &key.name)) {
        Fate::Delete { uid } => applier.delete(&kind, id, Some(&uid)).await,
        _ => Ok(false),
    }
}
