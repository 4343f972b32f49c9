//! What runs Pods, with numbers of replicas on their way.

use serde_json::{Value, json};

use super::{LONG_AGO, TO_COME, case, condition, every, object, pod, pod_states, with};

/// Every case. Of the many ways in which counters can stand, each seventeenth.
pub fn all() -> Vec<Value> {
    let mut cases = Vec::new();
    cases.extend(deployments());
    cases.extend(stateful_sets().into_iter().step_by(17));
    cases.extend(daemon_sets().into_iter().step_by(17));
    cases.extend(replica_sets().into_iter().step_by(17));
    cases.extend(with_pods());
    cases
}

const COUNTS: [i64; 2] = [2, 3];

fn counts() -> Vec<Value> {
    std::iter::once(Value::Null)
        .chain(COUNTS.map(|count| json!(count)))
        .collect()
}

fn selected(mut spec: Value) -> Value {
    spec["selector"] = json!({"matchLabels": {"app": "x"}});
    spec
}

fn deployments() -> Vec<Value> {
    let progressing = [
        condition("Progressing", "True", "NewReplicaSetAvailable"),
        condition("Progressing", "True", "ReplicaSetUpdated"),
        condition("Progressing", "False", "NewReplicaSetAvailable"),
        condition("Progressing", "False", "ProgressDeadlineExceeded"),
    ];
    let available =
        ["True", "False"].map(|status| condition("Available", status, "MinimumReplicas"));
    let specs = every(&[
        ("replicas", &[Value::Null, json!(0), json!(3)]),
        (
            "progressDeadlineSeconds",
            &[Value::Null, json!(600), json!(i32::MAX)],
        ),
    ]);
    let mut cases = Vec::new();
    for spec in &specs {
        let wanted = spec["replicas"].as_i64().unwrap_or(1);
        let done = json!({"replicas": wanted, "updatedReplicas": wanted, "readyReplicas": wanted,
            "availableReplicas": wanted, "observedGeneration": 2});
        for own in progressing.iter().chain(&available) {
            for other in &available {
                let status = with(done.clone(), &[own.clone(), other.clone()]);
                cases.push(deployment("apps/v1", spec, status));
            }
        }
    }
    let counts = counts();
    let statuses = every(&[
        ("replicas", &[json!(2), json!(3), json!(4)]),
        ("updatedReplicas", &counts),
        ("availableReplicas", &counts),
        ("readyReplicas", &counts),
    ]);
    for status in statuses.into_iter().step_by(5) {
        let status = with(status, &[progressing[0].clone(), available[0].clone()]);
        cases.push(deployment("apps/v1", &json!({"replicas": 3}), status));
    }
    cases.push(deployment("extensions/v1beta1", &json!({}), json!({})));
    cases.push(deployment("apps/v1", &json!({}), json!({})));
    cases
}

fn deployment(api_version: &str, spec: &Value, status: Value) -> Value {
    case(object(
        api_version,
        "Deployment",
        selected(spec.clone()),
        status,
    ))
}

fn stateful_sets() -> Vec<Value> {
    let rolling = |partition: i64| json!({"rollingUpdate": {"partition": partition}, "type": "RollingUpdate"});
    let specs = every(&[
        ("replicas", &[Value::Null, json!(0), json!(3)]),
        (
            "updateStrategy",
            &[
                Value::Null,
                json!({"type": "OnDelete"}),
                rolling(0),
                rolling(2),
                rolling(5),
            ],
        ),
    ]);
    let counts = counts();
    let statuses = every(&[
        ("replicas", &[Value::Null, json!(1), json!(3), json!(4)]),
        ("readyReplicas", &counts),
        ("currentReplicas", &counts),
        ("updatedReplicas", &counts),
        ("currentRevision", &[json!("a")]),
        ("updateRevision", &[json!("a"), json!("b")]),
    ]);
    pairs("apps/v1", "StatefulSet", &specs, &statuses)
}

fn daemon_sets() -> Vec<Value> {
    let counts = counts();
    let statuses = every(&[
        ("observedGeneration", &[Value::Null, json!(2)]),
        ("desiredNumberScheduled", &[Value::Null, json!(0), json!(3)]),
        ("currentNumberScheduled", &counts),
        ("updatedNumberScheduled", &counts),
        ("numberAvailable", &counts),
        ("numberReady", &counts),
    ]);
    let mut cases = pairs("apps/v1", "DaemonSet", &[json!({})], &statuses);
    let mut young = object(
        "apps/v1",
        "DaemonSet",
        json!({}),
        json!({"observedGeneration": 1}),
    );
    young["metadata"]["generation"] = Value::Null;
    cases.push(case(young.clone()));
    if let Some(metadata) = young["metadata"].as_object_mut() {
        metadata.remove("generation");
    }
    cases.push(case(young));
    cases
}

fn replica_sets() -> Vec<Value> {
    let specs = every(&[("replicas", &[Value::Null, json!(0), json!(3)])]);
    let counts = counts();
    let mut statuses = every(&[
        ("replicas", &[Value::Null, json!(3), json!(4)]),
        ("readyReplicas", &counts),
        ("availableReplicas", &counts),
        ("fullyLabeledReplicas", &counts),
    ]);
    let failed = |status: &str| {
        with(
            json!({"replicas": 3}),
            &[condition("ReplicaFailure", status, "")],
        )
    };
    statuses.extend(["True", "False"].map(failed));
    pairs("apps/v1", "ReplicaSet", &specs, &statuses)
}

fn pairs(api_version: &str, kind: &str, specs: &[Value], statuses: &[Value]) -> Vec<Value> {
    let with_each = specs.iter().flat_map(|spec| {
        let of = |status: &Value| object(api_version, kind, selected(spec.clone()), status.clone());
        statuses.iter().map(move |status| case(of(status)))
    });
    with_each.collect()
}

/// A controller that is under way, and one that is not, with Pods in every state.
fn with_pods() -> Vec<Value> {
    let mut all: Vec<Value> = pod_states()
        .into_iter()
        .map(|(created, status)| pod(created, status))
        .collect();
    let crashing = json!({"phase": "Running", "containerStatuses": [
        {"name": "a", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]});
    let mut going = pod(LONG_AGO, crashing.clone());
    going["metadata"]["deletionTimestamp"] = json!(TO_COME);
    let mut foreign = pod(LONG_AGO, crashing.clone());
    foreign["metadata"]["labels"] = json!({"app": "y"});
    let unscheduled = with(
        crashing,
        &[condition("PodScheduled", "False", "Unschedulable")],
    );
    let stalled = with(
        json!({"phase": "Running"}),
        &[condition("Stalled", "True", "")],
    );
    all.extend([
        going,
        foreign,
        pod(LONG_AGO, unscheduled),
        pod(LONG_AGO, stalled),
    ]);
    let mut cases = Vec::new();
    for kind in ["StatefulSet", "ReplicaSet", "Deployment"] {
        for replicas in [0, 3] {
            let of = || {
                object(
                    "apps/v1",
                    kind,
                    selected(json!({"replicas": replicas})),
                    json!({}),
                )
            };
            cases.push(json!({"object": of(), "pods": all}));
            for pod in all.iter().step_by(if replicas == 0 { 9 } else { 2 }) {
                cases.push(json!({"object": of(), "pods": [pod]}));
            }
        }
    }
    cases
}
