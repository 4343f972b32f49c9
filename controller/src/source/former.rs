//! Commits that a source had: kept, so that a rollback needs no Git server.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use signet_api::GitRepository;
use signet_source::{Reference, Snapshot};

use super::status::Look;
use super::{fetch, include, request, verified};
use crate::wake::Key;
use crate::world::World;

/// Commits kept of each source. They share one object store, and what they hold in memory is small.
const KEPT: usize = 10;

/// The last commits of each source, newest first.
#[derive(Default)]
pub struct Former(Mutex<HashMap<Key, VecDeque<Snapshot>>>);

impl Former {
    /// Keeps a commit.
    pub fn keep(&self, key: &Key, snapshot: &Snapshot) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = all.entry(key.clone()).or_default();
        kept.retain(|other| other.revision != snapshot.revision);
        kept.push_front(snapshot.clone());
        kept.truncate(KEPT);
    }

    /// Forgets a source that is gone.
    pub fn forget(&self, key: &Key) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(key);
    }

    fn get(&self, key: &Key, revision: &str) -> Option<Snapshot> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut kept = all.get(key)?.iter();
        kept.find(|snapshot| snapshot.revision.to_string() == revision)
            .cloned()
    }
}

/// An earlier commit of a source: from memory, else from the Git server, where it is verified again.
///
/// # Errors
/// A sentence that says why it is not to be had.
pub async fn former(world: &Arc<World>, key: &Key, revision: &str) -> Result<Snapshot, String> {
    if let Some(snapshot) = world.former.get(key, revision) {
        return Ok(snapshot);
    }
    let gone = || format!("GitRepository/{key} is gone");
    let object = world.stores.repositories.get(key).ok_or_else(gone)?;
    let repository: GitRepository =
        serde_json::from_value((*object).clone()).map_err(|error| error.to_string())?;
    let snapshot = brought(world, key, &repository, revision).await;
    let snapshot = snapshot.map_err(|look| {
        format!(
            "{revision} is not kept since the last restart, and GitRepository/{key} does not give it: {}",
            look.message()
        )
    })?;
    world.former.keep(key, &snapshot);
    Ok(snapshot)
}

async fn brought(
    world: &Arc<World>,
    key: &Key,
    repository: &GitRepository,
    revision: &str,
) -> Result<Snapshot, Look> {
    let unreadable = || Look::failed("GitOperationFailed", format!("{revision} is no revision"));
    let wanted = super::follow::parsed(revision).ok_or_else(unreadable)?;
    let mut request = request::of(world, key, repository).await?;
    request.reference = Reference::Commit {
        commit: wanted.hash.clone(),
        branch: None,
    };
    let asked = request::verification(world, key, repository).await?;
    let (includes, _): (Vec<_>, Vec<_>) =
        include::wanted(world, key, repository)?.into_iter().unzip();
    let (world, key) = (world.clone(), key.clone());
    let work = tokio::task::spawn_blocking(move || {
        let snapshot = fetch(&world, &key, &request)?;
        verified(&snapshot, asked, request.timeout)?;
        include::put_in(snapshot, includes)
    });
    let broke_off = |_| Look::failed("GitOperationFailed", "the fetch broke off".to_owned());
    let mut snapshot = work.await.map_err(broke_off)??;
    snapshot.revision = wanted;
    Ok(snapshot)
}
