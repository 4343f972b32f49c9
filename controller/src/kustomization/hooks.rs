//! Hooks as Argo CD has them: each runs once for a set, before or after the rest of it, or when it has
//! failed.
//!
//! What runs says so itself, in an annotation, so that neither waiting nor a restart runs it twice. A
//! hook that failed runs again with the next attempt; one that succeeded does not. What is there from
//! an earlier set is deleted first, because a Job that is done would not run again.

use serde_json::Value;
use signet_api::Kustomization;
use signet_cluster::Cluster;
use signet_engine::changeset::{Action, ChangeSet};
use signet_engine::health;
use signet_engine::hooks::{Deletion, Phase, Run as For};
use signet_engine::outcome::{End, SUCCEEDED};
use signet_engine::verdict::Verdict;

use super::apply::Run;
use super::failure::Failure;
use super::plan::{Plan, Step};
use crate::wake::Key;
use crate::world::World;

/// The reason of a run of which a hook failed; ours, Flux has no hooks.
pub const FAILED: &str = "HookFailed";

/// How far a hook has come.
enum Stand {
    /// It is to be run.
    Ahead,
    /// It is to be run, and one of an earlier run is there.
    Again,
    /// It is there, and was started for this run.
    Started,
    /// It has been through.
    Over,
}

/// Decides which hooks run, for the set with this digest.
///
/// # Errors
/// The API server does not show one of them.
pub async fn decide(
    world: &World,
    key: &Key,
    kustomization: &Kustomization,
    plan: &mut Plan,
    set: &str,
) -> Result<(), Failure> {
    let through = is_through(kustomization, set);
    let applier = plan.applier.clone();
    let hooks = plan.steps_mut().filter(|(_, step)| is_ours(step));
    for (phase, step) in hooks {
        let set = set.to_owned();
        let run = For { phase, set };
        run.mark(&mut step.manifest);
        let stand = if through {
            Stand::Over
        } else {
            stand(world, key, &applier, step, &run).await?
        };
        step.anew = matches!(stand, Stand::Again);
        step.verdict = match stand {
            Stand::Ahead | Stand::Again => Verdict::Create,
            Stand::Started => Verdict::Leave,
            Stand::Over => Verdict::Skip("it has run for this set".to_owned()),
        };
    }
    Ok(())
}

/// A hook that may be touched. One on its way out is waited for.
fn is_ours(step: &Step) -> bool {
    let deleting = step.seen.as_ref().is_some_and(|seen| seen.deleting);
    step.hook.is_some() && (deleting || !matches!(step.verdict, Verdict::Skip(_)))
}

/// Whether this set has been applied to its end, and no other since.
fn is_through(kustomization: &Kustomization, set: &str) -> bool {
    let status = kustomization.status.as_ref();
    let history = status.map(|status| status.history.as_slice());
    let lines = history.unwrap_or_default().iter();
    let mut of_set = lines.take_while(|line| line.digest == set);
    of_set.any(|line| line.last_reconciled_status == SUCCEEDED)
}

async fn stand(
    world: &World,
    key: &Key,
    applier: &Cluster,
    step: &Step,
    run: &For,
) -> Result<Stand, Failure> {
    let started = world.attempts.waits(key, &mark(run.phase, step));
    let Some(seen) = &step.seen else {
        // What was started and is gone has been through: it may have a time to live.
        return Ok(if started { Stand::Over } else { Stand::Ahead });
    };
    let same = seen
        .hook
        .as_ref()
        .filter(|live| live.set == run.set && !seen.deleting);
    Ok(match same {
        None => Stand::Again,
        Some(live) if live.phase > run.phase => Stand::Over,
        Some(live) if live.phase < run.phase => Stand::Again,
        Some(_) if started => Stand::Started,
        Some(_) if has_failed(world, applier, step).await? => Stand::Again,
        Some(_) => Stand::Started,
    })
}

async fn has_failed(world: &World, applier: &Cluster, step: &Step) -> Result<bool, Failure> {
    let Some(kind) = &step.kind else {
        return Ok(false);
    };
    let id = &step.manifest.id;
    let live = applier.get(kind, id.namespace.as_deref(), &id.name).await;
    let live = live.map_err(|error| Failure::api(FAILED, &format!("reading {id}"), &error))?;
    let failed = |live: &Value| health::assess(live, world.now()).is_failed();
    Ok(live.as_ref().is_some_and(failed))
}

/// Notes that a step was taken that is a hook.
pub fn began(world: &World, key: &Key, phase: Phase, step: &Step) {
    if step.hook.is_some() {
        world.attempts.since(key, &mark(phase, step), world.now());
    }
}

fn mark(phase: Phase, step: &Step) -> String {
    format!("{phase} {}", step.manifest.id.inventory_id())
}

/// All is applied: deletes the hooks that go when they have succeeded.
///
/// # Errors
/// The API server does not delete one.
pub async fn succeeded(run: &Run<'_>, changes: &mut ChangeSet) -> Result<(), Failure> {
    clear(run, changes, |hook, _| hook.on_success).await
}

/// A run has failed for good: starts what runs then, and deletes the hooks that go when they have
/// failed. What fails of this is only said in the log, because the first cause matters more.
pub async fn failed(run: &Run<'_>, failure: &Failure, changes: &mut ChangeSet) {
    let transient = match &failure.end {
        End::Failed { transient, .. } => *transient,
        _ => true,
    };
    if transient {
        return;
    }
    let stages = run.plan.stages.iter();
    for stage in stages.filter(|stage| stage.phase == Phase::SyncFail) {
        if let Err(cause) = run.apply(stage, changes).await {
            tracing::warn!(kustomization = %run.key, "SyncFail: {cause}");
            return;
        }
    }
    let failing = |hook: Deletion, step: &Step| {
        let health = run.place.vitals.health(run.key, &step.manifest.id);
        hook.on_failure && health.is_some_and(|health| health.is_failed())
    };
    if let Err(cause) = clear(run, changes, failing).await {
        tracing::warn!(kustomization = %run.key, "HookFailed: {cause}");
    }
}

async fn clear(
    run: &Run<'_>,
    changes: &mut ChangeSet,
    goes: impl Fn(Deletion, &Step) -> bool,
) -> Result<(), Failure> {
    let touched = |step: &&Step| !matches!(step.verdict, Verdict::Skip(_));
    for step in run.plan.steps().filter(touched) {
        let id = &step.manifest.id;
        let (Some(kind), Some(seen)) = (&step.kind, run.place.owned.seen(id)) else {
            continue;
        };
        if !step.hook.is_some_and(|hook| goes(hook, step)) {
            continue;
        }
        run.place.owned.forget(id);
        let deleted = run.plan.applier.delete(kind, id, Some(&seen.uid)).await;
        let failure = |error| Failure::api(FAILED, &format!("deleting {id}"), &error);
        if deleted.map_err(failure)? {
            changes.push(id.clone(), Action::Deleted);
        }
    }
    Ok(())
}
