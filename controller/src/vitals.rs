//! The health of what Kustomizations wait for: watched, judged and remembered in a word each.
//!
//! Whoever waits holds no worker and asks nothing again: it says once what it waits for, and is woken
//! when one of those objects is judged otherwise. A kind is watched while somebody waits for objects
//! of it, narrowed to what bears an owner label; an object that is somebody else's has a watch of its
//! own, with the rights of whoever asked. Kinds without a status are not watched here at all: that
//! they are there is known from their metadata (`controller/src/owned.rs`).

mod kinds;
mod state;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use serde_json::Value;
use signet_api::{ObjectId, names};
use signet_cluster::{Cluster, Kind, Watched};
use signet_engine::health::{self, Health};

use crate::owned::{Slot, slot};
use crate::queue::Queue;
use crate::wake::{Key, Wake};
use crate::world::Clock;
pub use kinds::has_no_status;
use state::{State, What};

/// An object that somebody waits for.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Which.
    pub id: ObjectId,
    /// Its kind, as the API server has it.
    pub kind: Kind,
    /// Whether it bears the labels of an owner, and is seen among the others of its kind.
    pub owned: bool,
}

/// How a Kustomization judges objects by rules of its own; `None` where it has none for one.
pub type Rules = Arc<dyn Fn(&Value) -> Option<Health> + Send + Sync>;

/// See the module's documentation.
pub struct Vitals {
    state: Mutex<State>,
    queue: Arc<Queue<Key>>,
    clock: Clock,
}

impl Vitals {
    /// Wakes Kustomizations through `queue`. Objects of the kinds `told` are watched by somebody else
    /// anyway, who tells us by [`Vitals::saw`].
    pub fn new(
        queue: Arc<Queue<Key>>,
        clock: Clock,
        told: Vec<(&'static str, &'static str)>,
    ) -> Self {
        Self {
            state: Mutex::new(State::new(told)),
            queue,
            clock,
        }
    }

    /// Says what `key` waits for from now on, in place of what it waited for before. `cluster` has
    /// our own rights, `asker` those of whoever asks.
    pub fn follow(
        self: &Arc<Self>,
        cluster: &Cluster,
        asker: &Cluster,
        key: &Key,
        subjects: &[Subject],
        rules: Option<Rules>,
    ) {
        let slots: HashSet<Slot> = subjects.iter().map(|subject| slot(&subject.id)).collect();
        let needed: Vec<(What, &Subject)> = subjects
            .iter()
            .filter_map(|subject| Some((self.what(key, subject)?, subject)))
            .collect();
        let wanted: HashSet<What> = needed.iter().map(|(what, _)| what.clone()).collect();
        let special = rules.is_some();
        let missing = self.with(|state| {
            let missing = state.follow(key, slots, rules, wanted);
            state.sweep();
            missing
        });
        for (what, subject) in needed {
            if missing.contains(&what) && self.with(|state| state.claim(&what)) {
                let by = if subject.owned { cluster } else { asker };
                self.start(by, &what, subject);
            }
        }
        if special {
            self.look(asker, key, subjects);
        }
    }

    /// Nobody waits any more, until [`Self::follow`] says so again; what was followed stays so, and
    /// wakes nobody.
    pub fn settled(&self, key: &Key) {
        self.with(|state| state.settle(key));
    }

    /// Forgets what `key` waited for.
    pub fn forget(&self, key: &Key) {
        self.with(|state| {
            state.unfollow(key);
            state.sweep();
        });
    }

    /// The health of an object as `key` judges it; `None` if it has not been seen yet.
    pub fn health(&self, key: &Key, id: &ObjectId) -> Option<Health> {
        self.with(|state| state.health(key, &slot(id)))
    }

    /// Takes in an object as it is now.
    pub fn saw(self: &Arc<Self>, object: &Value) {
        let Some(id) = ObjectId::of(object) else {
            return;
        };
        let slot = slot(&id);
        if !self.with(|state| state.concerns(&slot, object)) {
            return;
        }
        let health = health::assess(object, (self.clock)());
        let again = health.again;
        let woken = self.with(|state| state.judged(&slot, object, health));
        for key in woken {
            self.queue.push(key, Wake::Dependency);
        }
        if let Some(again) = again.and_then(|again| Duration::try_from(again).ok()) {
            self.look_again(object.clone(), again);
        }
    }

    /// Takes in that an object is gone.
    pub fn gone(&self, slot: &Slot) {
        for key in self.with(|state| state.gone(slot)) {
            self.queue.push(key, Wake::Dependency);
        }
    }

    fn what(&self, key: &Key, subject: &Subject) -> Option<What> {
        let id = &subject.id;
        let kind = (id.group.as_str(), id.kind.as_str());
        if self.with(|state| state.is_told(kind)) || (subject.owned && has_no_status(kind)) {
            return None;
        }
        Some(if subject.owned {
            What::Owned(id.group.clone(), id.kind.clone())
        } else {
            What::One(key.clone(), slot(id))
        })
    }

    fn start(self: &Arc<Self>, by: &Cluster, what: &What, subject: &Subject) {
        let (kind, id) = (subject.kind.clone(), subject.id.clone());
        let stream = match what {
            What::Owned(..) => by.watch(&kind, None, Some(names::OWNER_NAME)).boxed(),
            What::One(..) => by.watch_object(&kind, &id),
        };
        let (vitals, followed) = (self.clone(), what.clone());
        let task = tokio::spawn(async move {
            let mut stream = stream;
            let mut listed = HashSet::new();
            while let Some(event) = stream.next().await {
                vitals.take(&followed, event, &mut listed);
            }
        });
        self.with(|state| state.started(what, task.abort_handle()));
    }

    fn take(self: &Arc<Self>, what: &What, event: Watched<Value>, listed: &mut HashSet<Slot>) {
        match event {
            Watched::Restart => listed.clear(),
            Watched::Listed(object) => {
                listed.extend(ObjectId::of(&object).map(|id| slot(&id)));
                self.saw(&object);
            }
            Watched::Applied(object) => self.saw(&object),
            Watched::Deleted(object) => {
                if let Some(id) = ObjectId::of(&object) {
                    self.gone(&slot(&id));
                }
            }
            Watched::Ready => {
                for key in self.with(|state| state.listed(what, listed)) {
                    self.queue.push(key, Wake::Dependency);
                }
            }
            Watched::Bad { name, error, .. } => {
                tracing::debug!(
                    name,
                    "an object whose health is asked for cannot be read: {error}"
                );
            }
            Watched::Failed(error) => {
                let words = error.to_string();
                for key in self.with(|state| state.failed(what, &words)) {
                    self.queue.push(key, Wake::Dependency);
                }
            }
        }
    }

    /// Rules of one's own want the whole object; who comes to a watch that has been running has not
    /// seen it.
    fn look(self: &Arc<Self>, asker: &Cluster, key: &Key, subjects: &[Subject]) {
        let unseen: Vec<Subject> = subjects
            .iter()
            .filter(|subject| self.with(|state| state.unjudged(key, &slot(&subject.id))))
            .cloned()
            .collect();
        if unseen.is_empty() {
            return;
        }
        let (vitals, asker) = (self.clone(), asker.clone());
        tokio::spawn(async move {
            for Subject { id, kind, .. } in unseen {
                let found = asker.get(&kind, id.namespace.as_deref(), &id.name).await;
                if let Ok(Some(object)) = found {
                    vitals.saw(&object);
                }
            }
        });
    }

    /// A judgement that time alone may change, such as how long a Pod has waited for a node.
    fn look_again(self: &Arc<Self>, object: Value, after: Duration) {
        let vitals = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(after + Duration::from_millis(100)).await;
            let version = |object: &Value| object.pointer("/metadata/resourceVersion").cloned();
            let id = ObjectId::of(&object);
            let latest = id.and_then(|id| vitals.with(|state| state.version(&slot(&id))));
            if latest == version(&object).and_then(|v| v.as_str().map(str::to_owned)) {
                vitals.saw(&object);
            }
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
