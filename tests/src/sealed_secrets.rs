//! The real sealed-secrets controller, run outside of a cluster.
//!
//! It reads its identity from where a Pod has it and has no flag for another place, so it runs in
//! a mount namespace of its own with that place laid out.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::control_plane::ControlPlane;
use crate::http::{self, free_port};
use crate::process;
use crate::server::Server;
use crate::tools::{self, Program};

/// For `unshare --mount --map-root-user sh -c`: `$1` holds token and ca.crt, and namespace if it is to
/// be known; the rest is the program and its arguments.
pub const AS_IN_A_POD: &str = "mount -t tmpfs tmpfs /run && mkdir -p /run/secrets/kubernetes.io && \
                           cp -r \"$1\" /run/secrets/kubernetes.io/serviceaccount && shift && exec \"$@\"";

/// The running controller. Dropping it ends it.
pub struct SealedSecrets {
    /// Address of its HTTP server.
    pub address: String,
    /// Address of its metrics.
    pub metrics: String,
    server: Server,
}

impl SealedSecrets {
    /// Starts it in namespace kube-system with the administrator's token, and waits until it serves
    /// its certificate.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(plane: &ControlPlane, room: &Path, flags: &[&str]) -> Result<Self> {
        let listen = format!("127.0.0.1:{}", free_port()?);
        Self::start_at(&listen, plane, room, flags)
    }

    /// As [`Self::start`], with its HTTP server at this address.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_at(
        listen: &str,
        plane: &ControlPlane,
        room: &Path,
        flags: &[&str],
    ) -> Result<Self> {
        let config: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(plane.kubeconfig())?)?;
        let text = |pointer: &str| {
            let value = config.pointer(pointer);
            value.and_then(|v| v.as_str()).context("a kubeconfig")
        };
        let pod = room.join("pod");
        fs::create_dir_all(&pod)?;
        fs::write(pod.join("token"), text("/users/0/user/token")?)?;
        let authority = plane.directory().join("certificates/apiserver.crt");
        fs::copy(authority, pod.join("ca.crt"))?;
        let server = text("/clusters/0/cluster/server")?;
        let port = server.rsplit(':').next().context("a port")?;
        let metrics = free_port()?;
        let mut command = Command::new("unshare");
        command
            .args(["--mount", "--map-root-user", "sh", "-c", AS_IN_A_POD, "sh"])
            .arg(&pod)
            .arg(tools::find(Program::SealedSecretsController)?)
            .arg(format!("--listen-addr={listen}"))
            .arg(format!("--listen-metrics-addr=127.0.0.1:{metrics}"))
            .args(flags)
            .env("KUBERNETES_SERVICE_HOST", "127.0.0.1")
            .env("KUBERNETES_SERVICE_PORT", port)
            .env("POD_NAMESPACE", "kube-system");
        let mut server = Server::start("sealed-secrets-controller", &mut command, room)?;
        let address = listen.to_owned();
        process::wait_ready(&mut server, &address, "/v1/cert.pem", crate::rig::SOON)?;
        Ok(Self {
            address,
            metrics: format!("127.0.0.1:{metrics}"),
            server,
        })
    }

    /// Waits until it has worked on `count` SealedSecrets since its start.
    ///
    /// # Errors
    /// When it does not come to that.
    pub fn has_looked_at(&self, count: usize) -> Result<()> {
        const COUNTER: &str = "sealed_secrets_controller_unseal_requests_total ";
        crate::eventually(crate::rig::SOON, "they have looked at every one", || {
            let text = String::from_utf8(http::get(&self.metrics, "/metrics")?)?;
            let done = text.lines().find_map(|line| line.strip_prefix(COUNTER));
            ensure!(done.context("no count")?.parse::<usize>()? >= count);
            Ok(())
        })
    }

    /// Asks it to end and waits for that.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub fn stop(self) -> Result<()> {
        self.server.terminate().map(drop)
    }
}
