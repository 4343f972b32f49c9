//! The end of a Kustomization: what it owned goes with it, as its `prune` says; and the finalizer
//! that makes sure we are asked.

use std::time::Duration;

use signet_api::Kustomization;
use signet_engine::changeset::ChangeSet;
use signet_engine::inventory;

use super::failure::Failure;
use super::{forget, kind, prune, report};
use crate::finalizer::{self, Subject};
use crate::queue::Again;
use crate::wake::{Key, Wake};
use crate::world::{SYNC_COMPONENT, World};

/// Puts our finalizer on, once.
///
/// # Errors
/// The API server does not take it.
pub async fn ensure(
    world: &World,
    key: &Key,
    kustomization: &Kustomization,
) -> Result<(), Failure> {
    let written = finalizer::ensure(world, &subject(key, kustomization)).await;
    let written = written
        .map_err(|error| Failure::api("ReconciliationFailed", "adding the finalizer", &error))?;
    if let Some(body) = written {
        world.stores.kustomizations.put(body);
    }
    Ok(())
}

/// Deletes what is owned, then lets go. A suspended Kustomization deletes nothing, as in Flux.
pub async fn delete(world: &World, key: &Key, kustomization: &Kustomization) -> Option<Again> {
    let policy = kustomization
        .spec
        .other
        .get("deletionPolicy")
        .and_then(|p| p.as_str())
        .unwrap_or("MirrorPrune");
    let wanted = match policy {
        "Orphan" => false,
        "Delete" | "WaitForTermination" => true,
        _ => kustomization.spec.prune,
    };
    let owned = kustomization
        .status
        .as_ref()
        .and_then(|status| status.inventory.as_ref());
    let ids = owned.map(inventory::ids).unwrap_or_default();
    if wanted && !kustomization.spec.suspend && !ids.is_empty() {
        let mut changes = ChangeSet::default();
        let left = match world.applier(kustomization) {
            Ok(applier) => {
                let left = prune::delete_all(world, key, &applier, ids, &mut changes).await;
                left.iter().map(ToString::to_string).collect()
            }
            Err(error) => vec![format!("spec.serviceAccountName: {error}")],
        };
        report::deleted(world, kustomization, &changes).await;
        if !left.is_empty() {
            tracing::warn!(kustomization = %key, "not deleted: {}", left.join("; "));
            let after = world.backoff("delete", key, Duration::from_secs(60));
            return Some(Again {
                after,
                wake: Wake::Retry,
            });
        }
    } else {
        ids.iter().for_each(|id| world.owned.forget(id));
    }
    forget(world, key);
    finalizer::release(world, &subject(key, kustomization)).await
}

fn subject<'a>(key: &'a Key, kustomization: &'a Kustomization) -> Subject<'a> {
    Subject {
        kind: kind(),
        key,
        metadata: &kustomization.metadata,
        manager: SYNC_COMPONENT,
    }
}
