//! The addresses that can be called, and what happens when one is.
//!
//! An unknown address costs a look into a table and nothing else: its body is not read, and the
//! API server is not asked. A known one may send a bounded body within a bounded time, and not too
//! often (threat T11).

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::routing::post;
use jiff::Timestamp;
use serde_json::{Value, json};
use signet_api::names;
use signet_cluster::Kind;

use super::check::{Sender, Token};
use crate::wake::Key;
use crate::world::World;
use crate::{kustomization, source};

/// Largest body. GitHub's may be larger, but what tells of a push to a branch is far below.
const BODY_LIMIT: usize = 1 << 20;

/// A caller has this long to send it.
const BODY_TIME: Duration = Duration::from_secs(5);

/// Calls that one address takes at once, and how many milliseconds give one back.
const BURST: u32 = 30;
const REFILL: i64 = 200;

/// What can be called.
#[derive(Default)]
pub struct Hooks(RwLock<Table>);

#[derive(Default)]
struct Table {
    by_path: HashMap<String, Hook>,
    path_of: HashMap<Key, String>,
}

/// One address.
#[derive(Clone)]
pub struct Hook {
    /// The Receiver.
    pub key: Key,
    /// Who may call.
    pub sender: Sender,
    /// What proves it.
    pub token: Token,
    /// Which events count.
    pub events: Vec<String>,
    /// What is looked at.
    pub targets: Vec<Target>,
    /// What is left of the calls it takes.
    allowance: Allowance,
}

#[derive(Clone, Copy)]
struct Allowance {
    left: u32,
    since: Timestamp,
}

/// What is looked at when a call comes, in the namespace of the Receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Of which kind.
    pub kind: TargetKind,
    /// Which one; all with the labels if none is named.
    pub name: Option<String>,
    /// Labels that it must have.
    pub labels: BTreeMap<String, String>,
}

/// A kind that can be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetKind {
    /// GitRepository.
    Repository,
    /// Kustomization.
    Kustomization,
}

impl TargetKind {
    fn kind(self) -> Kind {
        match self {
            Self::Repository => source::kind(),
            Self::Kustomization => kustomization::kind(),
        }
    }
}

impl Hook {
    /// One that was not called yet.
    pub fn new(
        key: Key,
        sender: Sender,
        token: Token,
        events: Vec<String>,
        targets: Vec<Target>,
        now: Timestamp,
    ) -> Self {
        let allowance = Allowance {
            left: BURST,
            since: now,
        };
        Self {
            key,
            sender,
            token,
            events,
            targets,
            allowance,
        }
    }
}

impl Hooks {
    /// Opens an address in place of the one that the Receiver had.
    pub fn open(&self, path: &str, hook: Hook) {
        let mut table = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let table = &mut *table;
        let key = hook.key.clone();
        let before = table.path_of.insert(key, path.to_owned());
        let allowance = before
            .and_then(|old| table.by_path.remove(&old))
            .map(|old| old.allowance);
        let allowance = allowance.unwrap_or(hook.allowance);
        table
            .by_path
            .insert(path.to_owned(), Hook { allowance, ..hook });
    }

    /// Closes the address of a Receiver.
    pub fn close(&self, key: &Key) {
        let mut table = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(path) = table.path_of.remove(key) {
            table.by_path.remove(&path);
        }
    }

    /// The hook at `path`, if it may be called now.
    fn take(&self, path: &str, now: Timestamp) -> Result<Hook, StatusCode> {
        let mut table = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let hook = table.by_path.get_mut(path).ok_or(StatusCode::NOT_FOUND)?;
        hook.allowance
            .take(now)
            .then(|| hook.clone())
            .ok_or(StatusCode::TOO_MANY_REQUESTS)
    }
}

impl Allowance {
    fn take(&mut self, now: Timestamp) -> bool {
        let passed = now
            .as_millisecond()
            .saturating_sub(self.since.as_millisecond())
            .max(0);
        let back = u32::try_from(passed / REFILL).unwrap_or(BURST);
        if back > 0 {
            self.left = self.left.saturating_add(back).min(BURST);
            self.since = now;
        }
        let allowed = self.left > 0;
        self.left = self.left.saturating_sub(1);
        allowed
    }
}

/// The listener for calls.
pub fn router(world: &Arc<World>) -> Router {
    Router::new()
        .route("/hook/{digest}", post(called))
        .with_state(world.clone())
}

async fn called(
    State(world): State<Arc<World>>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> StatusCode {
    let hook = match world.hooks.take(uri.path(), world.now()) {
        Ok(hook) => hook,
        Err(status) => return status,
    };
    let whole = match tokio::time::timeout(BODY_TIME, to_bytes(body, BODY_LIMIT)).await {
        Err(_) => return StatusCode::REQUEST_TIMEOUT,
        Ok(Err(_)) => return StatusCode::PAYLOAD_TOO_LARGE,
        Ok(Ok(whole)) => whole,
    };
    if !hook
        .sender
        .accepts(&hook.token, &hook.events, &headers, &whole)
    {
        tracing::info!(receiver = %hook.key, "a call was not accepted: signature or event");
        return StatusCode::BAD_REQUEST;
    }
    tell(&world, &hook).await
}

/// Asks for a look at each target; the answer says whether all could be asked.
async fn tell(world: &World, hook: &Hook) -> StatusCode {
    let token = world.now().to_string();
    let patch = json!({"metadata": {"annotations": {names::REQUESTED_AT: token}}});
    let mut status = StatusCode::OK;
    for (kind, name) in targets(world, hook) {
        let namespace = Some(hook.key.namespace.as_str());
        let asked =
            world
                .cluster
                .merge_patch(&kind, namespace, &name, &patch, false, super::COMPONENT);
        if let Err(error) = asked.await {
            tracing::warn!(receiver = %hook.key, "{} {name} was not asked to look: {error}", kind.kind);
            status = StatusCode::INTERNAL_SERVER_ERROR;
        }
    }
    status
}

/// The objects of the Receiver's namespace that are meant.
fn targets(world: &World, hook: &Hook) -> Vec<(Kind, String)> {
    let mut found = Vec::new();
    for target in &hook.targets {
        let store = match target.kind {
            TargetKind::Repository => &world.stores.repositories,
            TargetKind::Kustomization => &world.stores.kustomizations,
        };
        let near = store
            .all()
            .into_iter()
            .filter(|(key, _)| key.namespace == hook.key.namespace);
        let meant = near.filter(|(key, object)| target.means(&key.name, object));
        found.extend(meant.map(|(key, _)| (target.kind.kind(), key.name)));
    }
    found
}

impl Target {
    fn means(&self, name: &str, object: &Value) -> bool {
        let labels = object.pointer("/metadata/labels");
        let has = |(key, value): (&String, &String)| {
            labels.and_then(|all| all.get(key)).and_then(Value::as_str) == Some(value)
        };
        match &self.name {
            Some(own) => own == name,
            None => self.labels.iter().all(has),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is the failed test")]

    use jiff::SignedDuration;
    use zeroize::Zeroizing;

    use super::*;

    fn hook(now: Timestamp) -> Hook {
        let token = Token::new(Zeroizing::new(b"t".to_vec()));
        Hook::new(
            Key::new("a", "b"),
            Sender::Generic,
            token,
            Vec::new(),
            Vec::new(),
            now,
        )
    }

    #[test]
    fn an_address_takes_a_burst_and_then_so_many_a_second() {
        let (hooks, now) = (Hooks::default(), Timestamp::UNIX_EPOCH);
        hooks.open("/hook/x", hook(now));
        let taken = (0..100)
            .filter(|_| hooks.take("/hook/x", now).is_ok())
            .count();
        assert_eq!(taken, BURST as usize);
        assert_eq!(
            hooks.take("/hook/x", now).err(),
            Some(StatusCode::TOO_MANY_REQUESTS)
        );
        hooks.open("/hook/x", hook(now));
        assert!(
            hooks.take("/hook/x", now).is_err(),
            "opening again gives nothing back"
        );
        let later = now + SignedDuration::from_secs(1);
        let taken = (0..100)
            .filter(|_| hooks.take("/hook/x", later).is_ok())
            .count();
        assert_eq!(taken, 5);
    }

    #[test]
    fn a_new_token_closes_the_old_address() {
        let (hooks, now) = (Hooks::default(), Timestamp::UNIX_EPOCH);
        hooks.open("/hook/old", hook(now));
        hooks.open("/hook/new", hook(now));
        assert_eq!(
            hooks.take("/hook/old", now).err(),
            Some(StatusCode::NOT_FOUND)
        );
        assert!(hooks.take("/hook/new", now).is_ok());
        hooks.close(&Key::new("a", "b"));
        assert_eq!(
            hooks.take("/hook/new", now).err(),
            Some(StatusCode::NOT_FOUND)
        );
    }

    #[test]
    fn a_star_means_those_with_the_labels() {
        let all = Target {
            kind: TargetKind::Repository,
            name: None,
            labels: [("app".to_owned(), "x".to_owned())].into(),
        };
        assert!(all.means(
            "any",
            &json!({"metadata": {"labels": {"app": "x", "b": "c"}}})
        ));
        assert!(!all.means("any", &json!({"metadata": {"labels": {"app": "y"}}})));
        assert!(!all.means("any", &json!({"metadata": {}})));
        let one = Target {
            name: Some("fleet".to_owned()),
            labels: BTreeMap::new(),
            ..all
        };
        assert!(one.means("fleet", &json!({})) && !one.means("other", &json!({})));
    }
}
