//! `flux create` and `flux delete`: objects that the command makes, and waits for.

use anyhow::Result;
use signet_tests::flux::{cli, said};

use super::Demo;

#[test]
fn flux_makes_a_source_and_a_kustomization_and_takes_them_away() -> Result<()> {
    let demo = Demo::pushed("make")?;
    let (name, rig) = (demo.name(), demo.rig);
    let url = format!("--url={}", demo.repository.url());
    let made = cli(
        rig,
        &[
            "create",
            "source",
            "git",
            name,
            &url,
            "--branch=main",
            "--interval=10m",
        ],
    )?;
    let told = said(&made);
    made.succeeded()?;
    for line in [
        "✔ GitRepository source reconciliation completed".to_owned(),
        format!("✔ fetched revision: {}", demo.revision()),
    ] {
        assert!(told.contains(&line), "{line}: {told}");
    }

    let source = format!("--source=GitRepository/{name}");
    let made = cli(
        rig,
        &[
            "create",
            "kustomization",
            name,
            &source,
            "--path=./app",
            "--prune",
            "--interval=10m",
        ],
    )?;
    let told = said(&made);
    made.succeeded()?;
    for line in [
        format!("✔ Kustomization {name} is ready"),
        format!("✔ applied revision {}", demo.revision()),
    ] {
        assert!(told.contains(&line), "{line}: {told}");
    }
    let applied = rig.kubectl().get_json(&["deployment", "web", "-n", name])?;
    assert_eq!(
        applied["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/name"],
        name
    );

    let gone = cli(rig, &["delete", "kustomization", name, "--silent"])?;
    let told = said(&gone);
    gone.succeeded()?;
    let expected = format!(
        "► deleting kustomization {name} in signet-system namespace\n✔ kustomization deleted\n"
    );
    assert_eq!(told, expected);
    rig.until("what it owned is gone with it", || {
        let left = rig.kubectl().get_json(&["deployment", "web", "-n", name]);
        anyhow::ensure!(left.is_err(), "the Deployment is still there");
        Ok(())
    })?;
    cli(rig, &["delete", "source", "git", name, "--silent"])?.succeeded()?;
    let left = cli(rig, &["get", "sources", "git", name])?.failed()?;
    assert!(left.contains("not found"), "{left}");
    Ok(())
}

#[test]
fn flux_create_fails_where_the_source_cannot_be_fetched() -> Result<()> {
    let demo = Demo::pushed("nowhere")?;
    let url = format!("--url={}", demo.repository.url());
    let arguments = [
        "create",
        "source",
        "git",
        demo.name(),
        &url,
        "--branch=none",
        "--interval=10m",
        "--timeout=10s",
    ];
    let refused = cli(demo.rig, &arguments)?.failed()?;
    assert!(refused.contains('✗'), "{refused}");
    Ok(())
}

#[test]
fn flux_sees_our_receiver() -> Result<()> {
    let demo = Demo::applied("hook")?;
    let (name, rig) = (demo.name(), demo.rig);
    let secret = format!("{name}-hook");
    rig.kubectl().run(&[
        "create",
        "secret",
        "generic",
        &secret,
        "-n",
        "signet-system",
        "--from-literal=token=webhook",
    ])?;
    let resource = format!("--resource=GitRepository/{name}");
    let reference = format!("--secret-ref={secret}");
    let made = cli(
        rig,
        &[
            "create",
            "receiver",
            name,
            "--type=generic",
            &reference,
            &resource,
        ],
    )?;
    let told = said(&made);
    made.succeeded()?;
    assert!(told.contains("/hook/"), "{told}");
    let shown = cli(rig, &["get", "receivers", name])?.succeeded()?;
    assert!(
        shown.contains("Receiver initialized for path: /hook/"),
        "{shown}"
    );
    Ok(())
}
