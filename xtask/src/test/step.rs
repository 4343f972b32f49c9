//! One step of the test run, and the table of all of them.

use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// Something to check, with the name it has in `--only`.
#[derive(Clone, Copy)]
pub(super) struct Step {
    pub(super) name: &'static str,
    /// Whether it needs the control plane or the programs of the peers.
    pub(super) cluster: bool,
    /// Whether it runs only when `--only` names it.
    pub(super) apart: bool,
    pub(super) run: fn() -> Result<Counts>,
}

/// How many tests a step ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) passed: u64,
    pub(super) failed: u64,
}

/// What became of a step.
enum Outcome {
    Done(Counts),
    Failed(Counts, String),
}

/// The steps that ran, in order.
pub(super) struct Report(Vec<(Step, Duration, Outcome)>);

impl Report {
    /// Runs the steps, one after another.
    pub(super) fn of(steps: &[Step]) -> Self {
        let mut lines = Vec::new();
        for step in steps {
            println!("\n=== {}", step.name);
            let since = Instant::now();
            let outcome = match (step.run)() {
                Ok(counts) => Outcome::Done(counts),
                Err(error) => {
                    eprintln!("error: {}: {error:#}", step.name);
                    let counts = error.downcast_ref::<TestsFailed>().map(|failed| failed.0);
                    Outcome::Failed(counts.unwrap_or_default(), format!("{error:#}"))
                }
            };
            lines.push((*step, since.elapsed(), outcome));
        }
        Self(lines)
    }

    pub(super) fn good(&self) -> bool {
        self.0
            .iter()
            .all(|(_, _, outcome)| matches!(outcome, Outcome::Done(_)))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut total = Counts::default();
        writeln!(f, "\n{:<16}{:>8}  {:<8}{:>7}", "step", "time", "", "tests")?;
        for (step, time, outcome) in &self.0 {
            let (word, counts) = match outcome {
                Outcome::Done(counts) => ("ok", counts),
                Outcome::Failed(counts, _) => ("FAILED", counts),
            };
            total = total + *counts;
            let tests = counts.passed + counts.failed;
            writeln!(
                f,
                "{:<16}{:>6} s  {word:<8}{tests:>7}",
                step.name,
                time.as_secs()
            )?;
        }
        for (step, _, outcome) in &self.0 {
            if let Outcome::Failed(_, error) = outcome {
                let first = error.lines().next().unwrap_or_default();
                writeln!(f, "failed: {}: {first}", step.name)?;
            }
        }
        write!(f, "{} passed, {} failed", total.passed, total.failed)
    }
}

impl std::ops::Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
        }
    }
}

/// A step whose tests failed, with how many did.
#[derive(Debug)]
pub(super) struct TestsFailed(Counts);

impl fmt::Display for TestsFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.failed {
            0 => f.write_str("cargo test failed before or between the tests"),
            failed => write!(f, "{failed} of {} tests failed", self.0.passed + failed),
        }
    }
}

impl std::error::Error for TestsFailed {}

/// A cargo command at the top of the checkout. A variable that cargo gave to us is not handed on:
/// it would describe xtask.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(crate::root());
    for (name, _) in std::env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("CARGO_PKG_") || name == "CARGO_MANIFEST_DIR")
        {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a command that is to succeed and has no tests to count.
pub(super) fn succeed(command: &mut Command) -> Result<Counts> {
    let shown = shown(command);
    let status = command
        .status()
        .with_context(|| format!("{shown}: cannot be started"))?;
    ensure!(status.success(), "{shown}: {status}");
    Ok(Counts::default())
}

/// Runs a `cargo test`, shows what it prints as it comes, and counts what it says it ran.
pub(super) fn count_tests(command: &mut Command) -> Result<Counts> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .context("cargo cannot be started")?;
    let stdout = child
        .stdout
        .take()
        .context("standard output was asked for")?;
    let mut counts = Counts::default();
    for line in BufReader::new(stdout).split(b'\n') {
        let line = line?;
        let text = String::from_utf8_lossy(&line);
        counts = counts + counted(&text).unwrap_or_default();
        writeln!(std::io::stdout(), "{text}")?;
    }
    if child.wait()?.success() {
        Ok(counts)
    } else {
        Err(TestsFailed(counts).into())
    }
}

/// Two runs of tests as one: every test counts, also when some of them failed.
pub(super) fn both(first: Result<Counts>, second: Result<Counts>) -> Result<Counts> {
    match (first, second) {
        (Ok(first), Ok(second)) => Ok(first + second),
        (Err(error), Ok(counts)) | (Ok(counts), Err(error)) => Err(add_to(error, counts)),
        (Err(first), Err(second)) => {
            eprintln!("error: {second:#}");
            let counts = second.downcast_ref::<TestsFailed>().map(|failed| failed.0);
            Err(add_to(first, counts.unwrap_or_default()))
        }
    }
}

fn add_to(error: anyhow::Error, counts: Counts) -> anyhow::Error {
    match error.downcast::<TestsFailed>() {
        Ok(TestsFailed(own)) => TestsFailed(own + counts).into(),
        Err(other) => other,
    }
}

/// The numbers in `test result: ok. 3 passed; 1 failed; 0 ignored; ...`.
fn counted(line: &str) -> Option<Counts> {
    let numbers = line.strip_prefix("test result: ")?.split_once(". ")?.1;
    let number = |word: &str| {
        let part = numbers.split(';').find(|part| part.ends_with(word))?;
        part.split_whitespace().next()?.parse().ok()
    };
    Some(Counts {
        passed: number(" passed")?,
        failed: number(" failed")?,
    })
}

fn shown(command: &Command) -> String {
    let words = command
        .get_args()
        .map(|word| word.to_string_lossy().into_owned());
    let program = std::path::Path::new(command.get_program())
        .file_name()
        .unwrap_or_default();
    std::iter::once(program.to_string_lossy().into_owned())
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_line_of_cargo_test_is_counted() {
        let line =
            "test result: FAILED. 12 passed; 3 failed; 4 ignored; 0 measured; 1 filtered out";
        assert_eq!(
            counted(line),
            Some(Counts {
                passed: 12,
                failed: 3
            })
        );
        assert_eq!(counted("test result_is_counted ... ok"), None);
    }
}
