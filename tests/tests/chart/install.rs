//! The chart and `signet install`, told the same, make the same objects.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use signet_tests::process;

use super::rendered;

/// Flags of `signet install`, and values that mean the same.
const SAME: &[(&[&str], &str)] = &[
    (&[], ""),
    (&["--replicas", "3"], "replicaCount: 3"),
    (&["--as-sealed-secrets"], "asSealedSecrets: true"),
    (&["--as-flux"], "asFlux: true"),
    (
        &["--flux-namespace=flux-system"],
        "fluxNamespace: flux-system",
    ),
    (&["--roll-workloads"], "rollWorkloads: annotated"),
    (&["--copy-sealed-secrets"], "copySealedSecrets: true"),
    (
        &["--no-cluster-admin"],
        "ownServiceAccount: {clusterAdmin: false}",
    ),
    (
        &["--kinds=sealedsecret,gitrepository"],
        "kinds: [gitrepository, sealedsecret]",
    ),
    (
        &["--tls-secret=front"],
        "tls: {enabled: true, secretName: front}",
    ),
    (
        &["--controller-arg=--source-hosts=git.example"],
        "sourceHosts: [git.example]",
    ),
    (
        &["--namespaced"],
        "rbac: {namespacedRoles: true, clusterRole: false}",
    ),
    (
        &[
            "--namespaced",
            "--additional-namespaces=shop,bank",
            "--auth-delegator",
            "--roll-workloads",
        ],
        "{additionalNamespaces: [shop, bank], rollWorkloads: annotated, rbac: {namespacedRoles: true, clusterRole: false, authDelegator: true}}",
    ),
];

/// What the chart has besides, because the sealed-secrets chart does: a Service for the metrics, and
/// rights over the keys that the ClusterRole gives as well.
const MORE: [&str; 3] = [
    "Role signet-system/signet-key-admin",
    "RoleBinding signet-system/signet-key-admin",
    "Service signet-system/signet-controller-metrics",
];

#[test]
fn the_chart_and_the_command_install_the_same() -> Result<()> {
    for (flags, values) in SAME {
        let printed = of_the_command(flags)?;
        let mut made = of_the_chart(values)?;
        for more in MORE {
            if !printed.contains_key(more) {
                made.remove(more).context("the chart always has it")?;
            }
        }
        let names = |all: &BTreeMap<String, Value>| all.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&made), names(&printed), "{flags:?}");
        for (name, object) in &printed {
            assert_eq!(&made[name], object, "{name} with {flags:?}");
        }
    }
    Ok(())
}

/// Without the Namespace: a chart cannot make the one that it is installed into.
fn of_the_command(flags: &[&str]) -> Result<BTreeMap<String, Value>> {
    let home = tempfile::tempdir()?;
    let mut command = process::signet(home.path())?;
    command.args(["install", "-o", "json"]).args(flags);
    let text = process::run(&mut command, b"")?.succeeded()?;
    let documents = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
    let objects = documents.collect::<Result<Vec<_>, _>>()?;
    Ok(compared(objects))
}

fn of_the_chart(values: &str) -> Result<BTreeMap<String, Value>> {
    let objects = rendered("signet", "signet-system", values)?;
    Ok(compared(objects))
}

/// By kind and name, without what is a release's own.
fn compared(objects: Vec<Value>) -> BTreeMap<String, Value> {
    let flat = objects
        .into_iter()
        .flat_map(|object| match object["items"].as_array() {
            Some(items) => items.clone(),
            None => vec![object],
        });
    let named = flat
        .filter(|object| object["kind"] != "Namespace")
        .map(|mut object| {
            without_the_release(&mut object);
            let text = |pointer| {
                object
                    .pointer(pointer)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
            };
            let place = match text("/metadata/namespace") {
                "" => String::new(),
                namespace => format!("{namespace}/"),
            };
            (
                format!("{} {place}{}", text("/kind"), text("/metadata/name")),
                object,
            )
        });
    named.collect()
}

fn without_the_release(object: &mut Value) {
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove("labels");
        // The one annotation there is: what keeps definitions from going with the release.
        metadata.remove("annotations");
    }
    let selectors = [
        "/spec/selector",
        "/spec/selector/matchLabels",
        "/spec/podSelector/matchLabels",
        "/spec/template/metadata/labels",
    ];
    for pointer in selectors {
        if let Some(labels) = object.pointer_mut(pointer).and_then(Value::as_object_mut) {
            // One tells releases of a chart apart, the other ours from other objects of an installation.
            labels.remove("app.kubernetes.io/instance");
            labels.remove("app.kubernetes.io/component");
        }
    }
    let container = "/spec/template/spec/containers/0";
    if let Some(container) = object.pointer_mut(container).and_then(Value::as_object_mut) {
        // What Kubernetes makes of a tag that is not latest.
        let policy = container.remove("imagePullPolicy");
        assert!(policy.is_none_or(|policy| policy == json!("IfNotPresent")));
    }
}
