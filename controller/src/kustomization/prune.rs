//! What left the directory leaves the cluster: old inventory minus new, with brakes.

use std::fmt;

use signet_api::kustomization::Inventory;
use signet_api::{Kustomization, ObjectId, names};
use signet_cluster::{ApiError, Cluster};
use signet_engine::changeset::{Action, ChangeSet};
use signet_engine::prune::{self, Brake, Budget, Fate};
use signet_engine::verdict::Seen;
use signet_engine::{inventory, order};

use super::failure::Failure;
use super::plan::Plan;
use crate::wake::Key;
use crate::world::World;

/// Deletes what is stale. Returns the inventory that is true afterwards.
///
/// # Errors
/// The brake holds the deletion, or an object resists; what was not deleted stays in the
/// inventory that [`super::report::remember`] wrote.
pub async fn stale(
    world: &World,
    key: &Key,
    kustomization: &Kustomization,
    plan: &Plan,
    changes: &mut ChangeSet,
) -> Result<Inventory, Failure> {
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
        stale.iter().for_each(|id| world.owned.forget(id));
        return Ok(new);
    }
    brake(kustomization, &stale, old.entries.len())?;
    let left = delete_all(world, key, &plan.applier, stale, changes).await;
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

fn brake(kustomization: &Kustomization, stale: &[ObjectId], owned: usize) -> Result<(), Failure> {
    let annotations = kustomization.metadata.annotations.as_ref();
    let confirmed = annotations
        .and_then(|all| all.get(names::CONFIRM_PRUNE))
        .map(String::as_str);
    match prune::brake(stale, owned, &Budget::default(), confirmed) {
        Brake::Go => Ok(()),
        Brake::Held { message, .. } => Err(Failure::held(message)),
    }
}

/// Deletes in reverse order what still bears our labels. Returns what resisted.
pub async fn delete_all(
    world: &World,
    key: &Key,
    applier: &Cluster,
    ids: Vec<ObjectId>,
    changes: &mut ChangeSet,
) -> Vec<Resisted> {
    let mut left = Vec::new();
    for id in order::deletion_order(ids) {
        match delete(world, key, applier, &id).await {
            Ok(deleted) => {
                world.owned.forget(&id);
                if deleted {
                    changes.push(id, Action::Deleted);
                }
            }
            Err(error) => left.push(Resisted(id, error)),
        }
    }
    left
}

/// Deletes one object if it is there, ours by label, and not exempt. The uid that was looked at
/// goes along, so that an object made anew meanwhile is not touched (threat T31).
async fn delete(
    world: &World,
    key: &Key,
    applier: &Cluster,
    id: &ObjectId,
) -> Result<bool, ApiError> {
    let Some(kind) = world.cluster.kind(&id.group, &id.version, &id.kind).await? else {
        return Ok(false);
    };
    let live = applier
        .get(&kind, id.namespace.as_deref(), &id.name)
        .await?;
    let seen = live
        .as_ref()
        .and_then(|live| Seen::of(live, names::FIELD_MANAGER));
    match prune::decide(seen.as_ref(), (&key.namespace, &key.name)) {
        Fate::Delete { uid } => applier.delete(&kind, id, Some(&uid)).await,
        _ => Ok(false),
    }
}
