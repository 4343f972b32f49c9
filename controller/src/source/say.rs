//! What a look at a repository leaves in the cluster: its status, and an event where there is news.

use serde_json::Value;
use signet_api::git_repository::GitRepositoryStatus;
use signet_cluster::Event;

use super::status::{self, Look};
use super::{COMPONENT, kind};
use crate::wake::Key;
use crate::world::World;

/// The status of an object; empty if it has none or another form.
pub fn status_of(object: &Value) -> GitRepositoryStatus {
    let status = object.get("status").cloned().unwrap_or_default();
    serde_json::from_value(status).unwrap_or_default()
}

/// Returns whether the API server took the status; what it did not take is tried again.
pub async fn write(
    world: &World,
    key: &Key,
    old: &GitRepositoryStatus,
    next: &GitRepositoryStatus,
) -> bool {
    let patch = status::patch(old, next);
    let (namespace, name) = (Some(key.namespace.as_str()), key.name.as_str());
    let answer = world
        .cluster
        .merge_patch(&kind(), namespace, name, &patch, true, COMPONENT)
        .await;
    let taken = answer.map(|body| {
        let queue = &world.queues.repositories;
        world.stores.repositories.answered(queue, body);
    });
    if let Err(error) = &taken {
        tracing::warn!(repository = %key, "status not written: {error}");
    }
    taken.is_ok()
}

/// Records the event that the news deserve.
pub async fn tell(
    world: &World,
    key: &Key,
    object: &Value,
    old: &GitRepositoryStatus,
    next: &GitRepositoryStatus,
    look: &Look,
) {
    let Some(news) = status::news(old, next, look) else {
        return;
    };
    if news.warning {
        tracing::warn!(repository = %key, reason = news.reason, "{}", news.message);
    } else {
        tracing::info!(repository = %key, "{}", news.message);
    }
    let event = Event {
        regarding: object.clone(),
        warning: news.warning,
        reason: news.reason,
        message: news.message,
        component: COMPONENT.to_owned(),
        annotations: news.annotations,
        now: world.now(),
    };
    match news.trace {
        true => world.trace(event).await,
        false => world.record(event).await,
    }
}
