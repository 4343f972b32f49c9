//! Kustomization: keep a directory of a source applied. The page to read first.

mod apply;
mod checks;
mod commit;
mod depends;
mod failure;
mod finalize;
mod given;
mod hooks;
mod numbers;
mod opened;
mod plan;
mod prune;
mod rehearse;
mod render;
mod report;
mod terms;
mod unsaid;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use signet_api::kustomization::Inventory;
use signet_api::{Kustomization, duration};
use signet_cluster::Kind;
use signet_engine::changeset::ChangeSet;
use signet_engine::hooks::Phase;
use signet_engine::outcome::{Applied, End, Outcome, UNHEALTHY};

use crate::places;
use crate::queue::Again;
use crate::wake::{Key, Wake};
use crate::world::World;
use apply::Run;
use commit::Commit;
pub use depends::Waiting;
use failure::Failure;
pub use render::Renderings;
pub use terms::Compiled;
pub use unsaid::Unsaid;

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

/// Makes the cluster equal to the directory, as far as can be without waiting, and says so. Returns
/// when to look again.
pub async fn reconcile(world: &Arc<World>, key: &Key, wake: Wake) -> Option<Again> {
    let Some(object) = world.stores.kustomizations.get(key) else {
        forget(world, key);
        depends::wake(world, key);
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
    let mut outcome = Outcome::default();
    let again = match sync(world, key, &kustomization, &mut outcome).await {
        Ok(applied) => {
            outcome.end = End::Applied(applied);
            None
        }
        Err(Failure { end, again }) => {
            outcome.end = end;
            again
        }
    };
    finish(world, key, &mut outcome);
    let written = report::write(world, key, wake, &object, &kustomization, &outcome).await;
    numbers::note(world, key, &outcome);
    Some(next(world, key, &kustomization, &outcome, again, written))
}

/// Fetch, render, plan, rehearse, apply in stages, prune, check. Each step is a file beside
/// this. What happens on the way is noted in `outcome`, also if it ends in a failure.
async fn sync(
    world: &Arc<World>,
    key: &Key,
    kustomization: &Kustomization,
    outcome: &mut Outcome,
) -> Result<Applied, Failure> {
    finalize::ensure(world, key, kustomization).await?;
    plan::check_supported(kustomization)?;
    let terms = world.compiled.of(key, kustomization)?;
    let commit = Commit::of(world, key, kustomization).await?;
    depends::ready(world, key, kustomization, &commit.revision, &terms.ready)?;
    let place = places::of(world, key, kustomization).await;
    let place = place.map_err(|unreachable| Failure::unreachable(&unreachable))?;
    outcome.revision = Some(commit.revision.clone());
    outcome.rolled_back = commit.rolled_back();
    let rendered = render::render(world, &place, key, kustomization, &commit.snapshot).await?;
    outcome.digest = Some(rendered.digest.clone());
    let mut plan = plan::decide(world, &place, key, kustomization, &rendered).await?;
    rehearse::all(world, &place, key, &mut plan, &terms.ignore).await?;
    report::remember(world, key, kustomization, &plan).await?;
    let rules = terms.health.clone();
    let checks = checks::follow(&place, key, kustomization, &plan, rules).await?;
    let run = Run {
        world,
        place: &place,
        key,
        plan: &plan,
        checks: &checks,
        commit: &commit,
    };
    let carried = carry_out(&run, kustomization, &mut outcome.changes).await;
    if let Err(failure) = &carried {
        hooks::failed(&run, failure, &mut outcome.changes).await;
    }
    let (inventory, healthy) = carried?;
    Ok(Applied {
        inventory,
        warnings: rendered.warnings.clone(),
        record: plan::record(&place, key, &plan),
        healthy,
    })
}

/// Apply in stages, prune, check. Returns the inventory, and how long the checks took to pass.
async fn carry_out(
    run: &Run<'_>,
    kustomization: &Kustomization,
    changes: &mut ChangeSet,
) -> Result<(Inventory, Option<Duration>), Failure> {
    run.stages(&[Phase::PreSync, Phase::Sync], changes).await?;
    let inventory = prune::stale(run, kustomization, changes).await?;
    run.stages(&[Phase::PostSync], changes).await?;
    let healthy = checks::passed(run)?;
    hooks::succeeded(run, changes).await?;
    Ok((inventory, healthy))
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

/// How long it took, and whether anything is still waited for.
fn finish(world: &World, key: &Key, outcome: &mut Outcome) {
    let now = world.now();
    let begun = world.attempts.begun(key).unwrap_or(now);
    outcome.took = elapsed(begun, now);
    let vitals = &world.places.known(key).vitals;
    match &outcome.end {
        End::Waiting { .. } => return,
        // Whoever failed because something is not healthy is woken when it is.
        End::Failed { reason, .. } if *reason == UNHEALTHY => {}
        End::Applied(_) | End::Failed { .. } | End::Held(_) => vitals.settled(key),
    }
    world.attempts.over(key);
}

/// The interval after a success; after a failure the retry interval, or sooner where waiting a
/// little can help; while waiting, when the time is up.
fn next(
    world: &World,
    key: &Key,
    kustomization: &Kustomization,
    outcome: &Outcome,
    again: Option<Duration>,
    written: bool,
) -> Again {
    let spec = &kustomization.spec;
    let interval = duration::parse(&spec.interval).unwrap_or(Duration::from_secs(600));
    let retry = spec
        .retry_interval
        .as_deref()
        .and_then(duration::parse)
        .unwrap_or(interval);
    let soon = || world.backoff("sync", key, retry.min(Duration::from_secs(30)));
    let (after, wake) = match &outcome.end {
        _ if !written => (soon(), Wake::Retry),
        End::Waiting { .. } => (again.unwrap_or(retry), Wake::Dependency),
        End::Failed {
            transient: true, ..
        } => (soon(), Wake::Retry),
        // It wakes us when it is ready; this is for a wake-up that was missed.
        End::Failed { reason, .. } if *reason == depends::REASON => {
            (world.settings.flux.dependency, Wake::Dependency)
        }
        End::Failed { .. } | End::Held(_) => (retry, Wake::Retry),
        End::Applied(_) => {
            world.succeeded("sync", key);
            (world.spread(interval), Wake::Interval)
        }
    };
    Again { after, wake }
}

fn elapsed(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

fn forget(world: &World, key: &Key) {
    world.rendered.forget(key);
    world.compiled.forget(key);
    world.inputs.forget(key);
    world.unsaid.forget(key);
    world.places.known(key).vitals.forget(key);
    world.places.forget(key);
    world.attempts.over(key);
    world.verifications.forget(key);
    numbers::forget(world, key);
    world.queues.kustomizations.forget(key);
}
