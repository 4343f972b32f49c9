//! Kubernetes Events: what happened, where people look for it.

use std::collections::BTreeMap;

use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{call::Call, cluster::Cluster, error::ApiError, kind::Kind};

/// Longest message that the API server takes, in bytes.
const MESSAGE_LIMIT: usize = 1024;

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
    /// A sentence; cut at the server's limit.
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
    /// object has none. The server completes its name.
    fn body(&self) -> Value {
        let of = |pointer| {
            self.regarding
                .pointer(pointer)
                .cloned()
                .unwrap_or(Value::Null)
        };
        let name = self.name_prefix();
        let now = self.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        json!({
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"generateName": name, "namespace": self.namespace(), "annotations": self.annotations},
            "involvedObject": {
                "apiVersion": of("/apiVersion"), "kind": of("/kind"), "namespace": of("/metadata/namespace"),
                "name": of("/metadata/name"), "uid": of("/metadata/uid"), "resourceVersion": of("/metadata/resourceVersion"),
            },
            "type": if self.warning { "Warning" } else { "Normal" },
            "reason": self.reason,
            "message": cut(&self.message, MESSAGE_LIMIT),
            "source": {"component": self.component},
            "reportingComponent": self.component,
            "reportingInstance": "",
            "firstTimestamp": now, "lastTimestamp": now, "count": 1,
        })
    }

    fn namespace(&self) -> &str {
        crate::object::namespace_of(&self.regarding).unwrap_or("default")
    }

    /// Colons, which RBAC objects have in their names, cannot stand in an event's.
    fn name_prefix(&self) -> String {
        let name = self
            .regarding
            .pointer("/metadata/name")
            .and_then(Value::as_str)
            .unwrap_or("unnamed");
        format!("{}.", cut(&name.replace(':', "-").to_lowercase(), 200))
    }
}

impl Cluster {
    /// Writes an event.
    ///
    /// # Errors
    /// What the server says. Nothing depends on an event: callers log the error and go on.
    pub async fn record(&self, event: &Event) -> Result<(), ApiError> {
        let path = Kind::of("v1", "Event", "events").collection(Some(event.namespace()))?;
        self.ask(Call::new(Method::POST, path).json(&event.body(), "application/json"))
            .await?;
        Ok(())
    }
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
                .is_some_and(|m| m.len() <= MESSAGE_LIMIT && m.ends_with('…'))
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
        assert_eq!(body["metadata"]["generateName"], "system-node.");
    }
}
