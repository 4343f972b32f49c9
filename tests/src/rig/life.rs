//! How the controller of a rig starts and ends.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::PoisonError;

use anyhow::Result;

use super::{Rig, SOON, owned};
use crate::process;
use crate::server::Server;

impl Rig {
    /// Starts the controller and waits until it is ready.
    ///
    /// # Errors
    /// With its last words.
    pub fn start_controller(&self) -> Result<()> {
        let (http, metrics, storage, webhooks) = self.ports;
        let kubeconfig = match &self.faults {
            Some(faults) => faults.kubeconfig(self.kubectl.kubeconfig(), &self.directory)?,
            None => self.kubectl.kubeconfig().to_owned(),
        };
        let kept = self.directory.join("storage");
        let mut command = match self.disk {
            Some(mebibytes) => on_a_disk(&kept, mebibytes)?,
            None => Command::new(process::binary(process::CONTROLLER)?),
        };
        command
            .arg("--kubeconfig")
            .arg(kubeconfig)
            .arg("--storage-path")
            .arg(kept)
            .args([
                "--namespace",
                "signet-system",
                "--log-level",
                "debug,hyper=info,h2=info",
            ])
            .arg(format!("--listen-addr=127.0.0.1:{http}"))
            .arg(format!("--listen-metrics-addr=127.0.0.1:{metrics}"))
            .arg(format!("--storage-addr=127.0.0.1:{storage}"))
            .arg(format!("--webhooks-addr=127.0.0.1:{webhooks}"))
            .args(
                self.flags
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .iter(),
            );
        let mut server = Server::start("signet-controller", &mut command, &self.directory)?;
        process::wait_ready(&mut server, &self.address(), "/readyz", SOON)?;
        *self
            .controller
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(server);
        Ok(())
    }

    /// Starts the controller with these flags instead of those before, and waits until it is ready.
    ///
    /// # Errors
    /// With its last words.
    pub fn start_controller_with(&self, flags: &[&str]) -> Result<()> {
        *self.flags.lock().unwrap_or_else(PoisonError::into_inner) = owned(flags);
        self.start_controller()
    }

    /// Asks the controller to end, and waits for that.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub fn stop_controller(&self) -> Result<()> {
        let mut controller = self
            .controller
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match controller.take() {
            Some(server) => server.terminate().map(drop),
            None => Ok(()),
        }
    }

    /// Ends the controller at once, as kill -9 does.
    pub fn kill_controller(&self) {
        let server = self
            .controller
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(server) = server {
            server.kill();
        }
    }

    /// Process id of the controller, while it runs.
    #[must_use]
    pub fn controller_id(&self) -> Option<u32> {
        let controller = self.controller.lock();
        let controller = controller.unwrap_or_else(PoisonError::into_inner);
        controller.as_ref().map(Server::id)
    }

    /// The controller's log so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.join("signet-controller.log")).unwrap_or_default()
    }
}

/// The controller in a mount namespace of its own, in which `directory` is a disk of this size.
fn on_a_disk(directory: &Path, mebibytes: u32) -> Result<Command> {
    const MOUNT: &str = "mount -t tmpfs -o size=\"$1\" tmpfs \"$2\" && shift 2 && exec \"$@\"";
    fs::create_dir_all(directory)?;
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "--map-root-user", "sh", "-c", MOUNT, "sh"])
        .arg(format!("{mebibytes}m"))
        .arg(directory)
        .arg(process::binary(process::CONTROLLER)?);
    Ok(command)
}
