//! ConfigMaps and Secrets that Kustomizations read: the variables that are put into objects, the keys
//! that open files. Each is watched while somebody reads it, so that a change of it is answered at
//! once and an interval at which nothing changed asks for nothing.
//!
//! Of a Secret the watch sees metadata alone; its values are read when they are needed.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use serde_json::Value;
use signet_api::ObjectId;
use signet_cluster::{ApiError, Cluster, Kind, SecretObject, Watched};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::queue::Queue;
use crate::wake::{Key, Wake};

/// Longest wait for the first look at an object.
const FIRST_LOOK: Duration = Duration::from_secs(20);

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum InputKind {
    /// Its `data` are texts.
    ConfigMap,
    /// Its `data` are secret.
    Secret,
}

/// Which object is read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Input {
    /// Its kind.
    pub kind: InputKind,
    /// Its place.
    pub key: Key,
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}/{}", self.kind, self.key)
    }
}

/// An object as the watch last saw it.
#[derive(Clone, Default)]
struct Seen {
    /// Whether it has been looked at.
    known: bool,
    /// `uid` and `resourceVersion`; `None` if it is not there.
    version: Option<String>,
    /// A ConfigMap, whole.
    body: Option<Arc<Value>>,
    /// Why it cannot be looked at.
    error: Option<ApiError>,
}

struct Watching {
    seen: watch::Receiver<Seen>,
    task: AbortHandle,
    readers: HashSet<Key>,
}

/// See the module's documentation.
pub struct Inputs {
    all: Mutex<HashMap<Input, Watching>>,
    queue: Arc<Queue<Key>>,
}

impl Inputs {
    /// Wakes Kustomizations through `queue`.
    pub fn new(queue: Arc<Queue<Key>>) -> Self {
        Self {
            all: Mutex::default(),
            queue,
        }
    }

    /// Says what `key` reads from now on, and waits until each has been looked at.
    ///
    /// # Errors
    /// The API server does not show one of them.
    pub async fn versions(
        self: &Arc<Self>,
        cluster: &Cluster,
        key: &Key,
        inputs: &[Input],
    ) -> Result<Vec<Option<String>>, ApiError> {
        let receivers = self.follow(cluster, key, inputs);
        let mut versions = Vec::new();
        for mut receiver in receivers {
            let look = receiver.wait_for(|seen| seen.known || seen.error.is_some());
            let looked = tokio::time::timeout(FIRST_LOOK, look).await;
            let seen = match looked {
                Ok(Ok(seen)) => seen.clone(),
                _ => Seen::default(),
            };
            match seen.error {
                Some(error) if !seen.known => return Err(error),
                _ => versions.push(seen.version),
            }
        }
        Ok(versions)
    }

    /// The object itself, values and all; `None` if it is not there.
    ///
    /// # Errors
    /// What the API server says.
    pub async fn read(
        &self,
        cluster: &Cluster,
        input: &Input,
    ) -> Result<Option<SecretObject>, ApiError> {
        let Key { namespace, name } = &input.key;
        match input.kind {
            InputKind::Secret => cluster.get_secret(namespace, name).await,
            InputKind::ConfigMap => Ok(self.with(|all| {
                let seen = all.get(input)?.seen.borrow().clone();
                Some(SecretObject::new((*seen.body?).clone()))
            })),
        }
    }

    /// Forgets a Kustomization that is gone, or reads nothing.
    pub fn forget(&self, key: &Key) {
        self.with(|all| leave(all, key, &HashSet::new()));
    }

    fn follow(
        self: &Arc<Self>,
        cluster: &Cluster,
        key: &Key,
        inputs: &[Input],
    ) -> Vec<watch::Receiver<Seen>> {
        let wanted: HashSet<&Input> = inputs.iter().collect();
        self.with(|all| {
            leave(all, key, &wanted);
            let each = inputs.iter().map(|input| {
                let watching = all
                    .entry(input.clone())
                    .or_insert_with(|| self.start(cluster, input));
                watching.readers.insert(key.clone());
                watching.seen.clone()
            });
            each.collect()
        })
    }

    fn start(self: &Arc<Self>, cluster: &Cluster, input: &Input) -> Watching {
        let (sender, seen) = watch::channel(Seen::default());
        let (kind, plural) = match input.kind {
            InputKind::ConfigMap => ("ConfigMap", "configmaps"),
            InputKind::Secret => ("Secret", "secrets"),
        };
        let id = ObjectId {
            group: String::new(),
            version: "v1".to_owned(),
            kind: kind.to_owned(),
            namespace: Some(input.key.namespace.clone()),
            name: input.key.name.clone(),
        };
        let mut events = cluster.watch_object(&Kind::of("v1", kind, plural), &id);
        let (inputs, input) = (self.clone(), input.clone());
        let task = tokio::spawn(async move {
            let mut listed = false;
            while let Some(event) = events.next().await {
                inputs.take(&input, &sender, event, &mut listed);
            }
        });
        Watching {
            seen,
            task: task.abort_handle(),
            readers: HashSet::new(),
        }
    }

    fn take(
        &self,
        input: &Input,
        sender: &watch::Sender<Seen>,
        event: Watched<Value>,
        listed: &mut bool,
    ) {
        let old = sender.borrow().clone();
        let next = match event {
            Watched::Restart => {
                *listed = false;
                return;
            }
            Watched::Listed(object) => {
                *listed = true;
                there(input, object)
            }
            Watched::Applied(object) => there(input, object),
            Watched::Deleted(_) => gone(),
            Watched::Ready if *listed => return,
            Watched::Ready => gone(),
            Watched::Bad { .. } => return,
            Watched::Failed(error) => Seen {
                error: Some(error),
                ..old.clone()
            },
        };
        let changed = old.known && old.version != next.version;
        sender.send_replace(next);
        if changed {
            let readers = self.with(|all| all.get(input).map(|one| one.readers.clone()));
            for key in readers.into_iter().flatten() {
                self.queue.push(key, Wake::Input);
            }
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<Input, Watching>) -> T) -> T {
        work(&mut self.all.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn there(input: &Input, object: Value) -> Seen {
    let text = |name: &str| {
        object["metadata"][name]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    Seen {
        known: true,
        version: Some(format!("{} {}", text("uid"), text("resourceVersion"))),
        body: (input.kind == InputKind::ConfigMap).then(|| Arc::new(object)),
        error: None,
    }
}

fn gone() -> Seen {
    Seen {
        known: true,
        ..Seen::default()
    }
}

/// Takes `key` from the readers of all but `wanted`; what nobody reads is watched no longer.
fn leave(all: &mut HashMap<Input, Watching>, key: &Key, wanted: &HashSet<&Input>) {
    all.retain(|input, watching| {
        if !wanted.contains(input) {
            watching.readers.remove(key);
        }
        let read = !watching.readers.is_empty() || wanted.contains(input);
        if !read {
            watching.task.abort();
        }
        read
    });
}
