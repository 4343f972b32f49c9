//! GitRepository: look at the remote, fetch what is new, hand the commit to the Kustomizations.

mod credentials;
mod request;
mod status;

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use signet_api::{GitRepository, duration};
use signet_cluster::Kind;
use signet_engine::tree::Revision;
use signet_source::{OpenError, Repository, Snapshot};

use crate::finalizer::{self, Subject};
use crate::kustomization;
use crate::queue::Again;
use crate::wake::{Key, Wake};
use crate::world::World;
use status::Look;

pub use credentials::touched as credentials_touched;

/// Name under which status and events of sources are written, as Flux does.
pub const COMPONENT: &str = "source-controller";
/// Longest wait between two attempts to reach a repository.
const LONGEST_RETRY: Duration = Duration::from_secs(300);

/// The kind, as the API server names it.
pub fn kind() -> Kind {
    Kind {
        group: "source.toolkit.fluxcd.io".to_owned(),
        version: "v1".to_owned(),
        kind: "GitRepository".to_owned(),
        plural: "gitrepositories".to_owned(),
        namespaced: true,
    }
}

/// Brings one repository up to date and says so. Returns when to look again.
pub async fn reconcile(world: &World, key: &Key, wake: Wake) -> Option<Again> {
    let Some(object) = world.stores.repositories.get(key) else {
        forget(world, key);
        return None;
    };
    let repository: GitRepository = match serde_json::from_value((*object).clone()) {
        Ok(repository) => repository,
        Err(error) => return report_unreadable(world, key, &object, &error.to_string()).await,
    };
    if repository.metadata.deletion_timestamp.is_some() {
        return release(world, key, &repository).await;
    }
    if repository.spec.suspend {
        return None;
    }
    tracing::debug!(repository = %key, ?wake, "looking at the repository");
    let look = look(world, key, &repository).await;
    finish(world, key, &object, &repository, look).await
}

async fn look(world: &World, key: &Key, repository: &GitRepository) -> Look {
    if let Some(stalled) = status::unsupported(&repository.spec) {
        return stalled;
    }
    let request = match request::of(world, key, repository).await {
        Ok(request) => request,
        Err(look) => return look,
    };
    let objects = match opened(world, key) {
        Ok(objects) => objects,
        Err(error) => return Look::failed("DirectoryCreationFailed", error.to_string()),
    };
    let fetched = tokio::task::spawn_blocking(move || {
        objects
            .fetch(&request)
            .map_err(|error| Look::failed(error.reason(), error.to_string()))
    });
    match fetched.await {
        Ok(Ok(snapshot)) => Look::Fetched(snapshot),
        Ok(Err(look)) => look,
        Err(_) => Look::failed(
            "GitOperationFailed",
            "the fetch broke off; it is tried again".to_owned(),
        ),
    }
}

/// The object store of a repository, opened once and kept: a second look asks only for news.
fn opened(world: &World, key: &Key) -> Result<Arc<Repository>, OpenError> {
    let mut all = world
        .repositories
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = all.get(key) {
        return Ok(known.clone());
    }
    let directory = world.settings.storage.join(&key.namespace).join(&key.name);
    let objects = Arc::new(Repository::open(&directory)?);
    all.insert(key.clone(), objects.clone());
    Ok(objects)
}

async fn finish(
    world: &World,
    key: &Key,
    object: &Value,
    repository: &GitRepository,
    look: Look,
) -> Option<Again> {
    if let Look::Fetched(snapshot) = &look {
        hand_over(world, key, snapshot);
    }
    let next = status::next(repository, &look, world.now());
    let old = repository.status.clone().unwrap_or_default();
    let written = next == old || write(world, key, object, &old, &next, &look).await;
    let interval = duration::parse(&repository.spec.interval).unwrap_or(Duration::from_secs(60));
    if written && matches!(look, Look::Fetched(_)) {
        world.succeeded("source", key);
        return Some(Again {
            after: interval,
            wake: Wake::Interval,
        });
    }
    let after = world.backoff("source", key, interval.min(LONGEST_RETRY));
    Some(Again {
        after,
        wake: Wake::Retry,
    })
}

/// Keeps the commit and wakes the Kustomizations that read it, if it is new to them.
fn hand_over(world: &World, key: &Key, snapshot: &Snapshot) {
    let old = world
        .snapshots
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(key.clone(), snapshot.clone());
    let revision = |s: &Snapshot| Revision::to_string(&s.revision);
    if old.as_ref().map(revision) != Some(revision(snapshot)) {
        kustomization::wake_readers(world, key);
    }
}

/// Returns whether the API server took the status; what it did not take is tried again.
async fn write(
    world: &World,
    key: &Key,
    object: &Value,
    old: &signet_api::git_repository::GitRepositoryStatus,
    next: &signet_api::git_repository::GitRepositoryStatus,
    look: &Look,
) -> bool {
    let patch = json!({ "status": next });
    let (namespace, name) = (Some(key.namespace.as_str()), key.name.as_str());
    let answer = world
        .cluster
        .merge_patch(&kind(), namespace, name, &patch, true, COMPONENT)
        .await;
    let taken = answer.map(|body| drop(world.stores.repositories.put(body)));
    if let Err(error) = &taken {
        tracing::warn!(repository = %key, "status not written: {error}");
    }
    if let Some((warning, reason, message)) = status::event(old, next, look) {
        world
            .event(object, COMPONENT, warning, &reason, &message)
            .await;
    }
    taken.is_ok()
}

async fn report_unreadable(world: &World, key: &Key, object: &Value, error: &str) -> Option<Again> {
    tracing::warn!(repository = %key, "cannot be read: {error}");
    world
        .event(object, COMPONENT, true, "InvalidSpec", error)
        .await;
    None
}

/// Flux puts its finalizer on repositories; ours need none, and theirs is let go.
async fn release(world: &World, key: &Key, repository: &GitRepository) -> Option<Again> {
    forget(world, key);
    let subject = Subject {
        kind: kind(),
        key,
        metadata: &repository.metadata,
        manager: COMPONENT,
    };
    finalizer::release(world, &subject).await
}

fn forget(world: &World, key: &Key) {
    world
        .snapshots
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .remove(key);
    world
        .repositories
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .remove(key);
    world.queues.repositories.forget(key);
}
