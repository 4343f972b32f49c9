//! Everything together: a control plane, the controller, a Git server. What a test of the whole
//! starts with.

mod addresses;
mod life;
mod repository;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use signet_testkit::git_server::GitServer;

use crate::control_plane::{ControlPlane, DIRECTORY_VARIABLE, Options};
use crate::faults::FaultProxy;
use crate::http::free_port;
use crate::kubectl::Kubectl;
use crate::process::{self, Finished};
use crate::scratch::Scratch;
use crate::server::Server;
use crate::tools::{self, Program};

pub use repository::Repository;

/// How long a test waits for what should take a second, on a machine that does much else.
pub const SOON: Duration = Duration::from_secs(60);

/// See the module's documentation.
pub struct Rig {
    plane: Mutex<ControlPlane>,
    kubectl: Kubectl,
    faults: Option<FaultProxy>,
    disk: Option<u32>,
    git: GitServer,
    directory: PathBuf,
    flags: Mutex<Vec<String>>,
    ports: (u16, u16, u16, u16),
    controller: Mutex<Option<Server>>,
    count: AtomicU32,
    // Last, so that it goes when nothing is served from it any more.
    _scratch: Option<Scratch>,
}

impl Rig {
    /// The rig that the tests of one file share.
    ///
    /// # Errors
    /// When it cannot be started; every later call answers the same.
    pub fn shared() -> Result<&'static Self> {
        static SHARED: OnceLock<Result<Rig, String>> = OnceLock::new();
        SHARED
            .get_or_init(|| Rig::start(&[]).map_err(|error| format!("{error:#}")))
            .as_ref()
            .map_err(|error| anyhow!("no rig: {error}"))
    }

    /// The rig of this process whose controller knows where kustomize is.
    ///
    /// # Errors
    /// When a part of it does not start; the same for everyone who asks.
    pub fn building() -> Result<&'static Self> {
        static RIG: OnceLock<Result<Rig, String>> = OnceLock::new();
        let start = || {
            let program = tools::find(Program::Kustomize)?;
            Self::start(&[&format!("--kustomize={}", program.display())])
        };
        RIG.get_or_init(|| start().map_err(|error| format!("{error:#}")))
            .as_ref()
            .map_err(|error| anyhow!("no rig: {error}"))
    }

    /// A rig of one's own, whose controller has `flags`.
    ///
    /// # Errors
    /// When a part of it does not start; with its last words.
    pub fn start(flags: &[&str]) -> Result<Self> {
        Self::build(flags, false, None)
    }

    /// As [`Self::start`], and everything that the controller asks of the API server goes through
    /// [`Self::faults`].
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_behind_faults(flags: &[&str]) -> Result<Self> {
        Self::build(flags, true, None)
    }

    /// As [`Self::start`], and the controller's storage is a disk of its own of `mebibytes`.
    ///
    /// # Errors
    /// As [`Self::start`], or when the kernel makes no mount namespace for us.
    pub fn start_on_a_small_disk(mebibytes: u32, flags: &[&str]) -> Result<Self> {
        Self::build(flags, false, Some(mebibytes))
    }

    fn build(flags: &[&str], faults: bool, disk: Option<u32>) -> Result<Self> {
        let (directory, scratch) = directory()?;
        let plane = ControlPlane::start_with(Options {
            directory: Some(directory.join("control-plane")),
            controller_manager: true,
            ..Options::default()
        })?;
        let faults = faults
            .then(|| FaultProxy::start(plane.kubeconfig()))
            .transpose()?;
        let rig = Self {
            kubectl: plane.kubectl().clone(),
            faults,
            disk,
            plane: Mutex::new(plane),
            git: GitServer::start()?,
            directory,
            flags: Mutex::new(owned(flags)),
            ports: (free_port()?, free_port()?, free_port()?, free_port()?),
            controller: Mutex::default(),
            count: AtomicU32::new(0),
            _scratch: scratch,
        };
        let manifests = rig.signet(&["install", "--image", "registry.example/signet:test"], "")?;
        rig.kubectl.apply(&manifests.succeeded()?)?;
        rig.start_controller()?;
        Ok(rig)
    }

    /// kubectl as the administrator.
    #[must_use]
    pub fn kubectl(&self) -> &Kubectl {
        &self.kubectl
    }

    /// Where everything of this rig is.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The control plane, to stop and start its API server.
    pub fn plane(&self) -> MutexGuard<'_, ControlPlane> {
        self.plane.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The proxy between the controller and the API server.
    ///
    /// # Errors
    /// When this rig was started without one.
    pub fn faults(&self) -> Result<&FaultProxy> {
        self.faults
            .as_ref()
            .context("this rig has no proxy: use Rig::start_behind_faults()")
    }

    /// Runs `signet` against this cluster.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn signet(&self, arguments: &[&str], input: &str) -> Result<Finished> {
        let mut command = process::signet(&self.directory)?;
        command
            .args(arguments)
            .env("KUBECONFIG", self.kubectl.kubeconfig())
            .env(
                "SIGNET_CONTROLLER_URL",
                format!("http://{}", self.address()),
            );
        process::run(&mut command, input.as_bytes())
    }

    /// A fresh name for a namespace or repository: `story-1`.
    #[must_use]
    pub fn name(&self, story: &str) -> String {
        format!("{story}-{}", self.count.fetch_add(1, Ordering::Relaxed))
    }

    /// A fresh namespace.
    ///
    /// # Errors
    /// When the API server does not take it.
    pub fn namespace(&self, story: &str) -> Result<String> {
        let name = self.name(story);
        self.kubectl.run(&["create", "namespace", &name])?;
        Ok(name)
    }

    /// A fresh repository, served over HTTP, and a clone to work in.
    ///
    /// # Errors
    /// When git fails.
    pub fn repository(&self, name: &str) -> Result<Repository> {
        let bare = self.git.create(&format!("{name}.git"))?;
        let url = self.git.url(&format!("{name}.git"));
        Repository::create(name, url, bare, self.directory.join("work").join(name))
    }

    /// Declares a GitRepository in signet-system.
    ///
    /// # Errors
    /// When the API server does not take it.
    pub fn source(&self, repository: &Repository) -> Result<()> {
        let (name, url) = (repository.name(), repository.url());
        self.kubectl
            .apply(&format!(
                "apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {{name: {name}, namespace: signet-system}}
spec: {{interval: 10m, url: '{url}', ref: {{branch: main}}}}
"
            ))
            .map(drop)
    }

    /// Declares a GitRepository and a Kustomization of that name in signet-system; `spec` is YAML
    /// of further fields of the Kustomization, each line indented by two.
    ///
    /// # Errors
    /// When the API server does not take them.
    pub fn connect(&self, repository: &Repository, spec: &str) -> Result<()> {
        self.source(repository)?;
        let name = repository.name();
        self.kubectl
            .apply(&format!(
                "apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: {name}, namespace: signet-system}}
spec:
  interval: 10m
  path: ./app
  sourceRef: {{kind: GitRepository, name: {name}}}
{spec}
"
            ))
            .map(drop)
    }

    /// Commits and pushes everything in the clone, and tells the controller as a webhook would.
    ///
    /// # Errors
    /// When git or the API server fails.
    pub fn push(&self, repository: &Repository, message: &str) -> Result<String> {
        let commit = repository.push(message)?;
        self.look(repository.name())?;
        Ok(commit)
    }

    /// Asks for a look at the repository now.
    ///
    /// # Errors
    /// When the API server does not take it; it is no error that there is no such object yet.
    pub fn look(&self, name: &str) -> Result<()> {
        let token = format!("reconcile.fluxcd.io/requestedAt={}", self.name("token"));
        let arguments = [
            "annotate",
            "--overwrite",
            "-n",
            "signet-system",
            "gitrepository",
            name,
            &token,
        ];
        match self.kubectl.run(&arguments) {
            Err(error) if !error.to_string().contains("NotFound") => Err(error),
            _ => Ok(()),
        }
    }

    /// Waits until the Kustomization has applied `commit`.
    ///
    /// # Errors
    /// When it does not, with its status and the end of the controller's log.
    pub fn applied(&self, name: &str, commit: &str) -> Result<()> {
        self.until(&format!("{name} applied {commit}"), || {
            let object = self.kustomization(name)?;
            let revision = object
                .pointer("/status/lastAppliedRevision")
                .and_then(Value::as_str);
            let ready = condition(&object, "Ready");
            if revision.is_some_and(|revision| revision.ends_with(commit)) && ready.0 == "True" {
                return Ok(());
            }
            bail!("{revision:?}, Ready {ready:?}")
        })
    }

    /// Waits until `Ready` of the Kustomization is False with every one of `words` in its message;
    /// returns the message.
    ///
    /// # Errors
    /// When it does not come to that.
    pub fn fails(&self, name: &str, words: &[&str]) -> Result<String> {
        self.until(&format!("{name} fails and says {words:?}"), || {
            let (status, reason, message) = condition(&self.kustomization(name)?, "Ready");
            if status == "False" && words.iter().all(|word| message.contains(word)) {
                return Ok(message);
            }
            bail!("{status} {reason} {message}")
        })
    }

    /// Confirms a held prune with the annotation that `message` names.
    ///
    /// # Errors
    /// When the message names none, or the API server does not take it.
    pub fn confirm_prune(&self, name: &str, message: &str) -> Result<()> {
        let named = message
            .split_whitespace()
            .find(|word| word.starts_with("signet.dev/confirm-prune="));
        let word = named
            .context("the message names no annotation")?
            .trim_end_matches(['.', ',', ';', '`', '"']);
        let arguments = [
            "annotate",
            "kustomization",
            name,
            "-n",
            "signet-system",
            word,
        ];
        self.kubectl.run(&arguments).map(drop)
    }

    /// The active key Secrets, as an operator backs them up.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub fn key_backup(&self) -> Result<String> {
        let selector = "sealedsecrets.bitnami.com/sealed-secrets-key=active";
        let arguments = [
            "get",
            "secret",
            "-n",
            "signet-system",
            "-l",
            selector,
            "-o",
            "yaml",
        ];
        self.kubectl.run(&arguments)
    }

    /// The Kustomization as it is.
    ///
    /// # Errors
    /// When it is not there.
    pub fn kustomization(&self, name: &str) -> Result<Value> {
        self.kubectl
            .get_json(&["kustomization", name, "-n", "signet-system"])
    }

    /// Decoded values of a Secret.
    ///
    /// # Errors
    /// When it is not there.
    pub fn secret(&self, namespace: &str, name: &str) -> Result<BTreeMap<String, String>> {
        let object = self.kubectl.get_json(&["secret", name, "-n", namespace])?;
        let data = object
            .get("data")
            .and_then(Value::as_object)
            .context("a Secret without data")?;
        data.iter()
            .map(|(key, value)| {
                let bytes = BASE64_STANDARD.decode(value.as_str().unwrap_or_default())?;
                Ok((key.clone(), String::from_utf8(bytes)?))
            })
            .collect()
    }

    /// The messages of the events about an object, oldest first, each as `Reason: message`.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub fn events(&self, namespace: &str, name: &str) -> Result<Vec<String>> {
        let selector = format!("involvedObject.name={name}");
        let list =
            self.kubectl
                .get_json(&["events", "-n", namespace, "--field-selector", &selector])?;
        let items = list
            .get("items")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let text = |event: &Value, key: &str| event[key].as_str().unwrap_or_default().to_owned();
        Ok(items
            .iter()
            .map(|e| format!("{}: {}", text(e, "reason"), text(e, "message")))
            .collect())
    }

    /// As [`crate::eventually`] for [`SOON`], with the end of the controller's log on failure.
    ///
    /// # Errors
    /// When the time is up.
    pub fn until<T>(&self, what: &str, probe: impl FnMut() -> Result<T>) -> Result<T> {
        crate::eventually(SOON, what, probe).map_err(|error| {
            let log = self.log();
            let tail: Vec<&str> = log.lines().rev().take(25).collect();
            anyhow!(
                "{error}\n--- controller\n{}",
                tail.into_iter().rev().collect::<Vec<_>>().join("\n")
            )
        })
    }
}

/// Status, reason and message of a condition; empty words if it is not there.
#[must_use]
pub fn condition(object: &Value, kind: &str) -> (String, String, String) {
    let conditions = object
        .pointer("/status/conditions")
        .and_then(Value::as_array);
    let found = conditions.and_then(|all| all.iter().find(|c| c["type"] == kind));
    let text = |key: &str| {
        found
            .and_then(|c| c[key].as_str())
            .unwrap_or_default()
            .to_owned()
    };
    (text("status"), text("reason"), text("message"))
}

fn owned(flags: &[&str]) -> Vec<String> {
    flags.iter().map(|flag| (*flag).to_owned()).collect()
}

/// Inside the run's directory, where the canary search looks, or a temporary one.
fn directory() -> Result<(PathBuf, Option<Scratch>)> {
    if let Some(parent) = std::env::var_os(DIRECTORY_VARIABLE) {
        let directory = tempfile::Builder::new().prefix("rig-").tempdir_in(parent)?;
        return Ok((directory.keep(), None));
    }
    let scratch = Scratch::new("signet-rig-")?;
    Ok((scratch.path().to_owned(), Some(scratch)))
}
