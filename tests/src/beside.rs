//! One command line, run by the real kubeseal and by ours under that name, each in a room of its own
//! with the same files; what comes out is compared.
//!
//! Ciphertext differs every time, so every sealed item is opened and compared as plaintext. Beyond
//! that, these differences are allowed everywhere, and no others:
//!
//! - lines of ours that begin with `hint: ` or `warning: `, which the peer does not have;
//! - the help, whose descriptions are in our own words;
//! - `creationTimestamp: null`, which the peer left out from release 0.32 on, and we with it;
//! - a cause that the peer prints twice on standard output (once since 0.30), and that we print on
//!   standard error as well, because standard output may go to a file;
//! - the order of the keys in `no key could decrypt secret (…)`, which the peer takes from a map.
//!
//! Everything else that differs is a [`Difference`] of its case, with both results and the reason.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use signet_api::SealedSecret;
use signet_seal::secret::label_of;
use signet_seal::{Certificate, Keyring, PrivateKey, text};
use signet_yaml::Budget;

use crate::process::{self, Finished};
use crate::tools::{self, Program};

mod canonical;
mod case;

use canonical::{Printer, said, without_help};
pub use case::{Case, Difference, same};

/// The two programs and the files that both get.
pub struct Beside {
    theirs: PathBuf,
    ours: PathBuf,
    files: BTreeMap<String, Vec<u8>>,
    keys: Keyring,
    /// Environment of every case.
    variables: Vec<(String, String)>,
    /// A command that runs the one behind it.
    within: Vec<String>,
}

/// What came of a run, with every item opened.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    files: BTreeMap<String, String>,
}

impl Outcome {
    /// The lines that the other does not have.
    fn beside(&self, other: &Self) -> String {
        let (mine, other) = (format!("{self:#?}"), format!("{other:#?}"));
        let (mine, other) = (mine.replace("\\n", "\n"), other.replace("\\n", "\n"));
        let known: Vec<&str> = other.lines().collect();
        let alone = mine.lines().filter(|line| !known.contains(line));
        alone.map(|line| format!("\n  {line}")).collect()
    }
}

impl Beside {
    /// With the keys of `keys`: PEM, private key and certificate of each in one text.
    ///
    /// # Errors
    /// A program that cannot be had; a key that cannot be read.
    pub fn new(keys: &[String]) -> Result<Self> {
        let mut ring = Keyring::new();
        for (number, pem) in keys.iter().enumerate() {
            let key = PrivateKey::from_pem(pem.as_bytes())?;
            let certificate = Certificate::from_pem(pem.as_bytes())?;
            ring.add(
                number.to_string(),
                certificate.not_before(),
                key,
                certificate,
            );
        }
        Ok(Self {
            theirs: tools::find(Program::Kubeseal)?,
            ours: process::binary(process::SIGNET)?,
            files: BTreeMap::new(),
            keys: ring,
            variables: Vec::new(),
            within: Vec::new(),
        })
    }

    /// Runs both by a command that runs what stands behind it.
    pub fn within(&mut self, command: &[&str]) {
        self.within = command.iter().map(|word| (*word).to_owned()).collect();
    }

    /// The real kubeseal, and ours.
    #[must_use]
    pub fn programs(&self) -> [&Path; 2] {
        [&self.theirs, &self.ours]
    }

    /// Adds a file that every run finds in its directory.
    pub fn file(&mut self, name: &str, contents: impl Into<Vec<u8>>) {
        self.files.insert(name.to_owned(), contents.into());
    }

    /// Sets a variable for every run.
    pub fn variable(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// What the real kubeseal prints.
    ///
    /// # Errors
    /// It fails.
    pub fn theirs(&self, line: &str, input: &str) -> Result<String> {
        let case = Case {
            line: line.to_owned(),
            input: input.to_owned(),
            ..Case::default()
        };
        let room = self.room()?;
        self.run(&self.theirs, &case, room.path())?.succeeded()
    }

    /// Runs both.
    ///
    /// # Errors
    /// What differs and is not among what is allowed.
    pub fn check(&self, case: &Case) -> Result<()> {
        let line = &case.line;
        let shown = || format!("kubeseal {line}");
        let theirs = self.outcome(&self.theirs, case).with_context(shown)?;
        let ours = self.outcome(&self.ours, case).with_context(shown)?;
        let Some(difference) = &case.differs else {
            ensure!(
                theirs == ours,
                "kubeseal {line}\ntheirs alone: {}\nours alone: {}",
                theirs.beside(&ours),
                ours.beside(&theirs)
            );
            return Ok(());
        };
        ensure!(
            theirs != ours,
            "kubeseal {line}: there is no difference any more ({})",
            difference.because
        );
        for (who, outcome, (code, words)) in [
            ("theirs", &theirs, &difference.theirs),
            ("ours", &ours, &difference.ours),
        ] {
            let all = format!("{}{}{:?}", outcome.stdout, outcome.stderr, outcome.files);
            ensure!(
                outcome.code == Some(*code) && all.contains(words.as_str()),
                "kubeseal {line}: {who} is not {code}, {words:?}: {outcome:#?}"
            );
        }
        Ok(())
    }

    fn room(&self) -> Result<tempfile::TempDir> {
        let room = tempfile::tempdir()?;
        for (name, contents) in &self.files {
            fs::write(room.path().join(name), contents)?;
        }
        Ok(room)
    }

    fn run(&self, program: &Path, case: &Case, room: &Path) -> Result<Finished> {
        let words = case.line.split_whitespace();
        // The peer leaves its temporary files behind when it fails.
        let temporary = tempfile::tempdir()?;
        let mut command = self.command(program, temporary.path())?;
        command
            .args(words.map(|word| if word == "''" { "" } else { word }))
            .current_dir(room)
            .env_clear()
            .env("HOME", room)
            .env("TMPDIR", temporary.path())
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        let variables = self.variables.iter().chain(&case.variables);
        command.envs(variables.map(|(name, value)| (name, value)));
        // What opens prints plaintext, and is to.
        if case.line.contains("recovery-unseal") {
            process::run_privately(&mut command, case.input.as_bytes())
        } else {
            process::run(&mut command, case.input.as_bytes())
        }
    }

    /// The program under the name kubeseal.
    fn command(&self, program: &Path, links: &Path) -> Result<Command> {
        let Some((first, rest)) = self.within.split_first() else {
            let mut command = Command::new(program);
            command.arg0("kubeseal");
            return Ok(command);
        };
        let link = links.join("kubeseal");
        std::os::unix::fs::symlink(program, &link)?;
        let mut command = Command::new(first);
        command.args(rest).arg(link);
        Ok(command)
    }

    fn outcome(&self, program: &Path, case: &Case) -> Result<Outcome> {
        let room = self.room()?;
        let finished = self.run(program, case, room.path())?;
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(room.path())? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let contents = fs::read(entry.path())?;
            if self.files.get(&name) != Some(&contents) {
                let text = String::from_utf8_lossy(&contents).into_owned();
                files.insert(name, self.canonical(&text, case)?);
            }
        }
        Ok(Outcome {
            code: finished.code,
            stdout: self.canonical(&finished.stdout, case)?,
            stderr: said(&finished.stderr, &finished.stdout),
            files,
        })
    }

    /// The text with its items opened.
    fn canonical(&self, printed: &str, case: &Case) -> Result<String> {
        if let (Some(label), false) = (&case.label, printed.is_empty()) {
            let item = text::decode(printed).context("a bare item")?;
            ensure!(!printed.contains('\n'), "a bare item has no line feed");
            let opened = self.keys.open(label.as_bytes(), &item, []);
            let (value, _) = opened.context("a bare item under its label")?;
            return Ok(format!("item: {}", String::from_utf8_lossy(value.expose())));
        }
        let form = match printed {
            _ if printed.starts_with("{\n  \"") => "json",
            _ if printed.starts_with("---\n") => "yaml",
            _ if printed.starts_with("apiVersion: ") => "yaml without its first line",
            _ => return Ok(without_help(printed)),
        };
        let mut out = format!(
            "{form}, ends with a line feed: {}\n",
            printed.ends_with('\n')
        );
        for document in signet_yaml::read(printed.as_bytes(), &Budget::default())? {
            let sealed = serde_json::from_value::<SealedSecret>(document.to_json()).ok();
            let printer = Printer {
                keys: &self.keys,
                label: sealed.map(|sealed| label_of(&sealed)).unwrap_or_default(),
                any_order: case.any_order,
            };
            printer.put(&mut out, &document.root, 0)?;
        }
        Ok(out)
    }
}
