//! SealedSecrets in a cluster: opened, put back, refused, each with its condition and event.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use anyhow::{Result, ensure};
use signet_tests::canary;
use signet_tests::rig::{Rig, condition};

fn seal(rig: &Rig, namespace: &str, name: &str, value: &str, flags: &[&str]) -> Result<String> {
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: {namespace}, labels: {{app: web}}}}\nstringData: {{password: '{value}'}}\n"
    );
    rig.signet(&[&["seal"], flags].concat(), &secret)?
        .succeeded()
}

fn opened(rig: &Rig, namespace: &str, name: &str, value: &str) -> Result<()> {
    rig.until("the Secret is there", || {
        let data = rig.secret(namespace, name)?;
        ensure!(
            data.get("password").is_some_and(|v| v == value),
            "another value"
        );
        Ok(())
    })
}

fn synced(rig: &Rig, namespace: &str, name: &str) -> Result<(String, String, String)> {
    Ok(condition(
        &rig.kubectl()
            .get_json(&["sealedsecret", name, "-n", namespace])?,
        "Synced",
    ))
}

#[test]
fn create_update_and_what_the_secret_looks_like() -> Result<()> {
    let rig = Rig::shared()?;
    let namespace = rig.namespace("unseal")?;
    let value = canary::fresh(rig.directory(), "first")?;
    rig.kubectl()
        .apply(&seal(rig, &namespace, "db", &value, &[])?)?;
    opened(rig, &namespace, "db", &value)?;
    let secret = rig
        .kubectl()
        .get_json(&["secret", "db", "-n", &namespace])?;
    let owner = &secret["metadata"]["ownerReferences"][0];
    assert_eq!(
        (&owner["kind"], &owner["controller"]),
        (&"SealedSecret".into(), &true.into())
    );
    assert_eq!(secret["metadata"]["labels"]["app"], "web");
    assert!(
        secret["metadata"]["annotations"].is_null(),
        "nothing of ours is added"
    );
    rig.until("the condition says so", || {
        ensure!(synced(rig, &namespace, "db")?.0 == "True");
        Ok(())
    })?;
    rig.until("the event says so", || {
        let events = rig.events(&namespace, "db")?.join("\n");
        ensure!(
            events.contains("Unsealed: SealedSecret unsealed successfully"),
            "{events}"
        );
        Ok(())
    })?;
    let next = canary::fresh(rig.directory(), "second")?;
    rig.kubectl()
        .apply(&seal(rig, &namespace, "db", &next, &[])?)?;
    opened(rig, &namespace, "db", &next)
}

#[test]
fn a_secret_edited_or_deleted_by_hand_is_put_back() -> Result<()> {
    let rig = Rig::shared()?;
    let namespace = rig.namespace("hand")?;
    let value = canary::fresh(rig.directory(), "hand")?;
    rig.kubectl()
        .apply(&seal(rig, &namespace, "db", &value, &[])?)?;
    opened(rig, &namespace, "db", &value)?;
    let patch = r#"{"stringData":{"password":"mine"}}"#;
    rig.kubectl().run(&[
        "patch",
        "secret",
        "db",
        "-n",
        &namespace,
        "--type=merge",
        "-p",
        patch,
    ])?;
    opened(rig, &namespace, "db", &value)?;
    rig.kubectl()
        .run(&["delete", "secret", "db", "-n", &namespace])?;
    opened(rig, &namespace, "db", &value)
}

#[test]
fn the_wrong_name_opens_nothing_and_the_wide_scopes_do() -> Result<()> {
    let rig = Rig::shared()?;
    let (here, there) = (rig.namespace("scope")?, rig.namespace("scope")?);
    let value = canary::fresh(rig.directory(), "scope")?;
    let moved = |flags: &[&str]| -> Result<String> {
        Ok(seal(rig, &here, "db", &value, flags)?
            .replace("name: db", "name: other")
            .replace(
                &format!("namespace: {here}"),
                &format!("namespace: {there}"),
            ))
    };
    rig.kubectl().apply(&moved(&[])?)?;
    rig.until("strict says no", || {
        let (status, _, message) = synced(rig, &there, "other")?;
        ensure!(
            status == "False" && message.contains("no key could decrypt secret (password)"),
            "{message}"
        );
        let events = rig.events(&there, "other")?.join("\n");
        ensure!(
            events.contains("ErrUnsealFailed: Failed to unseal: no key could decrypt"),
            "{events}"
        );
        Ok(())
    })?;
    assert!(rig.secret(&there, "other").is_err());
    rig.kubectl().apply(&moved(&["--scope", "cluster-wide"])?)?;
    opened(rig, &there, "other", &value)
}

#[test]
fn a_secret_that_is_not_ours_is_not_touched_unless_it_says_so() -> Result<()> {
    let rig = Rig::shared()?;
    let namespace = rig.namespace("managed")?;
    rig.kubectl().run(&[
        "create",
        "secret",
        "generic",
        "db",
        "-n",
        &namespace,
        "--from-literal=password=theirs",
    ])?;
    let value = canary::fresh(rig.directory(), "managed")?;
    rig.kubectl()
        .apply(&seal(rig, &namespace, "db", &value, &[])?)?;
    rig.until("it is refused", || {
        let (status, _, message) = synced(rig, &namespace, "db")?;
        ensure!(
            status == "False"
                && message.contains("already exists and is not managed by SealedSecret"),
            "{message}"
        );
        Ok(())
    })?;
    assert_eq!(rig.secret(&namespace, "db")?["password"], "theirs");
    let annotation = "sealedsecrets.bitnami.com/managed=true";
    rig.kubectl()
        .run(&["annotate", "secret", "db", "-n", &namespace, annotation])?;
    rig.kubectl().run(&[
        "annotate",
        "sealedsecret",
        "db",
        "-n",
        &namespace,
        "look=again",
    ])?;
    opened(rig, &namespace, "db", &value)
}

/// T36: an object that the schema lets pass and nobody can read stops only itself.
#[test]
fn one_unreadable_object_stops_no_other() -> Result<()> {
    let rig = Rig::shared()?;
    let namespace = rig.namespace("corrupt")?;
    let bad = format!(
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {{name: bad, namespace: {namespace}}}\nspec: {{encryptedData: {{password: 'no base64 !'}}}}\n"
    );
    rig.kubectl().apply(&bad)?;
    let value = canary::fresh(rig.directory(), "beside")?;
    rig.kubectl()
        .apply(&seal(rig, &namespace, "good", &value, &[])?)?;
    opened(rig, &namespace, "good", &value)?;
    rig.until("the bad one says what is wrong", || {
        let (status, _, message) = synced(rig, &namespace, "bad")?;
        ensure!(
            status == "False" && message.contains("password"),
            "{message}"
        );
        Ok(())
    })
}

#[test]
fn the_http_server_answers_what_is_public() -> Result<()> {
    let rig = Rig::shared()?;
    let get = |address: &str, path: &str| signet_tests::http::get(address, path);
    assert_eq!(get(&rig.address(), "/healthz")?, b"ok\n");
    let certificate = String::from_utf8(get(&rig.address(), "/v1/cert.pem")?)?;
    assert!(certificate.starts_with("-----BEGIN CERTIFICATE-----"));
    let published = rig.signet(&["cert"], "")?.succeeded()?;
    assert_eq!(published.trim(), certificate.trim());
    let metrics = String::from_utf8(get(&rig.metrics_address(), "/metrics")?)?;
    assert!(
        metrics.contains("sealed_secrets_controller_unseal_requests_total"),
        "{metrics}"
    );
    Ok(())
}
