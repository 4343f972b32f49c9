//! One control plane for a whole test run: given by environment, or started by the first test.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow};

use super::{ControlPlane, Options};
use crate::kubectl::Kubectl;
use crate::tools::{self, Program};

/// Names the kubeconfig of a control plane that is there already.
pub const KUBECONFIG_VARIABLE: &str = "SIGNET_TEST_KUBECONFIG";

/// Names the directory that belongs to it, where what a run leaves is collected.
pub const DIRECTORY_VARIABLE: &str = "SIGNET_TEST_DIR";

pub(super) const NOT_OURS: &str =
    "this control plane is shared with other tests: use ControlPlane::start() for one of your own";

impl ControlPlane {
    /// The control plane of this run, with a controller manager; the same for every test.
    ///
    /// # Errors
    /// When it cannot be started; every later call answers the same.
    pub fn shared() -> Result<&'static Self> {
        static SHARED: OnceLock<Result<ControlPlane, String>> = OnceLock::new();
        SHARED
            .get_or_init(|| attach_or_start().map_err(|error| format!("{error:#}")))
            .as_ref()
            .map_err(|error| anyhow!("no control plane: {error}"))
    }

    /// One of a test's own, with a controller manager, whose files stand in the run's directory, where
    /// the search for secret values looks, and in `room` where there is no run.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start_in_the_run(prefix: &str, room: &Path) -> Result<Self> {
        let directory = match std::env::var_os(DIRECTORY_VARIABLE) {
            Some(run) => tempfile::Builder::new()
                .prefix(prefix)
                .tempdir_in(run)?
                .keep(),
            None => room.join("control-plane"),
        };
        Self::start_with(Options {
            controller_manager: true,
            directory: Some(directory),
            ..Options::default()
        })
    }

    /// A control plane that somebody else started and ends.
    ///
    /// # Errors
    /// When kubectl cannot be found.
    pub fn attach(kubeconfig: PathBuf, directory: PathBuf) -> Result<Self> {
        let kubectl = Kubectl::new(tools::find(Program::Kubectl)?, kubeconfig);
        Ok(Self {
            directory,
            kubectl,
            own: None,
        })
    }
}

fn attach_or_start() -> Result<ControlPlane> {
    let Some(kubeconfig) = std::env::var_os(KUBECONFIG_VARIABLE).map(PathBuf::from) else {
        let options = Options {
            controller_manager: true,
            ..Options::default()
        };
        return ControlPlane::start_with(options);
    };
    let directory = match std::env::var_os(DIRECTORY_VARIABLE) {
        Some(directory) => PathBuf::from(directory),
        None => kubeconfig
            .parent()
            .context("a kubeconfig stands in a directory")?
            .to_owned(),
    };
    ControlPlane::attach(kubeconfig, directory)
}
