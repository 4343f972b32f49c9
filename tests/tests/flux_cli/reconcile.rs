//! `flux reconcile`: asks, waits, and tells which revision it was.

use anyhow::Result;
use signet_tests::flux::{cli, said};

use super::{Demo, revision};

#[test]
fn flux_reconcile_source_fetches_what_is_new() -> Result<()> {
    let demo = Demo::applied("fetch")?;
    let commit = demo.change("debug")?;
    let answer = cli(demo.rig, &["reconcile", "source", "git", demo.name()])?;
    let told = said(&answer);
    answer.succeeded()?;
    let expected = format!(
        "► annotating GitRepository {} in signet-system namespace
✔ GitRepository annotated
◎ waiting for GitRepository reconciliation
✔ fetched revision {}
",
        demo.name(),
        revision(&commit)
    );
    assert_eq!(told, expected);
    Ok(())
}

#[test]
fn flux_reconcile_with_source_applies_what_is_new() -> Result<()> {
    let demo = Demo::applied("apply")?;
    let commit = demo.change("debug")?;
    let arguments = ["reconcile", "kustomization", demo.name(), "--with-source"];
    let answer = cli(demo.rig, &arguments)?;
    let told = said(&answer);
    answer.succeeded()?;
    let (name, revision) = (demo.name(), revision(&commit));
    let expected = format!(
        "► annotating GitRepository {name} in signet-system namespace
✔ GitRepository annotated
◎ waiting for GitRepository reconciliation
✔ fetched revision {revision}
► annotating Kustomization {name} in signet-system namespace
✔ Kustomization annotated
◎ waiting for Kustomization reconciliation
✔ applied revision {revision}
"
    );
    assert_eq!(told, expected);
    let applied = demo
        .rig
        .kubectl()
        .get_json(&["configmap", "settings", "-n", name])?;
    assert_eq!(applied["data"]["level"], "debug");
    Ok(())
}

#[test]
fn who_asks_again_for_the_same_is_answered_again() -> Result<()> {
    let demo = Demo::applied("again")?;
    for _ in 0..2 {
        let arguments = ["reconcile", "kustomization", demo.name(), "--with-source"];
        let told = said(&cli(demo.rig, &arguments)?);
        let applied = format!("✔ applied revision {}", demo.revision());
        assert!(told.contains(&applied), "{told}");
    }
    Ok(())
}
