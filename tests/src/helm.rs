//! Helm as a person would run it: one kubeconfig, and a home of its own without anybody's state.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use signet_yaml::Budget;

use crate::process::{self, Finished};
use crate::tools::{self, Program};

/// See the module's documentation.
#[derive(Clone, Debug)]
pub struct Helm {
    program: PathBuf,
    home: PathBuf,
    kubeconfig: Option<PathBuf>,
}

impl Helm {
    /// Helm with its files in `home`, which speaks to no cluster.
    ///
    /// # Errors
    /// When it cannot be found or built.
    pub fn new(home: &Path) -> Result<Self> {
        Ok(Self {
            program: tools::find(Program::Helm)?,
            home: home.to_owned(),
            kubeconfig: None,
        })
    }

    /// The same, for the cluster of a kubeconfig.
    #[must_use]
    pub fn with_kubeconfig(&self, kubeconfig: &Path) -> Self {
        Self {
            kubeconfig: Some(kubeconfig.to_owned()),
            ..self.clone()
        }
    }

    /// Runs it, with values in YAML on standard input, which `--values -` reads.
    ///
    /// # Errors
    /// When it cannot be started. That it failed is an answer.
    pub fn run(&self, arguments: &[&str], values: &str) -> Result<Finished> {
        let mut command = self.command(arguments);
        command.args(["--values", "-"]);
        process::run(&mut command, values.as_bytes())
    }

    /// Runs it, for what takes no values.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn run_without_values(&self, arguments: &[&str]) -> Result<Finished> {
        process::run(&mut self.command(arguments), b"")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.env_clear().env("HOME", &self.home).args(arguments);
        if let Some(kubeconfig) = &self.kubeconfig {
            command.env("KUBECONFIG", kubeconfig);
        }
        command
    }

    /// The objects that a release of a chart consists of.
    ///
    /// # Errors
    /// With what Helm says, when the chart does not take the values.
    pub fn template(&self, release: &Release<'_>, values: &str) -> Result<Vec<Value>> {
        let chart = release.chart.display().to_string();
        let Release {
            name, namespace, ..
        } = release;
        let arguments = ["template", name, &chart, "--namespace", namespace];
        let text = self.run(&arguments, values)?.succeeded()?;
        objects(&text).with_context(|| format!("what helm template {chart} printed"))
    }
}

/// A release of a chart.
#[derive(Clone, Copy, Debug)]
pub struct Release<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its namespace.
    pub namespace: &'a str,
    /// The directory of the chart.
    pub chart: &'a Path,
}

/// The chart of this checkout.
#[must_use]
pub fn chart() -> PathBuf {
    let tests = tools::tests_dir();
    tests.parent().unwrap_or(tests).join("deploy/chart")
}

fn objects(text: &str) -> Result<Vec<Value>> {
    let documents = signet_yaml::read(text.as_bytes(), &Budget::default())?;
    let objects: Vec<_> = documents
        .into_iter()
        .map(signet_yaml::Document::into_json)
        .collect();
    ensure!(!objects.is_empty(), "no object");
    Ok(objects)
}
