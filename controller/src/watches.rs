//! The watches that feed the stores and wake the queues: one loop for each kind that comes from a
//! repository or points to one. Those of unsealing are in `controller/src/unseal/watch.rs`.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::Arc;

use futures::StreamExt;
use signet_cluster::{Kind, Watched};

use crate::args::KindArg;
use crate::queue::Queue;
use crate::store::{Store, key_of};
use crate::wake::{Key, Wake};
use crate::world::World;
use crate::{kustomization, receiver, source};

/// Starts those that the kinds in use need: a Kustomization reads a GitRepository, and a Receiver
/// tells either. Who only unseals asks for neither, and needs no right to.
pub fn spawn(world: &Arc<World>) {
    use KindArg::{Gitrepository, Kustomization, Receiver};
    let queues = world.queues.clone();
    if world.works_on(&[Gitrepository, Kustomization, Receiver]) {
        follow(
            world,
            source::kind(),
            |w| &w.stores.repositories,
            queues.repositories,
            source::follow::noticed,
        );
    }
    if world.works_on(&[Kustomization, Receiver]) {
        follow(
            world,
            kustomization::kind(),
            |w| &w.stores.kustomizations,
            queues.kustomizations,
            |_, _| (),
        );
    }
    if world.works_on(&[Receiver]) {
        follow(
            world,
            receiver::kind(),
            |w| &w.stores.receivers,
            queues.receivers,
            |_, _| (),
        );
    }
}

/// Follows one kind for ever: each object is decoded on its own, so that a bad one stops nobody.
/// `also` is told of each that is there, once it is in the store.
fn follow(
    world: &Arc<World>,
    kind: Kind,
    store: fn(&World) -> &Store,
    queue: Arc<Queue<Key>>,
    also: fn(&World, &Key),
) {
    let world = world.clone();
    tokio::spawn(async move {
        let scope = world.settings.flux.scope.as_deref();
        let mut events = pin!(world.cluster.watch(&kind, scope, None));
        let mut listed = HashSet::new();
        while let Some(event) = events.next().await {
            match event {
                Watched::Restart => listed.clear(),
                Watched::Listed(object) => {
                    world.places.home().vitals.saw(&object);
                    let put = store(&world).put(object);
                    listed.extend(put.iter().map(|(key, _)| key.clone()));
                    put.iter().for_each(|(key, _)| also(&world, key));
                    wake(&queue, put, Wake::Listed);
                }
                Watched::Applied(object) => {
                    world.places.home().vitals.saw(&object);
                    let put = store(&world).put(object);
                    put.iter().for_each(|(key, _)| also(&world, key));
                    wake(&queue, put, Wake::Changed);
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
