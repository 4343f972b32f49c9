//! The clusters that Kustomizations apply to: ours, and those that a kubeconfig in a Secret names.
//!
//! What is known of one cluster (what we own in it, how that is doing) has nothing to do with
//! another, so each has its own. Kustomizations with the same kubeconfig share one.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};
use signet_api::Kustomization;
use signet_api::applying::KeyReference;
use signet_cluster::{ApiError, Cluster};

use crate::owned::Owned;
use crate::vitals::Vitals;
use crate::wake::Key;
use crate::world::World;

/// The keys of a Secret that are looked at where none is named, as in Flux.
const DEFAULT_KEYS: [&str; 2] = ["value", "value.yaml"];

/// A cluster that is applied to.
pub struct Place {
    /// The connection, with the rights that we have there ourselves.
    pub cluster: Cluster,
    /// What we own there.
    pub owned: Arc<Owned>,
    /// How that is doing.
    pub vitals: Arc<Vitals>,
    /// Whether it is the cluster that we run in.
    pub home: bool,
}

/// Why a cluster cannot be applied to.
pub enum Unreachable {
    /// The API server says so; asking again may help.
    Asked(ApiError),
    /// The declaration, or the Secret that it names, has to change.
    Unusable(String),
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked(error) => write!(f, "reading the kubeconfig: {error}"),
            Self::Unusable(what) => f.write_str(what),
        }
    }
}

/// All of them.
pub struct Places {
    home: Arc<Place>,
    others: Mutex<Others>,
}

#[derive(Default)]
struct Others {
    places: HashMap<[u8; 32], Arc<Place>>,
    of: HashMap<Key, [u8; 32]>,
}

impl Places {
    /// Ours, and no other yet.
    pub fn new(home: Place) -> Self {
        Self {
            home: Arc::new(home),
            others: Mutex::default(),
        }
    }

    /// The cluster that we run in.
    pub fn home(&self) -> &Arc<Place> {
        &self.home
    }

    /// Where `key` was last applied to.
    pub fn known(&self, key: &Key) -> Arc<Place> {
        self.with(|others| others.places.get(others.of.get(key)?).cloned())
            .unwrap_or_else(|| self.home.clone())
    }

    /// Forgets where `key` was applied to, and that cluster if nobody else applies to it.
    pub fn forget(&self, key: &Key) {
        self.with(|others| {
            others.of.remove(key);
            others.sweep();
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut Others) -> T) -> T {
        work(&mut self.others.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Others {
    fn sweep(&mut self) {
        let used: Vec<[u8; 32]> = self.of.values().copied().collect();
        self.places.retain(|digest, _| used.contains(digest));
    }
}

/// The cluster that a Kustomization applies to.
///
/// # Errors
/// The Secret with the kubeconfig is not there, or its content cannot be used.
pub async fn of(
    world: &World,
    key: &Key,
    kustomization: &Kustomization,
) -> Result<Arc<Place>, Unreachable> {
    let Some(reference) = &kustomization.spec.kube_config else {
        world.places.forget(key);
        return Ok(world.places.home().clone());
    };
    let Some(secret) = &reference.secret_ref else {
        let what = "spec.kubeConfig: secretRef is missing; logging in at a cloud is not supported";
        return Err(Unreachable::Unusable(what.to_owned()));
    };
    let text = kubeconfig(world, key, secret).await?;
    let digest: [u8; 32] = Sha256::digest(&text).into();
    if let Some(known) = world.places.with(|others| {
        let known = others.places.get(&digest).cloned()?;
        others.of.insert(key.clone(), digest);
        Some(known)
    }) {
        return Ok(known);
    }
    let cluster = Cluster::of_kubeconfig(&text).await.map_err(|error| {
        let (namespace, name) = (&key.namespace, &secret.name);
        Unreachable::Unusable(format!("Secret/{namespace}/{name}: {error}"))
    })?;
    let place = Arc::new(elsewhere(world, cluster));
    world.places.with(|others| {
        others.of.insert(key.clone(), digest);
        others.places.insert(digest, place.clone());
        others.sweep();
    });
    Ok(place)
}

fn elsewhere(world: &World, cluster: Cluster) -> Place {
    let cluster = cluster
        .paced(world.settings.pace)
        .overriding(world.settings.sync.overridden.clone());
    let queue = world.queues.kustomizations.clone();
    Place {
        owned: Arc::new(Owned::new(queue.clone(), cluster.overridden())),
        vitals: Arc::new(Vitals::new(queue, world.clock.clone(), Vec::new())),
        cluster,
        home: false,
    }
}

async fn kubeconfig(
    world: &World,
    key: &Key,
    reference: &KeyReference,
) -> Result<zeroize::Zeroizing<Vec<u8>>, Unreachable> {
    let (namespace, name) = (&key.namespace, &reference.name);
    let secret = world.cluster.get_secret(namespace, name).await;
    let secret = secret.map_err(Unreachable::Asked)?.ok_or_else(|| {
        Unreachable::Unusable(format!(
            "Secret/{namespace}/{name} not found; spec.kubeConfig.secretRef names it"
        ))
    })?;
    let keys: Vec<&str> = match reference.key.as_deref().filter(|key| !key.is_empty()) {
        Some(key) => vec![key],
        None => DEFAULT_KEYS.to_vec(),
    };
    keys.iter()
        .find_map(|key| secret.value(key))
        .ok_or_else(|| {
            let keys = keys.join(" nor ");
            Unreachable::Unusable(format!(
                "Secret/{namespace}/{name} has no key {keys} with a kubeconfig"
            ))
        })
}
