//! How directories are built: with which program, behind which walls, and within which limits.

use std::env::current_exe;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use signet_render::sandbox::{Limits, Mode};

use crate::args::{BuildArgs, SandboxArg};

/// The program's file name.
const KUSTOMIZE: &str = "kustomize";

/// Bytes that a build may print: far more than a cluster takes.
const MOST_OUTPUT: usize = 16 << 20;

/// Less memory than this is too little for any build.
const LEAST_MEMORY: u64 = 64;

/// See the module's documentation.
#[derive(Clone, Debug)]
pub struct BuildSettings {
    /// kustomize; `None` if it is nowhere.
    pub kustomize: Option<PathBuf>,
    /// Where the directories that it sees are made.
    pub rooms: PathBuf,
    /// What one build may use.
    pub limits: Limits,
    /// What to do where the kernel cannot shut it in.
    pub mode: Mode,
    /// Builds at once.
    pub concurrent: usize,
}

impl BuildSettings {
    /// Of the flags, the directory for everything and the variable `PATH`.
    ///
    /// # Errors
    /// A value that cannot be meant, with the flag's name.
    pub fn new(args: BuildArgs, storage: &Path, path: Option<OsString>) -> Result<Self> {
        let BuildArgs {
            kustomize,
            build_path,
            build_timeout,
            build_memory,
            concurrent_builds,
            sandbox,
            no_remote_bases,
        } = args;
        ensure!(
            no_remote_bases,
            "--no-remote-bases: false is not supported: kustomize has no network here"
        );
        let time = super::go_duration("build-timeout", &build_timeout)?;
        ensure!(
            !time.is_zero(),
            "--build-timeout: a build needs some time, such as 60s"
        );
        ensure!(
            build_memory >= LEAST_MEMORY,
            "--build-memory: no build works with less than {LEAST_MEMORY} MiB"
        );
        // A relative path would be looked for where it runs: in what a repository holds.
        let given = kustomize.map(std::path::absolute).transpose()?;
        Ok(Self {
            kustomize: given.or_else(|| found(current_exe().ok(), path)),
            rooms: build_path.unwrap_or_else(|| storage.join("rooms")),
            limits: Limits {
                memory: build_memory << 20,
                time,
                output: MOST_OUTPUT,
            },
            mode: match sandbox {
                SandboxArg::Require => Mode::Require,
                SandboxArg::BestEffort => Mode::BestEffort,
            },
            concurrent: concurrent_builds.max(1),
        })
    }
}

/// Beside our own program, else on `PATH`, whose relative entries do not count (threat T35).
fn found(own: Option<PathBuf>, path: Option<OsString>) -> Option<PathBuf> {
    let beside = own.and_then(|own| Some(own.parent()?.to_owned()));
    let path = path.unwrap_or_default();
    let on_path = std::env::split_paths(&path).filter(|place| place.is_absolute());
    let mut places = beside
        .into_iter()
        .chain(on_path)
        .map(|place| place.join(KUSTOMIZE));
    places.find(|program| program.is_file())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use clap::Parser;

    use super::*;

    #[test]
    fn a_path_that_was_typed_is_never_one_of_a_repository() {
        let typed = [
            "signet-controller",
            "--kustomize=bin/kustomize",
            "--build-path=rooms",
        ];
        let args = crate::args::Args::parse_from(typed);
        let settings = BuildSettings::new(args.build, Path::new("/data"), None).unwrap();
        assert!(
            settings
                .kustomize
                .is_some_and(|program| program.is_absolute())
        );
    }

    #[test]
    fn kustomize_is_looked_for_beside_us_and_then_on_the_path() {
        let [own, other] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let path = std::env::join_paths([Path::new("bin"), other.path()]).unwrap();
        let look = || {
            found(
                Some(own.path().join("signet-controller")),
                Some(path.clone()),
            )
        };
        assert_eq!(look(), None);
        for directory in [&other, &own] {
            let program = directory.path().join(KUSTOMIZE);
            std::fs::write(&program, "").unwrap();
            assert_eq!(look(), Some(program));
        }
    }
}
