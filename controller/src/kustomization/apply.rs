//! First a rehearsal of everything, so that a commit with one bad object applies nothing of it;
//! then the stages, in parallel inside each.

use std::collections::HashSet;

use futures::{FutureExt, StreamExt, stream};
use serde_json::{Value, json};
use signet_api::{Kustomization, names};
use signet_cluster::{ApiError, Applied, Kind, Mode};
use signet_engine::changeset::{Action, ChangeSet};
use signet_engine::verdict::Verdict;

use super::failure::Failure;
use super::plan::{Plan, Step};
use super::wait;
use crate::wake::Key;
use crate::world::World;

/// Where objects are rehearsed whose own namespace is made by the same commit.
const REHEARSAL_NAMESPACE: &str = "default";
/// How many rejected objects a message lists.
const LISTED: usize = 10;

/// Sends everything that will be written as a dry run.
///
/// # Errors
/// Every object that the API server rejects, with file, line and its cause. Nothing was written.
pub async fn rehearse(world: &World, plan: &Plan) -> Result<(), Failure> {
    check_kinds(plan)?;
    let coming = namespaces_to_come(plan);
    let todo = plan
        .steps()
        .filter(|step| to_write(step) && step.kind.is_some());
    let calls: Vec<_> = todo
        .map(|step| rehearse_one(plan, step, &coming).boxed())
        .collect();
    let results: Vec<_> = stream::iter(calls)
        .buffered(world.settings.concurrent_apply)
        .collect()
        .await;
    let rejected: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    if rejected.is_empty() {
        return Ok(());
    }
    let transient = rejected.iter().all(|(_, error)| error.is_transient());
    let mut lines: Vec<String> = rejected
        .iter()
        .take(LISTED)
        .map(|(step, error)| rejection(step, error, true))
        .collect();
    if rejected.len() > LISTED {
        lines.push(format!("and {} more", rejected.len() - LISTED));
    }
    let fail = if transient {
        Failure::transient
    } else {
        Failure::new
    };
    Err(fail("ReconciliationFailed", lines.join("\n")))
}

/// A kind that the cluster does not know must be defined by the same commit.
fn check_kinds(plan: &Plan) -> Result<(), Failure> {
    let unknown = plan
        .steps()
        .filter(|step| to_write(step) && step.kind.is_none());
    let undefined: Vec<String> = unknown
        .filter(|s| !defined(plan, s))
        .map(unknown_kind)
        .collect();
    if undefined.is_empty() {
        return Ok(());
    }
    Err(Failure::transient(
        "ReconciliationFailed",
        undefined.join("\n"),
    ))
}

fn defined(plan: &Plan, step: &Step) -> bool {
    plan.steps()
        .filter(|other| other.manifest.id.kind == "CustomResourceDefinition")
        .any(|other| {
            let text = |path: &str| other.manifest.body.pointer(path).and_then(Value::as_str);
            let id = &step.manifest.id;
            text("/spec/group") == Some(&id.group) && text("/spec/names/kind") == Some(&id.kind)
        })
}

fn unknown_kind(step: &Step) -> String {
    let id = &step.manifest.id;
    let (origin, kind, version) = (&step.manifest.origin, &id.kind, id.api_version());
    format!(
        "{origin}: {id}: the cluster does not know the kind {kind} of {version}; install its definition first"
    )
}

async fn rehearse_one<'a>(
    plan: &Plan,
    step: &'a Step,
    coming: &HashSet<&str>,
) -> Result<(), (&'a Step, ApiError)> {
    let Some(kind) = &step.kind else {
        return Ok(());
    };
    let namespace = step.manifest.id.namespace.as_deref();
    let result = if namespace.is_some_and(|namespace| coming.contains(namespace)) {
        plan.applier
            .rehearse_create(kind, &step.manifest.body, REHEARSAL_NAMESPACE)
            .await
    } else {
        plan.applier
            .apply(kind, &step.manifest.body, Mode::Rehearse)
            .await
            .map(drop)
    };
    result.map_err(|error| (step, error))
}

fn namespaces_to_come(plan: &Plan) -> HashSet<&str> {
    plan.steps()
        .filter(|step| step.manifest.id.kind == "Namespace" && step.verdict == Verdict::Create)
        .map(|step| step.manifest.id.name.as_str())
        .collect()
}

fn to_write(step: &Step) -> bool {
    matches!(
        step.verdict,
        Verdict::Create | Verdict::Configure | Verdict::PutBack(_)
    )
}

/// Flux's words for a rejected object, with the place in the repository behind them.
fn rejection(step: &Step, error: &ApiError, rehearsed: bool) -> String {
    let what = if rehearsed {
        "dry-run failed"
    } else {
        "apply failed"
    };
    let message = error.message.trim_end();
    format!(
        "{} {what} ({}): {message} ({})",
        step.manifest.id, error.reason, step.manifest.origin
    )
}

/// Applies stage by stage; each but the last is healthy before the next begins.
///
/// # Errors
/// The first object that is rejected after all, or a stage that does not become healthy.
pub async fn stages(
    world: &World,
    key: &Key,
    kustomization: &Kustomization,
    plan: &Plan,
) -> Result<ChangeSet, Failure> {
    let mut changes = ChangeSet::default();
    for (index, stage) in plan.stages.iter().enumerate() {
        apply_stage(world, key, plan, stage, &mut changes).await?;
        if index + 1 < plan.stages.len() {
            wait::healthy(world, kustomization, stage).await?;
        }
    }
    Ok(changes)
}

async fn apply_stage(
    world: &World,
    key: &Key,
    plan: &Plan,
    stage: &[Step],
    changes: &mut ChangeSet,
) -> Result<(), Failure> {
    let todo = stage.iter().filter(|step| to_write(step));
    let calls: Vec<_> = todo
        .map(|step| apply_one(world, plan, step).boxed())
        .collect();
    let mut results = stream::iter(calls).buffered(world.settings.concurrent_apply);
    let mut failed = None;
    while let Some((step, result)) = results.next().await {
        match result {
            Ok(applied) => note(world, key, step, applied, changes),
            Err(failure) => drop(failed.get_or_insert(failure)),
        }
    }
    failed.map_or(Ok(()), Err)
}

async fn apply_one<'a>(
    world: &World,
    plan: &Plan,
    step: &'a Step,
) -> (&'a Step, Result<Applied, Failure>) {
    (step, send(world, plan, step).await)
}

async fn send(world: &World, plan: &Plan, step: &Step) -> Result<Applied, Failure> {
    let kind = match &step.kind {
        Some(kind) => kind.clone(),
        None => late_kind(world, step).await?,
    };
    let seen = world
        .owned
        .seen(&step.manifest.id)
        .map(|seen| seen.resource_version);
    let (body, known) = (&step.manifest.body, seen.as_deref());
    let rejected = |error: ApiError| {
        let fail = if error.is_transient() {
            Failure::transient
        } else {
            Failure::new
        };
        fail("ReconciliationFailed", rejection(step, &error, false))
    };
    let applied = plan
        .applier
        .apply_over(&kind, body, Mode::Apply, known)
        .await
        .map_err(rejected)?;
    if applied.seen.last_applied {
        remove_copy(plan, &kind, step).await.map_err(rejected)?;
    }
    Ok(applied)
}

/// `kubectl apply` left a copy of the whole manifest in an annotation, values and all; an object
/// that is adopted loses it (threat T15).
async fn remove_copy(plan: &Plan, kind: &Kind, step: &Step) -> Result<(), ApiError> {
    let id = &step.manifest.id;
    let patch = json!({"metadata": {"annotations": {names::LAST_APPLIED: null}}});
    let (namespace, manager) = (id.namespace.as_deref(), names::FIELD_MANAGER);
    let patched = plan
        .applier
        .merge_patch(kind, namespace, &id.name, &patch, false, manager);
    patched.await.map(drop)
}

/// A kind whose definition came with an earlier stage of the same commit.
async fn late_kind(world: &World, step: &Step) -> Result<Kind, Failure> {
    let id = &step.manifest.id;
    world.cluster.forget_kinds().await;
    let kind = world.cluster.kind(&id.group, &id.version, &id.kind).await;
    let kind =
        kind.map_err(|error| Failure::api("ReconciliationFailed", "asking for the kinds", &error))?;
    kind.ok_or_else(|| Failure::transient("ReconciliationFailed", unknown_kind(step)))
}

fn note(world: &World, key: &Key, step: &Step, applied: Applied, changes: &mut ChangeSet) {
    let action = match &step.verdict {
        Verdict::PutBack(detail) => Action::PutBack(detail.clone()),
        _ if applied.created => Action::Created,
        _ if applied.changed => Action::Configured,
        _ => Action::Unchanged,
    };
    let id = &step.manifest.id;
    world.owned.applied(id, key, &step.digest, applied.seen);
    if wait::is_healthy(world, &applied.body) {
        world.owned.set_healthy(id);
    }
    changes.push(id.clone(), action);
}
