//! Flux: source-controller and kustomize-controller, with the flags of its own installation but for
//! addresses and leader election.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Result;
use signet_tests::http::free_port;
use signet_tests::process;
use signet_tests::server::Server;
use signet_tests::tools::{self, Program};

use super::{Counter, Running};
use crate::bench::plane::Plane;

const NAMESPACE: &str = "flux-system";

pub(super) fn start(plane: &Plane, room: &Path) -> Result<Running> {
    plane.namespace(NAMESPACE)?;
    for program in [Program::SourceController, Program::KustomizeController] {
        let definitions = tools::source_of(program)?.join("config/crd/bases");
        let path = definitions.display().to_string();
        let flags = ["apply", "--server-side", "--force-conflicts", "-f", &path];
        plane.control.kubectl().run(&flags)?;
    }
    let wait = ["wait", "--for=condition=Established", "crd", "--all"];
    plane.control.kubectl().run(&wait)?;
    let storage = free_port()?;
    let address = format!("127.0.0.1:{storage}");
    let sources = controller(
        plane,
        room,
        Program::SourceController,
        &[
            format!("--storage-path={}", room.join("storage").display()),
            format!("--storage-addr={address}"),
            format!("--storage-adv-addr={address}"),
        ],
    )?;
    let started = Instant::now();
    let kustomizations = controller(plane, room, Program::KustomizeController, &[])?;
    Ok(Running {
        servers: vec![sources, kustomizations],
        started,
        namespace: NAMESPACE,
        agents: &["source-controller/", "kustomize-controller/"],
        address: String::new(),
        metrics: String::new(),
        counter: Counter::Log("Reconciliation finished in"),
    })
}

fn controller(plane: &Plane, room: &Path, program: Program, flags: &[String]) -> Result<Server> {
    let (health, metrics) = (free_port()?, free_port()?);
    std::fs::create_dir_all(room.join("storage"))?;
    let mut command = Command::new(tools::find(program)?);
    command
        .args([
            "--enable-leader-election=false",
            "--events-addr=",
            "--log-level=info",
        ])
        .arg(format!("--health-addr=127.0.0.1:{health}"))
        .arg(format!("--metrics-addr=127.0.0.1:{metrics}"))
        .args(flags)
        .env("KUBECONFIG", plane.control.kubeconfig())
        .env("RUNTIME_NAMESPACE", NAMESPACE)
        .env("HOME", room);
    let mut server = Server::start(program.name(), &mut command, room)?;
    let health = format!("127.0.0.1:{health}");
    process::wait_ready(&mut server, &health, "/readyz", Duration::from_secs(60))?;
    Ok(server)
}
