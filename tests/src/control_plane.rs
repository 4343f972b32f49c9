//! A real Kubernetes control plane on loopback: etcd, kube-apiserver and, if asked for,
//! kube-controller-manager.
//!
//! It has no nodes: Pods are stored and never run, which is all that applying and watching need.
//! etcd does not wait for the disk (`--unsafe-no-fsync`), since its data lives as long as the test.

mod access;
mod flags;
mod shared;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::http::free_port;
use crate::kubectl::Kubectl;
use crate::scratch::Scratch;
use crate::server::Server;
use crate::tools::{self, Program};

pub use access::User;
pub use shared::{DIRECTORY_VARIABLE, KUBECONFIG_VARIABLE};

/// The API server is ready 5 s after its start here; a loaded machine may take many times that.
const READY_WITHIN: Duration = Duration::from_secs(120);

/// What a control plane is started with.
#[derive(Debug, Default)]
pub struct Options {
    /// Where its files go and stay; a temporary directory when absent.
    pub directory: Option<PathBuf>,
    /// Whether garbage collection, namespace deletion and the like run too.
    pub controller_manager: bool,
    /// Users with a static token, beside the administrator; none of them may do anything at first.
    pub users: Vec<User>,
    /// Further flags of the API server, such as those of its audit log.
    pub api_server_flags: Vec<String>,
}

/// A running control plane. Dropping it ends its processes and removes its directory, if temporary.
pub struct ControlPlane {
    directory: PathBuf,
    kubectl: Kubectl,
    own: Option<Own>,
}

/// What a control plane that we started ourselves consists of.
struct Own {
    programs: Programs,
    ports: flags::Ports,
    api_server_flags: Vec<String>,
    // In the order in which they are to end: what depends on another goes first.
    controller_manager: Option<Server>,
    api_server: Option<Server>,
    etcd: Server,
    _temporary: Option<Scratch>,
}

struct Programs {
    api_server: PathBuf,
    controller_manager: Option<PathBuf>,
}

impl ControlPlane {
    /// Starts etcd and kube-apiserver and waits until the API answers.
    ///
    /// # Errors
    /// When a program cannot be found or built, or does not become ready; with its last words.
    pub fn start() -> Result<Self> {
        Self::start_with(Options::default())
    }

    /// Starts a control plane as `options` say.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_with(options: Options) -> Result<Self> {
        let kubectl = tools::find(Program::Kubectl)?;
        let etcd = tools::find(Program::Etcd)?;
        let programs = Programs::find(options.controller_manager)?;
        let (directory, temporary) = directory(options.directory)?;
        let ports = flags::Ports {
            etcd: free_port()?,
            etcd_peer: free_port()?,
            api: free_port()?,
        };
        access::prepare(&directory, &options.users)?;
        let etcd = Server::start(
            "etcd",
            &mut flags::etcd(&etcd, &directory, &ports),
            &directory,
        )?;
        let own = Own {
            programs,
            ports,
            api_server_flags: options.api_server_flags,
            controller_manager: None,
            api_server: None,
            etcd,
            _temporary: temporary,
        };
        let kubectl = Kubectl::new(kubectl, directory.join("kubeconfig"));
        let mut plane = Self {
            directory,
            kubectl,
            own: Some(own),
        };
        plane.start_api_server()?;
        plane.start_controller_manager()?;
        Ok(plane)
    }

    /// A kubeconfig of the administrator, with a token.
    #[must_use]
    pub fn kubeconfig(&self) -> &Path {
        self.kubectl.kubeconfig()
    }

    /// Where logs, kubeconfigs and everything that tests leave for the canary search go.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// kubectl as the administrator.
    #[must_use]
    pub fn kubectl(&self) -> &Kubectl {
        &self.kubectl
    }

    /// Ends the API server, as a node that dies would: connections break, etcd keeps everything.
    ///
    /// # Errors
    /// When this control plane is shared with other tests; start one of your own then.
    pub fn stop_api_server(&mut self) -> Result<()> {
        if let Some(server) = self.own()?.api_server.take() {
            server.kill();
        }
        Ok(())
    }

    /// Starts the API server on the port it had, and waits until it is ready.
    ///
    /// # Errors
    /// As [`Self::stop_api_server`], or when it does not become ready.
    pub fn start_api_server(&mut self) -> Result<()> {
        let directory = self.directory.clone();
        let own = self.own()?;
        let mut command = flags::api_server(&own.programs.api_server, &directory, &own.ports);
        command.args(&own.api_server_flags);
        let mut server = Server::start("kube-apiserver", &mut command, &directory)?;
        let ready = self.wait_until_ready(&mut server);
        let tail = server.log_tail(12);
        self.own()?.api_server = Some(server);
        ready.with_context(|| format!("kube-apiserver's last words:\n{tail}"))
    }

    /// Stops etcd from answering, or lets it go on: a disk that hangs.
    ///
    /// # Errors
    /// As [`Self::stop_api_server`], or when the signal cannot be sent.
    pub fn pause_etcd(&mut self, pause: bool) -> Result<()> {
        self.own()?.etcd.pause(pause)
    }

    /// Lets the processes live on after us; answers their ids, the first to be ended first.
    ///
    /// # Errors
    /// As [`Self::stop_api_server`].
    pub fn detach(mut self) -> Result<Vec<u32>> {
        let Some(own) = self.own.take() else {
            bail!("{}", shared::NOT_OURS)
        };
        let servers = [own.controller_manager, own.api_server, Some(own.etcd)];
        if let Some(temporary) = own._temporary {
            let _kept = temporary.keep();
        }
        Ok(servers.into_iter().flatten().map(Server::detach).collect())
    }

    fn own(&mut self) -> Result<&mut Own> {
        self.own.as_mut().context(shared::NOT_OURS)
    }

    fn start_controller_manager(&mut self) -> Result<()> {
        let (directory, kubeconfig) = (self.directory.clone(), self.kubeconfig().to_owned());
        let own = self.own()?;
        if let Some(program) = &own.programs.controller_manager {
            let mut command = flags::controller_manager(program, &directory, &kubeconfig);
            let server = Server::start("kube-controller-manager", &mut command, &directory)?;
            own.controller_manager = Some(server);
        }
        Ok(())
    }

    /// The certificate appears with the first start, and so the kubeconfig can only be written then.
    fn wait_until_ready(&mut self, server: &mut Server) -> Result<()> {
        let port = self.own()?.ports.api;
        let mut gone = None;
        crate::eventually(READY_WITHIN, "the API server is ready", || {
            if gone.is_none() {
                gone = server.ended()?;
            }
            if let Some(status) = gone {
                // An answer, so that nobody waits two minutes for a process that has ended.
                return Ok(Err(anyhow::anyhow!("kube-apiserver ended: {status}")));
            }
            access::write_kubeconfig(&self.directory, port)?;
            self.kubectl.run(&["get", "--raw", "/readyz"])?;
            self.kubectl.run(&["get", "namespace", "default"])?;
            Ok(Ok(()))
        })?
    }
}

impl Programs {
    fn find(controller_manager: bool) -> Result<Self> {
        let manager = controller_manager.then(|| tools::find(Program::KubeControllerManager));
        Ok(Self {
            api_server: tools::find(Program::KubeApiserver)?,
            controller_manager: manager.transpose()?,
        })
    }
}

fn directory(wanted: Option<PathBuf>) -> Result<(PathBuf, Option<Scratch>)> {
    let Some(directory) = wanted else {
        let temporary = Scratch::new("signet-control-plane-")?;
        return Ok((temporary.path().to_owned(), Some(temporary)));
    };
    std::fs::create_dir_all(&directory).with_context(|| format!("{}", directory.display()))?;
    Ok((directory, None))
}
