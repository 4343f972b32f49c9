//! The front door for every task: `cargo xtask test`, `cargo xtask control-plane up`, and so on.
//!
//! One subcommand, one file. Nothing here is part of a program that is shipped.
#![allow(clippy::print_stdout, reason = "a command line tool prints its answer")]

mod bench;
mod codegen;
mod control_plane;
mod demo;
mod fuzz;
mod test;
mod tidy;

use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The front door for every task
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Seal, commit, push, sync, put back, revert, rotate: on a real control plane
    Demo(demo::Args),
    /// Run every test, from formatting to the whole programs on a real control plane
    Test(test::Arguments),
    /// Feed every parser with what nobody would write
    Fuzz(fuzz::Arguments),
    /// Check the invariants of the architecture
    Tidy,
    /// Write what is generated: CRDs, manifests, parts of the Helm chart, pages of the reference
    Codegen(codegen::Arguments),
    /// Measure Signet beside Flux and Sealed Secrets, on one API server
    Bench(bench::Arguments),
    /// Run a program many times and print what it cost: a part of `bench`
    #[command(hide = true)]
    BenchRepeat(bench::Repeat),
    /// A real Kubernetes control plane on loopback, for tests and for looking around
    ControlPlane(control_plane::Arguments),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Demo(arguments) => demo::run(&arguments),
        Task::Test(arguments) => test::run(&arguments),
        Task::Fuzz(arguments) => fuzz::run(&arguments),
        Task::Tidy => tidy::run(),
        Task::Codegen(arguments) => codegen::run(&arguments),
        Task::Bench(arguments) => bench::run(&arguments),
        Task::BenchRepeat(arguments) => arguments.run(),
        Task::ControlPlane(arguments) => control_plane::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The top of the checkout.
fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}
