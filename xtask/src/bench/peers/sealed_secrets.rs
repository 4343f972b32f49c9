//! The sealed-secrets controller, built without its limit of five requests a second, which would
//! make it wait for minutes and measure nothing but the limit.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::Value;
use signet_tests::http::free_port;
use signet_tests::process;
use signet_tests::server::Server;
use signet_tests::tools::{self, Program};

use super::{Counter, Running};
use crate::bench::plane::Plane;
use crate::bench::world::{binary, output};

const NAMESPACE: &str = "kube-system";

/// The build that is measured.
const UNLIMITED: Program = Program::SealedSecretsControllerUnlimited;

/// It reads its identity from where a Pod has it and has no flag for another place, so it runs in a
/// mount namespace of its own. `$1` holds token and ca.crt; the rest is the program.
const AS_IN_A_POD: &str = "mount -t tmpfs tmpfs /run && mkdir -p /run/secrets/kubernetes.io && \
                           cp -r \"$1\" /run/secrets/kubernetes.io/serviceaccount && shift && exec \"$@\"";

pub(super) fn start(plane: &Plane, room: &Path) -> Result<Running> {
    let mut install = Command::new(binary(process::SIGNET)?);
    let definitions = output(install.args(["install", "--definitions-only"]))?;
    let apply = ["apply", "--server-side", "--force-conflicts", "-f", "-"];
    plane
        .control
        .kubectl()
        .run_with_input(&apply, &definitions)?;
    let (pod, port) = pod(plane, room)?;
    let address = format!("127.0.0.1:{}", free_port()?);
    let metrics = format!("127.0.0.1:{}", free_port()?);
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "--map-root-user", "sh", "-c", AS_IN_A_POD, "sh"])
        .arg(pod)
        .arg(tools::find(UNLIMITED)?)
        .arg(format!("--listen-addr={address}"))
        .arg(format!("--listen-metrics-addr={metrics}"))
        .env("KUBERNETES_SERVICE_HOST", "127.0.0.1")
        .env("KUBERNETES_SERVICE_PORT", port)
        .env("POD_NAMESPACE", NAMESPACE);
    let started = Instant::now();
    let mut server = Server::start("sealed-secrets-controller", &mut command, room)?;
    // It makes an RSA key of 4096 bits before it serves anything.
    process::wait_ready(
        &mut server,
        &address,
        "/v1/cert.pem",
        Duration::from_secs(90),
    )?;
    Ok(Running {
        servers: vec![server],
        started,
        namespace: NAMESPACE,
        agents: &["controller/"],
        address,
        metrics,
        counter: Counter::None,
    })
}

/// The directory that a Pod would find its identity in, and the port of the API server.
fn pod(plane: &Plane, room: &Path) -> Result<(std::path::PathBuf, String)> {
    let config: Value = serde_json::from_str(&fs::read_to_string(plane.control.kubeconfig())?)?;
    let text = |pointer: &str| config.pointer(pointer).and_then(Value::as_str);
    let pod = room.join("pod");
    fs::create_dir_all(&pod)?;
    fs::write(
        pod.join("token"),
        text("/users/0/user/token").context("a token")?,
    )?;
    let authority = plane.control.directory().join("certificates/apiserver.crt");
    fs::copy(authority, pod.join("ca.crt"))?;
    let server = text("/clusters/0/cluster/server").context("a server")?;
    let port = server.rsplit(':').next().context("a port")?;
    Ok((pod, port.to_owned()))
}
