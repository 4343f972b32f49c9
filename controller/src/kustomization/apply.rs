//! The stages, one after the other, in parallel inside each.

use std::time::Duration;

use futures::{FutureExt, StreamExt, stream};
use serde_json::json;
use signet_api::names;
use signet_cluster::{ApiError, Applied, Kind, Mode};
use signet_engine::changeset::{Action, ChangeSet};
use signet_engine::hooks::Phase;
use signet_engine::managers;
use signet_engine::verdict::Verdict;

use super::checks::{self, Checks};
use super::commit::Commit;
use super::failure::Failure;
use super::hooks;
use super::plan::{Plan, Stage, Step};
use super::rehearse::{rejection, unknown_kind};
use crate::places::Place;
use crate::wake::Key;
use crate::world::World;

/// When to look again for what is being deleted, if no watch tells that it is gone.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// A run that applies.
pub struct Run<'a> {
    /// Everything there is.
    pub world: &'a World,
    /// Where it is applied.
    pub place: &'a Place,
    /// For whom.
    pub key: &'a Key,
    /// What is applied.
    pub plan: &'a Plan,
    /// What has to be healthy.
    pub checks: &'a Checks,
    /// The commit that it is of.
    pub commit: &'a Commit,
}

impl Run<'_> {
    /// Applies the stages of these phases; each is healthy before the next begins.
    ///
    /// # Errors
    /// The first object that is rejected after all; a stage that is not healthy yet, or does not
    /// become so; a newer commit that overtakes this one.
    pub async fn stages(&self, phases: &[Phase], changes: &mut ChangeSet) -> Result<(), Failure> {
        let last = self.plan.regular().count();
        for (number, stage) in self.plan.stages.iter().enumerate() {
            if !phases.contains(&stage.phase) {
                continue;
            }
            self.commit.still_newest(self.world)?;
            self.delete(&stage.steps).await?;
            self.apply(stage, changes).await?;
            self.healthy(number, &stage.steps, number + 1 == last)?;
        }
        Ok(())
    }

    /// Passes if what the next stage builds on is healthy. Nothing comes after the last, but a hook
    /// has to be through.
    fn healthy(&self, number: usize, steps: &[Step], is_last: bool) -> Result<(), Failure> {
        let (hooks, others): (Vec<&Step>, _) = steps.iter().partition(|step| step.hook.is_some());
        let stage = checks::Stage {
            world: self.world,
            place: self.place,
            key: self.key,
            checks: self.checks,
            number,
        };
        stage.through(&hooks)?;
        if is_last {
            Ok(())
        } else {
            stage.healthy(&others)
        }
    }

    /// Deletes what has to be made anew. It is made when it is gone, which wakes us.
    async fn delete(&self, steps: &[Step]) -> Result<(), Failure> {
        let mut going = Vec::new();
        for step in steps.iter().filter(|step| step.anew) {
            let (Some(kind), id) = (&step.kind, &step.manifest.id) else {
                continue;
            };
            let uid = step.seen.as_ref().map(|seen| seen.uid.as_str());
            let deleted = self.plan.applier.delete(kind, id, uid).await;
            deleted.map_err(|error| {
                let what = format!("deleting {id} to make it anew");
                Failure::api("ReconciliationFailed", &what, &error)
            })?;
            if self.place.owned.seen(id).is_some() {
                going.push(id.to_string());
            }
        }
        if going.is_empty() {
            return Ok(());
        }
        let going = going.join(", ");
        let why = format!("Waiting until {going} is gone, to make it anew");
        Err(Failure::waiting(why, false).until(LOOK_AGAIN))
    }

    /// Applies one stage.
    ///
    /// # Errors
    /// The first object that is rejected.
    pub async fn apply(&self, stage: &Stage, changes: &mut ChangeSet) -> Result<(), Failure> {
        let wanted = |step: &&Step| step.writes() || step.verdict == Verdict::Verify;
        let todo = stage.steps.iter().filter(wanted);
        let calls: Vec<_> = todo.map(|step| self.apply_one(step).boxed()).collect();
        let mut results = stream::iter(calls).buffered(self.world.settings.concurrent_apply);
        let mut failed = None;
        while let Some((step, result)) = results.next().await {
            match result {
                Ok(applied) => {
                    note(self.place, self.key, step, &applied, changes);
                    hooks::began(self.world, self.key, stage.phase, step);
                }
                Err(failure) => drop(failed.get_or_insert(failure)),
            }
        }
        failed.map_or(Ok(()), Err)
    }

    async fn apply_one<'s>(&self, step: &'s Step) -> (&'s Step, Result<Applied, Failure>) {
        // Between two objects is a safe point, too: a large set need not be finished for nothing.
        let result = match self.commit.still_newest(self.world) {
            Ok(()) => {
                self.world.metrics.applied();
                send(self.place, self.plan, step).await
            }
            Err(overtaken) => Err(overtaken),
        };
        (step, result)
    }
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
        .apply_over(&kind, step.body(), Mode::Apply, known)
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
    let namespace = id.namespace.as_deref();
    let Some(object) = plan.applier.get_metadata(kind, namespace, &id.name).await? else {
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
