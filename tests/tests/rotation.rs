//! A new key, and a repository re-sealed in place: locally with a key backup, or by the
//! controller for those who may read the Secret.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use anyhow::{Result, ensure};
use signet_tests::canary;
use signet_tests::process;
use signet_tests::rig::{Repository, Rig};

/// A repository with one sealed Secret between comments and oddities that must stay.
fn sealed(rig: &Rig, story: &str) -> Result<(Repository, String, String)> {
    let namespace = rig.namespace(story)?;
    let repository = rig.repository(&namespace)?;
    let value = canary::fresh(rig.directory(), story)?;
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: db, namespace: {namespace}}}\nstringData: {{password: '{value}'}}\n"
    );
    let sealed = rig.signet(&["seal"], &secret)?.succeeded()?;
    let beside = format!(
        "apiVersion: v1\nkind: ConfigMap   # odd   spacing\nmetadata: {{name: c, namespace: {namespace}}}\n"
    );
    repository.write(
        "app/all.yaml",
        &format!("# first\n{beside}---\n{sealed}# last, without newline"),
    )?;
    Ok((repository, namespace, value))
}

fn password(rig: &Rig, namespace: &str, value: &str) -> Result<()> {
    rig.until("the Secret holds its value", || {
        ensure!(
            rig.secret(namespace, "db")?["password"] == value,
            "another value"
        );
        Ok(())
    })
}

/// Lines that differ between two texts of the same number of lines.
fn changed(before: &str, after: &str) -> Vec<String> {
    assert_eq!(before.lines().count(), after.lines().count());
    before
        .lines()
        .zip(after.lines())
        .filter(|(a, b)| a != b)
        .map(|(_, b)| b.to_owned())
        .collect()
}

#[test]
fn the_controller_reseals_for_those_who_may_read() -> Result<()> {
    // Of its own: a key that another test makes would be the newest in the middle of this one.
    let rig = &Rig::start(&[])?;
    let (repository, namespace, value) = sealed(rig, "reseal")?;
    let commit = repository.push("Sealed")?;
    rig.connect(&repository, "  prune: true")?;
    rig.applied(&namespace, &commit)?;
    password(rig, &namespace, &value)?;

    let before = repository.read("app/all.yaml")?;
    let directory = repository.work().display().to_string();
    rig.signet(&["rotate", "--new-key", "--dry-run", &directory], "")?
        .succeeded()?;
    assert_eq!(
        repository.read("app/all.yaml")?,
        before,
        "a dry run writes nothing"
    );
    rig.signet(&["rotate", "--new-key", &directory], "")?
        .succeeded()?;
    let after = repository.read("app/all.yaml")?;
    let lines = changed(&before, &after);
    assert!(
        !lines.is_empty() && lines.len() <= 2,
        "only values change: {lines:?}"
    );
    assert!(after.ends_with("# last, without newline"));

    let commit = rig.push(&repository, "Re-sealed")?;
    rig.applied(&namespace, &commit)?;
    password(rig, &namespace, &value)?;
    rig.signet(&["rotate", &directory], "")?.succeeded()?;
    assert_eq!(
        repository.read("app/all.yaml")?,
        after,
        "a second run changes nothing"
    );
    Ok(())
}

#[test]
fn a_key_backup_reseals_without_the_controller() -> Result<()> {
    let rig = Rig::shared()?;
    let (repository, _, _) = sealed(rig, "backup")?;
    rig.signet(&["cert", "--new"], "")?.succeeded()?;
    let backup = rig.key_backup()?;
    let certificate = rig.signet(&["cert"], "")?.succeeded()?;
    let room = tempfile::tempdir()?;
    let file = |name: &str, text: &str| -> Result<String> {
        let path = room.path().join(name);
        std::fs::write(&path, text)?;
        Ok(path.display().to_string())
    };
    let (keys, cert) = (file("keys.yaml", &backup)?, file("cert.pem", &certificate)?);
    let before = repository.read("app/all.yaml")?;
    let mut command = process::signet(room.path())?;
    let directory = repository.work().display().to_string();
    command.args(["rotate", "--key-backup", &keys, "--cert", &cert, &directory]);
    process::run(&mut command, b"")?.succeeded()?;
    assert!(!changed(&before, &repository.read("app/all.yaml")?).is_empty());
    Ok(())
}

/// T22, T23: who may not read the Secret gets nothing, and never a value.
#[test]
fn the_controller_refuses_a_stranger() -> Result<()> {
    let rig = Rig::shared()?;
    let (repository, namespace, _) = sealed(rig, "stranger")?;
    rig.kubectl()
        .run(&["create", "serviceaccount", "stranger", "-n", &namespace])?;
    rig.signet(&["cert", "--new"], "")?.succeeded()?;
    let before = repository.read("app/all.yaml")?;
    let kubeconfig = {
        let plane = rig.plane();
        let token = plane.service_account_token(&namespace, "stranger")?;
        plane.kubeconfig_for("stranger", &token)?
    };
    let room = tempfile::tempdir()?;
    let mut command = process::signet(room.path())?;
    let url = format!("http://{}", rig.address());
    command
        .args(["rotate", &repository.work().display().to_string()])
        .env("KUBECONFIG", kubeconfig)
        .env("SIGNET_CONTROLLER_URL", url);
    let said = process::run(&mut command, b"")?.failed()?;
    assert!(said.contains("all.yaml"), "{said}");
    assert_eq!(repository.read("app/all.yaml")?, before);
    Ok(())
}
