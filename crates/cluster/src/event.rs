//! Kubernetes Events: what happened, where people look for it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};
use signet_engine::outcome::capped;

use crate::{cluster::Cluster, error::ApiError, kind::Kind};

/// Longest message that is written into a cluster, in bytes; the newer API of events takes no longer.
const MESSAGE_LIMIT: usize = 1024;
/// Where a message is cut, so that it can still be said how much is left out.
const MESSAGE_KEPT: usize = 1_000;

/// Something that happened to an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The object: `apiVersion`, `kind` and of its metadata `namespace`, `name`, `uid`,
    /// `resourceVersion`. A whole object will do.
    pub regarding: Value,
    /// Whether people should look at it.
    pub warning: bool,
    /// One word in CamelCase.
    pub reason: String,
    /// A sentence, or a line for each of several things; cut at the server's limit.
    pub message: String,
    /// Who says so: `source.component` and `reportingComponent`.
    pub component: String,
    /// Annotations of the event.
    pub annotations: BTreeMap<String, String>,
    /// When it happened.
    pub now: Timestamp,
}

impl Event {
    /// The event as `core/v1` has it. It lies in the object's namespace, or in `default` if the
    /// object has none.
    fn body(&self) -> Value {
        let of = |pointer| {
            self.regarding
                .pointer(pointer)
                .cloned()
                .unwrap_or(Value::Null)
        };
        let (name, now) = (self.name(), self.seconds());
        json!({
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": self.namespace(), "annotations": self.annotations},
            "involvedObject": {
                "apiVersion": of("/apiVersion"), "kind": of("/kind"), "namespace": of("/metadata/namespace"),
                "name": of("/metadata/name"), "uid": of("/metadata/uid"), "resourceVersion": of("/metadata/resourceVersion"),
            },
            "type": if self.warning { "Warning" } else { "Normal" },
            "reason": self.reason,
            "message": cut(&capped(&self.message, MESSAGE_KEPT), MESSAGE_LIMIT),
            "source": {"component": self.component},
            "reportingComponent": self.component,
            "reportingInstance": "",
            "firstTimestamp": now, "lastTimestamp": now, "count": 1,
        })
    }

    fn namespace(&self) -> &str {
        crate::object::namespace_of(&self.regarding).unwrap_or("default")
    }

    /// Object and time, as every controller names events. Colons, which RBAC objects have in their
    /// names, cannot stand in an event's.
    fn name(&self) -> String {
        let name = self
            .regarding
            .pointer("/metadata/name")
            .and_then(Value::as_str)
            .unwrap_or("unnamed");
        let name = name.replace(':', "-").to_lowercase();
        format!("{}.{:016x}", cut(&name, 200), self.now.as_nanosecond())
    }

    fn seconds(&self) -> String {
        self.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}

impl Cluster {
    /// Writes an event; returns its name.
    ///
    /// # Errors
    /// What the server says. Nothing depends on an event: callers log the error and go on.
    pub async fn record(&self, event: &Event) -> Result<String, ApiError> {
        self.create(&kind(), &event.body()).await?;
        Ok(event.name())
    }

    /// Notes in the event `name` that it has now happened `count` times. Returns whether it is still
    /// there.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub async fn repeat(&self, event: &Event, name: &str, count: u32) -> Result<bool, ApiError> {
        let patch = json!({"count": count, "lastTimestamp": event.seconds()});
        let (namespace, manager) = (Some(event.namespace()), event.component.as_str());
        let written = self
            .merge_patch(&kind(), namespace, name, &patch, false, manager)
            .await;
        match written {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn kind() -> Kind {
    Kind::of("v1", "Event", "events")
}

fn cut(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let kept = &text[..text.floor_char_boundary(limit - '…'.len_utf8())];
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(regarding: Value) -> Event {
        Event {
            regarding,
            warning: true,
            reason: "BuildFailed".to_owned(),
            message: "ä".repeat(2_000),
            component: "signet".to_owned(),
            annotations: BTreeMap::new(),
            now: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn an_event_fits_and_points_to_its_object() {
        let body = event(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "namespace": "n"}})).body();
        assert!(
            body["message"]
                .as_str()
                .is_some_and(|m| m.len() <= MESSAGE_LIMIT && m.ends_with("… and 1 more"))
        );
        assert_eq!(body["metadata"]["namespace"], "n");
        assert_eq!(body["involvedObject"]["name"], "a");
        assert_eq!(body["firstTimestamp"], "1970-01-01T00:00:00Z");
        assert_eq!(body["type"], "Warning");
    }

    #[test]
    fn an_event_about_a_cluster_scoped_object_lies_in_default() {
        let body =
            event(json!({"kind": "ClusterRole", "metadata": {"name": "system:Node"}})).body();
        assert_eq!(body["metadata"]["namespace"], "default");
        assert_eq!(body["metadata"]["name"], "system-node.0000000000000000");
    }
}
