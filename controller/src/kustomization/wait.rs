//! Waiting for a stage: a watch for each kind and one timer, no poll.

use std::collections::HashSet;
use std::time::Duration;

use futures::{StreamExt, stream};
use serde_json::Value;
use signet_api::{Kustomization, ObjectId, duration, names};
use signet_cluster::{Kind, Watched};
use signet_engine::health::{self, Status};
use signet_engine::verdict::Verdict;

use super::failure::Failure;
use super::plan::Step;
use crate::world::World;

/// How long a stage may take where the Kustomization does not say.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Whether an object, as the API server answered it, is healthy.
pub fn is_healthy(world: &World, body: &Value) -> bool {
    health::assess(body, world.now()).is_current()
}

/// Waits until every object of the stage is healthy.
///
/// # Errors
/// An object that has failed, or those that are still not healthy when the time is up.
pub async fn healthy(
    world: &World,
    kustomization: &Kustomization,
    stage: &[Step],
) -> Result<(), Failure> {
    let mut waiting: HashSet<ObjectId> = stage
        .iter()
        .filter(|step| !matches!(step.verdict, Verdict::Skip(_)))
        .map(|step| step.manifest.id.clone())
        .filter(|id| !world.owned.healthy(id))
        .collect();
    if waiting.is_empty() {
        return Ok(());
    }
    let kinds = kinds_of(world, stage, &waiting).await?;
    let limit = kustomization
        .spec
        .timeout
        .as_deref()
        .and_then(duration::parse)
        .unwrap_or(TIMEOUT);
    let done = tokio::time::timeout(limit, follow(world, kinds, &mut waiting)).await;
    done.unwrap_or_else(|_| Err(Failure::new("HealthCheckFailed", late(&waiting))))
}

async fn kinds_of(
    world: &World,
    stage: &[Step],
    waiting: &HashSet<ObjectId>,
) -> Result<HashSet<Kind>, Failure> {
    let mut kinds = HashSet::new();
    for step in stage
        .iter()
        .filter(|step| waiting.contains(&step.manifest.id))
    {
        let id = &step.manifest.id;
        let kind = match &step.kind {
            Some(kind) => Ok(Some(kind.clone())),
            None => world.cluster.kind(&id.group, &id.version, &id.kind).await,
        };
        kinds.extend(
            kind.map_err(|error| {
                Failure::api("HealthCheckFailed", "asking for the kinds", &error)
            })?,
        );
    }
    Ok(kinds)
}

async fn follow(
    world: &World,
    kinds: HashSet<Kind>,
    waiting: &mut HashSet<ObjectId>,
) -> Result<(), Failure> {
    let streams = kinds.into_iter().map(|kind| {
        world
            .cluster
            .watch(&kind, None, Some(names::OWNER_NAME))
            .boxed()
    });
    let mut events = stream::select_all(streams);
    while let Some(event) = events.next().await {
        let (Watched::Listed(object) | Watched::Applied(object)) = event else {
            continue;
        };
        let Some(id) = ObjectId::of(&object).filter(|id| waiting.contains(id)) else {
            continue;
        };
        let health = health::assess(&object, world.now());
        match health.status {
            Status::Current => {
                world.owned.set_healthy(&id);
                waiting.remove(&id);
            }
            Status::Failed => {
                return Err(Failure::new(
                    "HealthCheckFailed",
                    format!("{id} failed: {}", health.message),
                ));
            }
            _ => {}
        }
        if waiting.is_empty() {
            return Ok(());
        }
    }
    Ok(())
}

fn late(waiting: &HashSet<ObjectId>) -> String {
    let mut names: Vec<String> = waiting.iter().map(ToString::to_string).collect();
    names.sort();
    format!("timeout waiting for: [{}]", names.join(", "))
}
