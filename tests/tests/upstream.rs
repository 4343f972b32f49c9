//! The real sealed-secrets controller opens what ours seals, in every scope.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::fs;

use anyhow::{Result, ensure};
use signet_tests::control_plane::ControlPlane;
use signet_tests::rig::SOON;
use signet_tests::sealed_secrets::SealedSecrets;
use signet_tests::{canary, eventually, http, process};

#[test]
fn ours_seals_and_their_controller_opens() -> Result<()> {
    let plane = ControlPlane::start()?;
    let room = tempfile::tempdir()?;
    let definitions = process::run(
        process::signet(room.path())?.args(["install", "--definitions-only"]),
        b"",
    )?;
    plane.kubectl().apply(&definitions.succeeded()?)?;
    let theirs = SealedSecrets::start(&plane, room.path(), &[])?;
    let certificate = http::get(&theirs.address, "/v1/cert.pem")?;
    let file = room.path().join("cert.pem");
    fs::write(&file, certificate)?;
    for scope in ["strict", "namespace-wide", "cluster-wide"] {
        let value = canary::fresh(plane.directory(), "upstream")?;
        let secret = format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: {scope}, namespace: default}}\nstringData: {{password: '{value}'}}\n"
        );
        let mut command = process::signet(room.path())?;
        command
            .args(["seal", "--scope", scope, "--cert"])
            .arg(&file);
        let sealed = process::run(&mut command, secret.as_bytes())?.succeeded()?;
        plane.kubectl().apply(&sealed)?;
        let encoded = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, &value);
        eventually(SOON, &format!("they opened the {scope} one"), || {
            let object = plane
                .kubectl()
                .get_json(&["secret", scope, "-n", "default"])?;
            ensure!(object["data"]["password"] == encoded, "another value");
            Ok(())
        })?;
    }
    Ok(())
}
