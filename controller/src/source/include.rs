//! `spec.include`: other sources inside this one. They are taken as they were last fetched.

use std::collections::HashSet;

use signet_api::GitRepository;
use signet_api::git_repository::{self, Artifact};
use signet_engine::tree::RepoPath;
use signet_source::{Include, Snapshot};

use super::status::{Condition, Look, Trouble};
use crate::wake::{Key, Wake};
use crate::world::World;

/// What is to be included, with the artifacts that the status names.
///
/// # Errors
/// A look that failed: a source is not there or has nothing yet, or a path is none.
pub fn wanted(
    world: &World,
    key: &Key,
    repository: &GitRepository,
) -> Result<Vec<(Include, Artifact)>, Look> {
    let all = &repository.spec.include;
    if !all.is_empty() && in_a_circle(world, key) {
        let message = "spec.include leads back to this source".to_owned();
        return Err(Look::Stalled(Trouble::new(
            Condition::IncludeUnavailable,
            "NotFound",
            message,
        )));
    }
    all.iter().map(|one| include(world, key, one)).collect()
}

fn include(
    world: &World,
    key: &Key,
    asked: &git_repository::Include,
) -> Result<(Include, Artifact), Look> {
    let name = &asked.repository.name;
    let other = Key::new(&key.namespace, name);
    let unavailable = |reason: &str, message: String| {
        Look::Failed(Trouble::new(Condition::IncludeUnavailable, reason, message))
    };
    let known = declared(world, &other).ok_or_else(|| {
        unavailable(
            "NotFound",
            format!("could not get resource for include '{name}': GitRepository/{other} not found"),
        )
    })?;
    let artifact = known.status.and_then(|status| status.artifact);
    let (Some(artifact), Some(snapshot)) = (artifact, world.snapshot(&other)) else {
        return Err(unavailable(
            "NoArtifact",
            format!("no artifact available for include '{name}'"),
        ));
    };
    let path = |field: &str, text: &str| {
        RepoPath::parse(text).map_err(|error| {
            let message = format!("spec.include of {name}: {field}: {error}");
            Look::Stalled(Trouble::new(
                Condition::IncludeUnavailable,
                "IllegalPath",
                message,
            ))
        })
    };
    let at = asked
        .to_path
        .as_deref()
        .filter(|text| !text.is_empty())
        .unwrap_or(name);
    let include = Include {
        at: path("toPath", at)?,
        from: path("fromPath", asked.from_path.as_deref().unwrap_or_default())?,
        snapshot,
    };
    Ok((include, artifact))
}

/// Puts the others in.
///
/// # Errors
/// A look that failed: a directory is not there, or its place is taken.
pub fn put_in(snapshot: Snapshot, wanted: Vec<Include>) -> Result<Snapshot, Look> {
    snapshot.including(wanted).map_err(|error| {
        let trouble = Trouble::new(
            Condition::StorageOperationFailed,
            "CopyFailure",
            error.to_string(),
        );
        Look::Failed(trouble)
    })
}

/// Wakes the sources that include this one.
pub fn wake_includers(world: &World, key: &Key) {
    for other in world.stores.repositories.keys() {
        if other.namespace == key.namespace && included(world, &other).contains(&key.name) {
            world.queues.repositories.push(other, Wake::Source);
        }
    }
}

/// Whether following the includes comes back here.
fn in_a_circle(world: &World, key: &Key) -> bool {
    let (mut ahead, mut seen) = (included(world, key), HashSet::new());
    while let Some(name) = ahead.pop() {
        if name == key.name {
            return true;
        }
        if seen.insert(name.clone()) {
            ahead.extend(included(world, &Key::new(&key.namespace, name)));
        }
    }
    false
}

fn included(world: &World, key: &Key) -> Vec<String> {
    let spec = declared(world, key).map(|repository| repository.spec);
    let all = spec.map(|spec| spec.include).unwrap_or_default();
    all.into_iter().map(|one| one.repository.name).collect()
}

fn declared(world: &World, key: &Key) -> Option<GitRepository> {
    let object = world.stores.repositories.get(key)?;
    serde_json::from_value((*object).clone()).ok()
}
