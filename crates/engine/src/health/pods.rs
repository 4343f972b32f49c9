//! What the Pods of a controller add to its health: one that has failed for good fails it at once,
//! where the controller alone would be waited for until the time is up.

use jiff::Timestamp;
use serde_json::Value;
use signet_api::object_id::split_api_version;

use super::view::View;
use super::{Health, Status, assess};

/// Whether Flux looks at the Pods of this kind. Of a Deployment it looks at them too, and draws
/// no conclusion.
#[must_use]
pub fn wants_pods(api_version: &str, kind: &str) -> bool {
    split_api_version(api_version).0 == "apps" && matches!(kind, "StatefulSet" | "ReplicaSet")
}

/// The health of an object that [`wants_pods`], given what [`assess`] said and the Pods of its
/// namespace that its `spec.selector` selects.
#[must_use]
pub fn with_pods<'a>(
    health: Health,
    pods: impl IntoIterator<Item = &'a Value>,
    now: Timestamp,
) -> Health {
    if health.status != Status::InProgress {
        return health;
    }
    let pods = pods.into_iter();
    let failed = pods.filter(|pod| has_failed(pod, now)).count();
    match failed {
        0 => health,
        failed => Health::new(Status::Failed, format!("{failed} pods have failed")),
    }
}

/// Failed for good: a Pod that is being deleted or waits for a node passes by itself.
fn has_failed(pod: &Value, now: Timestamp) -> bool {
    let view = View(pod);
    let going = view.maybe_text("metadata.deletionTimestamp").is_some();
    let unschedulable = |conditions: Vec<super::view::Condition<'_>>| {
        conditions.iter().any(|condition| {
            condition.kind == "PodScheduled"
                && condition.status == "False"
                && condition.reason == "Unschedulable"
        })
    };
    assess(pod, now).is_failed() && !going && !view.conditions().is_ok_and(unschedulable)
}
