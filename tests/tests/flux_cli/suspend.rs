//! `flux suspend` and `flux resume`.

use anyhow::{Result, ensure};
use signet_tests::flux::{cli, said, table};

use super::{Demo, revision};

fn is_suspended(demo: &Demo, kind: &[&str]) -> Result<bool> {
    let mut arguments = vec!["get"];
    arguments.extend(kind);
    arguments.push(demo.name());
    let shown = cli(demo.rig, &arguments)?.succeeded()?;
    Ok(table(&shown)[1][2] == "True")
}

#[test]
fn a_suspended_source_is_left_alone_until_it_is_resumed() -> Result<()> {
    let demo = Demo::applied("source")?;
    let name = demo.name();
    let told = said(&cli(demo.rig, &["suspend", "source", "git", name])?);
    let expected = format!(
        "► suspending source git {name} in signet-system namespace\n✔ source git suspended\n"
    );
    assert_eq!(told, expected);
    ensure!(is_suspended(&demo, &["sources", "git"])?);
    let commit = demo.change("debug")?;
    let refused = cli(demo.rig, &["reconcile", "source", "git", name])?.failed()?;
    assert!(refused.contains("resource is suspended"), "{refused}");

    let told = said(&cli(
        demo.rig,
        &["resume", "source", "git", name, "--wait"],
    )?);
    let expected = format!(
        "► resuming source git {name} in signet-system namespace
✔ source git resumed
◎ waiting for GitRepository reconciliation
✔ GitRepository {name} reconciliation completed
✔ fetched revision {}
",
        revision(&commit)
    );
    assert_eq!(told, expected);
    ensure!(!is_suspended(&demo, &["sources", "git"])?);
    Ok(())
}

#[test]
fn a_suspended_kustomization_is_left_alone_until_it_is_resumed() -> Result<()> {
    let demo = Demo::applied("kustomization")?;
    let name = demo.name();
    let told = said(&cli(demo.rig, &["suspend", "kustomization", name])?);
    let expected = format!(
        "► suspending kustomization {name} in signet-system namespace\n✔ kustomization suspended\n"
    );
    assert_eq!(told, expected);
    ensure!(is_suspended(&demo, &["kustomizations"])?);
    let commit = demo.change("debug")?;
    cli(demo.rig, &["reconcile", "source", "git", name])?.succeeded()?;
    let refused = cli(demo.rig, &["reconcile", "kustomization", name])?.failed()?;
    assert!(refused.contains("resource is suspended"), "{refused}");
    let kept = demo
        .rig
        .kubectl()
        .get_json(&["configmap", "settings", "-n", name])?;
    assert_eq!(kept["data"]["level"], "info");

    let told = said(&cli(
        demo.rig,
        &["resume", "kustomization", name, "--wait"],
    )?);
    let expected = format!(
        "► resuming kustomization {name} in signet-system namespace
✔ kustomization resumed
◎ waiting for Kustomization reconciliation
✔ Kustomization {name} reconciliation completed
✔ applied revision {}
",
        revision(&commit)
    );
    assert_eq!(told, expected);
    Ok(())
}
