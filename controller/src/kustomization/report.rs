//! Saying what happened: status, events, log, metrics. All of it folded from one outcome.

use std::time::Duration;

use serde_json::{Value, json};
use signet_api::kustomization::KustomizationStatus;
use signet_api::{Kustomization, names};
use signet_engine::changeset::ChangeSet;
use signet_engine::inventory;
use signet_engine::outcome::{self, Outcome};

use super::failure::Failure;
use super::kind;
use super::plan::Plan;
use crate::queue::Again;
use crate::wake::Key;
use crate::world::{SYNC_COMPONENT, World};

/// Field manager of the status, as Flux names it.
const STATUS_MANAGER: &str = "gotk-kustomize-controller";

/// Writes the inventory before anything is applied, if the set grows: after a kill in the middle
/// of an apply, nothing that was created is forgotten.
///
/// # Errors
/// The API server does not take it; then nothing is applied either.
pub async fn remember(
    world: &World,
    key: &Key,
    kustomization: &Kustomization,
    plan: &Plan,
) -> Result<(), Failure> {
    let old = kustomization
        .status
        .as_ref()
        .and_then(|s| s.inventory.clone())
        .unwrap_or_default();
    let union = inventory::union(&old, &inventory::entries(&plan.ids()));
    if union.entries.len() == old.entries.len() {
        return Ok(());
    }
    patch(world, key, &json!({"status": {"inventory": union}}))
        .await
        .map_err(|error| Failure::api("ReconciliationFailed", "writing the inventory", &error))
}

/// Writes the status if it differs, and the events that are news. Returns whether the status stands;
/// one that the API server did not take is to be tried again.
pub async fn write(
    world: &World,
    key: &Key,
    object: &Value,
    kustomization: &Kustomization,
    outcome: &Outcome,
) -> bool {
    let latest = current(world, key).unwrap_or_else(|| kustomization.clone());
    let old = latest.status.unwrap_or_default();
    let generation = kustomization.metadata.generation.unwrap_or_default();
    let annotations = kustomization.metadata.annotations.as_ref();
    let requested = annotations
        .and_then(|all| all.get(names::REQUESTED_AT))
        .map(String::as_str);
    let next = outcome::kustomization_status(&old, generation, requested, outcome, world.now());
    log(key, outcome);
    let mut written = true;
    if next != old {
        let body = with_removals(&old, &next);
        if let Err(error) = patch(world, key, &body).await {
            tracing::warn!(kustomization = %key, "status not written: {error}");
            written = false;
        }
    }
    if news(&old, &next, outcome) {
        let interval = &kustomization.spec.interval;
        for (warning, reason, message) in outcome::events(outcome, interval) {
            world
                .event(object, SYNC_COMPONENT, warning, &reason, &message)
                .await;
        }
    }
    written
}

/// A merge patch takes away only what it names.
fn with_removals(old: &KustomizationStatus, next: &KustomizationStatus) -> Value {
    let mut status = json!(next);
    if let (Value::Object(old), Value::Object(status)) = (json!(old), &mut status) {
        for gone in old
            .keys()
            .filter(|key| !status.contains_key(*key))
            .cloned()
            .collect::<Vec<_>>()
        {
            status.insert(gone, Value::Null);
        }
    }
    json!({ "status": status })
}

/// An event is for news: a change, another revision or message, or an answer to a request.
fn news(old: &KustomizationStatus, next: &KustomizationStatus, outcome: &Outcome) -> bool {
    let ready = |status: &KustomizationStatus| {
        let ready = status.conditions.iter().find(|c| c.type_ == "Ready");
        ready.map(|c| (c.status.clone(), c.reason.clone(), c.message.clone()))
    };
    let changed =
        matches!(outcome, Outcome::Applied { changes, .. } if !changes.message().is_empty());
    changed
        || ready(old) != ready(next)
        || old.last_handled_reconcile_at != next.last_handled_reconcile_at
}

fn current(world: &World, key: &Key) -> Option<Kustomization> {
    serde_json::from_value((*world.stores.kustomizations.get(key)?).clone()).ok()
}

async fn patch(world: &World, key: &Key, patch: &Value) -> Result<(), signet_cluster::ApiError> {
    let body = world
        .cluster
        .merge_patch(
            &kind(),
            Some(&key.namespace),
            &key.name,
            patch,
            true,
            STATUS_MANAGER,
        )
        .await?;
    world.stores.kustomizations.put(body);
    Ok(())
}

fn log(key: &Key, outcome: &Outcome) {
    match outcome {
        Outcome::Applied {
            revision,
            changes,
            took,
            ..
        } => {
            let changes = changes.message();
            if !changes.is_empty() {
                tracing::info!(kustomization = %key, revision, ?took, "applied:\n{changes}");
            }
        }
        Outcome::Failed {
            reason, message, ..
        } => {
            tracing::warn!(kustomization = %key, reason, "{message}");
        }
        Outcome::Held { message, .. } => tracing::warn!(kustomization = %key, "{message}"),
    }
}

/// Says what went with a deleted Kustomization.
pub async fn deleted(world: &World, kustomization: &Kustomization, changes: &ChangeSet) {
    let message = changes.message();
    if !message.is_empty() {
        let object = json!(kustomization);
        world
            .event(&object, SYNC_COMPONENT, false, "Progressing", &message)
            .await;
    }
}

/// A declaration that is no Kustomization: only this one stops (threat T36).
pub async fn unreadable(world: &World, key: &Key, object: &Value, error: &str) -> Option<Again> {
    let message = format!("the object cannot be read: {error}");
    tracing::warn!(kustomization = %key, "{message}");
    let body = json!({"status": {"conditions": [{
        "type": "Ready", "status": "False", "reason": "InvalidSpec", "message": message,
        "lastTransitionTime": world.now().to_string(),
    }]}});
    if let Err(error) = patch(world, key, &body).await {
        tracing::warn!(kustomization = %key, "status not written: {error}");
    }
    world
        .event(object, SYNC_COMPONENT, true, "InvalidSpec", &message)
        .await;
    let after = world.backoff("sync", key, Duration::from_secs(300));
    Some(Again {
        after,
        wake: crate::wake::Wake::Retry,
    })
}
