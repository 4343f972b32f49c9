//! Pods whose Secret changes in value are rolled, once for each batch; others are left alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use signet_tests::canary;
use signet_tests::eventually::always;
use signet_tests::rig::Rig;

fn seal(rig: &Rig, namespace: &str, name: &str, value: &str) -> Result<String> {
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: {namespace}}}\nstringData: {{password: '{value}'}}\n"
    );
    rig.signet(&["seal"], &secret)?.succeeded()
}

/// A Deployment that reads `secret` in every variable, and another by a volume.
fn deployment(name: &str, annotation: &str, secret: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, annotations: {{{annotation}}}}}
spec:
  replicas: 0
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers: [{{name: c, image: i, envFrom: [{{secretRef: {{name: {secret}}}}}]}}]
      volumes: [{{name: v, secret: {{secretName: also}}}}]
---
"
    )
}

fn generation(rig: &Rig, namespace: &str, name: &str) -> Result<u64> {
    let object = rig
        .kubectl()
        .get_json(&["deployment", name, "-n", namespace])?;
    object["metadata"]["generation"]
        .as_u64()
        .context("a generation")
}

#[test]
fn readers_of_a_changed_value_are_rolled_once_and_nobody_else() -> Result<()> {
    let rig = Rig::start(&["--roll-workloads=annotated"])?;
    let namespace = rig.namespace("rolling")?;
    let kubectl = rig.kubectl().in_namespace(&namespace);
    let yes = "signet.dev/roll-on-secret-change: 'true'";
    let all = [
        deployment("reader", yes, "db"),
        deployment("silent", "", "db").replace("also", "other"),
        deployment("stranger", yes, "other").replace("also", "other"),
    ];
    kubectl.apply(&all.concat())?;
    let fresh = |label: &str| canary::fresh(rig.directory(), label);
    let (first, also) = (fresh("first")?, fresh("also")?);
    let opened = |name: &str, value: &str| {
        rig.until(&format!("{name} is there"), || {
            ensure!(rig.secret(&namespace, name)?["password"] == *value);
            Ok(())
        })
    };
    kubectl.apply(&seal(&rig, &namespace, "db", &first)?)?;
    kubectl.apply(&seal(&rig, &namespace, "also", &also)?)?;
    opened("db", &first)?;
    opened("also", &also)?;

    // The same value, sealed again, and a Secret made anew.
    kubectl.apply(&seal(&rig, &namespace, "db", &first)?)?;
    kubectl.run(&["delete", "secret", "also"])?;
    opened("also", &also)?;
    always(Duration::from_secs(2), "nobody is rolled", || {
        for name in ["reader", "silent", "stranger"] {
            ensure!(generation(&rig, &namespace, name)? == 1, "{name}");
        }
        Ok(())
    })?;

    // Two values change in one commit.
    let (second, other) = (fresh("second")?, fresh("other")?);
    let both = [
        seal(&rig, &namespace, "db", &second)?,
        seal(&rig, &namespace, "also", &other)?,
    ];
    kubectl.apply(&both.join("---\n"))?;
    opened("db", &second)?;
    opened("also", &other)?;
    rig.until("the reader is rolled", || {
        ensure!(generation(&rig, &namespace, "reader")? == 2);
        Ok(())
    })?;
    always(Duration::from_secs(2), "once, and nobody else", || {
        ensure!(generation(&rig, &namespace, "reader")? == 2);
        ensure!(generation(&rig, &namespace, "silent")? == 1);
        ensure!(generation(&rig, &namespace, "stranger")? == 1);
        Ok(())
    })?;
    let events = rig.events(&namespace, "reader")?.join("\n");
    assert!(
        events.contains("SecretChanged: Rolled because a Secret changed: also, db"),
        "{events}"
    );
    let reader = kubectl.get_json(&["deployment", "reader", "--show-managed-fields"])?;
    let managers = reader["metadata"]["managedFields"].to_string();
    assert!(managers.contains("\"signet-roll\""), "{managers}");
    Ok(())
}
