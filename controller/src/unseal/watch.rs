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
use signet_cluster::{ApiError, Watched};
use tokio::sync::watch::{self, Receiver, Sender};

use super::{copies, kind, secret_kind, touched};
use crate::args::KindArg;
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
            let mut namespaces = namespaces(&world);
            let first = async {
                listed.wait_for(|done| *done).await.is_ok()
                    && namespaces.wait_for(|done| *done).await.is_ok()
            };
            if tokio::time::timeout(FIRST_LIST, first).await.is_err() {
                tracing::warn!("Secrets could not be listed yet; going on without");
            }
            // A Kustomization waits until what it applied is healthy, whoever unseals.
            if world.works_on(&[KindArg::Sealedsecret, KindArg::Kustomization]) {
                sealed(world, scope).await;
            }
        });
    }
}

/// Watches namespaces where Secrets are copied to others; the answer tells when they are known.
fn namespaces(world: &Arc<World>) -> Receiver<bool> {
    let copies = world.settings.unsealing.copies;
    let (done, listed) = watch::channel(!copies);
    if copies {
        tokio::spawn(copies::watch_namespaces(world.clone(), done));
    }
    listed
}

/// Each object is decoded on its own, so that a bad one stops nobody (threat T36).
async fn sealed(world: Arc<World>, scope: Scope) {
    let selector = world.settings.unsealing.label_selector.as_deref();
    let mut events = pin!(world.cluster.watch(&kind(), scope.as_deref(), selector));
    let mut trouble = Trouble::of("SealedSecrets", &scope);
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
                trouble.over();
                ready(&world, &scope);
            }
            Watched::Bad { name, error, .. } => {
                tracing::warn!(?name, "a SealedSecret cannot be read: {error}");
            }
            Watched::Failed(error) => {
                // What is not there, or not yet ours, holds up no other namespace.
                if scope.is_some() && (error.is_forbidden() || error.is_not_found()) {
                    ready(&world, &scope);
                }
                trouble.say(&error);
            }
        }
    }
}

/// Takes a SealedSecret in and wakes whom it concerns: its reconciler, if it is declared anew, and
/// the Kustomizations that wait until it is healthy.
fn take(world: &World, object: Value, wake: Wake) -> Option<Key> {
    world.places.home().vitals.saw(&object);
    let (key, changed) = world.sealed.put(object)?;
    if changed {
        copies::declared(world, &key);
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
        copies::undeclared(world, &key);
        world.queues.sealed.push(key, Wake::Changed);
    }
}

/// The first list is complete: from here on, only Secrets of ours are remembered.
fn ready(world: &World, scope: &Scope) {
    let scopes = world.settings.unsealing.scopes().len();
    let part = scope.as_deref().unwrap_or_default();
    if world.metrics.listed_part("SealedSecret", part, scopes) {
        let copied = |key: &Key| world.copies.concerns(&key.name);
        world
            .sightings
            .keep(|key| world.sealed.get(key).is_some() || copied(key));
        copies::known_sealed(world);
    }
}

/// What is wrong with a watch, said once: a namespace that is listed and does not exist yet is asked
/// for every few seconds.
struct Trouble {
    what: &'static str,
    place: String,
    said: Option<String>,
}

impl Trouble {
    fn of(what: &'static str, scope: &Scope) -> Self {
        let place = scope.as_deref().map(|name| format!(" in namespace {name}"));
        Self {
            what,
            place: place.unwrap_or_default(),
            said: None,
        }
    }

    fn say(&mut self, error: &ApiError) {
        let Self { what, place, said } = self;
        let text = error.to_string();
        if said.as_ref() == Some(&text) {
            tracing::debug!("watch of {what}{place}: {text}");
            return;
        }
        tracing::warn!("watch of {what}{place}: {text}; trying again until it can be had");
        *said = Some(text);
    }

    fn over(&mut self) {
        if self.said.take().is_some() {
            let Self { what, place, .. } = self;
            tracing::info!("watch of {what}{place}: goes on");
        }
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
    let mut trouble = Trouble::of("Secrets", &scope);
    let mut listed = HashSet::new();
    while let Some(event) = events.next().await {
        match event {
            Watched::Restart => listed.clear(),
            Watched::Listed(object) => {
                listed.extend(key_of(&object));
                secret_touched(&world, &object, false);
            }
            Watched::Applied(object) => secret_touched(&world, &object, false),
            Watched::Deleted(object) => secret_touched(&world, &object, true),
            Watched::Ready => {
                let known = world.sealed.all();
                let lost = known
                    .iter()
                    .map(|subject| &subject.key)
                    .filter(|key| in_scope(key, &scope) && !listed.contains(*key));
                lost.filter(|key| world.sightings.vanished(key))
                    .for_each(|key| world.queues.sealed.push(key.clone(), Wake::Drift));
                copies::secrets_listed(&world, &listed);
                listed = HashSet::new();
                trouble.over();
                done.send_replace(true);
            }
            Watched::Bad { .. } => {}
            Watched::Failed(error) => {
                trouble.say(&error);
                done.send_replace(true);
            }
        }
    }
}

fn secret_touched(world: &World, secret: &Value, gone: bool) {
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
    copies::secret(world, secret, gone);
}
