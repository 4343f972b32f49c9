//! GitRepository: look at the remote, fetch what is new, hand the commit to the Kustomizations.

mod credentials;
mod fields;
pub mod follow;
mod former;
mod include;
mod numbers;
mod request;
mod say;
mod shelf;
mod status;

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use serde_json::Value;
use signet_api::{GitRepository, duration};
use signet_cluster::Kind;
use signet_source::{FetchError, Mode, OpenError, Repository, Request, Snapshot, TrustedKeys};

use crate::args::KindArg;
use crate::finalizer::{self, Subject};
use crate::kustomization;
use crate::queue::Again;
use crate::wake::{Key, Wake};
use crate::world::World;
pub use former::{Former, former};
use say::{status_of, tell, write};
pub use shelf::Shelf;
use status::{Fetched, Look, Verified};

pub use credentials::touched as credentials_touched;

/// Name under which status and events of sources are written, as Flux does.
pub const COMPONENT: &str = "source-controller";
/// A look that takes longer than this is said to be under way.
const LONG: Duration = Duration::from_secs(2);

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

/// Whether sources are ours to look after: we lead, and no other controller does it.
fn ours(world: &World) -> bool {
    *world.flux_leads.sources.borrow() && world.settings.kinds.contains(&KindArg::Gitrepository)
}

/// Looks at every source, now that we lead.
pub fn take_over(world: &World) {
    for key in world.stores.repositories.keys() {
        world.queues.repositories.push(key, Wake::Listed);
    }
}

/// Brings one repository up to date and says so. Returns when to look again.
pub async fn reconcile(world: &Arc<World>, key: &Key, wake: Wake) -> Option<Again> {
    let Some(object) = world.stores.repositories.get(key) else {
        forget(world, key);
        return None;
    };
    let repository: GitRepository = match serde_json::from_value((*object).clone()) {
        Ok(repository) => repository,
        Err(error) => return report_unreadable(world, key, &object, &error.to_string()).await,
    };
    if !ours(world) {
        return follow::follow(world, key, &repository).await;
    }
    if repository.metadata.deletion_timestamp.is_some() {
        return release(world, key, &repository).await;
    }
    if repository.spec.suspend {
        return follow::follow(world, key, &repository).await;
    }
    tracing::debug!(repository = %key, ?wake, "looking at the repository");
    let begun = world.now();
    let look = with_patience(world, key, &repository).await;
    let again = finish(world, key, &object, &repository, look).await;
    numbers::note(world, key, begun);
    again
}

/// Looks; if that takes long, the status says meanwhile that it is under way.
async fn with_patience(world: &Arc<World>, key: &Key, repository: &GitRepository) -> Look {
    let mut look = std::pin::pin!(look(world, key, repository));
    tokio::select! {
        look = &mut look => return look,
        () = tokio::time::sleep(LONG) => {}
    }
    let old = repository.status.clone().unwrap_or_default();
    let next = status::underway(repository, world.now());
    if next != old {
        write(world, key, &old, &next).await;
    }
    look.await
}

async fn look(world: &Arc<World>, key: &Key, repository: &GitRepository) -> Look {
    if let Some(stalled) = fields::unsupported(&repository.spec) {
        return stalled;
    }
    let request = match request::of(world, key, repository).await {
        Ok(request) => request,
        Err(look) => return look,
    };
    let old = repository
        .status
        .as_ref()
        .and_then(|status| status.artifact.clone());
    let asked = match request::verification(world, key, repository).await {
        Ok(asked) => asked,
        Err(look) => return look,
    };
    let (includes, included) = match include::wanted(world, key, repository) {
        Ok(wanted) => wanted.into_iter().unzip(),
        Err(look) => return look,
    };
    let (world, key) = (world.clone(), key.clone());
    let work = tokio::task::spawn_blocking(move || {
        let snapshot = fetch(&world, &key, &request)?;
        let verified = verified(&snapshot, asked, request.timeout)?;
        let snapshot = include::put_in(snapshot, includes)?;
        let artifact = shelf::artifact(&world, &key, &snapshot, old.as_ref())?;
        Ok(Look::Fetched(Box::new(Fetched {
            snapshot,
            artifact,
            verified,
            included,
        })))
    });
    match work.await {
        Ok(Ok(look) | Err(look)) => look,
        Err(_) => Look::failed(
            "GitOperationFailed",
            "the fetch broke off; it is tried again".to_owned(),
        ),
    }
}

/// Nothing of a commit is used before this is through. Blocks.
fn verified(
    snapshot: &Snapshot,
    asked: Option<(Mode, TrustedKeys)>,
    timeout: Duration,
) -> Result<Option<Verified>, Look> {
    let Some((mode, keys)) = asked else {
        return Ok(None);
    };
    let message = snapshot
        .verify(mode, &keys, timeout)
        .map_err(|error| request::unverified(&error))?;
    let mode = mode.as_str();
    Ok(Some(Verified { mode, message }))
}

/// Fetches; blocks.
fn fetch(world: &World, key: &Key, request: &Request) -> Result<Snapshot, Look> {
    let objects = opened(world, key)
        .map_err(|error| Look::failed("DirectoryCreationFailed", error.to_string()))?;
    objects.fetch(request).map_err(|error| {
        let (reason, message) = (FetchError::reason(&error), error.to_string());
        match error.is_terminal() {
            true => Look::stalled(reason, message),
            false => Look::failed(reason, message),
        }
    })
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
    let stores = world.settings.storage.join("git");
    let directory = stores.join(&key.namespace).join(&key.name);
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
    if let Look::Fetched(fetched) = &look {
        hand_over(world, key, &fetched.snapshot);
    }
    let next = status::next(repository, &look, world.now());
    let known = world.stores.repositories.get(key);
    let old = status_of(known.as_deref().unwrap_or(object));
    let written = next == old || write(world, key, &old, &next).await;
    if written {
        tell(world, key, object, &old, &next, &look).await;
    }
    let interval = duration::parse(&repository.spec.interval).unwrap_or(Duration::from_secs(60));
    let interval = world.spread(interval);
    if written && matches!(look, Look::Fetched(_)) {
        world.succeeded("source", key);
        return Some(Again {
            after: interval,
            wake: Wake::Interval,
        });
    }
    let after = world.backoff("source", key, interval);
    Some(Again {
        after,
        wake: Wake::Retry,
    })
}

/// Keeps the commit and wakes the Kustomizations that read it, if it is new to them.
fn hand_over(world: &World, key: &Key, snapshot: &Snapshot) {
    world.former.keep(key, snapshot);
    let old = world
        .snapshots
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(key.clone(), snapshot.clone());
    let content = |s: &Snapshot| format!("{} {}", s.revision, s.content_id());
    if old.as_ref().map(content) != Some(content(snapshot)) {
        kustomization::wake_readers(world, key);
        include::wake_includers(world, key);
    }
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
    world.former.forget(key);
    world.shelf.forget(key);
    world.metrics.gotk.forget(&numbers::labels(key));
    world.queues.repositories.forget(key);
}

/// Once it is known which sources there are, removes what is kept of others.
pub fn spawn_sweep(world: &Arc<World>) {
    let world = world.clone();
    tokio::spawn(async move {
        while !world.metrics.has_listed("GitRepository") {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let swept = tokio::task::spawn_blocking(move || {
            world
                .shelf
                .sweep(|key| world.stores.repositories.get(key).is_some());
        });
        if swept.await.is_err() {
            tracing::warn!("looking for artifacts of former sources broke off");
        }
    });
}
