//! Objects as they pass by, each with the health that follows.

use serde_json::{Value, json};

use super::{Health, assess};

/// An object of generation 2 with a status.
fn health(api_version: &str, kind: &str, spec: &Value, status: &Value) -> String {
    let body = json!({"apiVersion": api_version, "kind": kind, "spec": spec, "status": status,
        "metadata": {"name": "x", "generation": 2}});
    shown(&assess(&body))
}

fn shown(health: &Health) -> String {
    match health {
        Health::Ready => "ready".into(),
        Health::Waiting(what) => format!("waiting: {what}"),
        Health::Failed(why) => format!("failed: {why}"),
    }
}

fn condition(kind: &str, status: &str, message: &str) -> Value {
    json!({"conditions": [{"type": kind, "status": status, "reason": "R", "message": message}]})
}

fn seen(generation: i64, mut status: Value) -> Value {
    status["observedGeneration"] = json!(generation);
    status
}

#[track_caller]
fn check(api_version: &str, kind: &str, cases: &[(Value, Value, &str)]) {
    for (spec, status, expected) in cases {
        assert_eq!(
            health(api_version, kind, spec, status),
            *expected,
            "{kind} {spec} {status}"
        );
    }
}

#[test]
fn signs_that_every_kind_may_give() {
    check(
        "example.com/v1",
        "Shop",
        &[
            (json!({}), json!({}), "ready"),
            (json!({}), condition("Ready", "True", ""), "ready"),
            (
                json!({}),
                condition("Ready", "False", "no"),
                "waiting: Ready is False: no",
            ),
            (
                json!({}),
                condition("Ready", "Unknown", ""),
                "waiting: Ready is Unknown: R",
            ),
            (
                json!({}),
                condition("Stalled", "True", "bad"),
                "failed: Stalled is True: bad",
            ),
            (json!({}), condition("Stalled", "False", ""), "ready"),
            (
                json!({}),
                condition("Reconciling", "True", ""),
                "waiting: Reconciling is True: R",
            ),
            (
                json!({}),
                seen(1, condition("Ready", "True", "")),
                "waiting: generation 1 of 2 is observed",
            ),
            (json!({}), seen(2, condition("Ready", "True", "")), "ready"),
            (json!({}), json!("not an object"), "ready"),
        ],
    );
    let going = json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}});
    assert_eq!(shown(&assess(&going)), "waiting: it is being deleted");
}

#[test]
fn definitions_are_ready_when_established() {
    check(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        &[
            (json!({}), json!({}), "waiting: the kind is not established"),
            (
                json!({}),
                condition("Established", "False", ""),
                "waiting: the kind is not established",
            ),
            (json!({}), condition("Established", "True", ""), "ready"),
            (
                json!({}),
                condition("NamesAccepted", "False", "taken"),
                "failed: NamesAccepted is False: taken",
            ),
        ],
    );
}

#[test]
fn a_sealed_secret_is_ready_when_this_generation_is_open() {
    check(
        "bitnami.com/v1alpha1",
        "SealedSecret",
        &[
            (json!({}), json!({}), "waiting: it is not unsealed yet"),
            (
                json!({}),
                condition("Synced", "True", ""),
                "waiting: it is not unsealed yet",
            ),
            (json!({}), seen(2, condition("Synced", "True", "")), "ready"),
            (
                json!({}),
                seen(1, condition("Synced", "True", "")),
                "waiting: generation 1 of 2 is observed",
            ),
            (
                json!({}),
                seen(2, condition("Synced", "False", "no key")),
                "failed: Synced is False: no key",
            ),
            (
                json!({}),
                seen(2, json!({})),
                "waiting: it is not unsealed yet",
            ),
        ],
    );
}

#[test]
fn phases() {
    check(
        "v1",
        "Namespace",
        &[
            (json!({}), json!({"phase": "Active"}), "ready"),
            (
                json!({}),
                json!({"phase": "Terminating"}),
                "waiting: phase is Terminating",
            ),
            (json!({}), json!({}), "waiting: it has no phase yet"),
        ],
    );
    check(
        "v1",
        "PersistentVolumeClaim",
        &[
            (json!({}), json!({"phase": "Bound"}), "ready"),
            (
                json!({}),
                json!({"phase": "Pending"}),
                "waiting: phase is Pending",
            ),
        ],
    );
    check(
        "v1",
        "Pod",
        &[
            (json!({}), json!({"phase": "Succeeded"}), "ready"),
            (
                json!({}),
                json!({"phase": "Running"}),
                "waiting: phase is Running",
            ),
            (json!({}), condition("Ready", "True", ""), "ready"),
            (
                json!({}),
                json!({"phase": "Failed"}),
                "failed: phase is Failed",
            ),
        ],
    );
}

#[test]
fn replicas() {
    let all = |n: i64| {
        seen(
            2,
            json!({"replicas": n, "updatedReplicas": n, "readyReplicas": n,
        "availableReplicas": n, "currentRevision": "a", "updateRevision": "a"}),
        )
    };
    let mut late = condition("Progressing", "False", "too slow");
    late["conditions"][0]["reason"] = json!("ProgressDeadlineExceeded");
    check(
        "apps/v1",
        "Deployment",
        &[
            (json!({"replicas": 3}), all(3), "ready"),
            (json!({"replicas": 0}), all(0), "ready"),
            (
                json!({"replicas": 0}),
                json!({}),
                "waiting: it is not observed yet",
            ),
            (json!({}), json!({}), "waiting: updatedReplicas is 0 of 1"),
            (
                json!({"replicas": 3}),
                all(4),
                "waiting: old replicas are left",
            ),
            (json!({}), late, "failed: Progressing is False: too slow"),
        ],
    );
    let mut rolling = all(3);
    rolling["updateRevision"] = json!("b");
    rolling["updatedReplicas"] = json!(1);
    let part =
        |n: i64| json!({"replicas": 3, "updateStrategy": {"rollingUpdate": {"partition": n}}});
    check(
        "apps/v1",
        "StatefulSet",
        &[
            (json!({"replicas": 3}), all(3), "ready"),
            (
                json!({"replicas": 3}),
                all(2),
                "waiting: readyReplicas is 2 of 3",
            ),
            (
                json!({"replicas": 3}),
                rolling.clone(),
                "waiting: the new revision is not rolled out",
            ),
            (part(2), rolling.clone(), "ready"),
            (part(1), rolling, "waiting: updatedReplicas is 1 of 2"),
            (
                json!({"updateStrategy": {"type": "OnDelete"}}),
                json!({}),
                "ready",
            ),
        ],
    );
    check(
        "apps/v1",
        "DaemonSet",
        &[
            (
                json!({}),
                seen(2, json!({"desiredNumberScheduled": 0})),
                "ready",
            ),
            (json!({}), json!({}), "waiting: it is not observed yet"),
            (
                json!({}),
                seen(
                    2,
                    json!({"desiredNumberScheduled": 2, "updatedNumberScheduled": 2,
            "numberReady": 1}),
                ),
                "waiting: numberReady is 1 of 2",
            ),
        ],
    );
}

#[test]
fn jobs() {
    check(
        "batch/v1",
        "Job",
        &[
            (json!({}), json!({}), "waiting: it is not complete"),
            (json!({}), condition("Complete", "True", ""), "ready"),
            (
                json!({}),
                condition("Failed", "True", "backoff"),
                "failed: Failed is True: backoff",
            ),
            (json!({}), condition("Suspended", "True", ""), "ready"),
        ],
    );
}
