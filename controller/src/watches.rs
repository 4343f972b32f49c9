//! The watches that feed the stores and wake the queues: one loop for each kind we reconcile, and
//! one for the Secrets, of which only metadata is read.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::Arc;

use futures::StreamExt;
use serde_json::Value;
use signet_api::ObjectId;
use signet_cluster::{Kind, Watched};
use signet_engine::health::{self, Health};

use crate::queue::Queue;
use crate::store::{Store, key_of};
use crate::wake::{Key, Wake};
use crate::world::World;
use crate::{kustomization, source, unseal};

/// Starts all of them.
pub fn spawn(world: &Arc<World>) {
    let queues = world.queues.clone();
    follow(
        world,
        source::kind(),
        |w| &w.stores.repositories,
        queues.repositories,
        |_, _| (),
    );
    follow(
        world,
        kustomization::kind(),
        |w| &w.stores.kustomizations,
        queues.kustomizations,
        |_, _| (),
    );
    follow(
        world,
        unseal::kind(),
        |w| &w.stores.sealed,
        queues.sealed,
        tell_waiting,
    );
    tokio::spawn(secrets(world.clone()));
}

/// Follows one kind for ever: each object is decoded on its own, so that a bad one stops nobody.
fn follow(
    world: &Arc<World>,
    kind: Kind,
    store: fn(&World) -> &Store,
    queue: Arc<Queue<Key>>,
    also: fn(&World, &Value),
) {
    let world = world.clone();
    tokio::spawn(async move {
        let mut events = pin!(world.cluster.watch(&kind, None, None));
        let mut listed = HashSet::new();
        while let Some(event) = events.next().await {
            match event {
                Watched::Restart => listed.clear(),
                Watched::Listed(object) => {
                    also(&world, &object);
                    let put = store(&world).put(object);
                    listed.extend(put.iter().map(|(key, _)| key.clone()));
                    wake(&queue, put, Wake::Listed);
                }
                Watched::Applied(object) => {
                    also(&world, &object);
                    wake(&queue, store(&world).put(object), Wake::Changed);
                }
                Watched::Deleted(object) => gone(store(&world), &queue, key_of(&object)),
                Watched::Ready => {
                    let lost = store(&world)
                        .keys()
                        .into_iter()
                        .filter(|key| !listed.contains(key));
                    lost.for_each(|key| gone(store(&world), &queue, Some(key)));
                    world.metrics.listed(&kind.kind);
                }
                Watched::Bad { name, error, .. } => {
                    tracing::warn!(kind = kind.kind, ?name, "an object cannot be read: {error}");
                }
                Watched::Failed(error) => tracing::warn!(kind = kind.kind, "watch: {error}"),
            }
        }
    });
}

fn wake(queue: &Queue<Key>, put: Option<(Key, bool)>, wake: Wake) {
    if let Some((key, true)) = put {
        queue.push(key, wake);
    }
}

fn gone(store: &Store, queue: &Queue<Key>, key: Option<Key>) {
    if let Some(key) = key {
        store.remove(&key);
        queue.push(key, Wake::Changed);
    }
}

/// A SealedSecret that has become healthy releases the Kustomization that waits for it.
fn tell_waiting(world: &World, object: &Value) {
    if let (Health::Ready, Some(id)) = (health::assess(object), ObjectId::of(object)) {
        world.owned.became_ready(&id);
    }
}

/// Secrets that we made: one that is edited or deleted wakes its SealedSecret, also if that happened
/// while the watch was broken. Secrets that hold credentials wake the repository that failed with them.
async fn secrets(world: Arc<World>) {
    let mut events = pin!(
        world
            .cluster
            .watch_metadata(&unseal::secret_kind(), None, None)
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
                let lost = world
                    .stores
                    .sealed
                    .keys()
                    .into_iter()
                    .filter(|key| !listed.contains(key));
                lost.filter(|key| world.sightings.vanished(key))
                    .for_each(|key| world.queues.sealed.push(key, Wake::Drift));
                listed.clear();
            }
            Watched::Bad { .. } | Watched::Failed(_) => {}
        }
    }
}

fn secret_touched(world: &World, secret: &Value) {
    source::credentials_touched(world, secret);
    if let Some(key) = unseal::touched(world, secret) {
        world.queues.sealed.push(key, Wake::Drift);
    }
}
