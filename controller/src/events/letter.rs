//! An event as Flux's notification-controller takes it.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use signet_cluster::Event;
use signet_engine::outcome::capped;

/// Annotations of an object that begin so go with every event about it.
const PASSED_ON: &str = "event.toolkit.fluxcd.io/";
/// Bytes of a message that are sent; the receiver refuses more than 39,000.
const MESSAGE_MAX: usize = 38_000;

/// One to be posted.
#[derive(Clone, Debug, PartialEq)]
pub struct Letter {
    /// What is sent.
    pub body: Value,
    /// When it happened.
    pub since: Timestamp,
}

impl Letter {
    /// What happened, told by us on `host`.
    pub fn new(event: &Event, host: &str) -> Self {
        let event = with_passed_on(event.clone());
        let severity = if event.warning { "error" } else { "info" };
        let body = json!({
            "involvedObject": reference(&event.regarding),
            "severity": severity,
            "timestamp": event.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "message": capped(&event.message, MESSAGE_MAX),
            "reason": event.reason,
            "metadata": event.annotations,
            "reportingController": event.component,
            "reportingInstance": host,
        });
        Self {
            body,
            since: event.now,
        }
    }
}

/// The event with what its object wants to be said with every event, as Flux's controllers do.
pub fn with_passed_on(mut event: Event) -> Event {
    let annotations = event.regarding.pointer("/metadata/annotations");
    let each = annotations.and_then(Value::as_object).into_iter().flatten();
    let wanted = each
        .filter(|(name, _)| name.starts_with(PASSED_ON))
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    let wanted: Vec<_> = wanted.collect();
    event.annotations.extend(wanted);
    event
}

fn reference(object: &Value) -> Value {
    let parts = [
        ("apiVersion", "/apiVersion"),
        ("kind", "/kind"),
        ("namespace", "/metadata/namespace"),
        ("name", "/metadata/name"),
        ("uid", "/metadata/uid"),
        ("resourceVersion", "/metadata/resourceVersion"),
    ];
    let found = parts.into_iter().filter_map(|(name, pointer)| {
        let value = object.pointer(pointer)?;
        Some((name.to_owned(), value.clone()))
    });
    Value::Object(found.collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_letter_says_what_and_about_which_object() {
        let revision = "kustomize.toolkit.fluxcd.io/revision".to_owned();
        let event = Event {
            regarding: json!({
                "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
                "metadata": {
                    "name": "demo", "namespace": "apps", "uid": "u", "resourceVersion": "7",
                    "annotations": {"event.toolkit.fluxcd.io/change_request": "42", "other": "no"},
                },
                "spec": {"interval": "10m"},
            }),
            warning: true,
            reason: "BuildFailed".to_owned(),
            message: "broken".to_owned(),
            component: "kustomize-controller".to_owned(),
            annotations: BTreeMap::from([(revision, "main@sha1:1".to_owned())]),
            now: Timestamp::UNIX_EPOCH,
        };
        let expected = json!({
            "involvedObject": {
                "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
                "namespace": "apps", "name": "demo", "uid": "u", "resourceVersion": "7",
            },
            "severity": "error",
            "timestamp": "1970-01-01T00:00:00Z",
            "message": "broken",
            "reason": "BuildFailed",
            "metadata": {
                "kustomize.toolkit.fluxcd.io/revision": "main@sha1:1",
                "event.toolkit.fluxcd.io/change_request": "42",
            },
            "reportingController": "kustomize-controller",
            "reportingInstance": "pod-1",
        });
        assert_eq!(Letter::new(&event, "pod-1").body, expected);
    }
}
