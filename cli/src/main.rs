//! The developer's door: seals Secrets so that they can be committed; rotates, checks, explains.
//!
//! Builds the world (a clock, randomness, the environment), picks the verb, and turns what came of
//! it into lines and an exit code. Called by the name `kubeseal`, it takes that tool's flags.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use jiff::Timestamp;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use zeroize::Zeroizing;

mod args;
mod certificate;
mod commands;
mod deployed;
mod documents;
mod error;
mod gitops;
mod io;
mod keys;
mod kubeconfig;
mod look;
mod online;
mod print;
mod report;
mod settings;
mod text;
mod walk;

use args::{Cli, Command};
use commands::{
    cert, completions, explain, get, history, inspect, install, keygen, kubeseal, migrate,
    reconcile, reference, rollback, rotate, seal, tree, unseal,
};
use error::{Error, Result};
use settings::Environment;

/// What a command may take from outside of its arguments.
pub struct World {
    /// The time at the start.
    pub now: Timestamp,
    /// Seeded by the operating system.
    pub rng: ChaCha20Rng,
    /// The environment, read once.
    pub environment: Environment,
}

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            io::raw_stderr(&failure.lines());
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run(arguments: &[OsString]) -> Result<()> {
    let mut world = World {
        now: Timestamp::now(),
        rng: seeded()?,
        environment: Environment::read(),
    };
    if called_as_kubeseal(arguments) {
        return kubeseal::run(arguments, &mut world);
    }
    match Cli::parse_from(arguments).command {
        Command::Seal(args) => seal::run(args, &mut world),
        Command::Cert(args) => cert::run(args, &world),
        Command::Keygen(args) => keygen::run(&args, &world),
        Command::Unseal(args) => unseal::run(&args, &world),
        Command::Rotate(args) => rotate::run(&args, &mut world),
        Command::Explain(args) => explain::run(args, &world),
        Command::Inspect(args) => inspect::run(&args, &world),
        Command::Migrate(args) => migrate::run(&args, &world),
        Command::Get(args) => get::run(args, &world),
        Command::Reconcile(args) => reconcile::run(args, &world),
        Command::Suspend(args) => reconcile::suspend(args, &world),
        Command::Resume(args) => reconcile::resume(args, &world),
        Command::Tree(args) => tree::run(args, &world),
        Command::History(args) => history::run(args, &world),
        Command::Rollback(args) => rollback::run(args, &world),
        Command::Install(args) => install::run(args),
        Command::Completions(args) => completions::run(&args),
        Command::Reference => reference::run(),
    }
}

/// A file name such as `kubeseal`, `kubeseal.exe` or `kubeseal-0.27`.
fn called_as_kubeseal(arguments: &[OsString]) -> bool {
    let name = arguments
        .first()
        .and_then(|path| Path::new(path).file_name()?.to_str());
    name.is_some_and(|name| name.starts_with("kubeseal"))
}

fn seeded() -> Result<ChaCha20Rng> {
    let mut seed = Zeroizing::new([0; 32]);
    let filled = getrandom::fill(seed.as_mut_slice());
    filled.map_err(|cause| {
        Error::new(format!("the operating system gives no randomness: {cause}"))
    })?;
    Ok(ChaCha20Rng::from_seed(*seed))
}
