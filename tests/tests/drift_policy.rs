//! What happens to a Secret that somebody changed by hand, as its SealedSecret wants it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::time::Duration;

use anyhow::{Result, ensure};
use signet_tests::canary;
use signet_tests::eventually::always;
use signet_tests::rig::{Rig, condition};

/// A SealedSecret with this drift policy, unsealed; answers its value.
fn unsealed(rig: &Rig, namespace: &str, policy: &str) -> Result<String> {
    let value = canary::fresh(rig.directory(), policy)?;
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: db, namespace: {namespace}}}\nstringData: {{password: '{value}'}}\n"
    );
    let sealed = rig.signet(&["seal"], &secret)?.succeeded()?;
    rig.kubectl().apply(&sealed)?;
    annotate(rig, namespace, policy)?;
    rig.until("it is unsealed", || {
        ensure!(rig.secret(namespace, "db")?["password"] == value);
        ensure!(synced(rig, namespace)?.0 == "True");
        Ok(())
    })?;
    Ok(value)
}

fn annotate(rig: &Rig, namespace: &str, policy: &str) -> Result<()> {
    let annotation = format!("signet.dev/drift={policy}");
    let arguments = [
        "annotate",
        "--overwrite",
        "sealedsecret",
        "db",
        "-n",
        namespace,
        &annotation,
    ];
    rig.kubectl().run(&arguments).map(drop)
}

fn synced(rig: &Rig, namespace: &str) -> Result<(String, String, String)> {
    let object = rig
        .kubectl()
        .get_json(&["sealedsecret", "db", "-n", namespace])?;
    Ok(condition(&object, "Synced"))
}

fn edit(rig: &Rig, namespace: &str) -> Result<()> {
    let patch = r#"{"stringData":{"password":"mine"}}"#;
    let arguments = [
        "patch",
        "secret",
        "db",
        "-n",
        namespace,
        "--type=merge",
        "-p",
        patch,
    ];
    rig.kubectl().run(&arguments).map(drop)
}

#[test]
fn reported_drift_is_named_and_left_until_the_policy_changes() -> Result<()> {
    let rig = Rig::shared()?;
    let namespace = rig.namespace("report")?;
    let value = unsealed(rig, &namespace, "report")?;
    edit(rig, &namespace)?;
    rig.until("it is reported", || {
        let (status, reason, message) = synced(rig, &namespace)?;
        ensure!(
            status == "False" && reason == "Drifted",
            "{status} {reason}"
        );
        ensure!(
            message.contains("changed by hand: data.password"),
            "{message}"
        );
        let events = rig.events(&namespace, "db")?.join("\n");
        ensure!(events.contains("Drifted: the Secret was changed by hand"));
        Ok(())
    })?;
    assert_eq!(rig.secret(&namespace, "db")?["password"], "mine");
    annotate(rig, &namespace, "enforce")?;
    rig.until("it is put back", || {
        ensure!(rig.secret(&namespace, "db")?["password"] == value);
        ensure!(synced(rig, &namespace)?.0 == "True");
        Ok(())
    })
}

#[test]
fn ignored_drift_is_left_and_a_new_commit_is_not() -> Result<()> {
    let rig = Rig::shared()?;
    let namespace = rig.namespace("ignore")?;
    unsealed(rig, &namespace, "ignore")?;
    edit(rig, &namespace)?;
    always(Duration::from_secs(1), "it is left", || {
        ensure!(rig.secret(&namespace, "db")?["password"] == "mine");
        ensure!(synced(rig, &namespace)?.0 == "True");
        Ok(())
    })?;
    let value = canary::fresh(rig.directory(), "next")?;
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: db, namespace: {namespace}}}\nstringData: {{password: '{value}'}}\n"
    );
    let sealed = rig.signet(&["seal"], &secret)?.succeeded()?;
    rig.kubectl().apply(&sealed)?;
    rig.until("the new value is there", || {
        ensure!(rig.secret(&namespace, "db")?["password"] == value);
        Ok(())
    })
}

#[test]
fn a_policy_that_nobody_knows_is_refused_by_name() -> Result<()> {
    let rig = Rig::shared()?;
    let namespace = rig.namespace("policy")?;
    unsealed(rig, &namespace, "enforce")?;
    annotate(rig, &namespace, "maybe")?;
    rig.until("it says so", || {
        let (status, _, message) = synced(rig, &namespace)?;
        ensure!(
            status == "False" && message.contains("signet.dev/drift: write enforce"),
            "{message}"
        );
        Ok(())
    })
}
