//! kubectl as a person would run it, with one kubeconfig and no state from anybody's home.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// kubectl against one cluster, as one user.
#[derive(Clone, Debug)]
pub struct Kubectl {
    program: PathBuf,
    kubeconfig: PathBuf,
    namespace: Option<String>,
}

impl Kubectl {
    /// `program` with `kubeconfig`.
    #[must_use]
    pub fn new(program: PathBuf, kubeconfig: PathBuf) -> Self {
        Self {
            program,
            kubeconfig,
            namespace: None,
        }
    }

    /// The same, with `-n namespace` in every call.
    #[must_use]
    pub fn in_namespace(&self, namespace: &str) -> Self {
        Self {
            namespace: Some(namespace.to_owned()),
            ..self.clone()
        }
    }

    /// The same program as somebody else.
    #[must_use]
    pub fn with_kubeconfig(&self, kubeconfig: PathBuf) -> Self {
        Self {
            kubeconfig,
            ..self.clone()
        }
    }

    /// The kubeconfig it uses.
    #[must_use]
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The command, ready for more arguments.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        let home = self.kubeconfig.parent().unwrap_or(Path::new("/"));
        command
            .arg("--kubeconfig")
            .arg(&self.kubeconfig)
            .env("HOME", home)
            .env_remove("KUBECONFIG");
        if let Some(namespace) = &self.namespace {
            command.args(["--namespace", namespace]);
        }
        command
    }

    /// Runs it and answers what it printed.
    ///
    /// # Errors
    /// When it ends non-zero, with its standard error.
    pub fn run(&self, arguments: &[&str]) -> Result<String> {
        let output = self
            .command()
            .args(arguments)
            .stdin(Stdio::null())
            .output()?;
        printed(&output, arguments)
    }

    /// Runs it with `input` on standard input, for `apply -f -` and its like.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Result<String> {
        let mut child = self
            .command()
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut stdin = child.stdin.take().context("standard input was asked for")?;
        let text = input.to_owned();
        // From a thread, so that a kubectl that prints while it reads cannot block on us.
        let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
        let output = child.wait_with_output()?;
        // A kubectl that refuses its arguments closes the pipe early; its own words say more.
        drop(writer.join());
        printed(&output, arguments)
    }

    /// `kubectl apply -f -` of a manifest, by server-side apply.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn apply(&self, manifest: &str) -> Result<String> {
        self.run_with_input(&["apply", "--server-side", "-f", "-"], manifest)
    }

    /// One object, or a list, as JSON: `get_json(&["secret", "db"])`.
    ///
    /// # Errors
    /// As [`Self::run`], or when the answer is not JSON.
    pub fn get_json(&self, what: &[&str]) -> Result<Value> {
        let mut arguments = vec!["get", "-o", "json"];
        arguments.extend_from_slice(what);
        let text = self.run(&arguments)?;
        serde_json::from_str(&text).with_context(|| format!("kubectl {}", arguments.join(" ")))
    }
}

fn printed(output: &Output, arguments: &[&str]) -> Result<String> {
    if !output.status.success() {
        bail!(
            "kubectl {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr).trim_end()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
