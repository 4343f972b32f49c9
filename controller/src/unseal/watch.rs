//! The watches of unsealing: Secrets, of which only metadata is read, and SealedSecrets.
//!
//! Secrets are listed first: only whoever knows in which version each of them is can tell that
//! nothing has to be done about a SealedSecret.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use serde_json::Value;
use signet_api::ObjectId;
use signet_cluster::Watched;
use signet_engine::health;
use tokio::sync::watch::{self, Sender};

use super::{kind, secret_kind, touched};
use crate::store::key_of;
use crate::wake::{Key, Wake};
use crate::world::World;
use crate::{receiver, source};

/// Longest wait for the first list of Secrets; without it everything is opened once more.
const FIRST_LIST: Duration = Duration::from_secs(30);

/// A namespace, or all of them.
type Scope = Option<String>;

/// Starts them, for each namespace that is looked after.
pub fn spawn(world: &Arc<World>) {
    for scope in world.settings.unsealing.scopes() {
        let world = world.clone();
        tokio::spawn(async move {
            let (done, mut listed) = watch::channel(false);
            tokio::spawn(secrets(world.clone(), scope.clone(), done));
            let first = async { listed.wait_for(|done| *done).await.is_ok() };
            if tokio::time::timeout(FIRST_LIST, first).await.is_err() {
                tracing::warn!("Secrets could not be listed yet; going on without");
            }
            sealed(world, scope).await;
        });
    }
}

/// Each object is decoded on its own, so that a bad one stops nobody (threat T36).
async fn sealed(world: Arc<World>, scope: Scope) {
    let selector = world.settings.unsealing.label_selector.as_deref();
    let mut events = pin!(world.cluster.watch(&kind(), scope.as_deref(), selector));
    let mut listed = HashSet::new();
    while let Some(event) = events.next().await {
        match event {
            Watched::Restart => listed.clear(),
            Watched::Listed(object) => {
                let key = take(&world, object, Wake::Listed);
                listed.extend(key);
            }
            Watched::Applied(object) => drop(take(&world, object, Wake::Changed)),
            Watched::Deleted(object) => gone(&world, key_of(&object)),
            Watched::Ready => {
                let known = world.sealed.all();
                let lost = known
                    .iter()
                    .map(|subject| &subject.key)
                    .filter(|key| in_scope(key, &scope) && !listed.contains(*key));
                lost.for_each(|key| gone(&world, Some(key.clone())));
                listed = HashSet::new();
                ready(&world, &scope);
            }
            Watched::Bad { name, error, .. } => {
                tracing::warn!(?name, "a SealedSecret cannot be read: {error}");
            }
            Watched::Failed(error) => tracing::warn!("watch of SealedSecrets: {error}"),
        }
    }
}

/// Takes a SealedSecret in and wakes whom it concerns: its reconciler, if it is declared anew, and
/// the Kustomization that waits until it is healthy.
fn take(world: &World, object: Value, wake: Wake) -> Option<Key> {
    if health::assess(&object, world.now()).is_current()
        && let Some(id) = ObjectId::of(&object)
    {
        world.owned.became_ready(&id);
    }
    let (key, changed) = world.sealed.put(object)?;
    if changed {
        world.queues.sealed.push(key.clone(), wake);
    }
    // A replica that only watches needs no ciphertext of what another has opened.
    if !*world.leading.borrow()
        && let Some(subject) = world.sealed.get(&key).filter(|it| it.is_synced())
    {
        world.sealed.opened(&key, &subject.declaration);
    }
    Some(key)
}

fn gone(world: &World, key: Option<Key>) {
    if let Some(key) = key {
        world.sealed.remove(&key);
        world.queues.sealed.push(key, Wake::Changed);
    }
}

/// The first list is complete: from here on, only Secrets of ours are remembered.
fn ready(world: &World, scope: &Scope) {
    let scopes = world.settings.unsealing.scopes().len();
    let part = scope.as_deref().unwrap_or_default();
    if world.metrics.listed_part("SealedSecret", part, scopes) {
        world.sightings.keep(|key| world.sealed.get(key).is_some());
    }
}

fn in_scope(key: &Key, scope: &Scope) -> bool {
    scope
        .as_ref()
        .is_none_or(|namespace| key.namespace == *namespace)
}

/// Secrets that we made: one that is edited or deleted wakes its SealedSecret, also if that happened
/// while the watch was broken. Secrets that hold credentials wake the repository that failed with them.
async fn secrets(world: Arc<World>, scope: Scope, done: Sender<bool>) {
    let mut events = pin!(
        world
            .cluster
            .watch_metadata(&secret_kind(), scope.as_deref(), None)
    );
    let mut listed = HashSet::new();
    while let Some(event) = events.next().await {
        match event {
            Watched::Restart => listed.clear(),
            Watched::Listed(object) => {
                listed.extend(key_of(&object));
                secret_touched(&world, &object);
            }
            Watched::Applied(object) | Watched::Deleted(object) => secret_touched(&world, &object),
            Watched::Ready => {
                let known = world.sealed.all();
                let lost = known
                    .iter()
                    .map(|subject| &subject.key)
                    .filter(|key| in_scope(key, &scope) && !listed.contains(*key));
                lost.filter(|key| world.sightings.vanished(key))
                    .for_each(|key| world.queues.sealed.push(key.clone(), Wake::Drift));
                listed = HashSet::new();
                done.send_replace(true);
            }
            Watched::Bad { .. } => {}
            Watched::Failed(error) => {
                tracing::warn!("watch of Secrets: {error}");
                done.send_replace(true);
            }
        }
    }
}

fn secret_touched(world: &World, secret: &Value) {
    source::credentials_touched(world, secret);
    receiver::token_touched(world, secret);
    if !world.metrics.has_listed("SealedSecret")
        && let Some(key) = key_of(secret)
    {
        world.sightings.seen(&key, secret);
    }
    if let Some(key) = touched(world, secret) {
        world.queues.sealed.push(key, Wake::Drift);
    }
}
