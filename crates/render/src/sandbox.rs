//! A program that reads what somebody else wrote, behind walls: it sees one directory, no network,
//! no environment and no open file of ours, and it has so much memory, time and output and no more.
//!
//! The walls are put up by a process for itself, between being started and becoming the program:
//! so our own binary is started once more as the [launcher](enter), which does just that. Nothing
//! of it needs privileges. What each wall is made of, and what is left where a kernel lacks one,
//! stands in `docs/explanation/sandbox.md`.

mod enter;
mod limits;
mod needs;
mod run;
mod walls;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

pub use enter::{asked, enter};

/// What one run may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of memory that it writes to.
    pub memory: u64,
    /// Time on the clock, and of a processor.
    pub time: Duration,
    /// Bytes of standard output.
    pub output: usize,
}

/// What to do where the kernel lacks a wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Run nothing unless files and network are out of reach.
    Require,
    /// Run behind the walls that there are.
    BestEffort,
}

/// How programs are run.
#[derive(Clone, Debug)]
pub struct Sandbox {
    /// Our own binary, which calls [`enter`] when [`asked`].
    pub launcher: PathBuf,
    /// What to do where the kernel lacks a wall.
    pub mode: Mode,
    /// What each run may use.
    pub limits: Limits,
}

/// One run.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// The program, by its path.
    pub program: &'a Path,
    /// Its arguments.
    pub arguments: &'a [&'a str],
    /// Its whole environment.
    pub environment: &'a [(&'a str, &'a str)],
    /// Where it is started. It reads at and below this directory, and nowhere else but for itself
    /// and the libraries it is linked with; it writes nowhere.
    pub directory: &'a Path,
}

/// The walls that one run had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walls {
    /// Files elsewhere are out of reach (Landlock).
    pub files: bool,
    /// It is in a network of its own that has no way out (namespaces).
    pub namespaces: bool,
    /// It cannot make a socket, nor do what no renderer does (seccomp).
    pub calls: bool,
}

impl Walls {
    /// Whether files and network are out of reach.
    #[must_use]
    pub fn are_up(self) -> bool {
        self.files && (self.calls || self.namespaces)
    }

    /// The walls that are missing, in words; empty if none is. A network of its own is a second wall
    /// behind that of system calls, and often not to be had inside a container.
    #[must_use]
    pub fn missing(self) -> Vec<&'static str> {
        let walls = [
            (self.files, "files (Landlock)"),
            (self.calls, "system calls (seccomp)"),
        ];
        walls
            .into_iter()
            .filter(|(up, _)| !up)
            .map(|(_, name)| name)
            .collect()
    }
}

/// A program that ran to its end.
pub struct Finished {
    /// Its exit code; none after a signal.
    pub code: Option<i32>,
    /// What it printed. It may hold values, so it is wiped when dropped.
    pub output: Zeroizing<Vec<u8>>,
    /// What it said on standard error, shortened. It may hold values.
    pub said: Zeroizing<String>,
    /// The walls it had.
    pub walls: Walls,
}

/// Why a program did not run to its end.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The launcher or the program cannot be started.
    #[error("{program} cannot be started: {why}")]
    Start {
        /// The program.
        program: String,
        /// The cause.
        why: String,
    },
    /// A wall that is required cannot be put up.
    #[error(
        "no sandbox for {program}: {why}; run on a kernel that has it, or accept less with --sandbox=best-effort"
    )]
    Walls {
        /// The program.
        program: String,
        /// Which, and why.
        why: String,
    },
    /// The time was over.
    #[error("it was stopped after {} seconds", .0.as_secs())]
    Time(Duration),
    /// It wanted more memory than there was.
    #[error("it was stopped because it wanted more than {} MiB of memory", .0 >> 20)]
    Memory(u64),
    /// It printed more than is taken.
    #[error("it was stopped because it printed more than {} MiB", .0 >> 20)]
    Output(usize),
    /// It was killed from outside, or crashed.
    #[error("it was ended by signal {0}")]
    Signal(i32),
    /// Reading from it failed.
    #[error("reading what it printed failed: {0}")]
    Pipe(#[from] io::Error),
}

/// What the launcher is told.
#[derive(Serialize, Deserialize)]
struct Orders {
    require: bool,
    directory: PathBuf,
    memory: u64,
    seconds: u64,
    program: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
}

/// The first words of each line by the launcher itself, on standard error.
const PREFIX: &str = "signet-sandbox: ";
