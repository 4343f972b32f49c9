//! A source whose commit is settled: its status names it, and we only bring it here.
//!
//! So it is with a suspended source after a restart, with sources that another controller looks
//! after (`--kinds`), such as Flux's: what it verified and chose is what Kustomizations get; and on
//! a replica that does not lead, which then has every artifact that the leader has.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use signet_api::{GitRepository, duration};
use signet_engine::tree::Revision;
use signet_source::{Reference, Snapshot};

use super::status::Look;
use super::{fetch, hand_over, ours, request, shelf};
use crate::args::KindArg;
use crate::queue::Again;
use crate::wake::{Key, Wake};
use crate::world::World;

/// Brings the commit of one repository here. Returns when to try again if that failed.
pub async fn follow(world: &Arc<World>, key: &Key, repository: &GitRepository) -> Option<Again> {
    let wanted = artifact_revision(repository)?;
    if world
        .snapshot(key)
        .is_some_and(|here| here.revision == wanted)
    {
        return None;
    }
    match brought(world, key, repository, wanted).await {
        Ok(snapshot) => {
            world.succeeded("source", key);
            hand_over(world, key, &snapshot);
            None
        }
        Err(look) => {
            tracing::warn!(repository = %key, "its commit is not here: {}", look.message());
            let interval = duration::parse(&repository.spec.interval).unwrap_or(Duration::MAX);
            let after = world.backoff("source", key, interval);
            Some(Again {
                after,
                wake: Wake::Retry,
            })
        }
    }
}

async fn brought(
    world: &Arc<World>,
    key: &Key,
    repository: &GitRepository,
    wanted: Revision,
) -> Result<Snapshot, Look> {
    let mut request = request::of(world, key, repository).await?;
    request.reference = Reference::Commit {
        commit: wanted.hash.clone(),
        branch: None,
    };
    let (world, key) = (world.clone(), key.clone());
    let work = tokio::task::spawn_blocking(move || {
        let snapshot = fetch(&world, &key, &request)?;
        if world.settings.kinds.contains(&KindArg::Gitrepository) {
            shelf::have(&world, &key, &snapshot);
        }
        Ok(snapshot)
    });
    let broke_off = |_| Look::failed("GitOperationFailed", "the fetch broke off".to_owned());
    let mut snapshot = work.await.map_err(broke_off)??;
    snapshot.revision = wanted;
    Ok(snapshot)
}

fn artifact_revision(repository: &GitRepository) -> Option<Revision> {
    parsed(&repository.status.as_ref()?.artifact.as_ref()?.revision)
}

/// `main@sha1:…` or `sha1:…`.
pub(super) fn parsed(text: &str) -> Option<Revision> {
    let (reference, hash) = match text.rsplit_once('@') {
        Some((reference, hash)) => (Some(reference), hash),
        None => (None, text),
    };
    let hash = hash.strip_prefix("sha1:")?;
    Some(match reference {
        Some(reference) => Revision::of_name(reference, hash),
        None => Revision::of_commit(hash),
    })
}

/// Wakes us when another controller has a new artifact.
pub fn noticed(world: &World, key: &Key) {
    if ours(world) {
        return;
    }
    let object = world.stores.repositories.get(key);
    let revision = object.as_deref().and_then(|object| {
        object
            .pointer("/status/artifact/revision")
            .and_then(Value::as_str)
    });
    let Some(wanted) = revision.and_then(parsed) else {
        return;
    };
    if world
        .snapshot(key)
        .is_none_or(|here| here.revision != wanted)
    {
        world.queues.repositories.push(key.clone(), Wake::Source);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is the failed test")]

    use super::*;

    #[test]
    fn a_revision_is_read_as_it_prints() {
        for text in [
            "main@sha1:abc",
            "a/b@sha1:abc",
            "refs/pull/1/head@sha1:abc",
            "sha1:abc",
            "a@b@sha1:abc",
        ] {
            assert_eq!(parsed(text).unwrap().to_string(), text);
        }
        assert_eq!(parsed("main/abc"), None);
        assert_eq!(parsed("latest@sha256:abc"), None);
    }
}
