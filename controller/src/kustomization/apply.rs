//! First a rehearsal of everything, so that a commit with one bad object applies nothing of it;
//! then the stages, in parallel inside each.

use std::collections::HashSet;
use std::time::Duration;

use futures::{FutureExt, StreamExt, stream};
use serde_json::{Value, json};
use signet_api::{ObjectId, names};
use signet_cluster::{ApiError, Applied, Kind, Mode};
use signet_engine::changeset::{Action, ChangeSet};
use signet_engine::managers;
use signet_engine::verdict::Verdict;

use super::Commit;
use super::checks::{self, Checks};
use super::failure::Failure;
use super::plan::{Plan, Step};
use crate::places::Place;
use crate::wake::Key;
use crate::world::World;

/// Where objects are rehearsed whose own namespace is made by the same commit.
const REHEARSAL_NAMESPACE: &str = "default";
/// How many rejected objects a message lists.
const LISTED: usize = 10;
/// When to look again for what is being deleted, if no watch tells that it is gone.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Sends everything that will be written as a dry run. Notes in the plan what can only be changed by
/// making it anew, where that is allowed.
///
/// # Errors
/// Every object that the API server rejects, with file, line and its cause. Nothing was written.
pub async fn rehearse(world: &World, plan: &mut Plan) -> Result<(), Failure> {
    check_kinds(plan)?;
    let coming = namespaces_to_come(plan);
    let todo = plan
        .steps()
        .filter(|step| step.writes() && step.kind.is_some());
    let calls: Vec<_> = todo
        .map(|step| rehearse_one(plan, step, &coming).boxed())
        .collect();
    let results: Vec<_> = stream::iter(calls)
        .buffered(world.settings.concurrent_apply)
        .collect()
        .await;
    let (mut recreated, mut rejected) = (HashSet::new(), Vec::new());
    for result in results {
        match result {
            Ok(None) => {}
            Ok(Some(id)) => drop(recreated.insert(id)),
            Err(rejection) => rejected.push(rejection),
        }
    }
    if let Some(failure) = refusal(&rejected) {
        return Err(failure);
    }
    plan.recreated = recreated;
    Ok(())
}

/// What the rejected objects come to. One that the API server calls invalid stays so until a commit
/// mends it, and nobody need wait for more.
fn refusal(rejected: &[(&Step, ApiError)]) -> Option<Failure> {
    let mut lines: Vec<String> = rejected
        .iter()
        .take(LISTED)
        .map(|(step, error)| rejection(step, error, true))
        .collect();
    if rejected.len() > LISTED {
        lines.push(format!("and {} more", rejected.len() - LISTED));
    }
    let message = lines.join("\n");
    let all = |holds: fn(&ApiError) -> bool| rejected.iter().all(|(_, error)| holds(error));
    let failure = if all(ApiError::is_transient) {
        Failure::transient("ReconciliationFailed", message)
    } else if !all(|error| !is_invalid(error)) {
        Failure::terminal("ReconciliationFailed", message)
    } else {
        Failure::new("ReconciliationFailed", message)
    };
    (!rejected.is_empty()).then_some(failure)
}

fn is_invalid(error: &ApiError) -> bool {
    matches!(error.code, 400 | 422)
}

/// A kind that the cluster does not know must be defined by the same commit.
fn check_kinds(plan: &Plan) -> Result<(), Failure> {
    let unknown = plan
        .steps()
        .filter(|step| step.writes() && step.kind.is_none());
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

/// Returns the object if it has to be made anew.
async fn rehearse_one<'a>(
    plan: &Plan,
    step: &'a Step,
    coming: &HashSet<&str>,
) -> Result<Option<ObjectId>, (&'a Step, ApiError)> {
    let Some(kind) = &step.kind else {
        return Ok(None);
    };
    let (applier, body) = (&plan.applier, &step.manifest.body);
    let namespace = step.manifest.id.namespace.as_deref();
    let result = if namespace.is_some_and(|namespace| coming.contains(namespace)) {
        applier
            .rehearse_create(kind, body, REHEARSAL_NAMESPACE)
            .await
    } else {
        applier.apply(kind, body, Mode::Rehearse).await.map(drop)
    };
    match result {
        Ok(()) => Ok(None),
        Err(error) if step.force && is_immutable(&error) => {
            // An object that could not be made again must not be deleted.
            let namespace = namespace.unwrap_or(REHEARSAL_NAMESPACE);
            let made = applier.rehearse_create(kind, body, namespace).await;
            made.map_err(|error| (step, error))?;
            Ok(Some(step.manifest.id.clone()))
        }
        Err(error) => Err((step, error)),
    }
}

/// Whether a field was changed that cannot be changed; no other reason to reject an object is one to
/// delete it.
fn is_immutable(error: &ApiError) -> bool {
    const WORDS: [&str; 5] = [
        "is immutable",
        "immutable field",
        "may not be changed",
        "may not change once set",
        "cannot be changed",
    ];
    let said = error.message.to_lowercase();
    let forbidden = said.contains("updates to ") && said.contains(" forbidden");
    is_invalid(error) && (forbidden || WORDS.iter().any(|word| said.contains(word)))
}

fn namespaces_to_come(plan: &Plan) -> HashSet<&str> {
    plan.steps()
        .filter(|step| step.manifest.id.kind == "Namespace" && step.verdict == Verdict::Create)
        .map(|step| step.manifest.id.name.as_str())
        .collect()
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
/// The first object that is rejected after all; a stage that is not healthy yet, or does not become
/// so; a newer commit that overtakes this one.
pub async fn stages(
    world: &World,
    place: &Place,
    key: &Key,
    plan: &Plan,
    checks: &Checks,
    commit: &Commit,
    changes: &mut ChangeSet,
) -> Result<(), Failure> {
    for (number, stage) in plan.stages.iter().enumerate() {
        commit.still_newest(world)?;
        delete_recreated(place, plan, stage).await?;
        apply_stage(world, place, key, plan, stage, commit, changes).await?;
        if number + 1 < plan.stages.len() {
            checks::stage(world, place, key, checks, number, stage)?;
        }
    }
    Ok(())
}

/// Deletes what has to be made anew. It is made when it is gone, which wakes us.
async fn delete_recreated(place: &Place, plan: &Plan, stage: &[Step]) -> Result<(), Failure> {
    let mut going = Vec::new();
    for step in stage {
        let id = &step.manifest.id;
        let (Some(kind), true) = (&step.kind, plan.recreated.contains(id)) else {
            continue;
        };
        let uid = step.seen.as_ref().map(|seen| seen.uid.as_str());
        let deleted = plan.applier.delete(kind, id, uid).await;
        deleted.map_err(|error| {
            Failure::api(
                "ReconciliationFailed",
                &format!("deleting {id} to make it anew"),
                &error,
            )
        })?;
        going.push(id.to_string());
    }
    let gone = stage.iter().all(|step| {
        let id = &step.manifest.id;
        !plan.recreated.contains(id) || place.owned.seen(id).is_none()
    });
    if going.is_empty() || gone {
        return Ok(());
    }
    let why = format!(
        "Waiting until {} is gone, to make it anew",
        going.join(", ")
    );
    Err(Failure::waiting(why, false).until(LOOK_AGAIN))
}

async fn apply_stage(
    world: &World,
    place: &Place,
    key: &Key,
    plan: &Plan,
    stage: &[Step],
    commit: &Commit,
    changes: &mut ChangeSet,
) -> Result<(), Failure> {
    let todo = stage
        .iter()
        .filter(|step| step.writes() || step.verdict == Verdict::Verify);
    let calls: Vec<_> = todo
        .map(|step| apply_one(world, place, plan, step, commit).boxed())
        .collect();
    let mut results = stream::iter(calls).buffered(world.settings.concurrent_apply);
    let mut failed = None;
    while let Some((step, result)) = results.next().await {
        match result {
            Ok(applied) => note(place, key, step, &applied, changes),
            Err(failure) => drop(failed.get_or_insert(failure)),
        }
    }
    failed.map_or(Ok(()), Err)
}

async fn apply_one<'a>(
    world: &World,
    place: &Place,
    plan: &Plan,
    step: &'a Step,
    commit: &Commit,
) -> (&'a Step, Result<Applied, Failure>) {
    // Between two objects is a safe point, too: a large set need not be finished for nothing.
    let result = match commit.still_newest(world) {
        Ok(()) => {
            world.metrics.applied();
            send(place, plan, step).await
        }
        Err(overtaken) => Err(overtaken),
    };
    (step, result)
}

async fn send(place: &Place, plan: &Plan, step: &Step) -> Result<Applied, Failure> {
    let kind = match &step.kind {
        Some(kind) => kind.clone(),
        None => late_kind(place, step).await?,
    };
    let rejected = |error: ApiError| {
        let message = rejection(step, &error, false);
        if error.is_transient() {
            Failure::transient("ReconciliationFailed", message)
        } else {
            Failure::new("ReconciliationFailed", message)
        }
    };
    if step.takes_fields() {
        take_fields(plan, &kind, step).await.map_err(rejected)?;
    }
    let seen = place.owned.seen(&step.manifest.id);
    let known = seen.as_ref().map(|seen| seen.resource_version.as_str());
    let applied = plan
        .applier
        .apply_over(&kind, &step.manifest.body, Mode::Apply, known)
        .await
        .map_err(rejected)?;
    if applied.seen.last_applied {
        remove_copy(plan, &kind, step).await.map_err(rejected)?;
    }
    Ok(applied)
}

/// Makes the fields of kubectl and its like ours, so that the apply that follows takes away what is
/// not declared.
async fn take_fields(plan: &Plan, kind: &Kind, step: &Step) -> Result<(), ApiError> {
    let id = &step.manifest.id;
    let Some(object) = plan.applier.get_metadata(kind, id).await? else {
        return Ok(());
    };
    let metadata = &object["metadata"];
    let version = metadata["resourceVersion"].as_str().unwrap_or_default();
    match managers::folded(metadata, plan.applier.overridden()) {
        Some(fields) => {
            plan.applier
                .set_managed_fields(kind, id, version, &fields)
                .await
        }
        None => Ok(()),
    }
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
async fn late_kind(place: &Place, step: &Step) -> Result<Kind, Failure> {
    let id = &step.manifest.id;
    place.cluster.forget_kinds().await;
    let kind = place.cluster.kind(&id.group, &id.version, &id.kind).await;
    let kind =
        kind.map_err(|error| Failure::api("ReconciliationFailed", "asking for the kinds", &error))?;
    kind.ok_or_else(|| Failure::transient("ReconciliationFailed", unknown_kind(step)))
}

fn note(place: &Place, key: &Key, step: &Step, applied: &Applied, changes: &mut ChangeSet) {
    let action = match &step.verdict {
        Verdict::PutBack(detail) => Action::PutBack(detail.clone()),
        Verdict::Verify if applied.changed => {
            Action::PutBack("the API server had it otherwise".to_owned())
        }
        _ if applied.created => Action::Created,
        _ if applied.changed => Action::Configured,
        _ => Action::Unchanged,
    };
    let id = &step.manifest.id;
    let was_healthy = place.owned.was_healthy(id) && !applied.changed;
    place
        .owned
        .applied(id, key, &step.digest, applied.seen.clone());
    if was_healthy {
        place.owned.set_healthy(id);
    }
    place.vitals.saw(&applied.body);
    changes.push(id.clone(), action);
}
