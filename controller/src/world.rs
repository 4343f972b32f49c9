//! Everything a reconciler may use, built once by `main` and handed in.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use rand_chacha::ChaCha20Rng;
use rand_core::Rng;
use serde_json::Value;
use signet_api::{Kustomization, names};
use signet_cluster::{ApiError, Cluster, Event};
use signet_source::{Repository, Snapshot};
use tokio::sync::watch;

use crate::args::KindArg;
use crate::attempts::Attempts;
use crate::builds::Builds;
use crate::events::Events;
use crate::inputs::Inputs;
use crate::keys::KeyringHandle;
use crate::kustomization::{Compiled, Renderings, Unsaid, Waiting};
use crate::leader::FluxLeads;
use crate::metrics::Metrics;
use crate::places::{Place, Places};
use crate::queue::Queue;
use crate::receiver::Hooks;
use crate::serve::Limit;
use crate::settings::Settings;
use crate::source::{Former, Shelf};
use crate::store::Store;
use crate::unseal::{Changes, Copies, Declared, Sightings};
use crate::verifications::Verifications;
use crate::wake::Key;

/// The time, as `main` made it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// See the module's documentation.
pub struct World {
    /// The API server, with the controller's own rights.
    pub cluster: Cluster,
    /// The time.
    pub clock: Clock,
    /// Randomness for sealing.
    pub rng: SharedRng,
    /// What the operator wants.
    pub settings: Settings,
    /// Whether we are the replica that works.
    pub leading: watch::Receiver<bool>,
    /// Whether we are the one who works on Flux's kinds, and not a controller of Flux's.
    pub flux_leads: FluxLeads,
    /// Our name among the replicas.
    pub identity: String,
    /// The sealing keys.
    pub keyring: KeyringHandle,
    /// Turns of those who ask over HTTP.
    pub limit: Limit,
    /// Numbers for operators.
    pub metrics: Metrics,
    /// What was said lately, and what is still to be posted.
    pub events: Events,
    /// Secrets that changed in value.
    pub changes: Changes,
    /// The SealedSecrets.
    pub sealed: Declared,
    /// Namespaces and the copies of Secrets in them.
    pub copies: Copies,
    /// In which version unsealing left each Secret.
    pub sightings: Sightings,
    /// The clusters that are applied to: what we own there, and how it is doing.
    pub places: Places,
    /// When what is worked on, and what is waited for, began.
    pub attempts: Attempts,
    /// ConfigMaps and Secrets that Kustomizations read.
    pub inputs: Arc<Inputs>,
    /// What Kustomizations say in languages of their own.
    pub compiled: Compiled,
    /// Kustomizations that wait for others.
    pub waiting: Waiting,
    /// When everything that was applied is compared anew.
    pub verifications: Verifications,
    /// Declarations by kind.
    pub stores: Stores,
    /// What waits to be worked on.
    pub queues: Queues,
    /// The object stores, open.
    pub repositories: Mutex<HashMap<Key, Arc<Repository>>>,
    /// The last commit of each repository.
    pub snapshots: RwLock<HashMap<Key, Snapshot>>,
    /// Revisions that statuses do not say yet.
    pub unsaid: Unsaid,
    /// The commits before, for rollbacks.
    pub former: Former,
    /// The commits as archives, for whoever fetches them over HTTP.
    pub shelf: Shelf,
    /// The addresses that Git servers call.
    pub hooks: Hooks,
    /// What each Kustomization last rendered.
    pub rendered: Renderings,
    /// Builds by kustomize.
    pub builds: Builds,
    /// Failures in a row, by queue and key, for the backoff.
    pub failures: Mutex<HashMap<(&'static str, Key), u32>>,
}

/// The declarations that are watched.
#[derive(Default)]
pub struct Stores {
    /// GitRepositories.
    pub repositories: Store,
    /// Kustomizations.
    pub kustomizations: Store,
    /// Receivers.
    pub receivers: Store,
}

/// One queue for each kind.
#[derive(Clone)]
pub struct Queues {
    /// GitRepositories.
    pub repositories: Arc<Queue<Key>>,
    /// Kustomizations.
    pub kustomizations: Arc<Queue<Key>>,
    /// Receivers.
    pub receivers: Arc<Queue<Key>>,
    /// SealedSecrets.
    pub sealed: Arc<Queue<Key>>,
    /// Namespaces in which a Secret changed in value.
    pub rolls: Arc<Queue<Key>>,
}

impl World {
    /// Now.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Whether SealedSecrets are ours to open, and not left to another controller.
    pub fn unseals(&self) -> bool {
        self.works_on(&[KindArg::Sealedsecret])
    }

    /// Whether one of these kinds is ours to work on.
    pub fn works_on(&self, any: &[KindArg]) -> bool {
        any.iter().any(|kind| self.settings.kinds.contains(kind))
    }

    /// The last commit of a repository.
    pub fn snapshot(&self, key: &Key) -> Option<Snapshot> {
        self.snapshots
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(key)
            .cloned()
    }

    /// How long to wait after one more failure of `key`: doubling from failure to failure, at most
    /// `cap`.
    pub fn backoff(&self, queue: &'static str, key: &Key, cap: Duration) -> Duration {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let count = failures.entry((queue, key.clone())).or_default();
        let wait = self
            .settings
            .flux
            .first_retry
            .saturating_mul(1 << (*count).min(16));
        *count += 1;
        wait.min(cap).min(self.settings.flux.last_retry)
    }

    /// The interval a little longer or shorter, so that what began together does not stay so.
    pub fn spread(&self, interval: Duration) -> Duration {
        let jitter = self.settings.flux.jitter;
        let roll = f64::from(self.rng.with(Rng::next_u32)) / f64::from(u32::MAX);
        interval.mul_f64(1.0 - jitter + 2.0 * jitter * roll)
    }

    /// Whether the last attempt failed, so that another is due.
    pub fn is_failing(&self, queue: &'static str, key: &Key) -> bool {
        self.failures
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(&(queue, key.clone()))
    }

    /// Notes one more failure of `key`; returns how many came before it in a row.
    pub fn failed(&self, queue: &'static str, key: &Key) -> u32 {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let count = failures.entry((queue, key.clone())).or_default();
        *count += 1;
        *count - 1
    }

    /// Notes a success.
    pub fn succeeded(&self, queue: &'static str, key: &Key) {
        self.failures
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&(queue, key.clone()));
    }

    /// The cluster with the rights that a Kustomization applies with: its ServiceAccount, never
    /// our own (threat T27). In another cluster, those of the kubeconfig or of the ServiceAccount
    /// that the Kustomization names there.
    ///
    /// # Errors
    /// The name can be no ServiceAccount's.
    pub fn applier(
        &self,
        place: &Place,
        kustomization: &Kustomization,
    ) -> Result<Cluster, ApiError> {
        let namespace = kustomization
            .metadata
            .namespace
            .as_deref()
            .unwrap_or_default();
        let own = namespace == self.settings.namespace;
        let default = if own {
            &self.settings.own_service_account
        } else {
            &self.settings.default_service_account
        };
        let named = kustomization
            .spec
            .service_account_name
            .as_deref()
            .filter(|name| !name.is_empty());
        if !place.home && named.is_none() {
            return Ok(place.cluster.clone());
        }
        place
            .cluster
            .as_service_account(namespace, named.unwrap_or(default))
    }

    /// Records an event about `object`; a failure to do so is only logged.
    pub async fn event(
        &self,
        object: &Value,
        component: &str,
        warning: bool,
        reason: &str,
        message: &str,
    ) {
        self.record(Event {
            regarding: object.clone(),
            warning,
            reason: reason.to_owned(),
            message: message.to_owned(),
            component: component.to_owned(),
            annotations: std::collections::BTreeMap::new(),
            now: self.now(),
        })
        .await;
    }

    /// Records an event, and has it posted where the operator wants that; a failure to do so is only
    /// logged.
    pub async fn record(&self, event: Event) {
        self.events.post(self, &event);
        self.events.keep(self, event).await;
    }

    /// Records an event that nobody outside needs to hear of.
    pub async fn trace(&self, event: Event) {
        self.events.keep(self, event).await;
    }
}

/// Name under which events of Kustomizations are recorded, as Flux does.
pub const SYNC_COMPONENT: &str = names::FIELD_MANAGER;

/// A generator that several tasks share.
pub struct SharedRng(Mutex<ChaCha20Rng>);

impl SharedRng {
    /// Shares a seeded generator.
    pub fn new(rng: ChaCha20Rng) -> Self {
        Self(Mutex::new(rng))
    }

    /// Uses it.
    pub fn with<T>(&self, work: impl FnOnce(&mut ChaCha20Rng) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
