//! The archive of each source: made when its content is new, named in the status, collected later.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use signet_api::git_repository::Artifact;
use signet_source::{Artifacts, KeepError, Kept, Snapshot};

use super::status::{Condition, Look, Trouble};
use crate::settings::Settings;
use crate::wake::Key;
use crate::world::World;

/// The archives on disk, and which content each was made of in this process's life.
pub struct Shelf {
    artifacts: Artifacts,
    made: Mutex<HashMap<Key, (String, Kept)>>,
}

impl Shelf {
    /// In the storage directory.
    ///
    /// # Errors
    /// If it cannot be used.
    pub fn open(settings: &Settings) -> anyhow::Result<Self> {
        Ok(Self {
            artifacts: Artifacts::open(&settings.storage).context("--storage-path")?,
            made: Mutex::default(),
        })
    }

    /// The directory that is served.
    pub fn root(&self) -> &Path {
        self.artifacts.root()
    }

    /// Removes the archives of a source that is gone.
    pub fn forget(&self, key: &Key) {
        self.made().remove(key);
        if let Err(error) = self.artifacts.forget(&key.namespace, &key.name) {
            tracing::warn!(repository = %key, "its artifacts were not removed: {error}");
        }
    }

    /// Removes the archives of sources that went while nobody looked.
    pub fn sweep(&self, exists: impl Fn(&Key) -> bool) {
        let swept = self
            .artifacts
            .sweep(|namespace, name| exists(&Key::new(namespace, name)));
        if let Err(error) = swept {
            tracing::warn!("artifacts of former sources were not removed: {error}");
        }
    }

    /// The archive of this very content, if it was made and is there.
    fn known(&self, key: &Key, content: &str) -> Option<Kept> {
        let known = self.made().get(key).cloned();
        known
            .filter(|(of, kept)| of == content && self.artifacts.has(kept))
            .map(|(_, kept)| kept)
    }

    /// Makes the archive unless it is there. Blocks.
    fn keep(&self, key: &Key, snapshot: &Snapshot) -> Result<Kept, KeepError> {
        let content = format!("{} {}", snapshot.revision.hash, snapshot.content_id());
        if let Some(kept) = self.known(key, &content) {
            return Ok(kept);
        }
        let kept = self.artifacts.keep(&key.namespace, &key.name, snapshot)?;
        self.made().insert(key.clone(), (content, kept.clone()));
        Ok(kept)
    }

    fn made(&self) -> std::sync::MutexGuard<'_, HashMap<Key, (String, Kept)>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts the commit on the shelf and says what the status says of it; `old` is what it said before.
///
/// # Errors
/// A look that failed: the disk, or a commit that cannot be packed.
pub fn artifact(
    world: &World,
    key: &Key,
    snapshot: &Snapshot,
    old: Option<&Artifact>,
) -> Result<Artifact, Look> {
    let kept = world
        .shelf
        .keep(key, snapshot)
        .map_err(|error| failed(&error))?;
    collect(world, key, &kept);
    Ok(described(world, &kept, snapshot, old, world.now()))
}

/// Puts the commit on the shelf for whoever asks us; equal content makes equal bytes, so that it is
/// the artifact that the status names. Blocks.
pub fn have(world: &World, key: &Key, snapshot: &Snapshot) {
    match world.shelf.keep(key, snapshot) {
        Ok(kept) => collect(world, key, &kept),
        Err(error) => tracing::warn!(repository = %key, "its artifact is not here: {error}"),
    }
}

fn failed(error: &KeepError) -> Look {
    let reason = match error {
        KeepError::Read(_) => "ArchiveOperationFailed",
        KeepError::Write(_) => "StatOperationFailed",
    };
    Look::Failed(Trouble::new(
        Condition::StorageOperationFailed,
        reason,
        error.to_string(),
    ))
}

fn described(
    world: &World,
    kept: &Kept,
    snapshot: &Snapshot,
    old: Option<&Artifact>,
    now: Timestamp,
) -> Artifact {
    let revision = snapshot.revision.to_string();
    let same = |old: &&Artifact| {
        old.revision == revision && old.digest.as_deref() == Some(kept.digest.as_str())
    };
    Artifact {
        digest: Some(kept.digest.clone()),
        last_update_time: old
            .filter(same)
            .map_or(Time(now), |old| old.last_update_time.clone()),
        path: kept.path.clone(),
        size: i64::try_from(kept.size).ok(),
        url: format!("{}{}", world.settings.artifacts_url, kept.path),
        revision,
        metadata: std::collections::BTreeMap::new(),
    }
}

fn collect(world: &World, key: &Key, kept: &Kept) {
    let retention = &world.settings.retention;
    let now = std::time::SystemTime::from(world.now());
    let (namespace, name) = (&key.namespace, &key.name);
    let collected = world
        .shelf
        .artifacts
        .collect(namespace, name, &kept.path, retention, now);
    match collected {
        Ok(0) => {}
        Ok(count) => tracing::debug!(repository = %key, "garbage collected {count} artifacts"),
        Err(error) => tracing::warn!(repository = %key, "old artifacts were not removed: {error}"),
    }
}
