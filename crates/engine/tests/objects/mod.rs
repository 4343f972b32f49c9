//! Objects of every kind with a rule, in the states through which they go.

mod damage;
mod workloads;

pub use damage::damaged;

use serde_json::{Map, Value, json};

/// Every case, as a line for Flux.
pub fn all() -> Vec<Value> {
    let mut cases = generic();
    cases.extend(workloads::all());
    cases.extend(simple());
    cases.extend(pods());
    cases.extend(jobs());
    cases.extend(expressions());
    cases
}

/// An object of generation 2.
pub fn object(api_version: &str, kind: &str, spec: Value, status: Value) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "spec": spec, "status": status,
        "metadata": {"name": "x", "namespace": "default", "generation": 2}})
}

pub fn case(object: Value) -> Value {
    json!({"object": object})
}

pub fn condition(kind: &str, status: &str, reason: &str) -> Value {
    json!({"type": kind, "status": status, "reason": reason, "message": format!("{kind} it is")})
}

/// The status with these conditions.
pub fn with(mut status: Value, conditions: &[Value]) -> Value {
    status["conditions"] = json!(conditions);
    status
}

/// Every way of giving the keys one of their values, or none where it is null.
pub fn every(fields: &[(&str, &[Value])]) -> Vec<Value> {
    let mut all = vec![Map::new()];
    for (key, values) in fields {
        all = all
            .into_iter()
            .flat_map(|map| {
                values.iter().map(move |value| {
                    let mut map = map.clone();
                    if !value.is_null() {
                        map.insert((*key).to_owned(), value.clone());
                    }
                    map
                })
            })
            .collect();
    }
    all.into_iter().map(Value::Object).collect()
}

/// What holds for every kind, shown with one that has no rule and one that has.
fn generic() -> Vec<Value> {
    let mut cases = Vec::new();
    let statuses = ["True", "False", "Unknown", "Perhaps", ""];
    let kinds = [
        ("example.com/v1", "Shop"),
        ("v1", "ConfigMap"),
        ("v1", "Namespace"),
    ];
    for (api_version, kind) in kinds {
        let of = |status: Value| object(api_version, kind, json!({}), status);
        cases.push(case(of(Value::Null)));
        cases.push(case(of(json!({}))));
        for name in ["Ready", "Stalled", "Reconciling", "Available"] {
            for status in statuses {
                let own = condition(name, status, "R");
                cases.push(case(of(with(json!({}), std::slice::from_ref(&own)))));
                let stalled = condition("Stalled", "True", "S");
                cases.push(case(of(with(
                    json!({"observedGeneration": 2}),
                    &[own, stalled],
                ))));
            }
        }
        for observed in [
            json!(1),
            json!(2),
            json!(3),
            json!(-1),
            json!(2.0),
            json!("2"),
            Value::Null,
        ] {
            let ready = condition("Ready", "True", "R");
            cases.push(case(of(with(
                json!({"observedGeneration": observed}),
                &[ready],
            ))));
        }
        let mut going = of(json!({}));
        for at in [
            json!("2026-01-01T00:00:00Z"),
            json!(""),
            json!(5),
            Value::Null,
        ] {
            going["metadata"]["deletionTimestamp"] = at;
            cases.push(case(going.clone()));
        }
        let mut young = of(json!({"observedGeneration": 2}));
        for generation in [json!("2"), json!(2.5), Value::Null, json!([2])] {
            young["metadata"]["generation"] = generation;
            cases.push(case(young.clone()));
        }
        let bare = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}});
        cases.push(case(bare));
        for conditions in [
            json!({}),
            json!([1]),
            json!([null]),
            json!([{"type": 1}]),
            json!("x"),
        ] {
            cases.push(case(of(json!({"conditions": conditions}))));
        }
        cases.push(case(of(json!("text"))));
        cases.push(case(of(json!([]))));
    }
    cases
}

/// Kinds whose rule is short.
fn simple() -> Vec<Value> {
    let mut cases = Vec::new();
    for (api_version, kind) in [
        ("v1", "Secret"),
        ("batch/v1", "CronJob"),
        ("policy/v1", "PodDisruptionBudget"),
        ("policy/v1beta1", "PodDisruptionBudget"),
        ("batch/v1", "JobSet"),
        ("v1", "Deployment"),
    ] {
        let not_ready = with(json!({}), &[condition("Ready", "False", "R")]);
        cases.push(case(object(api_version, kind, json!({}), json!({}))));
        cases.push(case(object(api_version, kind, json!({}), not_ready)));
    }
    for phase in [
        json!("Bound"),
        json!("Pending"),
        json!("Lost"),
        json!(""),
        json!(1),
        Value::Null,
    ] {
        let status = json!({"phase": phase});
        cases.push(case(object(
            "v1",
            "PersistentVolumeClaim",
            json!({}),
            status,
        )));
    }
    cases.push(case(object(
        "v1",
        "PersistentVolumeClaim",
        json!({}),
        json!({}),
    )));
    let specs = every(&[
        (
            "type",
            &[
                Value::Null,
                json!("ClusterIP"),
                json!("LoadBalancer"),
                json!("NodePort"),
                json!(1),
            ],
        ),
        (
            "clusterIP",
            &[Value::Null, json!(""), json!("None"), json!("10.0.0.1")],
        ),
    ]);
    cases.extend(
        specs
            .into_iter()
            .map(|spec| case(object("v1", "Service", spec, json!({"loadBalancer": {}})))),
    );
    let names = ["True", "False"].map(|status| condition("NamesAccepted", status, "Conflict"));
    let established = [
        condition("Established", "True", "Done"),
        condition("Established", "False", "Installing"),
        condition("Established", "False", "NotAccepted"),
        condition("Established", "Unknown", ""),
    ];
    for one in names.iter().chain(&established) {
        for other in names.iter().chain(&established) {
            let status = with(json!({}), &[one.clone(), other.clone()]);
            let kind = "CustomResourceDefinition";
            cases.push(case(object(
                "apiextensions.k8s.io/v1",
                kind,
                json!({}),
                status,
            )));
        }
    }
    cases.push(case(object(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        json!({}),
        json!({}),
    )));
    cases
}

/// A Pod as a controller makes it.
pub fn pod(created: &str, status: Value) -> Value {
    let mut pod = object("v1", "Pod", json!({}), status);
    pod["metadata"]["creationTimestamp"] = json!(created);
    pod["metadata"]["labels"] = json!({"app": "x"});
    pod
}

pub const LONG_AGO: &str = "2020-01-01T00:00:00Z";
/// After any time at which a test may run.
pub const TO_COME: &str = "2222-01-01T00:00:00Z";

/// Statuses of Pods, with the time when the Pod was made.
pub fn pod_states() -> Vec<(&'static str, Value)> {
    let waiting = |reason: &str| json!({"name": reason, "state": {"waiting": {"reason": reason}}});
    let containers = [
        json!([]),
        json!([waiting("CrashLoopBackOff")]),
        json!([waiting("ContainerCreating"), waiting("CrashLoopBackOff"), {"state": {}}]),
        json!([waiting("ImagePullBackOff"), {"name": "a", "state": {"running": {}}}]),
        json!([{"name": "a", "state": {"waiting": {"reason": "CrashLoopBackOff"}}},
            {"name": "b", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]),
    ];
    let mut states = Vec::new();
    for phase in ["Succeeded", "Failed", "Pending", "Running", "Unknown", ""] {
        states.push((LONG_AGO, json!({"phase": phase})));
    }
    for ready in ["True", "False"] {
        for own in &containers {
            let status = json!({"phase": "Running", "containerStatuses": own});
            states.push((LONG_AGO, with(status, &[condition("Ready", ready, "")])));
        }
    }
    for created in [LONG_AGO, TO_COME, "", "yesterday"] {
        for (status, reason) in [("False", "Unschedulable"), ("False", "Gated"), ("True", "")] {
            let scheduled = condition("PodScheduled", status, reason);
            states.push((created, with(json!({"phase": "Pending"}), &[scheduled])));
        }
    }
    states.push((
        LONG_AGO,
        json!({"phase": "Running", "containerStatuses": {}}),
    ));
    states.push((LONG_AGO, json!({"phase": 1})));
    states.push((LONG_AGO, json!({})));
    states
}

fn pods() -> Vec<Value> {
    let states = pod_states().into_iter();
    states
        .map(|(created, status)| case(pod(created, status)))
        .collect()
}

fn jobs() -> Vec<Value> {
    let specs = every(&[
        (
            "suspend",
            &[Value::Null, json!(false), json!(true), json!("true")],
        ),
        ("parallelism", &[Value::Null, json!(0), json!(3)]),
        ("completions", &[Value::Null, json!(5)]),
    ]);
    let conditions: [&[Value]; 6] = [
        &[],
        &[condition("Complete", "True", "")],
        &[condition("Failed", "True", "BackoffLimitExceeded")],
        &[
            condition("Failed", "False", ""),
            condition("Complete", "True", ""),
        ],
        &[condition("Suspended", "True", "JobSuspended")],
        &[
            condition("Stalled", "True", ""),
            condition("Reconciling", "True", ""),
        ],
    ];
    let mut cases = Vec::new();
    for (at, spec) in specs.iter().enumerate() {
        for (which, conditions) in conditions.iter().enumerate() {
            let mut status = json!({"succeeded": at % 3, "failed": which});
            if at % 2 == 0 {
                status["startTime"] = json!(LONG_AGO);
                status["active"] = json!(1);
            }
            cases.push(case(object(
                "batch/v1",
                "Job",
                spec.clone(),
                with(status, conditions),
            )));
        }
    }
    let mut going = object(
        "batch/v1",
        "Job",
        json!({}),
        json!({"observedGeneration": 1}),
    );
    going["metadata"]["deletionTimestamp"] = json!(LONG_AGO);
    cases.push(case(going));
    cases.push(case(object(
        "batch/v1",
        "Job",
        json!({}),
        json!({"conditions": {}}),
    )));
    cases
}

/// Objects of a kind for which a Kustomization has expressions.
fn expressions() -> Vec<Value> {
    let ready = "status.conditions.filter(e, e.type == 'Ready').all(e, e.status == 'True' && e.observedGeneration == metadata.generation)";
    let sets = [
        json!([{"apiVersion": "example.com/v1", "kind": "Shop", "current": ready,
            "failed": "status.conditions.exists(e, e.type == 'Ready' && e.status == 'False')",
            "inProgress": "has(status.phase) && status.phase == 'Building'"}]),
        json!([{"apiVersion": "example.com/v1", "current": "status.phase == 'Done'"}]),
        json!([{"apiVersion": "example.com/v1", "current": "true"},
            {"apiVersion": "example.com/v2", "kind": "Shop", "current": "false"}]),
        json!([{"apiVersion": "other.com/v1", "kind": "Shop", "current": "false"}]),
        json!([{"apiVersion": "batch/v1", "current": "false"}]),
        json!([{"apiVersion": "example.com/v1", "kind": "Shop", "current": "status.phase"}]),
        json!([{"apiVersion": "example.com/v1", "kind": "Shop", "current": ""}]),
        json!([{"apiVersion": "example.com/v1", "kind": "Shop", "current": "1 +"}]),
        json!([{"apiVersion": "example.com/v1", "kind": "Shop", "current": "true", "failed": "("}]),
        json!([{"apiVersion": "example.com/v1", "kind": "Shop", "current": "true"},
            {"apiVersion": "example.com/v2", "kind": "Shop", "current": "true"}]),
        json!([{"apiVersion": "example.com/v1", "current": "true"},
            {"apiVersion": "example.com/v1", "kind": "", "current": "true"}]),
    ];
    let mut is_ready = condition("Ready", "True", "");
    is_ready["observedGeneration"] = json!(2);
    let statuses = [
        json!({}),
        json!({"observedGeneration": 1, "phase": "Done"}),
        json!({"observedGeneration": "1", "phase": "Done"}),
        json!({"phase": "Building", "conditions": []}),
        with(json!({"phase": "Done"}), &[is_ready]),
        with(json!({"phase": "Done"}), &[condition("Ready", "False", "")]),
        with(json!({"phase": 1}), &[condition("Ready", "True", "")]),
    ];
    let mut cases = Vec::new();
    for exprs in &sets {
        for status in &statuses {
            let mut case = case(object("example.com/v1", "Shop", json!({}), status.clone()));
            case["exprs"] = exprs.clone();
            cases.push(case);
        }
        let mut job = case(object(
            "batch/v1",
            "Job",
            json!({"suspend": true}),
            json!({}),
        ));
        job["exprs"] = exprs.clone();
        cases.push(job);
    }
    cases
}
