//! Signet: one process, with the flags of its own installation but for addresses.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Result;
use signet_tests::http::free_port;
use signet_tests::process;
use signet_tests::server::Server;

use super::{Counter, Running};
use crate::bench::plane::Plane;
use crate::bench::world::{binary, output};

const NAMESPACE: &str = "signet-system";

pub(super) fn start(plane: &Plane, room: &Path) -> Result<Running> {
    let manifests = output(Command::new(binary(process::SIGNET)?).arg("install"))?;
    let apply = ["apply", "--server-side", "--force-conflicts", "-f", "-"];
    plane.control.kubectl().run_with_input(&apply, &manifests)?;
    let wait = ["wait", "--for=condition=Established", "crd", "--all"];
    plane.control.kubectl().run(&wait)?;
    let address = format!("127.0.0.1:{}", free_port()?);
    let metrics = format!("127.0.0.1:{}", free_port()?);
    let mut command = Command::new(binary(process::CONTROLLER)?);
    command
        .arg("--kubeconfig")
        .arg(plane.control.kubeconfig())
        .arg("--storage-path")
        .arg(room.join("storage"))
        .args(["--namespace", NAMESPACE])
        .arg(format!("--listen-addr={address}"))
        .arg(format!("--listen-metrics-addr={metrics}"));
    let started = Instant::now();
    let mut server = Server::start(process::CONTROLLER, &mut command, room)?;
    process::wait_ready(&mut server, &address, "/readyz", Duration::from_secs(60))?;
    Ok(Running {
        servers: vec![server],
        started,
        namespace: NAMESPACE,
        agents: &["signet/"],
        address,
        counter: Counter::Metrics(metrics.clone()),
        metrics,
    })
}
