//! Our own binaries: where they are, run once to their end, or kept running as a server.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};

use crate::control_plane::DIRECTORY_VARIABLE;
use crate::kubectl::Kubectl;
use crate::server::Server;

/// The command line, `signet`.
pub const SIGNET: &str = "signet";

/// The controller, `signet-controller`.
pub const CONTROLLER: &str = "signet-controller";

/// The path of one of our binaries, as cargo built it beside the running test.
///
/// # Errors
/// When it has not been built; the message says with which command it is.
pub fn binary(name: &str) -> Result<PathBuf> {
    if let Some(given) = std::env::var_os(format!("CARGO_BIN_EXE_{name}")) {
        return Ok(PathBuf::from(given));
    }
    let running = std::env::current_exe()?;
    // target/debug/deps/test-1234 or target/debug/xtask: the binary stands one or two levels up.
    let places = running
        .ancestors()
        .skip(1)
        .take(2)
        .map(|directory| directory.join(name));
    for place in places {
        if place.is_file() {
            return Ok(place);
        }
    }
    bail!(
        "{name} is not built beside {}: run `cargo build -p {name}` first",
        running.display()
    )
}

/// What a program that ran to its end did.
#[derive(Clone, Debug)]
#[must_use]
pub struct Finished {
    /// What was run, for messages.
    pub command: String,
    /// The exit code; absent after a signal.
    pub code: Option<i32>,
    /// What it printed on standard output.
    pub stdout: String,
    /// What it printed on standard error.
    pub stderr: String,
}

impl Finished {
    /// Standard output of a program that was to succeed.
    ///
    /// # Errors
    /// When it did not, with what it said.
    pub fn succeeded(self) -> Result<String> {
        if self.code == Some(0) {
            Ok(self.stdout)
        } else {
            Err(self.surprise("success"))
        }
    }

    /// Standard error of a program that was to fail.
    ///
    /// # Errors
    /// When it succeeded.
    pub fn failed(self) -> Result<String> {
        if self.code == Some(0) {
            Err(self.surprise("failure"))
        } else {
            Ok(self.stderr)
        }
    }

    fn surprise(&self, expected: &str) -> anyhow::Error {
        let Self {
            command,
            code,
            stdout,
            stderr,
        } = self;
        anyhow!("{command}: {expected} was expected, exit code {code:?}\n{stdout}\n{stderr}")
    }
}

/// Runs `command` to its end with `input` on its standard input. What it prints is kept for the
/// canary search when a run is on.
///
/// # Errors
/// When it cannot be started. That it failed is an answer, not an error.
pub fn run(command: &mut Command, input: &[u8]) -> Result<Finished> {
    let finished = run_privately(command, input)?;
    keep(&finished)?;
    Ok(finished)
}

/// As [`run`], for a program whose output is meant to hold plaintext: it is kept nowhere.
///
/// # Errors
/// As [`run`].
pub fn run_privately(command: &mut Command, input: &[u8]) -> Result<Finished> {
    let words: Vec<_> = command
        .get_args()
        .map(|word| word.to_string_lossy())
        .collect();
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default();
    let shown = format!("{} {}", program.display(), words.join(" "));
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{shown}: cannot be started"))?;
    let mut stdin = child.stdin.take().context("standard input was asked for")?;
    let input = input.to_vec();
    // A thread of its own, since the program may print before it has read all.
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output()?;
    // A program that does not read its input closes the pipe; that is no failure of the test.
    drop(writer.join());
    Ok(Finished {
        command: shown,
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// The arguments are left out: a test may hand a canary to a program, which is no leak of it.
fn keep(finished: &Finished) -> Result<()> {
    let Some(directory) = std::env::var_os(DIRECTORY_VARIABLE) else {
        return Ok(());
    };
    let directory = PathBuf::from(directory).join("output");
    std::fs::create_dir_all(&directory)?;
    let path = directory.join(format!("{}.txt", std::process::id()));
    let mut file = File::options().create(true).append(true).open(path)?;
    file.write_all(format!("{}\n{}\n", finished.stdout, finished.stderr).as_bytes())?;
    Ok(())
}

/// `signet` with an environment of nothing but `PATH` and a home in `home`.
///
/// # Errors
/// As [`binary`].
pub fn signet(home: &Path) -> Result<Command> {
    let mut command = Command::new(binary(SIGNET)?);
    command.env_clear().env("HOME", home);
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    Ok(command)
}

/// Runs a line as a person would type it who has `signet` and kubectl on the path and this cluster in
/// the kubeconfig.
///
/// # Errors
/// As [`run`].
pub fn typed(line: &str, kubectl: &Kubectl, home: &Path) -> Result<Finished> {
    let mut places = vec![kubectl.program().to_owned(), binary(SIGNET)?];
    places.iter_mut().for_each(|program| {
        program.pop();
    });
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(places.into_iter().chain(std::env::split_paths(&path)))?;
    let mut command = Command::new("sh");
    command
        .args(["-ec", line])
        .env("PATH", path)
        .env("HOME", home)
        .env("KUBECONFIG", kubectl.kubeconfig())
        .current_dir(home);
    run(&mut command, b"")
}

/// Waits until `http://<address><path>` answers 200, or the server has ended.
///
/// # Errors
/// With the end of its log, when it ended or took longer than `timeout`.
pub fn wait_ready(server: &mut Server, address: &str, path: &str, timeout: Duration) -> Result<()> {
    let what = format!("{} answers at http://{address}{path}", server.name());
    let looked = crate::eventually(timeout, &what, || {
        if let Some(status) = server.ended()? {
            return Ok(Err(anyhow!("{} ended: {status}", server.name())));
        }
        crate::http::get(address, path).map(|_| Ok(()))
    });
    looked
        .and_then(|ended| ended)
        .map_err(|error| anyhow!("{error:#}\n{}", server.log_tail(25)))
}
