//! Receiver: an address at which a Git server tells of a push, kept open as declared. Every replica
//! has it open; the leader says so.

mod check;
mod hooks;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use signet_api::condition::{self, Truth};
use signet_api::receiver::{Receiver, ReceiverSpec, ReceiverStatus, ResourceReference};
use signet_api::{duration, names};
use signet_cluster::Kind;

use crate::finalizer::{self, Subject};
use crate::queue::Again;
use crate::unsupported;
use crate::wake::{Key, Wake};
use crate::world::World;
use check::{Sender, Token};
use hooks::{Hook, Target, TargetKind};
pub use hooks::{Hooks, router};

/// Name under which status and annotations are written, as Flux does.
pub const COMPONENT: &str = "notification-controller";

/// How often the Secret is read again if nothing is said.
const INTERVAL: Duration = Duration::from_secs(600);
/// How soon what failed is tried again.
const RETRY: Duration = Duration::from_secs(60);

/// The kind, as the API server names it.
pub fn kind() -> Kind {
    Kind {
        group: "notification.toolkit.fluxcd.io".to_owned(),
        version: "v1".to_owned(),
        kind: "Receiver".to_owned(),
        plural: "receivers".to_owned(),
        namespaced: true,
    }
}

/// Why an address is closed.
struct Closed {
    reason: &'static str,
    message: String,
    /// Whether only a changed declaration helps.
    stalled: bool,
}

/// Opens or closes the address of one Receiver and says so. Returns when to look again.
pub async fn reconcile(world: &Arc<World>, key: &Key, _wake: Wake) -> Option<Again> {
    let Some(object) = world.stores.receivers.get(key) else {
        world.hooks.close(key);
        return None;
    };
    let Ok(receiver) = serde_json::from_value::<Receiver>((*object).clone()) else {
        tracing::warn!(receiver = %key, "cannot be read");
        world.hooks.close(key);
        return None;
    };
    if receiver.metadata.deletion_timestamp.is_some() {
        world.hooks.close(key);
        if !*world.leading.borrow() {
            return None;
        }
        let metadata = &receiver.metadata;
        return finalizer::release(
            world,
            &Subject {
                kind: kind(),
                key,
                metadata,
                manager: COMPONENT,
            },
        )
        .await;
    }
    if receiver.spec.suspend {
        world.hooks.close(key);
        return None;
    }
    let opened = open(world, key, &receiver.spec).await;
    if opened.is_err() {
        world.hooks.close(key);
    }
    let written = !*world.leading.borrow() || write(world, key, &receiver, &opened).await;
    again(&receiver.spec, &opened, written)
}

fn again(spec: &ReceiverSpec, opened: &Result<String, Closed>, written: bool) -> Option<Again> {
    let given = spec.interval.as_deref().and_then(duration::parse);
    let (after, wake) = match opened {
        Ok(_) if written => (given.unwrap_or(INTERVAL), Wake::Interval),
        Err(Closed { stalled: true, .. }) if written => return None,
        _ => (RETRY, Wake::Retry),
    };
    Some(Again { after, wake })
}

/// Opens the address and returns its path.
async fn open(world: &World, key: &Key, spec: &ReceiverSpec) -> Result<String, Closed> {
    let sender = supported(key, spec)?;
    let token = token(world, key, spec).await?;
    let path = token.path(&key.name, &key.namespace);
    let targets = spec.resources.iter().filter_map(target).collect();
    let hook = Hook::new(
        key.clone(),
        sender,
        token,
        spec.events.clone(),
        targets,
        world.now(),
    );
    world.hooks.open(&path, hook);
    Ok(path)
}

/// What is not built is refused by name.
fn supported(key: &Key, spec: &ReceiverSpec) -> Result<Sender, Closed> {
    let mut fields = unsupported::fields(&spec.other, |_, _| false);
    let sender = Sender::parse(&spec.kind);
    if sender.is_none() {
        fields.push(format!("spec.type: {}", spec.kind));
    }
    for (number, resource) in spec.resources.iter().enumerate() {
        let elsewhere = resource
            .namespace
            .as_ref()
            .is_some_and(|name| *name != key.namespace);
        if elsewhere {
            fields.push(format!(
                "spec.resources[{number}].namespace: another than its own"
            ));
        }
        if target(resource).is_none() {
            fields.push(format!("spec.resources[{number}].kind: {}", resource.kind));
        }
    }
    let closed = |message| Closed {
        reason: unsupported::REASON,
        message,
        stalled: true,
    };
    match (unsupported::message(&fields), sender) {
        (None, Some(sender)) => Ok(sender),
        (message, _) => Err(closed(message.unwrap_or_default())),
    }
}

fn target(resource: &ResourceReference) -> Option<Target> {
    let kind = match resource.kind.as_str() {
        "GitRepository" => TargetKind::Repository,
        "Kustomization" => TargetKind::Kustomization,
        _ => return None,
    };
    let name = (resource.name != "*").then(|| resource.name.clone());
    Some(Target {
        kind,
        name,
        labels: resource.match_labels.clone(),
    })
}

/// An address without a token would be one that everybody can compute.
async fn token(world: &World, key: &Key, spec: &ReceiverSpec) -> Result<Token, Closed> {
    let closed = |message: String| Closed {
        reason: "TokenNotFound",
        message,
        stalled: false,
    };
    let Some(secret) = &spec.secret_ref else {
        return Err(closed(
            "spec.secretRef is missing: name a Secret with the key \"token\"".to_owned(),
        ));
    };
    let (namespace, name) = (&key.namespace, &secret.name);
    let found = world.cluster.get_secret(namespace, name).await;
    let found = found.map_err(|error| closed(format!("Secret {namespace}/{name}: {error}")))?;
    let object = found.ok_or_else(|| {
        closed(format!(
            "Secret {namespace}/{name} does not exist; spec.secretRef.name names it"
        ))
    })?;
    match object.value("token") {
        Some(token) if !token.is_empty() => Ok(Token::new(token)),
        _ => Err(closed(format!(
            "Secret {namespace}/{name} has no key \"token\": add one with a long random value"
        ))),
    }
}

/// Returns whether the API server took the status.
async fn write(
    world: &World,
    key: &Key,
    receiver: &Receiver,
    opened: &Result<String, Closed>,
) -> bool {
    let old = receiver.status.clone().unwrap_or_default();
    let next = next(world, receiver, opened);
    if next == old {
        return true;
    }
    let mut patch = json!({ "status": next });
    if let (None, Some(status)) = (&next.webhook_path, patch.pointer_mut("/status")) {
        status["webhookPath"] = Value::Null;
    }
    let namespace = Some(key.namespace.as_str());
    let answer = world
        .cluster
        .merge_patch(&kind(), namespace, &key.name, &patch, true, COMPONENT)
        .await;
    let taken = answer.map(|body| {
        let queue = &world.queues.receivers;
        world.stores.receivers.answered(queue, body);
    });
    if let Err(error) = &taken {
        tracing::warn!(receiver = %key, "status not written: {error}");
    }
    taken.is_ok()
}

fn next(world: &World, receiver: &Receiver, opened: &Result<String, Closed>) -> ReceiverStatus {
    let generation = receiver.metadata.generation.unwrap_or_default();
    let mut status = receiver.status.clone().unwrap_or_default();
    let all = &mut status.conditions;
    let mut set = |kind: &str, truth, reason: &str, message: &str| {
        condition::set(all, kind, truth, reason, message, generation, world.now());
    };
    match opened {
        Ok(path) => {
            let message = format!("Receiver initialized for path: {path}");
            set("Ready", Truth::True, "Succeeded", &message);
            condition::remove(&mut status.conditions, "Stalled");
        }
        Err(Closed {
            reason,
            message,
            stalled,
        }) => {
            set("Ready", Truth::False, reason, message);
            if *stalled {
                set("Stalled", Truth::True, reason, message);
            } else {
                condition::remove(&mut status.conditions, "Stalled");
            }
        }
    }
    status.webhook_path = opened.as_ref().ok().cloned();
    if opened.as_ref().is_ok() || opened.as_ref().is_err_and(|closed| closed.stalled) {
        status.observed_generation = Some(generation);
    }
    let annotations = receiver.metadata.annotations.as_ref();
    if let Some(token) = annotations.and_then(|all| all.get(names::REQUESTED_AT)) {
        status.last_handled_reconcile_at = Some(token.clone());
    }
    status
}

/// Says of every Receiver how it is, now that we lead.
pub fn take_over(world: &World) {
    for key in world.stores.receivers.keys() {
        world.queues.receivers.push(key, Wake::Listed);
    }
}

/// Wakes the Receivers whose token stands in `secret`, of which metadata is enough.
pub fn token_touched(world: &World, secret: &Value) {
    let Some(secret) = crate::store::key_of(secret) else {
        return;
    };
    for (key, object) in world.stores.receivers.all() {
        let named = object
            .pointer("/spec/secretRef/name")
            .and_then(Value::as_str);
        if key.namespace == secret.namespace && named == Some(&secret.name) {
            world.queues.receivers.push(key, Wake::Credentials);
        }
    }
}
