//! Where the story is played: each command is shown, run by a shell, timed, and checked.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Lines of output that are shown of one command.
const SHOWN: usize = 14;

/// See the module's documentation.
pub struct Stage {
    environment: Vec<(String, String)>,
    directory: PathBuf,
    colour: bool,
    steps: Vec<(String, Duration)>,
    open: Option<(String, Instant)>,
}

impl Stage {
    /// Commands run in `directory` with `environment` on top of ours.
    pub fn new(environment: Vec<(String, String)>, directory: &Path) -> Self {
        let colour = std::io::stdout().is_terminal();
        Self {
            environment,
            directory: directory.to_owned(),
            colour,
            steps: Vec::new(),
            open: None,
        }
    }

    /// Begins a step of the story.
    pub fn step(&mut self, title: &str) {
        self.close();
        let (on, off) = if self.colour {
            ("\x1b[1;36m", "\x1b[0m")
        } else {
            ("", "")
        };
        println!("\n{on}── {title}{off}");
        self.open = Some((title.to_owned(), Instant::now()));
    }

    /// Shows and runs a command. Returns what it printed.
    ///
    /// # Errors
    /// The command failed; with its output.
    pub fn run(&self, command: &str) -> Result<String> {
        let (on, off) = if self.colour {
            ("\x1b[1m", "\x1b[0m")
        } else {
            ("", "")
        };
        println!("{on}$ {command}{off}");
        let began = Instant::now();
        let output = self.shell(command)?;
        self.show(&output);
        println!("  ({})", seconds(began.elapsed()));
        Ok(output)
    }

    /// Runs a command without showing it.
    ///
    /// # Errors
    /// The command failed; with its output.
    pub fn quiet(&self, command: &str) -> Result<String> {
        self.shell(command)
    }

    /// Looks again and again until `command` prints what `wanted` accepts; shows how long it took.
    ///
    /// # Errors
    /// It did not within `limit`; with what it printed last.
    pub fn until(
        &self,
        what: &str,
        limit: Duration,
        command: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<String> {
        let began = Instant::now();
        loop {
            let last = match self.shell(command) {
                Ok(output) if wanted(output.trim()) => {
                    println!("  ✔ {what} (after {})", seconds(began.elapsed()));
                    return Ok(output);
                }
                Ok(output) => output,
                Err(error) => error.to_string(),
            };
            if began.elapsed() > limit {
                bail!("{what}: not within {limit:?}. `{command}` said last:\n{last}");
            }
            std::thread::sleep(Duration::from_millis(25));
        }
    }

    /// States a fact that was checked.
    ///
    /// # Errors
    /// It does not hold.
    pub fn check(&self, what: &str, holds: bool) -> Result<()> {
        if !holds {
            bail!("{what}: it is not so");
        }
        println!("  ✔ {what}");
        Ok(())
    }

    /// Prints how long each step took.
    pub fn summary(&mut self) {
        self.close();
        println!("\nThe story, with times:");
        for (title, took) in &self.steps {
            println!("  {:>8}  {title}", seconds(*took));
        }
    }

    fn close(&mut self) {
        if let Some((title, began)) = self.open.take() {
            self.steps.push((title, began.elapsed()));
        }
    }

    fn shell(&self, command: &str) -> Result<String> {
        let output = Command::new("sh")
            .args(["-ec", command])
            .current_dir(&self.directory)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .output()
            .context("running sh")?;
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        if !output.status.success() {
            bail!("`{command}` ended with {}:\n{text}", output.status);
        }
        Ok(text)
    }

    fn show(&self, output: &str) {
        let lines: Vec<&str> = output.lines().collect();
        for line in lines.iter().take(SHOWN) {
            println!("  {}", shorten(line));
        }
        if lines.len() > SHOWN {
            println!("  … {} more lines", lines.len() - SHOWN);
        }
        // A reader who pipes us into a pager must not end us.
        drop(std::io::stdout().flush());
    }
}

fn shorten(line: &str) -> String {
    const WIDTH: usize = 110;
    if line.chars().count() <= WIDTH {
        return line.to_owned();
    }
    let start: String = line.chars().take(WIDTH - 1).collect();
    format!("{start}…")
}

fn seconds(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}
