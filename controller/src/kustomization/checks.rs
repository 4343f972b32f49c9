//! Health: what has to be healthy before the next stage is applied, and in the end.
//!
//! Nobody waits here. What is waited for is said to `crate::vitals`, which wakes us when it changes;
//! until then the run ends as one that waits, and its worker is free.

use std::time::Duration;

use jiff::SignedDuration;
use signet_api::health_check::HealthCheck;
use signet_api::object_id::split_api_version;
use signet_api::{Kustomization, ObjectId, duration};
use signet_engine::health::{self, Health, Status};
use signet_engine::outcome::UNHEALTHY;
use signet_engine::verdict::Verdict;

use super::apply::Run;
use super::failure::Failure;
use super::plan::{Plan, Step};
use crate::places::Place;
use crate::vitals::{Rules, Subject, has_no_status};
use crate::wake::Key;
use crate::world::World;

/// How long a stage may take where the Kustomization does not say.
const STAGE: Duration = Duration::from_secs(60);
/// The health checks get the interval less this, as in Flux…
const RESERVE: Duration = Duration::from_secs(30);
/// …and never less than this.
const LEAST: Duration = Duration::from_secs(30);

/// What a run has to see healthy.
pub struct Checks {
    /// The objects that are checked in the end; none if nobody asked for checks.
    last: Vec<Wanted>,
    asked: bool,
    timeout: Option<Duration>,
    interval: Duration,
}

impl Checks {
    /// How long all of it may take.
    fn longest(&self) -> Duration {
        let rest = self.interval.saturating_sub(RESERVE).max(LEAST);
        self.timeout.unwrap_or(rest)
    }
}

struct Wanted {
    id: ObjectId,
    owned: bool,
    /// A Job that the cluster deletes when it is done: that it is gone means that it was done.
    expires: bool,
}

impl Wanted {
    fn of(step: &Step) -> Self {
        Self {
            id: step.manifest.id.clone(),
            owned: true,
            expires: health::expires(&step.manifest.body),
        }
    }
}

/// Says what this run will wait for, so that no change of it is missed.
///
/// # Errors
/// The API server cannot be asked for a kind.
pub async fn follow(
    place: &Place,
    key: &Key,
    kustomization: &Kustomization,
    plan: &Plan,
    rules: Option<Rules>,
) -> Result<Checks, Failure> {
    let spec = &kustomization.spec;
    let last = match spec.wait {
        true => plan
            .regular()
            .flat_map(|stage| &stage.steps)
            .filter(|step| applied(step))
            .map(Wanted::of)
            .filter(|wanted| !is_itself(key, &wanted.id))
            .collect(),
        false => listed(key, plan, &spec.health_checks),
    };
    let stages: Vec<_> = plan.regular().collect();
    let before_last = stages.len().saturating_sub(1);
    let staged = stages.iter().enumerate().flat_map(|(number, stage)| {
        let awaited = move |step: &&Step| number < before_last || step.hook.is_some();
        stage.steps.iter().filter(awaited)
    });
    // What is written is judged anew, however healthy it was before.
    let judged = |step: &&Step| step.writes() || !place.owned.was_healthy(&step.manifest.id);
    let staged = staged.filter(|step| applied(step)).filter(judged);
    let mut subjects = Vec::new();
    for wanted in last
        .iter()
        .chain(&staged.map(Wanted::of).collect::<Vec<_>>())
    {
        subjects.extend(subject(place, plan, wanted).await?);
    }
    if subjects.is_empty() {
        place.vitals.forget(key);
    } else {
        place
            .vitals
            .follow(&place.cluster, &plan.applier, key, &subjects, rules);
    }
    let parsed = |text: &Option<String>| text.as_deref().and_then(duration::parse);
    Ok(Checks {
        asked: spec.wait || !spec.health_checks.is_empty(),
        last,
        timeout: parsed(&spec.timeout),
        interval: duration::parse(&spec.interval).unwrap_or(LEAST),
    })
}

async fn subject(place: &Place, plan: &Plan, wanted: &Wanted) -> Result<Option<Subject>, Failure> {
    let id = &wanted.id;
    let known = plan.steps().find(|step| step.manifest.id == *id);
    let kind = match known.and_then(|step| step.kind.clone()) {
        Some(kind) => Some(kind),
        // Its definition is of this very commit, or it is somebody else's.
        None => place
            .cluster
            .kind(&id.group, &id.version, &id.kind)
            .await
            .map_err(|error| Failure::api(UNHEALTHY, "asking for the kinds", &error))?,
    };
    let body = known.map(|step| &step.manifest.body);
    let pods = body.filter(|_| health::wants_pods(&id.api_version(), &id.kind));
    let pods = pods.and_then(health::pod_selector);
    Ok(kind.map(|kind| Subject {
        id: id.clone(),
        kind,
        owned: wanted.owned,
        pods,
    }))
}

fn listed(key: &Key, plan: &Plan, checks: &[HealthCheck]) -> Vec<Wanted> {
    let each = checks.iter().map(|check| {
        let api_version = check.api_version.as_deref().filter(|text| !text.is_empty());
        let (group, version) = split_api_version(api_version.unwrap_or("apps/v1"));
        let namespace = check.namespace.as_deref().filter(|name| !name.is_empty());
        let same = |step: &&Step| {
            let id = &step.manifest.id;
            let place = namespace.unwrap_or(&key.namespace);
            (id.group.as_str(), &id.kind, &id.name) == (group, &check.kind, &check.name)
                && id.namespace.as_deref().is_none_or(|own| own == place)
        };
        if let Some(step) = plan.steps().find(same) {
            return Wanted::of(step);
        }
        Wanted {
            id: ObjectId {
                group: group.to_owned(),
                version: version.to_owned(),
                kind: check.kind.clone(),
                namespace: Some(namespace.unwrap_or(&key.namespace).to_owned()),
                name: check.name.clone(),
            },
            owned: false,
            expires: false,
        }
    });
    each.filter(|wanted| !is_itself(key, &wanted.id)).collect()
}

/// A Kustomization that applies its own declaration does not wait for itself.
fn is_itself(key: &Key, id: &ObjectId) -> bool {
    let (kind, place) = (super::kind(), (Some(key.namespace.as_str()), &key.name));
    (&id.kind, &id.group) == (&kind.kind, &kind.group)
        && (id.namespace.as_deref(), &id.name) == place
}

fn applied(step: &Step) -> bool {
    !matches!(step.verdict, Verdict::Skip(_))
}

/// A stage, of which the next is applied when it is healthy.
pub struct Stage<'a> {
    /// Everything there is.
    pub world: &'a World,
    /// Where it is applied.
    pub place: &'a Place,
    /// For whom.
    pub key: &'a Key,
    /// What has to be healthy.
    pub checks: &'a Checks,
    /// Its position among all stages, from 0.
    pub number: usize,
}

impl Stage<'_> {
    /// Passes if all of these are healthy.
    ///
    /// # Errors
    /// Some are not yet; one has failed; or the time is up.
    pub fn healthy(&self, steps: &[&Step]) -> Result<(), Failure> {
        self.waited(steps, "stage", self.checks.timeout.unwrap_or(STAGE))
    }

    /// Passes if these hooks are through. They may do much, and get the time of a whole run.
    ///
    /// # Errors
    /// As of [`Self::healthy`].
    pub fn through(&self, hooks: &[&Step]) -> Result<(), Failure> {
        let waited = self.waited(hooks, "the hooks of stage", self.checks.longest());
        waited.map_err(Failure::of_hook)
    }

    fn waited(&self, steps: &[&Step], what: &str, timeout: Duration) -> Result<(), Failure> {
        let owned = &self.place.owned;
        let steps = steps.iter().copied();
        let wanted: Vec<Wanted> = steps
            .filter(|step| applied(step) && !owned.was_healthy(&step.manifest.id))
            .map(Wanted::of)
            .collect();
        let what = format!("{what} {}", self.number + 1);
        let shown = duration::format(timeout);
        let why = format!("Waiting for {what} to become healthy, with a timeout of {shown}");
        let waits = Failure::waiting(why, false);
        waited(
            self.world, self.place, self.key, &wanted, timeout, &what, waits,
        )?;
        wanted.iter().for_each(|one| owned.set_healthy(&one.id));
        Ok(())
    }
}

/// Passes if everything that was asked for is healthy; how long that took, if anything was.
///
/// # Errors
/// As of [`Stage::healthy`].
pub fn passed(run: &Run<'_>) -> Result<Option<Duration>, Failure> {
    let Run {
        world,
        place,
        key,
        checks,
        commit,
        ..
    } = run;
    let revision = &commit.revision;
    if !checks.asked {
        return Ok(None);
    }
    let timeout = checks.longest();
    let shown = duration::format(timeout);
    let why = format!("Running health checks for revision {revision} with a timeout of {shown}");
    let waits = Failure::waiting(why, true);
    waited(world, place, key, &checks.last, timeout, "checks", waits)?;
    let since = world.attempts.since(key, "checks", world.now());
    Ok(Some(super::elapsed(since, world.now())))
}

fn waited(
    world: &World,
    place: &Place,
    key: &Key,
    wanted: &[Wanted],
    timeout: Duration,
    what: &str,
    waits: Failure,
) -> Result<(), Failure> {
    let judged = wanted.iter().map(|one| (one, health_of(place, key, one)));
    let left: Vec<_> = judged.filter(|(_, health)| !health.is_current()).collect();
    if left.is_empty() {
        return Ok(());
    }
    let shown = |only: Option<Status>| {
        let some = left
            .iter()
            .filter(|(_, health)| only.is_none_or(|only| health.status == only));
        let names: Vec<String> = some.map(|(one, health)| health.shown(&one.id)).collect();
        names.join(", ")
    };
    if left.iter().any(|(_, health)| health.is_failed()) {
        let failed = shown(Some(Status::Failed));
        let causes = causes(&left);
        let message = format!("failed early due to stalled resources: [{failed}]{causes}");
        return Err(Failure::unhealthy(message));
    }
    let now = world.now();
    let end = world.attempts.since(key, what, now)
        + SignedDuration::try_from(timeout).unwrap_or_default();
    if now >= end {
        let message = format!("timeout waiting for: [{}]{}", shown(None), causes(&left));
        return Err(Failure::unhealthy(message));
    }
    Err(waits.until(super::elapsed(now, end)))
}

/// What kstatus says of each, behind Flux's one line.
fn causes(left: &[(&Wanted, Health)]) -> String {
    let told = left.iter().filter(|(_, health)| !health.message.is_empty());
    told.map(|(one, health)| format!("\n{}: {}", one.id, health.message))
        .collect()
}

fn health_of(place: &Place, key: &Key, wanted: &Wanted) -> Health {
    let id = &wanted.id;
    let followed = place.vitals.health(key, id);
    let health = match followed {
        Some(health) => health,
        None if wanted.owned && has_no_status((&id.group, &id.kind)) => there(place, id),
        None => Health::new(Status::InProgress, "it has not been seen yet"),
    };
    let was_done =
        wanted.expires && health.status == Status::NotFound && place.owned.was_applied(id, key);
    if was_done {
        return Health::new(Status::Current, "it is done, and gone");
    }
    health
}

fn there(place: &Place, id: &ObjectId) -> Health {
    match place.owned.seen(id) {
        None => Health::not_found(),
        Some(seen) if seen.deleting => {
            Health::new(Status::Terminating, "Resource scheduled for deletion")
        }
        Some(_) => Health::new(Status::Current, "Resource is current"),
    }
}
