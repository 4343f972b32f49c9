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
use signet_yaml::{Budget, Node, Value};

use crate::process::{self, Finished};
use crate::tools::{self, Program};

/// A command line and what goes with it.
#[derive(Clone, Default)]
pub struct Case {
    /// Words behind the program's name, separated by blanks; `''` is an empty one.
    pub line: String,
    /// What is on standard input.
    pub input: String,
    /// Variables; there are no others but `HOME` and `PATH`.
    pub variables: Vec<(String, String)>,
    /// The label of a bare item on standard output.
    pub label: Option<String>,
    /// Whether the fields of an object may stand in another order.
    pub any_order: bool,
    /// What differs.
    pub differs: Option<Difference>,
}

/// A case that is the same for both.
#[must_use]
pub fn same(line: &str, input: &str) -> Case {
    Case {
        line: line.to_owned(),
        input: input.to_owned(),
        ..Case::default()
    }
}

impl Case {
    /// With these variables.
    #[must_use]
    pub fn with(self, variables: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            variables: variables.iter().map(owned).collect(),
            ..self
        }
    }

    /// With a bare item that opens under this label.
    #[must_use]
    pub fn label(self, label: &str) -> Self {
        Self {
            label: Some(label.to_owned()),
            ..self
        }
    }

    /// With fields in whatever order.
    #[must_use]
    pub fn any_order(self) -> Self {
        Self {
            any_order: true,
            ..self
        }
    }

    /// With results that differ, and why.
    #[must_use]
    pub fn differs(self, theirs: (i32, &str), ours: (i32, &str), because: &'static str) -> Self {
        let owned = |(code, words): (i32, &str)| (code, words.to_owned());
        Self {
            differs: Some(Difference {
                theirs: owned(theirs),
                ours: owned(ours),
                because,
            }),
            ..self
        }
    }
}

/// Results that are not the same, each with its exit code and words that are among its output.
#[derive(Clone)]
pub struct Difference {
    /// Of the real kubeseal.
    pub theirs: (i32, String),
    /// Of ours.
    pub ours: (i32, String),
    /// Why it is so on purpose.
    pub because: &'static str,
}

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

/// Prints an object in the order in which its fields stand.
struct Printer<'k> {
    keys: &'k Keyring,
    label: Vec<u8>,
    any_order: bool,
}

impl Printer<'_> {
    fn put(&self, out: &mut String, node: &Node, depth: usize) -> Result<()> {
        let margin = "  ".repeat(depth);
        match &node.value {
            Value::Mapping(entries) => {
                let mut entries: Vec<_> = entries.iter().collect();
                if self.any_order {
                    entries.sort_by_key(|entry| entry.key.name.as_str());
                }
                for entry in entries {
                    let name = entry.key.name.as_str();
                    if name == "creationTimestamp" && entry.value.value == Value::Null {
                        continue;
                    }
                    out.push_str(&format!("{margin}{name}:\n"));
                    self.put(out, &entry.value, depth + 1)?;
                }
            }
            Value::Sequence(items) => {
                for item in items {
                    out.push_str(&format!("{margin}-\n"));
                    self.put(out, item, depth + 1)?;
                }
            }
            Value::String(item) if depth > 0 && self.is_item(item) => {
                let opened = self.keys.open(&self.label, &text::decode(item)?, []);
                let value = opened.map_or("does not open".to_owned(), |(value, _)| {
                    format!("{:?}", String::from_utf8_lossy(value.expose()))
                });
                out.push_str(&format!("{margin}sealed {value}\n"));
            }
            _ => out.push_str(&format!("{margin}{}\n", node.to_json())),
        }
        Ok(())
    }

    /// Only items are as long as this and base64.
    fn is_item(&self, text: &str) -> bool {
        text.len() > 300 && text::decode(text).is_ok()
    }
}

/// Standard error without what is ours alone.
fn said(stderr: &str, stdout: &str) -> String {
    let last = stdout.lines().last().unwrap_or_default();
    let ours = |line: &&str| {
        line.starts_with("hint: ")
            || line.starts_with("warning: ")
            || (!last.is_empty() && line.strip_prefix("error: ") == Some(last))
    };
    let lines = stderr.lines().filter(|line| !ours(line));
    lines
        .map(|line| format!("{}\n", sorted_keys(line)))
        .collect()
}

/// `… (b, a)` as `… (a, b)`.
fn sorted_keys(line: &str) -> String {
    let Some((head, keys)) = line.split_once("no key could decrypt secret (") else {
        return line.to_owned();
    };
    let mut keys: Vec<&str> = keys.trim_end_matches(')').split(", ").collect();
    keys.sort_unstable();
    format!("{head}no key could decrypt secret ({})", keys.join(", "))
}

/// Without the lines about flags, and without a line that is the same as the one before.
fn without_help(text: &str) -> String {
    let is_help = |line: &&str| line.starts_with("  -") || line.starts_with("      --");
    let mut lines: Vec<&str> = text.lines().filter(|line| !is_help(line)).collect();
    lines.dedup();
    lines.join("\n")
}
