//! What we own, watched as metadata: one watch for each kind in use, narrowed by the owner label.
//!
//! Each object is remembered by two short digests: of what was declared when it was applied, and
//! of our entry in its managed fields. Somebody who edits or removes a field of ours changes that
//! entry, so drift is seen without reading the object, and an autoscaler that writes a field of
//! its own is no drift.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use serde_json::Value;
use signet_api::{ObjectId, names};
use signet_cluster::{Cluster, Kind, Watched};
use signet_engine::managers::Manager;
use signet_engine::seen::Seen;
use signet_engine::verdict::Memory;
use tokio::sync::watch;

use crate::queue::Queue;
use crate::wake::{Key, Wake};

/// Longest wait for the first list of a kind.
const FIRST_LIST: Duration = Duration::from_secs(20);

/// Group, kind, namespace, name: the version does not tell objects apart.
pub type Slot = (String, String, Option<String>, String);

/// See the module's documentation.
pub struct Owned {
    state: Mutex<State>,
    queue: Arc<Queue<Key>>,
    overridden: Vec<Manager>,
}

#[derive(Default)]
struct State {
    seen: HashMap<Slot, Seen>,
    memory: HashMap<Slot, Remembered>,
    watches: HashMap<(String, String), watch::Receiver<bool>>,
    claims: HashMap<Slot, Key>,
}

/// What is remembered of an applied object.
#[derive(Clone)]
struct Remembered {
    memory: Memory,
    owner: Key,
    healthy: bool,
    certain: bool,
}

impl Owned {
    /// Wakes Kustomizations through `queue`. Fields of `overridden` managers are ours to take.
    pub fn new(queue: Arc<Queue<Key>>, overridden: &[Manager]) -> Self {
        Self {
            state: Mutex::default(),
            queue,
            overridden: overridden.to_vec(),
        }
    }

    /// The object as the watch last saw it; `None` if it is not there or bears no owner label.
    pub fn seen(&self, id: &ObjectId) -> Option<Seen> {
        self.with(|state| state.seen.get(&slot(id)).cloned())
    }

    /// What `owner` applied to the object, if it did.
    pub fn memory(&self, id: &ObjectId, owner: &Key) -> Option<Memory> {
        self.with(|state| {
            state
                .memory
                .get(&slot(id))
                .filter(|r| r.owner == *owner)
                .map(|r| r.memory.clone())
        })
    }

    /// Remembers an apply; the echo of it in the watch is then no drift.
    pub fn applied(&self, id: &ObjectId, owner: &Key, digest: &str, seen: Seen) {
        let memory = Memory {
            digest: digest.to_owned(),
            seen: seen.clone(),
        };
        let remembered = Remembered {
            memory,
            owner: owner.clone(),
            healthy: false,
            certain: true,
        };
        self.with(|state| {
            state.seen.insert(slot(id), seen);
            state.memory.insert(slot(id), remembered);
        });
    }

    /// Whether `owner` applied the object itself, so that exactly what is declared is ours of it.
    pub fn is_certain(&self, id: &ObjectId, owner: &Key) -> bool {
        self.with(|state| {
            let remembered = state.memory.get(&slot(id));
            remembered.is_some_and(|r| r.owner == *owner && r.certain)
        })
    }

    fn set_uncertain(&self, id: &ObjectId) {
        self.with(|state| {
            if let Some(remembered) = state.memory.get_mut(&slot(id)) {
                remembered.certain = false;
            }
        });
    }

    /// Remembers that an object is as declared, apart from what is ignored in it: nothing was sent.
    pub fn settled(&self, id: &ObjectId, owner: &Key, digest: &str, seen: Seen) {
        let healthy = self.was_healthy(id);
        self.applied(id, owner, digest, seen);
        self.set_uncertain(id);
        if healthy {
            self.set_healthy(id);
        }
    }

    /// Takes an object as applied that a record of ours vouches for: it was healthy then.
    pub fn stands(&self, id: &ObjectId, owner: &Key, digest: &str, seen: Seen) {
        self.applied(id, owner, digest, seen);
        self.set_uncertain(id);
        self.set_healthy(id);
    }

    /// Whether `owner` has applied the object.
    pub fn was_applied(&self, id: &ObjectId, owner: &Key) -> bool {
        self.memory(id, owner).is_some()
    }

    /// Notes that `key` declares an object that is another's; asked for when that one lets it go.
    pub fn claim(&self, id: &ObjectId, key: &Key) {
        self.with(|state| drop(state.claims.insert(slot(id), key.clone())));
    }

    /// Who declares the object that another is about to delete; asked for once.
    pub fn take_claim(&self, id: &ObjectId) -> Option<Key> {
        self.with(|state| state.claims.remove(&slot(id)))
    }

    /// Whether the object has become healthy since it was last applied.
    pub fn was_healthy(&self, id: &ObjectId) -> bool {
        self.with(|state| state.memory.get(&slot(id)).is_some_and(|r| r.healthy))
    }

    /// Notes that the object is healthy.
    pub fn set_healthy(&self, id: &ObjectId) {
        self.with(|state| {
            if let Some(remembered) = state.memory.get_mut(&slot(id)) {
                remembered.healthy = true;
            }
        });
    }

    /// Forgets an object that was deleted or given up.
    pub fn forget(&self, id: &ObjectId) {
        self.with(|state| state.memory.remove(&slot(id)));
    }

    /// Makes sure that every one of `kinds` is watched, and waits for their first lists.
    pub async fn watch(self: &Arc<Self>, cluster: &Cluster, kinds: HashSet<Kind>) {
        let ready: Vec<_> = kinds
            .into_iter()
            .map(|kind| self.start(cluster, kind))
            .collect();
        for mut list in ready {
            let complete = tokio::time::timeout(FIRST_LIST, list.wait_for(|done| *done)).await;
            if complete.is_err() {
                tracing::warn!("a watch has not listed its objects yet; going on without it");
            }
        }
    }

    fn start(self: &Arc<Self>, cluster: &Cluster, kind: Kind) -> watch::Receiver<bool> {
        let name = (kind.group.clone(), kind.kind.clone());
        let (done, list) = watch::channel(false);
        let known = self.with(|state| match state.watches.get(&name) {
            Some(known) => Some(known.clone()),
            None => state.watches.insert(name, list.clone()).and(None),
        });
        if let Some(known) = known {
            return known;
        }
        let (owned, stream) = (
            self.clone(),
            cluster.watch_metadata(&kind, None, Some(names::OWNER_NAME)),
        );
        tokio::spawn(async move {
            let mut stream = std::pin::pin!(stream);
            let mut listed = HashSet::new();
            while let Some(event) = stream.next().await {
                owned.take(&kind, event, &mut listed, &done);
            }
        });
        list
    }

    fn take(
        &self,
        kind: &Kind,
        event: Watched<Value>,
        listed: &mut HashSet<Slot>,
        done: &watch::Sender<bool>,
    ) {
        match event {
            Watched::Restart => listed.clear(),
            Watched::Listed(object) => listed.extend(self.changed(kind, &object)),
            Watched::Applied(object) => drop(self.changed(kind, &object)),
            Watched::Deleted(object) => {
                if let Some(slot) = slot_of(kind, &object) {
                    self.gone(&slot);
                }
            }
            Watched::Ready => {
                self.keep_only(kind, listed);
                done.send_replace(true);
            }
            Watched::Bad { error, .. } => {
                tracing::warn!(kind = kind.kind, "unreadable object: {error}");
            }
            Watched::Failed(error) => {
                tracing::debug!(kind = kind.kind, "watch: {error}");
                // Nobody need wait for a list that will not come soon.
                done.send_replace(true);
            }
        }
    }

    fn changed(&self, kind: &Kind, object: &Value) -> Option<Slot> {
        let slot = slot_of(kind, object)?;
        let seen = Seen::of(object, names::FIELD_MANAGER, &self.overridden)?;
        let drifted = self.with(|state| {
            let drifted = state
                .memory
                .get(&slot)
                .filter(|r| {
                    let before = &r.memory.seen;
                    before.ownership != seen.ownership
                        || before.uid != seen.uid
                        || (seen.intruder.is_some() && !seen.merge)
                })
                .map(|r| r.owner.clone());
            state.seen.insert(slot.clone(), seen);
            drifted
        });
        if let Some(owner) = drifted {
            self.queue.push(owner, Wake::Drift);
        }
        Some(slot)
    }

    fn gone(&self, slot: &Slot) {
        let owner = self.with(|state| {
            state.seen.remove(slot);
            state.memory.get(slot).map(|r| r.owner.clone())
        });
        if let Some(owner) = owner {
            self.queue.push(owner, Wake::Drift);
        }
    }

    /// After a fresh list: what is not in it was deleted while nobody watched.
    fn keep_only(&self, kind: &Kind, listed: &HashSet<Slot>) {
        let lost: Vec<Slot> = self.with(|state| {
            let of_kind = |slot: &&Slot| slot.0 == kind.group && slot.1 == kind.kind;
            state
                .seen
                .keys()
                .filter(of_kind)
                .filter(|slot| !listed.contains(*slot))
                .cloned()
                .collect()
        });
        for slot in lost {
            self.gone(&slot);
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The slot of an object.
pub fn slot(id: &ObjectId) -> Slot {
    (
        id.group.clone(),
        id.kind.clone(),
        id.namespace.clone(),
        id.name.clone(),
    )
}

fn slot_of(kind: &Kind, object: &Value) -> Option<Slot> {
    let text = |path: &str| {
        object
            .pointer(path)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    Some((
        kind.group.clone(),
        kind.kind.clone(),
        text("/metadata/namespace"),
        text("/metadata/name")?,
    ))
}
