//! What the story needs: a control plane, a repository served over HTTP, the two binaries.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use signet_tests::control_plane::{ControlPlane, Options};
use signet_tests::http::free_port;
use signet_tests::process;
use signet_tests::server::Server;
use signet_tests::testkit::git_server::GitServer;
use signet_tests::tools::{self, Program};

use super::borrowed;

/// Running servers and the place where commands are typed.
pub struct World {
    directory: tempfile::TempDir,
    plane: Option<ControlPlane>,
    git: GitServer,
    repository_url: String,
    kubeconfig: PathBuf,
    ports: (u16, u16, u16, u16),
    controller: RefCell<Option<Server>>,
}

impl World {
    /// Builds the binaries, starts the control plane (or uses the cluster of `context`) and a Git
    /// server with an empty repository, and clones it.
    pub fn start(context: Option<&str>) -> Result<Self> {
        build()?;
        let directory = tempfile::Builder::new().prefix("signet-demo-").tempdir()?;
        let plane = match context {
            Some(_) => None,
            None => Some(ControlPlane::start_with(Options {
                controller_manager: true,
                directory: Some(directory.path().join("control-plane")),
                ..Options::default()
            })?),
        };
        let kubeconfig = match &plane {
            Some(plane) => plane.kubeconfig().to_owned(),
            None => borrowed::kubeconfig(directory.path(), context.unwrap_or_default())?,
        };
        let (git, repository_url) = repository(directory.path())?;
        let ports = (free_port()?, free_port()?, free_port()?, free_port()?);
        let controller = RefCell::default();
        Ok(Self {
            directory,
            plane,
            git,
            repository_url,
            kubeconfig,
            ports,
            controller,
        })
    }

    /// Whether the cluster is somebody's and outlives the story.
    pub fn is_borrowed(&self) -> bool {
        self.plane.is_none()
    }

    /// The clone in which commands are typed.
    pub fn work(&self) -> PathBuf {
        self.directory.path().join("work")
    }

    /// Where the cluster fetches from.
    pub fn repository_url(&self) -> &str {
        &self.repository_url
    }

    /// What commands find in their environment.
    pub fn environment(&self) -> Vec<(String, String)> {
        let mut path = self.tools().display().to_string();
        if let Ok(old) = std::env::var("PATH") {
            path = format!("{path}:{old}");
        }
        [
            ("PATH", path),
            ("KUBECONFIG", self.kubeconfig.display().to_string()),
            (
                "SIGNET_CONTROLLER_URL",
                format!("http://127.0.0.1:{}", self.ports.0),
            ),
            ("GIT_AUTHOR_NAME", "Demo".to_owned()),
            ("GIT_AUTHOR_EMAIL", "demo@signet.dev".to_owned()),
            ("GIT_COMMITTER_NAME", "Demo".to_owned()),
            ("GIT_COMMITTER_EMAIL", "demo@signet.dev".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    /// Starts the controller as a process beside the cluster and waits until it is ready.
    pub fn start_controller(&self) -> Result<()> {
        let (http, metrics, storage, webhooks) = self.ports;
        let mut command = Command::new(process::binary(process::CONTROLLER)?);
        command
            .arg("--kubeconfig")
            .arg(&self.kubeconfig)
            .arg("--storage-path")
            .arg(self.directory.path().join("storage"))
            .args(["--namespace", "signet-system"])
            .arg(format!("--listen-addr=127.0.0.1:{http}"))
            .arg(format!("--listen-metrics-addr=127.0.0.1:{metrics}"))
            .arg(format!("--storage-addr=127.0.0.1:{storage}"))
            .arg(format!("--webhooks-addr=127.0.0.1:{webhooks}"));
        println!("$ signet-controller --namespace signet-system …");
        let mut server = Server::start("signet-controller", &mut command, self.directory.path())?;
        let address = format!("127.0.0.1:{http}");
        process::wait_ready(&mut server, &address, "/readyz", Duration::from_secs(60))?;
        *self.controller.borrow_mut() = Some(server);
        Ok(())
    }

    /// Leaves everything running and says how to look at it and how to end it.
    pub fn keep(self) -> Result<()> {
        let borrowed = self.is_borrowed();
        let mut processes: Vec<u32> = self
            .controller
            .into_inner()
            .into_iter()
            .map(Server::detach)
            .collect();
        if let Some(plane) = self.plane {
            processes.extend(plane.detach()?);
        }
        let directory = self.directory.keep();
        let list: Vec<String> = processes.iter().map(u32::to_string).collect();
        println!("\nThe cluster runs on. To look at it:");
        println!("  export KUBECONFIG={}", self.kubeconfig.display());
        println!("  kubectl get kustomizations,gitrepositories,sealedsecrets -A");
        println!("  tail -f {}/signet-controller.log", directory.display());
        println!("To end it:");
        if borrowed {
            println!("  PATH={}/bin:$PATH", directory.display());
            for command in borrowed::removal() {
                println!("  {command}");
            }
        }
        println!("  kill {} && rm -r {}", list.join(" "), directory.display());
        println!(
            "The Git server runs in this process, at {}; Ctrl-C ends it alone.",
            self.git.address()
        );
        loop {
            std::thread::park();
        }
    }

    /// A folder with `signet` and `kubectl`, to be found first.
    fn tools(&self) -> PathBuf {
        self.directory.path().join("bin")
    }
}

fn build() -> Result<()> {
    println!("Building signet and signet-controller …");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--workspace", "--bins"])
        .status()
        .context("running cargo build")?;
    if !status.success() {
        bail!("cargo build ended with {status}");
    }
    Ok(())
}

fn repository(directory: &Path) -> Result<(GitServer, String)> {
    let work = directory.join("work");
    let server = GitServer::start()?;
    server.create("demo.git")?;
    let url = server.url("demo.git");
    git(
        directory,
        &["clone", "--quiet", &url, &work.display().to_string()],
    )?;
    git(&work, &["switch", "--quiet", "--orphan", "main"])?;
    let bin = directory.join("bin");
    fs::create_dir_all(&bin)?;
    std::os::unix::fs::symlink(process::binary(process::SIGNET)?, bin.join("signet"))?;
    std::os::unix::fs::symlink(tools::find(Program::Kubectl)?, bin.join("kubectl"))?;
    Ok((server, url))
}

fn git(directory: &Path, arguments: &[&str]) -> Result<()> {
    let output = Command::new("git")
        .current_dir(directory)
        .args(arguments)
        .output()?;
    if !output.status.success() {
        bail!(
            "git {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}
