//! The real kubeseal and the real sealed-secrets controller: theirs seals and ours opens, ours
//! seals and theirs opens, in every scope.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::process::Command;

use anyhow::{Result, ensure};
use signet_tests::canary;
use signet_tests::process;
use signet_tests::rig::Rig;
use signet_tests::tools::{self, Program};

const SCOPES: [&str; 3] = ["strict", "namespace-wide", "cluster-wide"];

fn secret(namespace: &str, value: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: db, namespace: {namespace}, labels: {{app: web}}}}\ntype: Opaque\nstringData: {{password: '{value}'}}\n"
    )
}

#[test]
fn theirs_seals_and_ours_opens() -> Result<()> {
    let rig = Rig::shared()?;
    let kubeseal = tools::find(Program::Kubeseal)?;
    let room = tempfile::tempdir()?;
    let certificate = room.path().join("cert.pem");
    std::fs::write(&certificate, rig.signet(&["cert"], "")?.succeeded()?)?;
    for scope in SCOPES {
        let namespace = rig.namespace("theirs")?;
        let value = canary::fresh(rig.directory(), "theirs")?;
        let mut command = Command::new(&kubeseal);
        command
            .env("HOME", room.path())
            .env("KUBECONFIG", rig.kubectl().kubeconfig())
            .args(["--format=yaml", "--scope", scope, "--cert"])
            .arg(&certificate);
        let sealed =
            process::run(&mut command, secret(&namespace, &value).as_bytes())?.succeeded()?;
        rig.kubectl().apply(&sealed)?;
        rig.until(&format!("{scope} is open"), || {
            ensure!(
                rig.secret(&namespace, "db")?["password"] == value,
                "another value"
            );
            Ok(())
        })?;
    }
    Ok(())
}

/// Offline: their `--recovery-unseal` opens with the private key, as their controller does.
#[test]
fn ours_seals_and_theirs_opens() -> Result<()> {
    let rig = Rig::shared()?;
    let kubeseal = tools::find(Program::Kubeseal)?;
    let room = tempfile::tempdir()?;
    let keys = rig.key_backup()?;
    let backup = room.path().join("keys.yaml");
    std::fs::write(&backup, keys)?;
    for scope in SCOPES {
        let value = canary::fresh(rig.directory(), "ours")?;
        let sealed = rig
            .signet(&["seal", "--scope", scope], &secret("anywhere", &value))?
            .succeeded()?;
        let mut command = Command::new(&kubeseal);
        command
            .env("HOME", room.path())
            .args([
                "--recovery-unseal",
                "--format=yaml",
                "--recovery-private-key",
            ])
            .arg(&backup);
        let opened = process::run_privately(&mut command, sealed.as_bytes())?.succeeded()?;
        let encoded = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, &value);
        ensure!(
            opened.contains(&encoded),
            "{scope}: theirs did not open ours"
        );
    }
    Ok(())
}

/// Under the name kubeseal, our binary makes what theirs makes.
#[test]
fn ours_answers_as_kubeseal() -> Result<()> {
    let rig = Rig::shared()?;
    let room = tempfile::tempdir()?;
    let name = room.path().join("kubeseal");
    std::os::unix::fs::symlink(process::binary(process::SIGNET)?, &name)?;
    let certificate = room.path().join("cert.pem");
    std::fs::write(&certificate, rig.signet(&["cert"], "")?.succeeded()?)?;
    let namespace = rig.namespace("name")?;
    let value = canary::fresh(rig.directory(), "name")?;
    let mut command = Command::new(&name);
    command
        .env_clear()
        .env("HOME", room.path())
        .arg("--cert")
        .arg(&certificate);
    let sealed = process::run(&mut command, secret(&namespace, &value).as_bytes())?.succeeded()?;
    ensure!(
        sealed.trim_start().starts_with('{'),
        "JSON is kubeseal's default"
    );
    rig.kubectl().apply(&sealed)?;
    rig.until("it is open", || {
        ensure!(
            rig.secret(&namespace, "db")?["password"] == value,
            "another value"
        );
        Ok(())
    })
}
