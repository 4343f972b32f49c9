//! The end of a Kustomization: what it owned goes with it, as its `prune` says; and the finalizer
//! that makes sure we are asked.

use std::time::Duration;

use signet_api::applying::DeletionPolicy;
use signet_api::{Kustomization, ObjectId, duration};
use signet_cluster::Kind;
use signet_engine::changeset::ChangeSet;
use signet_engine::inventory;

use super::failure::Failure;
use super::{depends, forget, kind, prune, report};
use crate::finalizer::{self, Subject};
use crate::places::{self, Place};
use crate::queue::Again;
use crate::wake::{Key, Wake};
use crate::world::{SYNC_COMPONENT, World};

/// How soon to look whether what was deleted is gone; costs no request.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// How long that is waited for where the Kustomization does not say.
const TERMINATION: Duration = Duration::from_secs(300);

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
        let queue = &world.queues.kustomizations;
        world.stores.kustomizations.answered(queue, body);
    }
    Ok(())
}

/// Deletes what is owned, then lets go. A suspended Kustomization deletes nothing, as in Flux.
pub async fn delete(world: &World, key: &Key, kustomization: &Kustomization) -> Option<Again> {
    let spec = &kustomization.spec;
    let policy = spec.deletion_policy.unwrap_or_default();
    let wanted = match policy {
        DeletionPolicy::Orphan => false,
        DeletionPolicy::Delete | DeletionPolicy::WaitForTermination => true,
        DeletionPolicy::MirrorPrune => spec.prune,
    };
    let owned = kustomization
        .status
        .as_ref()
        .and_then(|status| status.inventory.as_ref());
    let ids = owned.map(inventory::ids).unwrap_or_default();
    let place = world.places.known(key);
    if wanted && !spec.suspend && !ids.is_empty() {
        let left = delete_owned(world, key, kustomization, ids.clone()).await;
        if !left.is_empty() {
            tracing::warn!(kustomization = %key, "not deleted: {}", left.join("; "));
            let after = world.backoff("delete", key, Duration::from_secs(60));
            return Some(again(after));
        }
        let waits = policy == DeletionPolicy::WaitForTermination;
        if waits && going(world, key, kustomization, &place, &ids) {
            return Some(again(LOOK_AGAIN));
        }
    } else {
        ids.iter().for_each(|id| place.owned.forget(id));
    }
    forget(world, key);
    depends::wake(world, key);
    finalizer::release(world, &subject(key, kustomization)).await
}

fn again(after: Duration) -> Again {
    Again {
        after,
        wake: Wake::Retry,
    }
}

/// Returns what could not be deleted, and why. What nobody can delete any more, because the
/// ServiceAccount that it was applied with is gone, is let go and said aloud.
async fn delete_owned(
    world: &World,
    key: &Key,
    kustomization: &Kustomization,
    ids: Vec<ObjectId>,
) -> Vec<String> {
    let place = match places::of(world, key, kustomization).await {
        Ok(place) => place,
        Err(unreachable) => return vec![unreachable.to_string()],
    };
    let applier = match world.applier(&place, kustomization) {
        Ok(applier) => applier,
        Err(error) => return vec![format!("spec.serviceAccountName: {error}")],
    };
    let mut changes = ChangeSet::default();
    let left = prune::delete_all(world, &place, key, &applier, ids, &mut changes).await;
    report::deleted(world, kustomization, &changes).await;
    let forbidden = left.iter().any(prune::Resisted::is_forbidden);
    if forbidden && account_is_gone(world, kustomization).await {
        let names: Vec<String> = left.iter().map(ToString::to_string).collect();
        let names = names.join("\n");
        let message = format!("left behind, because the ServiceAccount is gone:\n{names}");
        let object = serde_json::json!(kustomization);
        let reason = "ReconciliationFailed";
        world
            .event(&object, SYNC_COMPONENT, true, reason, &message)
            .await;
        return Vec::new();
    }
    left.iter().map(ToString::to_string).collect()
}

async fn account_is_gone(world: &World, kustomization: &Kustomization) -> bool {
    let namespace = kustomization
        .metadata
        .namespace
        .as_deref()
        .unwrap_or_default();
    let Some(name) = kustomization.spec.service_account_name.as_deref() else {
        return false;
    };
    let kind = Kind::of("v1", "ServiceAccount", "serviceaccounts");
    let named =
        |account: &serde_json::Value| account.pointer("/metadata/name") == Some(&name.into());
    match world.cluster.list(&kind, namespace).await {
        Ok(accounts) => !accounts.iter().any(named),
        Err(_) => false,
    }
}

/// Whether anything that was deleted is still there, and may still be waited for.
fn going(
    world: &World,
    key: &Key,
    kustomization: &Kustomization,
    place: &Place,
    ids: &[ObjectId],
) -> bool {
    let left: Vec<String> = ids
        .iter()
        .filter(|id| place.owned.seen(id).is_some_and(|seen| seen.deleting))
        .map(ToString::to_string)
        .collect();
    let timeout = kustomization
        .spec
        .timeout
        .as_deref()
        .and_then(duration::parse);
    let now = world.now();
    world.attempts.begin(key, "deletion", now);
    let since = world.attempts.since(key, "deletion", now);
    let late = super::elapsed(since, now) > timeout.unwrap_or(TERMINATION);
    if late && !left.is_empty() {
        tracing::warn!(kustomization = %key, "let go while these are still there: {}", left.join(", "));
    }
    !left.is_empty() && !late
}

fn subject<'a>(key: &'a Key, kustomization: &'a Kustomization) -> Subject<'a> {
    Subject {
        kind: kind(),
        key,
        metadata: &kustomization.metadata,
        manager: SYNC_COMPONENT,
    }
}
