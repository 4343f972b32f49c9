//! A rollback: the commit before, with the Git server gone, through a restart, until a newer commit
//! than the bad one arrives.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use anyhow::{Result, ensure};
use signet_tests::rig::{Repository, Rig, condition};

const TO: &str = "signet.dev/rollback-to";

fn annotate(rig: &Rig, name: &str, word: &str) -> Result<()> {
    let arguments = ["annotate", "--overwrite", "-n", "signet-system"];
    let arguments = [arguments.as_slice(), &["kustomization", name, word]].concat();
    rig.kubectl().run(&arguments).map(drop)
}

fn push(rig: &Rig, repository: &Repository, namespace: &str, value: &str) -> Result<String> {
    let web = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: web, namespace: {namespace}}}\ndata: {{value: {value}}}\n"
    );
    repository.write("app/web.yaml", &web)?;
    rig.push(repository, value)
}

fn becomes(rig: &Rig, namespace: &str, wanted: &str) -> Result<()> {
    rig.until(&format!("the value is {wanted}"), || {
        let web = rig
            .kubectl()
            .get_json(&["configmap", "web", "-n", namespace])?;
        ensure!(web["data"]["value"] == wanted, "{}", web["data"]);
        Ok(())
    })
}

/// What condition `RolledBack` says; empty without it.
fn said(rig: &Rig, name: &str) -> Result<String> {
    Ok(condition(&rig.kustomization(name)?, "RolledBack").2)
}

#[test]
fn the_commit_before_stays_until_a_newer_one_than_the_bad_one_arrives() -> Result<()> {
    let rig = Rig::start(&[])?;
    let namespace = rig.namespace("rollback")?;
    let repository = rig.repository(&namespace)?;
    let good = push(&rig, &repository, &namespace, "good")?;
    rig.connect(&repository, "  prune: true")?;
    rig.applied(&namespace, &good)?;
    let bad = push(&rig, &repository, &namespace, "bad")?;
    rig.applied(&namespace, &bad)?;

    // Git is gone.
    let aside = repository.bare().with_extension("away");
    std::fs::rename(repository.bare(), &aside)?;
    annotate(&rig, &namespace, &format!("{TO}={}", &good[..12]))?;
    rig.applied(&namespace, &good)?;
    becomes(&rig, &namespace, "good")?;
    let message = said(&rig, &namespace)?;
    ensure!(
        message.contains(&good) && message.contains(&bad),
        "{message}"
    );
    // What is edited by hand is put back to what was rolled back to.
    let edit = r#"{"data": {"value": "edited"}}"#;
    let patch = ["patch", "configmap", "web", "-n", &namespace, "-p", edit];
    rig.kubectl().run(&patch)?;
    becomes(&rig, &namespace, "good")?;

    // Another process has to fetch both commits again, and goes on where this one was.
    std::fs::rename(&aside, repository.bare())?;
    rig.kill_controller();
    rig.start_controller()?;
    rig.until("it is held after a restart", || {
        let ready = condition(&rig.kustomization(&namespace)?, "Ready");
        ensure!(ready.0 == "True" && ready.2.contains(&good), "{ready:?}");
        ensure!(!said(&rig, &namespace)?.is_empty(), "nothing is said of it");
        Ok(())
    })?;
    becomes(&rig, &namespace, "good")?;

    let fixed = push(&rig, &repository, &namespace, "fixed")?;
    rig.applied(&namespace, &fixed)?;
    becomes(&rig, &namespace, "fixed")?;
    let object = rig.kustomization(&namespace)?;
    let annotations = object["metadata"]["annotations"].to_string();
    ensure!(
        !annotations.contains("signet.dev/rollback"),
        "{annotations}"
    );
    ensure!(said(&rig, &namespace)?.is_empty(), "it is over");
    Ok(())
}

#[test]
fn what_was_never_applied_is_refused_and_taking_the_word_back_is_enough() -> Result<()> {
    let rig = Rig::shared()?;
    let namespace = rig.namespace("refused")?;
    let repository = rig.repository(&namespace)?;
    let skipped = push(rig, &repository, &namespace, "skipped")?;
    let good = push(rig, &repository, &namespace, "good")?;
    rig.connect(&repository, "  prune: true")?;
    rig.applied(&namespace, &good)?;
    annotate(rig, &namespace, &format!("{TO}=main@sha1:{skipped}"))?;
    rig.fails(
        &namespace,
        &[&skipped, "was not applied here before", &good],
    )?;
    becomes(rig, &namespace, "good")?;
    annotate(rig, &namespace, &format!("{TO}-"))?;
    rig.applied(&namespace, &good)
}
