//! What the watches tell, and whom it concerns: a change wakes a SealedSecret if another plan comes of
//! it, or if somebody else's hand was on one of its copies.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;

use futures::StreamExt;
use serde_json::Value;
use signet_cluster::{Kind, Watched};
use tokio::sync::watch::Sender;

use super::known::{plan, quiet};
use super::mark::Mark;
use super::namespaces::Namespace;
use super::plan::Plan;
use super::wish::Wish;
use crate::store::key_of;
use crate::wake::{Key, Wake};
use crate::world::World;

// === namespaces

/// Watches the metadata of all namespaces, for ever; `done` is told when they are known.
pub async fn watch_namespaces(world: Arc<World>, done: Sender<bool>) {
    let mut events = pin!(world.cluster.watch_metadata(&namespace_kind(), None, None));
    let mut listed = BTreeSet::new();
    while let Some(event) = events.next().await {
        match event {
            Watched::Restart => listed.clear(),
            Watched::Listed(object) => {
                listed.extend(name_of(&object));
                namespace(&world, &object, Namespace::of(&object));
            }
            Watched::Applied(object) => namespace(&world, &object, Namespace::of(&object)),
            Watched::Deleted(object) => namespace(&world, &object, None),
            Watched::Ready => {
                world.copies.namespaces_listed(&listed);
                listed = BTreeSet::new();
                done.send_replace(true);
                wake_restless(&world);
            }
            Watched::Bad { .. } => {}
            Watched::Failed(error) => {
                tracing::warn!("watch of Namespaces: {error}");
                done.send_replace(true);
            }
        }
    }
}

fn namespace_kind() -> Kind {
    Kind {
        namespaced: false,
        ..Kind::of("v1", "Namespace", "namespaces")
    }
}

fn name_of(object: &Value) -> Option<String> {
    object["metadata"]["name"].as_str().map(str::to_owned)
}

fn namespace(world: &World, object: &Value, now: Option<Namespace>) {
    let Some(name) = name_of(object).filter(|name| world.copies.is_news(name, now.as_ref())) else {
        return;
    };
    let sources = world.copies.sources();
    let before = plans(world, &sources);
    if now.is_none() {
        // What was left there is gone with it, and no drift if one of its name comes again.
        sources
            .iter()
            .for_each(|key| world.sightings.forget(&Key::new(&name, &key.name)));
    }
    world.copies.namespace(&name, now);
    wake_where_changed(world, before, Wake::Namespace);
}

/// Once the namespaces are listed anew, whatever was missed meanwhile is caught up on.
fn wake_restless(world: &World) {
    for key in world.copies.sources() {
        if world
            .sealed
            .get(&key)
            .is_some_and(|subject| !quiet(world, &subject))
        {
            world.queues.sealed.push(key, Wake::Namespace);
        }
    }
    if world.metrics.has_listed("SealedSecret") {
        wake_orphaned(world);
    }
}

// === SealedSecrets

/// A SealedSecret is there, as [`World::sealed`] has it.
pub fn declared(world: &World, key: &Key) {
    if !world.settings.unsealing.copies {
        return;
    }
    let asks = world
        .sealed
        .get(key)
        .is_some_and(|subject| subject.wish != Wish::Nothing);
    world.copies.source(key, asks);
    wake_namesakes(world, key);
}

/// A SealedSecret is gone.
pub fn undeclared(world: &World, key: &Key) {
    if world.settings.unsealing.copies {
        world.copies.source(key, false);
        wake_namesakes(world, key);
    }
}

/// Where a SealedSecret stands no copy belongs; where one is gone, perhaps one does.
fn wake_namesakes(world: &World, key: &Key) {
    for other in world.copies.sources_of(&key.name) {
        if other == *key {
            continue;
        }
        if let Some(subject) = world.sealed.get(&other)
            && let Some(plan) = plan(world, &subject)
            && concerned(&plan, &key.namespace)
            && !quiet(world, &subject)
        {
            world.queues.sealed.push(other, Wake::Namespace);
        }
    }
}

/// All SealedSecrets are known: copies of others have been left behind.
pub fn known_sealed(world: &World) {
    if world.settings.unsealing.copies {
        wake_orphaned(world);
    }
}

fn wake_orphaned(world: &World) {
    for (_, mark) in world.copies.marked() {
        if world.sealed.get(&mark.source).is_none() {
            world.queues.sealed.push(mark.source, Wake::Listed);
        }
    }
}

// === Secrets

/// A Secret was changed, or is gone.
pub fn secret(world: &World, secret: &Value, gone: bool) {
    if !world.settings.unsealing.copies {
        return;
    }
    let Some(key) = key_of(secret) else {
        return;
    };
    let sources = world.copies.sources_of(&key.name);
    let before = plans(world, &sources);
    let mark = Mark::of(secret).filter(|_| !gone);
    let marked = world.copies.secret(&key, mark);
    if !sources.is_empty() {
        world.sightings.seen(&key, secret);
    }
    wake_where_changed(world, before, Wake::Drift);
    sources
        .iter()
        .for_each(|source| touched(world, source, &key));
    wake_abandoned(world, &marked);
}

/// Somebody else's hand was on a copy, or on what stands where one should.
fn touched(world: &World, source: &Key, at: &Key) {
    if let Some(subject) = world.sealed.get(source)
        && let Some(plan) = plan(world, &subject)
        && concerned(&plan, &at.namespace)
        && !quiet(world, &subject)
    {
        world.queues.sealed.push(source.clone(), Wake::Drift);
    }
}

/// A copy of a SealedSecret that does not ask for any, or is not there, came to light.
fn wake_abandoned(world: &World, sources: &BTreeSet<Key>) {
    if !world.metrics.has_listed("SealedSecret") {
        return;
    }
    for source in sources {
        let busy = world
            .sealed
            .get(source)
            .is_some_and(|subject| subject.wish != Wish::Nothing);
        if !busy {
            world.queues.sealed.push(source.clone(), Wake::Drift);
        }
    }
}

/// A fresh list of all Secrets is complete: copies that are not on it were deleted while nobody
/// watched.
pub fn secrets_listed(world: &World, listed: &std::collections::HashSet<Key>) {
    if !world.settings.unsealing.copies {
        return;
    }
    for (at, mark) in world.copies.marked() {
        if !listed.contains(&at) {
            world.copies.secret(&at, None);
            world.sightings.vanished(&at);
            world.queues.sealed.push(mark.source, Wake::Drift);
        }
    }
    for source in world.copies.sources() {
        let Some(plan) = world
            .sealed
            .get(&source)
            .and_then(|subject| plan(world, &subject))
        else {
            continue;
        };
        let places = plan
            .write
            .iter()
            .map(|namespace| Key::new(namespace, &source.name));
        let lost = places.filter(|at| !listed.contains(at) && world.sightings.vanished(at));
        if lost.count() > 0 {
            world.queues.sealed.push(source, Wake::Drift);
        }
    }
}

// === plans, before and after

fn plans(world: &World, sources: &[Key]) -> Vec<(Key, Option<Plan>)> {
    let plan_of = |key: &Key| plan(world, &*world.sealed.get(key)?);
    sources
        .iter()
        .map(|key| (key.clone(), plan_of(key)))
        .collect()
}

fn wake_where_changed(world: &World, before: Vec<(Key, Option<Plan>)>, why: Wake) {
    for (key, was) in before {
        let now = world
            .sealed
            .get(&key)
            .and_then(|subject| plan(world, &subject));
        if now != was {
            world.queues.sealed.push(key, why);
        }
    }
}

fn concerned(plan: &Plan, namespace: &str) -> bool {
    plan.write.contains(namespace)
        || plan.remove.contains_key(namespace)
        || plan.withheld.contains_key(namespace)
}
