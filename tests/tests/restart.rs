//! A restart does nothing twice: what is proven to be in order is neither opened nor written, and
//! what changed while nobody looked is seen all the same.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use signet_tests::canary;
use signet_tests::rig::{Rig, condition};

const COUNT: usize = 20;

fn seal(rig: &Rig, namespace: &str, name: &str, value: &str) -> Result<String> {
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: {namespace}}}\nstringData: {{password: '{value}'}}\n"
    );
    rig.signet(&["seal"], &secret)?.succeeded()
}

/// `name → resourceVersion` of every object of a kind in a namespace.
fn versions(rig: &Rig, kind: &str, namespace: &str) -> Result<BTreeMap<String, String>> {
    let list = rig.kubectl().get_json(&[kind, "-n", namespace])?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let items = list["items"].as_array().context("a list")?.iter();
    Ok(items
        .map(|item| {
            let metadata = &item["metadata"];
            (text(&metadata["name"]), text(&metadata["resourceVersion"]))
        })
        .collect())
}

/// The value of a metric without labels.
fn metric(rig: &Rig, name: &str) -> Result<u64> {
    let text = signet_tests::http::get(&rig.metrics_address(), "/metrics")?;
    let text = String::from_utf8(text)?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.with_context(|| format!("no {name}"))?
        .parse()
        .context("a number")
}

fn counts(rig: &Rig) -> Result<(u64, u64)> {
    let opened = metric(rig, "signet_sealed_secrets_opened_total")?;
    Ok((opened, metric(rig, "signet_sealed_secrets_verified_total")?))
}

fn all_recorded(rig: &Rig, namespace: &str, count: usize) -> Result<()> {
    rig.until("all are unsealed and recorded", || {
        let list = rig
            .kubectl()
            .get_json(&["sealedsecrets", "-n", namespace])?;
        let items = list["items"].as_array().context("a list")?;
        let done = items.iter().filter(|item| {
            condition(item, "Synced").0 == "True"
                && condition(item, "Recorded").2.contains("; proof v1 ")
                && item["status"]["conditions"][0]["type"] == "Synced"
        });
        let done = done.count();
        ensure!(done == count, "{done} of {}", items.len());
        Ok(())
    })
}

#[test]
fn only_what_changed_while_the_controller_was_away_is_opened() -> Result<()> {
    let rig = Rig::start(&[])?;
    let namespace = rig.namespace("restart")?;
    let mut all = String::new();
    let mut values = Vec::new();
    for number in 0..COUNT {
        let value = canary::fresh(rig.directory(), &format!("item-{number}"))?;
        all.push_str(&seal(&rig, &namespace, &format!("db-{number}"), &value)?);
        values.push(value);
    }
    rig.kubectl().apply(&all)?;
    all_recorded(&rig, &namespace, COUNT)?;

    nothing_changed(&rig, &namespace)?;
    some_changed(&rig, &namespace, &values)?;
    a_key_was_withdrawn(&rig, &namespace)
}

/// No private key is used, nothing is written.
fn nothing_changed(rig: &Rig, namespace: &str) -> Result<()> {
    let secrets = versions(rig, "secrets", namespace)?;
    let sealed = versions(rig, "sealedsecrets", namespace)?;
    let events = versions(rig, "events", namespace)?;
    rig.kill_controller();
    rig.start_controller()?;
    rig.until("all are verified", || {
        let counts = counts(rig)?;
        ensure!(counts == (0, COUNT as u64), "{counts:?}");
        Ok(())
    })?;
    assert_eq!(versions(rig, "secrets", namespace)?, secrets);
    assert_eq!(versions(rig, "sealedsecrets", namespace)?, sealed);
    assert_eq!(versions(rig, "events", namespace)?, events);
    let requests = metric(rig, "sealed_secrets_controller_unseal_requests_total")?;
    assert_eq!(requests, 0);
    Ok(())
}

/// One Secret was edited, one deleted, one SealedSecret committed anew, one record forged.
fn some_changed(rig: &Rig, namespace: &str, values: &[String]) -> Result<()> {
    let untouched = versions(rig, "secrets", namespace)?;
    rig.kill_controller();
    let kubectl = rig.kubectl().in_namespace(namespace);
    let edit = r#"{"stringData":{"password":"mine"}}"#;
    kubectl.run(&["patch", "secret", "db-0", "--type=merge", "-p", edit])?;
    kubectl.run(&["delete", "secret", "db-1"])?;
    let next = canary::fresh(rig.directory(), "next")?;
    rig.kubectl().apply(&seal(rig, namespace, "db-2", &next)?)?;
    // The record of another object, moved here: it must not be believed.
    let other = kubectl.get_json(&["sealedsecret", "db-4"])?;
    let conditions = serde_json::json!({"status": other["status"]}).to_string();
    kubectl.run(&[
        "patch",
        "sealedsecret",
        "db-3",
        "--subresource=status",
        "--type=merge",
        "-p",
        &conditions,
    ])?;
    rig.start_controller()?;
    rig.until("what changed is put right", || {
        ensure!(rig.secret(namespace, "db-0")?["password"] == values[0]);
        ensure!(rig.secret(namespace, "db-1")?["password"] == values[1]);
        ensure!(rig.secret(namespace, "db-2")?["password"] == next);
        let counts = counts(rig)?;
        ensure!(counts == (4, COUNT as u64 - 4), "{counts:?}");
        Ok(())
    })?;
    let now = versions(rig, "secrets", namespace)?;
    for number in 3..COUNT {
        let name = format!("db-{number}");
        assert_eq!(now[&name], untouched[&name], "{name} was written");
    }
    all_recorded(rig, namespace, COUNT)
}

/// One key more changes nothing; one key less concerns only what was sealed for it.
fn a_key_was_withdrawn(rig: &Rig, namespace: &str) -> Result<()> {
    let old = rig.kubectl().get_json(&[
        "secrets",
        "-n",
        "signet-system",
        "-l",
        "sealedsecrets.bitnami.com/sealed-secrets-key=active",
    ])?;
    let old = old["items"][0]["metadata"]["name"]
        .as_str()
        .unwrap()
        .to_owned();
    let before = counts(rig)?;
    let certificate = rig.signet(&["cert"], "")?.succeeded()?;
    rig.kubectl().run(&[
        "annotate",
        "configmap",
        "signet-sealing-certificate",
        "-n",
        "signet-system",
        "signet.dev/new-key-requested-at=now",
    ])?;
    rig.until("another key is there", || {
        ensure!(rig.signet(&["cert"], "")?.succeeded()? != certificate);
        Ok(())
    })?;
    let value = canary::fresh(rig.directory(), "newer")?;
    rig.kubectl()
        .apply(&seal(rig, namespace, "newer", &value)?)?;
    all_recorded(rig, namespace, COUNT + 1)?;
    assert_eq!(counts(rig)?.0, before.0 + 1, "only the new one was opened");
    rig.kubectl().run(&[
        "label",
        "--overwrite",
        "secret",
        &old,
        "-n",
        "signet-system",
        "sealedsecrets.bitnami.com/sealed-secrets-key=compromised",
    ])?;
    rig.until("what was sealed for it says so", || {
        let object = rig
            .kubectl()
            .get_json(&["sealedsecret", "db-7", "-n", namespace])?;
        let (status, _, message) = condition(&object, "Synced");
        ensure!(status == "False" && message.contains("no key could decrypt secret"));
        ensure!(counts(rig)?.0 == before.0 + 1 + COUNT as u64);
        Ok(())
    })?;
    let newer = rig
        .kubectl()
        .get_json(&["sealedsecret", "newer", "-n", namespace])?;
    assert_eq!(condition(&newer, "Synced").0, "True");
    Ok(())
}
