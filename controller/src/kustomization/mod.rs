//! Kustomization: keep a directory of a source applied. The page to read first.

mod apply;
mod failure;
mod finalize;
mod plan;
mod prune;
mod render;
mod report;
mod wait;

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use signet_api::{Kustomization, duration};
use signet_cluster::Kind;
use signet_engine::outcome::Outcome;

use crate::metrics;
use crate::queue::Again;
use crate::wake::{Key, Wake};
use crate::world::World;
use failure::Failure;
pub use render::Renderings;

/// The kind, as the API server names it.
pub fn kind() -> Kind {
    Kind {
        group: "kustomize.toolkit.fluxcd.io".to_owned(),
        version: "v1".to_owned(),
        kind: "Kustomization".to_owned(),
        plural: "kustomizations".to_owned(),
        namespaced: true,
    }
}

/// Makes the cluster equal to the directory, once, and says so. Returns when to look again.
pub async fn reconcile(world: &World, key: &Key, wake: Wake) -> Option<Again> {
    let Some(object) = world.stores.kustomizations.get(key) else {
        forget(world, key);
        return None;
    };
    let kustomization: Kustomization = match serde_json::from_value((*object).clone()) {
        Ok(kustomization) => kustomization,
        Err(error) => return report::unreadable(world, key, &object, &error.to_string()).await,
    };
    if kustomization.metadata.deletion_timestamp.is_some() {
        return finalize::delete(world, key, &kustomization).await;
    }
    if kustomization.spec.suspend {
        return None;
    }
    tracing::debug!(kustomization = %key, ?wake, "reconciling");
    let started = world.now();
    let outcome = match sync(world, key, &kustomization, started).await {
        Ok(outcome) => outcome,
        Err(failure) => failure.into_outcome(),
    };
    let written = report::write(world, key, &object, &kustomization, &outcome).await;
    note(world, &outcome, started);
    Some(next(world, key, &kustomization, &outcome, written))
}

/// Fetch, render, plan, rehearse, apply in stages, prune. Each step is a file beside this.
async fn sync(
    world: &World,
    key: &Key,
    kustomization: &Kustomization,
    started: Timestamp,
) -> Result<Outcome, Failure> {
    finalize::ensure(world, key, kustomization).await?;
    plan::check_supported(kustomization)?;
    let snapshot = plan::source(world, key, kustomization)?;
    let revision = snapshot.revision.to_string();
    let run = async {
        let rendered = render::render(world, key, kustomization, &snapshot).await?;
        let plan = plan::decide(world, key, kustomization, &rendered).await?;
        apply::rehearse(world, &plan).await?;
        report::remember(world, key, kustomization, &plan).await?;
        let mut changes = apply::stages(world, key, kustomization, &plan).await?;
        let inventory = prune::stale(world, key, kustomization, &plan, &mut changes).await?;
        Ok((changes, inventory, rendered))
    };
    let (changes, inventory, rendered) = run
        .await
        .map_err(|failure: Failure| failure.at(&revision))?;
    Ok(Outcome::Applied {
        revision,
        digest: rendered.digest.clone(),
        changes,
        inventory,
        warnings: rendered.warnings.clone(),
        took: elapsed(started, world.now()),
    })
}

/// Wakes every Kustomization that reads the repository `source`.
pub fn wake_readers(world: &World, source: &Key) {
    for (key, object) in world.stores.kustomizations.all() {
        if source_of(&key, &object).as_ref() == Some(source) {
            world.queues.kustomizations.push(key, Wake::Source);
        }
    }
}

fn source_of(key: &Key, object: &Value) -> Option<Key> {
    let reference = object.pointer("/spec/sourceRef")?;
    let text = |name: &str| reference.get(name).and_then(Value::as_str);
    (text("kind") == Some("GitRepository")).then(|| {
        Key::new(
            text("namespace").unwrap_or(&key.namespace),
            text("name").unwrap_or_default(),
        )
    })
}

fn note(world: &World, outcome: &Outcome, started: Timestamp) {
    let result = match outcome {
        Outcome::Applied { .. } => metrics::Outcome::Success,
        Outcome::Failed { .. } | Outcome::Held { .. } => metrics::Outcome::Failure,
    };
    let took = elapsed(started, world.now());
    world.metrics.reconciled("Kustomization", result, took);
}

/// The interval after a success; after a failure the retry interval, or sooner where waiting a
/// little can help.
fn next(
    world: &World,
    key: &Key,
    kustomization: &Kustomization,
    outcome: &Outcome,
    written: bool,
) -> Again {
    let spec = &kustomization.spec;
    let interval = duration::parse(&spec.interval).unwrap_or(Duration::from_secs(600));
    let retry = spec
        .retry_interval
        .as_deref()
        .and_then(duration::parse)
        .unwrap_or(interval);
    let soon = || Again {
        after: world.backoff("sync", key, retry.min(Duration::from_secs(30))),
        wake: Wake::Retry,
    };
    match outcome {
        _ if !written => soon(),
        Outcome::Failed {
            transient: true, ..
        } => soon(),
        Outcome::Failed { .. } | Outcome::Held { .. } => Again {
            after: retry,
            wake: Wake::Retry,
        },
        Outcome::Applied { .. } => {
            world.succeeded("sync", key);
            Again {
                after: interval,
                wake: Wake::Interval,
            }
        }
    }
}

fn elapsed(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

fn forget(world: &World, key: &Key) {
    world.rendered.forget(key);
    world.queues.kustomizations.forget(key);
}
