//! What has to be ready first: `spec.dependsOn`. Whoever waits is woken by its dependency, not by a
//! clock.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};
use signet_api::health_check::Dependency;
use signet_api::kustomization::KustomizationStatus;
use signet_api::{Kustomization, condition};
use signet_engine::health::expressions::ReadyExpr;

use super::failure::Failure;
use super::source_of;
use crate::wake::{Key, Wake};
use crate::world::World;

/// The reason, as Flux says it.
pub const REASON: &str = "DependencyNotReady";

/// Who waits for whom.
#[derive(Default)]
pub struct Waiting(Mutex<HashMap<Key, HashSet<Key>>>);

impl Waiting {
    fn wait(&self, dependency: &Key, dependent: &Key) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = all.entry(dependency.clone()).or_default();
        waiting.insert(dependent.clone());
    }

    /// Who waits for `dependency`; they wait no more.
    fn take(&self, dependency: &Key) -> HashSet<Key> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(dependency).unwrap_or_default()
    }
}

/// Passes if everything that the Kustomization depends on is ready, and at `revision` where it reads
/// the same source.
///
/// # Errors
/// The first dependency that is not, or a circle of them.
pub fn ready(
    world: &World,
    key: &Key,
    kustomization: &Kustomization,
    revision: &str,
    terms: &[Option<ReadyExpr>],
) -> Result<(), Failure> {
    let own = json!(kustomization);
    for (index, dependency) in kustomization.spec.depends_on.iter().enumerate() {
        let other = place_of(key, dependency);
        // Before the look, so that no change in between is missed.
        world.waiting.wait(&other, key);
        if let Some(circle) = circle(world, key, &other) {
            let message = format!("the dependencies form a circle: {circle}; take one of them out");
            return Err(Failure::terminal(REASON, message));
        }
        let found = world.stores.kustomizations.get(&other);
        let found = found.ok_or_else(|| format!("dependency '{other}' not found"));
        let term = terms.get(index).and_then(Option::as_ref);
        let ready = found.and_then(|found| match term {
            Some(term) => says_ready(term, &own, &other, &found),
            None => is_ready(world, (key, &own), (&other, &found), revision),
        });
        ready.map_err(Failure::dependency)?;
    }
    Ok(())
}

/// Wakes whoever waits for `key`, whose status has changed.
pub fn wake(world: &World, key: &Key) {
    for dependent in world.waiting.take(key) {
        world
            .queues
            .kustomizations
            .push(dependent, Wake::Dependency);
    }
}

fn place_of(key: &Key, dependency: &Dependency) -> Key {
    let namespace = dependency
        .namespace
        .as_deref()
        .filter(|name| !name.is_empty());
    Key::new(namespace.unwrap_or(&key.namespace), &dependency.name)
}

/// What `readyExpr` says of it, which takes the place of the usual checks.
fn says_ready(term: &ReadyExpr, own: &Value, other: &Key, found: &Value) -> Result<(), String> {
    match term.holds(own, found) {
        Ok(true) => Ok(()),
        Ok(false) => Err(format!(
            "dependency '{other}' is not ready according to readyExpr eval"
        )),
        Err(cause) => Err(format!("dependency '{other}': {cause}")),
    }
}

fn is_ready(
    world: &World,
    (key, own): (&Key, &Value),
    (other, found): (&Key, &Value),
    revision: &str,
) -> Result<(), String> {
    let status: KustomizationStatus = found
        .get("status")
        .and_then(|status| serde_json::from_value(status.clone()).ok())
        .unwrap_or_default();
    let generation = found
        .pointer("/metadata/generation")
        .and_then(Value::as_i64);
    let observed = status.observed_generation == generation;
    if !observed || !condition::is_true(&status.conditions, "Ready") {
        return Err(format!("dependency '{other}' is not ready"));
    }
    let same_source = source_of(other, found) == source_of(key, own);
    let unsaid = world.unsaid.revision(other);
    let applied = unsaid.or(status.last_applied_revision);
    if same_source && applied.as_deref() != Some(revision) {
        return Err(format!("dependency '{other}' revision is not up to date"));
    }
    Ok(())
}

/// The way from `other` back to `key`, if there is one.
fn circle(world: &World, key: &Key, other: &Key) -> Option<String> {
    let mut seen = HashSet::new();
    let mut ways = vec![vec![key.clone(), other.clone()]];
    while let Some(way) = ways.pop() {
        let last = way.last()?.clone();
        if last == *key {
            let names: Vec<String> = way.iter().map(ToString::to_string).collect();
            return Some(names.join(" → "));
        }
        if !seen.insert(last.clone()) {
            continue;
        }
        for next in dependencies(world, &last) {
            ways.push(way.iter().cloned().chain([next]).collect());
        }
    }
    None
}

fn dependencies(world: &World, key: &Key) -> Vec<Key> {
    let object = world.stores.kustomizations.get(key);
    let all = object
        .as_deref()
        .and_then(|object| object.pointer("/spec/dependsOn"));
    let each = all.and_then(Value::as_array).into_iter().flatten();
    each.filter_map(|one| serde_json::from_value(one.clone()).ok())
        .map(|dependency| place_of(key, &dependency))
        .collect()
}
