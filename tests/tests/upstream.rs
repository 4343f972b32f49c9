//! The real sealed-secrets controller opens what ours seals, in every scope.
//!
//! It reads its identity from where a Pod has it and has no flag for another place, so it runs in
//! a mount namespace of its own with that place laid out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use signet_tests::control_plane::ControlPlane;
use signet_tests::http::{self, free_port};
use signet_tests::process;
use signet_tests::rig::SOON;
use signet_tests::server::Server;
use signet_tests::tools::{self, Program};
use signet_tests::{canary, eventually};

/// `$1` holds token and ca.crt; the rest is the program and its arguments.
const AS_IN_A_POD: &str = "mount -t tmpfs tmpfs /run && mkdir -p /run/secrets/kubernetes.io && \
                           cp -r \"$1\" /run/secrets/kubernetes.io/serviceaccount && shift && exec \"$@\"";

#[test]
fn ours_seals_and_their_controller_opens() -> Result<()> {
    let plane = ControlPlane::start()?;
    let room = tempfile::tempdir()?;
    let definitions = process::run(
        process::signet(room.path())?.args(["install", "--definitions-only"]),
        b"",
    )?;
    plane.kubectl().apply(&definitions.succeeded()?)?;
    let (address, _theirs) = start(&plane, room.path())?;
    let certificate = eventually(SOON, "their certificate is served", || {
        http::get(&address, "/v1/cert.pem")
    })?;
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

/// Starts their controller with the administrator's token; answers its address.
fn start(plane: &ControlPlane, room: &Path) -> Result<(String, Server)> {
    let config: serde_json::Value = serde_json::from_str(&fs::read_to_string(plane.kubeconfig())?)?;
    let text = |pointer: &str| {
        config
            .pointer(pointer)
            .and_then(|v| v.as_str())
            .context("a kubeconfig")
    };
    let pod = room.join("pod");
    fs::create_dir_all(&pod)?;
    fs::write(pod.join("token"), text("/users/0/user/token")?)?;
    let authority = plane.directory().join("certificates/apiserver.crt");
    fs::copy(authority, pod.join("ca.crt"))?;
    let server = text("/clusters/0/cluster/server")?;
    let port = server.rsplit(':').next().context("a port")?;
    let (listen, metrics) = (free_port()?, free_port()?);
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "--map-root-user", "sh", "-c", AS_IN_A_POD, "sh"])
        .arg(&pod)
        .arg(tools::find(Program::SealedSecretsController)?)
        .arg(format!("--listen-addr=127.0.0.1:{listen}"))
        .arg(format!("--listen-metrics-addr=127.0.0.1:{metrics}"))
        .env("KUBERNETES_SERVICE_HOST", "127.0.0.1")
        .env("KUBERNETES_SERVICE_PORT", port)
        .env("POD_NAMESPACE", "kube-system");
    let theirs = Server::start("sealed-secrets-controller", &mut command, room)?;
    Ok((format!("127.0.0.1:{listen}"), theirs))
}
