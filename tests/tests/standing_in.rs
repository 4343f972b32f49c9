//! The controller with flags of the sealed-secrets controller: each does what it does there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use signet_tests::eventually::always;
use signet_tests::rig::{Rig, condition};
use signet_tests::{canary, http};

const FLAGS: &[&str] = &[
    "--additional-namespaces=watched",
    "--skip-recreate",
    "--metrics-omit-secret-labels=true",
    "--key-prefix=our-keys-",
    "--privatekey-labels=team=a",
    "--privatekey-annotations=why=because",
    "--key-size=2048",
    "--key-ttl=48h0m0s",
    "--label-selector=class=ours",
    "--kubeclient-qps=200",
];

fn seal(rig: &Rig, namespace: &str, name: &str, class: &str) -> Result<String> {
    let value = canary::fresh(rig.directory(), name)?;
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: {namespace}}}\nstringData: {{password: '{value}'}}\n"
    );
    let sealed = rig.signet(&["seal", "-o", "json"], &secret)?.succeeded()?;
    let mut sealed: Value = serde_json::from_str(&sealed)?;
    sealed["metadata"]["labels"] = serde_json::json!({"class": class});
    rig.kubectl().apply(&sealed.to_string())?;
    Ok(value)
}

#[test]
fn flags_of_the_peer_do_what_they_do_there() -> Result<()> {
    let rig = Rig::start(FLAGS)?;
    for namespace in ["watched", "elsewhere"] {
        rig.kubectl().run(&["create", "namespace", namespace])?;
    }
    a_new_key_is_as_asked_for(&rig)?;

    seal(&rig, "elsewhere", "db", "ours")?;
    seal(&rig, "watched", "other-class", "theirs")?;
    let value = seal(&rig, "watched", "db", "ours")?;
    rig.until("the namespace that is named is looked after", || {
        ensure!(rig.secret("watched", "db")?["password"] == value);
        Ok(())
    })?;
    rig.until("its status is written", || {
        let object = rig
            .kubectl()
            .get_json(&["sealedsecret", "db", "-n", "watched"])?;
        ensure!(condition(&object, "Recorded").0 == "True");
        Ok(())
    })?;
    rig.kubectl()
        .run(&["delete", "secret", "db", "-n", "watched"])?;
    always(
        Duration::from_secs(1),
        "what was deleted stays so, and what is not ours is not opened",
        || {
            ensure!(rig.secret("watched", "db").is_err());
            ensure!(rig.secret("watched", "other-class").is_err());
            ensure!(rig.secret("elsewhere", "db").is_err());
            Ok(())
        },
    )?;
    let metrics = String::from_utf8(http::get(&rig.metrics_address(), "/metrics")?)?;
    let condition = "sealed_secrets_controller_condition_info{namespace=\"watched\",name=\"\"";
    assert!(metrics.contains(condition), "{metrics}");
    assert!(!metrics.contains("name=\"db\""), "{metrics}");

    rig.kill_controller();
    rig.start_controller()?;
    rig.until("a restart makes it again, as there", || {
        ensure!(rig.secret("watched", "db")?["password"] == value);
        Ok(())
    })
}

fn a_new_key_is_as_asked_for(rig: &Rig) -> Result<()> {
    let selector = "sealedsecrets.bitnami.com/sealed-secrets-key=active,team=a";
    let list = rig
        .kubectl()
        .get_json(&["secrets", "-n", "signet-system", "-l", selector])?;
    let items = list["items"].as_array().context("a list")?;
    assert_eq!(items.len(), 1);
    let metadata = &items[0]["metadata"];
    assert!(metadata["name"].as_str().unwrap().starts_with("our-keys-"));
    assert_eq!(metadata["annotations"]["why"], "because");
    let metrics = String::from_utf8(http::get(&rig.metrics_address(), "/metrics")?)?;
    let expiry = metrics
        .lines()
        .find_map(|line| line.strip_prefix("signet_sealing_certificate_expiry_timestamp_seconds "))
        .context("no expiry")?;
    let made: jiff::Timestamp = metadata["creationTimestamp"].as_str().unwrap().parse()?;
    let life = expiry.parse::<i64>()? - made.as_second();
    assert!((life - 48 * 3600).abs() < 60, "{life} s");
    Ok(())
}
