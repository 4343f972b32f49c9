//! The commit that a run works on: the newest, or the one that a rollback names.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use signet_api::kustomization::Snapshot as Line;
use signet_api::{Kustomization, names};
use signet_engine::rollback::{self, Rollback};
use signet_source::Snapshot;

use super::failure::Failure;
use super::{kind, plan};
use crate::source;
use crate::wake::Key;
use crate::world::{SYNC_COMPONENT, World};

/// The commit that a run works on.
pub struct Commit {
    /// Its content.
    pub snapshot: Snapshot,
    /// Such as `main@sha1:…`.
    pub revision: String,
    /// The newest commit of the source, which may be another.
    newest: String,
    source: Key,
}

impl Commit {
    /// The newest that the source has, or the one that a rollback names. The attempt at it begins, if
    /// it is another than the last.
    ///
    /// # Errors
    /// The source is not there, or has no commit yet; the rollback names one that is not to be had.
    pub async fn of(
        world: &Arc<World>,
        key: &Key,
        kustomization: &Kustomization,
    ) -> Result<Self, Failure> {
        let (source, snapshot) = plan::source(world, key, kustomization)?;
        let newest = snapshot.revision.to_string();
        let snapshot = match asked(world, key, kustomization, &newest).await? {
            None => snapshot,
            Some(to) => source::former(world, &source, &to)
                .await
                .map_err(|why| Failure::transient("ArtifactFailed", format!("rollback: {why}")))?,
        };
        let revision = snapshot.revision.to_string();
        let annotations = kustomization.metadata.annotations.as_ref();
        let requested = annotations.and_then(|all| all.get(names::REQUESTED_AT));
        let generation = kustomization.metadata.generation.unwrap_or_default();
        let attempt = format!("{revision} {generation} {requested:?}");
        world.attempts.begin(key, &attempt, world.now());
        Ok(Self {
            snapshot,
            revision,
            newest,
            source,
        })
    }

    /// Why it is not the newest, if it is not.
    pub fn rolled_back(&self) -> Option<String> {
        (self.revision != self.newest).then(|| {
            format!(
                "Back at {} instead of {}, until a newer commit arrives or annotation {} is removed",
                self.revision,
                self.newest,
                names::ROLLBACK_TO
            )
        })
    }

    /// Passes while no newer commit has come: that one is already waiting for its turn, and should
    /// not wait until this one is through (N20 of the field's wishes).
    ///
    /// # Errors
    /// A newer commit has come.
    pub fn still_newest(&self, world: &World) -> Result<(), Failure> {
        match world.snapshot(&self.source) {
            Some(newest) if newest.revision.to_string() != self.newest => {
                let why = format!(
                    "Revision {} is overtaken by {}",
                    self.revision, newest.revision
                );
                Err(Failure::waiting(why, false).until(Duration::ZERO))
            }
            _ => Ok(()),
        }
    }
}

/// The revision of the rollback that holds. Notes when it begins, and takes its annotations away when
/// it is over.
async fn asked(
    world: &World,
    key: &Key,
    kustomization: &Kustomization,
    newest: &str,
) -> Result<Option<String>, Failure> {
    let annotations = kustomization.metadata.annotations.as_ref();
    let history = kustomization
        .status
        .as_ref()
        .map(|it| it.history.as_slice());
    let history: &[Line] = history.unwrap_or_default();
    match rollback::judge(annotations, newest, history) {
        Rollback::Unasked => Ok(None),
        Rollback::Holds { to } => Ok(Some(to)),
        Rollback::Begins { to } => {
            note(world, key, &json!({ names::ROLLBACK_FROM: newest })).await?;
            Ok(Some(to))
        }
        Rollback::Over => {
            let gone = json!({ names::ROLLBACK_TO: null, names::ROLLBACK_FROM: null });
            note(world, key, &gone).await?;
            Ok(None)
        }
        Rollback::Refused(why) => Err(Failure::terminal("ArtifactFailed", why)),
    }
}

async fn note(world: &World, key: &Key, annotations: &Value) -> Result<(), Failure> {
    let patch = json!({"metadata": {"annotations": annotations}});
    let (kind, namespace) = (kind(), Some(key.namespace.as_str()));
    let noted = world
        .cluster
        .merge_patch(&kind, namespace, &key.name, &patch, false, SYNC_COMPONENT)
        .await;
    let noted =
        noted.map_err(|error| Failure::api("ArtifactFailed", "noting the rollback", &error))?;
    let queue = &world.queues.kustomizations;
    world.stores.kustomizations.answered(queue, noted);
    Ok(())
}
