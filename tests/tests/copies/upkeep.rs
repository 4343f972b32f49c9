//! What a copy goes through once it is there.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::Value;
use signet_tests::eventually::always;

use super::{Story, shared};

#[test]
fn a_copy_that_somebody_edits_or_deletes_is_put_back_and_nothing_else_is_written() -> Result<()> {
    let story = Story::new(shared()?)?;
    let (one, other) = (story.target(&story.home)?, story.target("*")?);
    let value = story.copies_to(&[&one, &other])?;
    story.there(&one, &value)?;
    story.there(&other, &value)?;
    story.says("True", "Copied", &[])?;
    let versions = || Ok::<_, anyhow::Error>([story.version(&other)?, story.version(&story.home)?]);
    let before = versions()?;
    let kubectl = story.rig.kubectl().in_namespace(&one);
    let edit = r#"{"stringData":{"password":"mine"},"metadata":{"labels":{"hand":"1"}}}"#;
    kubectl.run(&["patch", "secret", "db", "--type=merge", "-p", edit])?;
    story.there(&one, &value)?;
    kubectl.run(&["delete", "secret", "db"])?;
    story.there(&one, &value)?;
    assert_eq!(versions()?, before);

    story.annotate("sealedsecret", "db", "signet.dev/drift=report")?;
    story.rig.until("the policy is known", || {
        kubectl.run(&["patch", "secret", "db", "--type=merge", "-p", edit])?;
        std::thread::sleep(Duration::from_secs(2));
        ensure!(story.rig.secret(&one, "db")?["password"] == "mine");
        Ok(())
    })?;
    story.says(
        "False",
        "Drifted",
        &[&one, "changed by hand: data.password", &other],
    )?;
    story.annotate("sealedsecret", "db", "signet.dev/drift=enforce")?;
    story.there(&one, &value)?;
    story.says("True", "Copied", &[])?;
    Ok(())
}

#[test]
fn a_secret_of_somebody_else_is_not_touched_until_it_consents() -> Result<()> {
    let story = Story::new(shared()?)?;
    let target = story.target(&story.home)?;
    let kubectl = story.rig.kubectl().in_namespace(&target);
    kubectl.run(&[
        "create",
        "secret",
        "generic",
        "db",
        "--from-literal=password=theirs",
    ])?;
    let value = story.copies_to(&[&target])?;
    let words =
        format!("{target}: Resource \"db\" already exists and is not managed by SealedSecret");
    story.says("False", "Refused", &[&words])?;
    kubectl.run(&["annotate", "secret", "db", "note=mine"])?;
    always(Duration::from_secs(2), "it is theirs", || {
        ensure!(story.rig.secret(&target, "db")?["password"] == "theirs");
        Ok(())
    })?;
    kubectl.run(&[
        "annotate",
        "secret",
        "db",
        "sealedsecrets.bitnami.com/managed=true",
    ])?;
    story.there(&target, &value)?;
    story.says("True", "Copied", &[])?;
    // Whoever takes the mark off has it for himself.
    kubectl.run(&["annotate", "secret", "db", "signet.dev/copied-from-"])?;
    story.says("False", "Refused", &[&words])?;
    story
        .rig
        .kubectl()
        .run(&["delete", "sealedsecret", "db", "-n", &story.home])?;
    story.gone(&story.home)?;
    always(Duration::from_secs(2), "it is theirs again", || {
        ensure!(!story.absent(&target)?);
        Ok(())
    })
}

#[test]
fn a_copy_that_the_api_server_does_not_take_is_tried_again() -> Result<()> {
    let story = Story::new(shared()?)?;
    let (full, other) = (story.target("*")?, story.target("*")?);
    let kubectl = story.rig.kubectl().in_namespace(&full);
    kubectl.run(&["create", "quota", "none", "--hard=secrets=0"])?;
    // What the controller of quotas would say, which does not run here.
    let none = r#"{"status":{"hard":{"secrets":"0"},"used":{"secrets":"0"}}}"#;
    kubectl.run(&[
        "patch",
        "quota",
        "none",
        "--subresource=status",
        "--type=merge",
        "-p",
        none,
    ])?;
    story.rig.until("the quota holds", || {
        let tried = kubectl.run(&["create", "secret", "generic", "other", "--dry-run=server"]);
        ensure!(tried.is_err_and(|error| error.to_string().contains("exceeded quota")));
        Ok(())
    })?;
    let value = story.copies_to(&[&full, &other])?;
    story.there(&other, &value)?;
    story.says("False", "Failed", &[&full, &format!("copied to {other}")])?;
    assert!(story.absent(&full)?);
    kubectl.run(&["delete", "quota", "none"])?;
    story.there(&full, &value)?;
    story.says("True", "Copied", &[])?;
    Ok(())
}

#[test]
fn a_sealed_secret_of_the_namespace_comes_before_a_copy() -> Result<()> {
    let story = Story::new(shared()?)?;
    let target = story.target(&story.home)?;
    let value = story.copies_to(&[&target])?;
    story.there(&target, &value)?;
    let local = Story {
        rig: story.rig,
        home: target.clone(),
    };
    let own = local.seal("strict", &[])?;
    story.there(&target, &own)?;
    story.says(
        "False",
        "Refused",
        &["a SealedSecret \"db\" is there and comes before a copy"],
    )?;
    let secret = story
        .rig
        .kubectl()
        .get_json(&["secret", "db", "-n", &target])?;
    assert_eq!(
        secret["metadata"]["ownerReferences"][0]["kind"],
        "SealedSecret"
    );
    assert_eq!(secret["metadata"]["annotations"], Value::Null);
    story
        .rig
        .kubectl()
        .run(&["delete", "sealedsecret", "db", "-n", &target])?;
    story.there(&target, &value)?;
    story.says("True", "Copied", &[])?;
    Ok(())
}

#[test]
fn readers_of_a_copy_are_rolled_when_its_value_changes() -> Result<()> {
    let story = Story::new(shared()?)?;
    let target = story.target(&story.home)?;
    let value = story.copies_to(&[&target])?;
    story.there(&target, &value)?;
    let kubectl = story.rig.kubectl().in_namespace(&target);
    kubectl.apply(
        "apiVersion: apps/v1
kind: Deployment
metadata: {name: reader, annotations: {signet.dev/roll-on-secret-change: 'true'}}
spec:
  replicas: 0
  selector: {matchLabels: {app: reader}}
  template:
    metadata: {labels: {app: reader}}
    spec:
      containers: [{name: c, image: i, envFrom: [{secretRef: {name: db}}]}]
",
    )?;
    let next = story.copies_to(&[&target])?;
    story.there(&target, &next)?;
    story.rig.until("the reader is rolled", || {
        let reader = kubectl.get_json(&["deployment", "reader"])?;
        let annotations = &reader["spec"]["template"]["metadata"]["annotations"];
        ensure!(annotations["signet.dev/secrets-changed-at"].is_string());
        Ok(())
    })
}
