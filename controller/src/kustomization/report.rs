//! Saying what happened: status, events, log, metrics. All of it folded from one outcome.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use signet_api::kustomization::KustomizationStatus;
use signet_api::{Kustomization, duration, names};
use signet_cluster::Event;
use signet_engine::changeset::ChangeSet;
use signet_engine::inventory;
use signet_engine::outcome::{self, End, Outcome};

use super::failure::Failure;
use super::plan::Plan;
use super::{depends, kind, unsaid};
use crate::queue::Again;
use crate::wake::{Key, Wake};
use crate::world::{SYNC_COMPONENT, World};

/// Field manager of the status, as Flux names it.
const STATUS_MANAGER: &str = "gotk-kustomize-controller";

/// From how many objects on it is said that they are being applied.
const MANY: usize = 200;

/// Writes the inventory before anything is applied, if the set grows: after a kill in the middle
/// of an apply, nothing that was created is forgotten. Where much is to be applied, that is said too.
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
    let grows = union.entries.len() != old.entries.len();
    let writes = plan.steps().filter(|step| step.writes()).count();
    if !grows && writes < MANY {
        return Ok(());
    }
    let mut body = json!({"status": {}});
    if grows {
        body["status"]["inventory"] = json!(union);
    }
    if writes >= MANY {
        let status = kustomization.status.clone().unwrap_or_default();
        let generation = kustomization.metadata.generation.unwrap_or_default();
        let what = format!("Applying {writes} objects");
        let next = outcome::progressing_status(&status, generation, &what, world.now());
        body["status"]["conditions"] = json!(next.conditions);
    }
    patch(world, key, &body)
        .await
        .map_err(|error| Failure::api("ReconciliationFailed", "writing the inventory", &error))
}

/// Writes the status if it differs, and the events that are news. Returns whether the status stands;
/// one that the API server did not take is to be tried again.
pub async fn write(
    world: &World,
    key: &Key,
    wake: Wake,
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
    let interval = &kustomization.spec.interval;
    let period = duration::parse(interval).unwrap_or_default();
    let said = (&old, generation, requested);
    if unsaid::can_wait(world, key, wake, said, outcome, period) {
        depends::wake(world, key);
        return true;
    }
    world.unsaid.forget(key);
    let next = outcome::kustomization_status(&old, generation, requested, outcome, world.now());
    let is_news = news(&old, &next, outcome);
    log(key, outcome, is_news.then_some(interval));
    let mut written = true;
    if next != old {
        let body = with_removals(&old, &next);
        if let Err(error) = patch(world, key, &body).await {
            tracing::warn!(kustomization = %key, "status not written: {error}");
            written = false;
        }
        depends::wake(world, key);
    }
    if is_news {
        tell(
            world,
            object,
            outcome,
            outcome::events(outcome, interval, &old),
        )
        .await;
    }
    written
}

/// The events of a run, with the annotations by which Flux's notification-controller tells commits
/// apart.
async fn tell(
    world: &World,
    object: &Value,
    outcome: &Outcome,
    events: Vec<(bool, String, String)>,
) {
    let annotation =
        |name: &str, value: &str| (format!("{}/{name}", kind().group), value.to_owned());
    for (warning, reason, message) in events {
        let revision = outcome.revision.as_deref();
        let mut annotations: BTreeMap<String, String> = revision
            .map(|revision| annotation("revision", revision))
            .into_iter()
            .collect();
        if reason == outcome::SUCCEEDED {
            annotations.extend([annotation("commit_status", "update")]);
        }
        world
            .record(Event {
                regarding: object.clone(),
                warning,
                reason,
                message,
                component: SYNC_COMPONENT.to_owned(),
                annotations,
                now: world.now(),
            })
            .await;
    }
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

/// An event is for news: a change, another revision or message, or an answer to a request. That
/// something is waited for is none.
fn news(old: &KustomizationStatus, next: &KustomizationStatus, outcome: &Outcome) -> bool {
    let ready = |status: &KustomizationStatus| {
        let ready = status.conditions.iter().find(|c| c.type_ == "Ready");
        ready.map(|c| (c.status.clone(), c.reason.clone(), c.message.clone()))
    };
    outcome.changes.changed().next().is_some()
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
    let queue = &world.queues.kustomizations;
    world.stores.kustomizations.answered(queue, body);
    Ok(())
}

/// `interval` is given where the success is news.
fn log(key: &Key, outcome: &Outcome, interval: Option<&String>) {
    let (revision, took) = (outcome.revision.as_deref(), outcome.took);
    let changes = outcome.changes.message();
    if !changes.is_empty() {
        tracing::info!(kustomization = %key, revision, ?took, "applied:\n{changes}");
    }
    match &outcome.end {
        End::Applied(_) => {
            if let Some(interval) = interval {
                let said = outcome::finished(outcome, interval);
                tracing::info!(kustomization = %key, revision, "{said}");
            }
        }
        End::Waiting { why, .. } => tracing::info!(kustomization = %key, revision, "{why}"),
        End::Failed {
            reason, message, ..
        } => tracing::warn!(kustomization = %key, reason, "{message}"),
        End::Held(message) => tracing::warn!(kustomization = %key, "{message}"),
    }
}

/// Says what went with a deleted Kustomization, under the reason that it was last ready or not with.
pub async fn deleted(world: &World, kustomization: &Kustomization, changes: &ChangeSet) {
    let message = changes.message();
    if !message.is_empty() {
        let object = json!(kustomization);
        let status = kustomization.status.as_ref();
        let conditions = status.map(|status| status.conditions.as_slice());
        let mut ready = conditions.unwrap_or_default().iter();
        let ready = ready.find(|condition| condition.type_ == "Ready");
        let reason = ready.map_or("Progressing", |ready| ready.reason.as_str());
        world
            .event(&object, SYNC_COMPONENT, false, reason, &message)
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
        wake: Wake::Retry,
    })
}
