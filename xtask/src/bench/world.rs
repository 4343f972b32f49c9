//! What a row may use: directories, our release binaries, the control plane and the Git server, the
//! latter two started by the first row that needs them.

use std::cell::OnceCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use signet_tests::process;
use signet_tests::testkit::git_server::GitServer;

use super::Side;
use super::plane::Plane;

/// See the module's documentation.
pub(crate) struct World {
    // Servers end before their directory goes.
    plane: OnceCell<Plane>,
    git: OnceCell<GitServer>,
    directory: PathBuf,
    _temporary: Option<tempfile::TempDir>,
}

impl World {
    /// Everything goes to `directory` and stays, or to a temporary one and goes.
    pub(crate) fn new(directory: Option<PathBuf>) -> Result<Self> {
        for name in [process::SIGNET, process::CONTROLLER] {
            let path = binary(name)?;
            ensure!(
                path.is_file(),
                "{} is not there: leave out --no-build",
                path.display()
            );
        }
        let (directory, temporary) = match directory {
            Some(directory) => (directory, None),
            None => {
                let made = tempfile::Builder::new().prefix("signet-bench-").tempdir()?;
                (made.path().to_owned(), Some(made))
            }
        };
        fs::create_dir_all(&directory)?;
        Ok(Self {
            plane: OnceCell::new(),
            git: OnceCell::new(),
            directory: directory.canonicalize()?,
            _temporary: temporary,
        })
    }

    /// A directory of its own for one side of one row.
    pub(crate) fn room(&self, row: &str, side: Side) -> Result<PathBuf> {
        let room = self.directory.join(format!("{row}-{side:?}"));
        fs::create_dir_all(&room)?;
        Ok(room)
    }

    /// The control plane of this run, the same for every row.
    pub(crate) fn plane(&self) -> Result<&Plane> {
        if let Some(plane) = self.plane.get() {
            return Ok(plane);
        }
        let plane = Plane::start(&self.directory.join("control-plane"))?;
        Ok(self.plane.get_or_init(|| plane))
    }

    /// The Git server of this run.
    pub(crate) fn git(&self) -> Result<&GitServer> {
        if let Some(git) = self.git.get() {
            return Ok(git);
        }
        let git = GitServer::start()?;
        Ok(self.git.get_or_init(|| git))
    }
}

/// A release binary of ours, whether it is there or not.
pub(crate) fn binary(name: &str) -> Result<PathBuf> {
    let running = std::env::current_exe()?;
    // target/<profile>/xtask
    let target = running
        .ancestors()
        .nth(2)
        .context("xtask stands in target")?;
    Ok(target.join("release").join(name))
}

/// Builds our binaries as they are shipped.
pub(crate) fn build() -> Result<()> {
    eprintln!(
        "building signet and signet-controller as they are shipped (minutes, the first time)"
    );
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--release", "--locked", "--quiet"]);
    let status = command.current_dir(crate::root()).status()?;
    ensure!(
        status.success(),
        "cargo build --release ended with {status}"
    );
    Ok(())
}

/// Runs `program` to its end and answers what it printed.
pub(crate) fn output(program: &mut Command) -> Result<String> {
    let name = Path::new(program.get_program()).display().to_string();
    let output = program.output().with_context(|| name.clone())?;
    ensure!(
        output.status.success(),
        "{name}: {}",
        String::from_utf8_lossy(&output.stderr).trim_end()
    );
    Ok(String::from_utf8(output.stdout)?)
}
