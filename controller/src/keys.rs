//! The sealing keys: loaded, watched, made, renewed, published.
//!
//! Whatever happens (a key Secret appears, changes, is withdrawn; somebody asks for a new key; a
//! renewal is due; a request failed), the same path is walked again: load, see whether a key is
//! due, make it, publish the newest certificate.

mod expiry;
mod lanes;
mod load;
mod mint;
mod publish;
mod ring;
mod schedule;

use std::collections::HashSet;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use serde_json::{Value, json};
use signet_api::names::{CERTIFICATE_CONFIG_MAP, KEY_ACTIVE, KEY_LABEL};
use signet_cluster::{ApiError, Kind, Watched};
use signet_seal::Keyring;

use crate::unseal;
use crate::wake::Wake;
use crate::world::World;
pub use lanes::Urgency;
use load::{BadKey, Loaded};
use publish::{Face, Published};
pub use ring::KeyringHandle;
use schedule::{Known, Why};

/// Under this name events are recorded and fields written.
const COMPONENT: &str = "signet-controller";

/// First and longest wait after a request about keys failed.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// Longest sleep between two looks at the clock: a suspended machine still renews.
const NAP: Duration = Duration::from_secs(3600);

/// Loads the keys, makes the first one if there is none, and goes on keeping them in the background;
/// tries until the API server answers.
///
/// When it returns, [`World::keyring`] holds what can be used, and the certificate is published.
pub async fn spawn(world: &Arc<World>) {
    let mut keeper = Keeper {
        world: world.clone(),
        complained: HashSet::new(),
        failures: 0,
        newest: None,
        signalled: false,
        told: expiry::Told::default(),
    };
    while keeper.look().await {
        tokio::time::sleep(keeper.wait()).await;
    }
    tokio::spawn(keeper.run());
    tokio::spawn(wake_sealed(world.clone()));
}

/// Another key may open what could not be opened before, and what was opened with a key that is
/// withdrawn has to say so; everything else stays as it is.
async fn wake_sealed(world: Arc<World>) {
    let mut changes = world.keyring.changes();
    while changes.changed().await.is_ok() {
        let ring = world.keyring.current();
        for subject in world.sealed.all() {
            if unseal::concerns(&subject, &ring) {
                world.queues.sealed.push(subject.key.clone(), Wake::Keys);
            }
        }
    }
}

/// Keeps the keys: remembers what was said already, and how often requests have failed.
struct Keeper {
    world: Arc<World>,
    complained: HashSet<(String, String)>,
    failures: u32,
    newest: Option<jiff::Timestamp>,
    /// SIGUSR1 asked for a key that is not made yet.
    signalled: bool,
    told: expiry::Told,
}

impl Keeper {
    /// Follows the key Secrets and the ConfigMap, for ever.
    async fn run(mut self) {
        let (cluster, namespace) = (
            self.world.cluster.clone(),
            self.world.settings.namespace.clone(),
        );
        let active = format!("{KEY_LABEL}={KEY_ACTIVE}");
        let mut secrets =
            pin!(cluster.watch_metadata(&Kind::secret(), Some(&namespace), Some(&active)));
        let mut maps =
            pin!(cluster.watch_metadata(&publish::config_maps(), Some(&namespace), None));
        let mut leading = self.world.leading.clone();
        let mut asked = Signal::new();
        let mut failed = false;
        loop {
            let wait = if failed {
                self.wait()
            } else {
                self.until_renewal()
            };
            let look = tokio::select! {
                Some(event) = secrets.next() => concerns_keys(&event),
                Some(event) = maps.next() => concerns_certificate(&event),
                () = asked.next() => {
                    self.signalled = true;
                    true
                }
                Ok(()) = leading.changed() => true,
                () = tokio::time::sleep(wait) => true,
            };
            if look {
                failed = self.look().await;
            }
        }
    }

    /// Walks the path once. Returns whether it has to be walked again because something failed.
    async fn look(&mut self) -> bool {
        match self.walk().await {
            Ok(()) => {
                self.failures = 0;
                false
            }
            Err(error) => {
                self.failures += 1;
                tracing::warn!("sealing keys: {error}; trying again in {:?}", self.wait());
                true
            }
        }
    }

    async fn walk(&mut self) -> Result<(), KeysError> {
        let mut loaded = self.load().await?;
        if !self.leads() {
            return Ok(());
        }
        let seen = publish::read(&self.world.cluster, self.namespace()).await?;
        let mut handled = answered(&seen, &loaded);
        if let Some(why) = self.due(&loaded, &seen) {
            mint::make(&self.world, &why, loaded.newest()).await?;
            self.signalled = false;
            loaded = self.load().await?;
            handled = answered(&seen, &loaded);
        }
        self.newest = loaded.newest();
        let current = self.world.keyring.current();
        let Some(face) = Face::of(&current) else {
            return Ok(());
        };
        let (cluster, handled) = (&self.world.cluster, handled.as_deref());
        publish::write(cluster, self.namespace(), &seen, &face, handled).await?;
        self.tell_of_expiry(&current, seen.uid.as_deref()).await;
        Ok(())
    }

    /// Warns in the log and by an event on the ConfigMap, where those look who seal.
    async fn tell_of_expiry(&mut self, ring: &Keyring, uid: Option<&str>) {
        let now = self.world.now();
        let due = ring.newest().and_then(|newest| self.told.due(newest, now));
        let Some(message) = due else { return };
        tracing::warn!("{message}");
        let regarding = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"namespace": self.namespace(), "name": CERTIFICATE_CONFIG_MAP, "uid": uid},
        });
        self.world
            .event(&regarding, COMPONENT, true, "SealingKeyExpires", &message)
            .await;
    }

    /// Lists, reads, puts into use; complains once about each Secret that is no key.
    async fn load(&mut self) -> Result<Loaded, ApiError> {
        let accept_published = self.world.settings.danger_accept_published_key;
        let mut loaded = load::load(
            &self.world.cluster,
            self.namespace(),
            &self.world.settings.keys,
            accept_published,
        )
        .await?;
        for bad in std::mem::take(&mut loaded.bad) {
            self.complain(&bad).await;
        }
        self.world.metrics.keys(
            loaded.ring.len(),
            loaded
                .ring
                .newest()
                .map(signet_seal::Certificate::not_after),
        );
        self.world.keyring.replace(std::mem::take(&mut loaded.ring));
        Ok(loaded)
    }

    async fn complain(&mut self, bad: &BadKey) {
        if !self
            .complained
            .insert((bad.name.clone(), bad.resource_version.clone()))
        {
            return;
        }
        let message = format!("not used as a sealing key: {}", bad.cause);
        tracing::warn!(secret = bad.name, "{message}");
        if !self.leads() {
            return;
        }
        let regarding = json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {
                "namespace": self.namespace(), "name": bad.name, "uid": bad.uid,
                "resourceVersion": bad.resource_version,
            },
        });
        self.world
            .event(&regarding, COMPONENT, true, "BadSealingKey", &message)
            .await;
    }

    fn due(&self, loaded: &Loaded, seen: &Published) -> Option<Why> {
        let known = Known {
            listed: loaded.listed,
            newest: loaded.newest(),
            answered: loaded.answered.clone(),
            requested: seen.requested.clone(),
            handled: seen.handled.clone(),
            cutoff: self.world.settings.keys.cutoff,
            signalled: self.signalled,
        };
        schedule::due(
            self.world.now(),
            &known,
            self.world.settings.keys.renew_period,
        )
    }

    fn until_renewal(&self) -> Duration {
        let period = self.world.settings.keys.renew_period;
        let next = self
            .newest
            .and_then(|newest| schedule::next_renewal(self.world.now(), newest, period));
        // A second at least: a renewal that is due and was made is not looked for in a circle.
        next.unwrap_or(NAP).clamp(Duration::from_secs(1), NAP)
    }

    fn wait(&self) -> Duration {
        (RETRY.0 * (1 << self.failures.min(6))).min(RETRY.1)
    }

    /// Only one of several replicas makes and publishes keys, all of them use them; and where
    /// another controller unseals, sealing for a key of ours would be lost.
    fn leads(&self) -> bool {
        *self.world.leading.borrow() && self.world.unseals()
    }

    fn namespace(&self) -> &str {
        &self.world.settings.namespace
    }
}

/// SIGUSR1, by which the peer's operators ask for a new key.
struct Signal(Option<tokio::signal::unix::Signal>);

impl Signal {
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self(signal(SignalKind::user_defined1()).ok())
    }

    async fn next(&mut self) {
        match &mut self.0 {
            Some(signal) => drop(signal.recv().await),
            None => std::future::pending().await,
        }
    }
}

/// Why the keys are not in order; it is tried again.
#[derive(Debug, thiserror::Error)]
enum KeysError {
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error("no new key could be made: {0}")]
    Mint(#[from] signet_seal::GenerateError),
    #[error("no new key could be made: its task ended early")]
    Task(#[from] tokio::task::JoinError),
}

/// The token to note as answered: the one asked for if a key bears it, else what stands there.
fn answered(seen: &Published, loaded: &Loaded) -> Option<String> {
    let borne = seen
        .requested
        .as_ref()
        .filter(|token| loaded.answered.contains(token));
    borne.or(seen.handled.as_ref()).cloned()
}

fn concerns_keys(event: &Watched<Value>) -> bool {
    match event {
        Watched::Ready | Watched::Applied(_) | Watched::Deleted(_) => true,
        Watched::Restart | Watched::Listed(_) | Watched::Bad { .. } => false,
        Watched::Failed(error) => {
            tracing::debug!("watch of the key Secrets: {error}");
            false
        }
    }
}

fn concerns_certificate(event: &Watched<Value>) -> bool {
    match event {
        Watched::Listed(object) | Watched::Applied(object) | Watched::Deleted(object) => {
            object["metadata"]["name"] == CERTIFICATE_CONFIG_MAP
        }
        Watched::Restart | Watched::Ready | Watched::Bad { .. } | Watched::Failed(_) => false,
    }
}
