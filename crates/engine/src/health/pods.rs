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
    let pods = pods.into_iter();
    with_failed(health, pods.filter(|pod| has_failed(pod, now)).count())
}

/// [`with_pods`], where it is known how many of them [`has_failed`].
#[must_use]
pub fn with_failed(health: Health, failed: usize) -> Health {
    match (health.status, failed) {
        (Status::InProgress, 1..) => {
            Health::new(Status::Failed, format!("{failed} pods have failed"))
        }
        _ => health,
    }
}

/// The label selector of an object that [`wants_pods`], as a query has it; `None` if it selects
/// nothing that can be asked for.
#[must_use]
pub fn pod_selector(object: &Value) -> Option<String> {
    let selector = object.pointer("/spec/selector")?;
    let labels = selector.get("matchLabels").and_then(Value::as_object);
    let labels = labels.into_iter().flatten();
    let mut terms: Vec<String> = labels
        .map(|(key, value)| Some(format!("{key}={}", value.as_str()?)))
        .collect::<Option<_>>()?;
    let expressions = selector.get("matchExpressions").and_then(Value::as_array);
    for expression in expressions.into_iter().flatten() {
        terms.push(term(expression)?);
    }
    (!terms.is_empty()).then(|| terms.join(","))
}

fn term(expression: &Value) -> Option<String> {
    let key = expression.get("key")?.as_str()?;
    let values = expression.get("values").and_then(Value::as_array);
    let values: Option<Vec<&str>> = values.into_iter().flatten().map(Value::as_str).collect();
    let values = values?.join(",");
    match expression.get("operator")?.as_str()? {
        "In" => Some(format!("{key} in ({values})")),
        "NotIn" => Some(format!("{key} notin ({values})")),
        "Exists" => Some(key.to_owned()),
        "DoesNotExist" => Some(format!("!{key}")),
        _ => None,
    }
}

/// Failed for good: a Pod that is being deleted or waits for a node passes by itself.
#[must_use]
pub fn has_failed(pod: &Value, now: Timestamp) -> bool {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_selector_is_written_as_a_query() {
        let of = |selector: Value| pod_selector(&json!({"spec": {"selector": selector}}));
        let both = json!({"matchLabels": {"app": "web", "tier": "a"}, "matchExpressions": [
            {"key": "x", "operator": "In", "values": ["1", "2"]},
            {"key": "y", "operator": "NotIn", "values": ["3"]},
            {"key": "z", "operator": "Exists"}, {"key": "w", "operator": "DoesNotExist"},
        ]});
        assert_eq!(
            of(both).as_deref(),
            Some("app=web,tier=a,x in (1,2),y notin (3),z,!w")
        );
        let unknown =
            json!({"matchExpressions": [{"key": "x", "operator": "Gt", "values": ["1"]}]});
        for nothing in [json!({}), unknown, json!({"matchLabels": {"app": 1}})] {
            assert_eq!(of(nothing), None);
        }
        assert_eq!(pod_selector(&json!({})), None);
    }
}
