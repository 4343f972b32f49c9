//! Flags about the programs that render.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// See the module's documentation.
#[derive(Debug, Args)]
pub struct BuildArgs {
    /// Run this kustomize [default: the one beside this program, else the first on PATH]
    #[arg(long, value_name = "FILE")]
    pub kustomize: Option<PathBuf>,
    /// Make the directories that kustomize sees here; they may hold decrypted values, so best in
    /// memory [default: rooms in --storage-path]
    #[arg(long, value_name = "DIR")]
    pub build_path: Option<PathBuf>,
    /// End a build after this time
    #[arg(long, default_value = "60s", value_name = "DURATION")]
    pub build_timeout: String,
    /// End a build that wants more memory than so many MiB
    #[arg(long, default_value_t = 256, value_name = "MIB")]
    pub build_memory: u64,
    /// How many builds run at once
    #[arg(long, default_value_t = 2, value_name = "N")]
    pub concurrent_builds: usize,
    /// What to do where the kernel cannot shut a build in
    #[arg(long, value_enum, default_value_t = SandboxArg::Require)]
    pub sandbox: SandboxArg,
    /// Fetch nothing that a kustomization file names by URL; this is always so, and false is refused
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "true", default_missing_value = "true", value_parser = super::truth, action = clap::ArgAction::Set)]
    pub no_remote_bases: bool,
}

/// What to do where the kernel cannot shut a build in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SandboxArg {
    /// Build nothing
    Require,
    /// Build behind what there is, and say what is missing
    BestEffort,
}
