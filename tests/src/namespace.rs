//! A namespace per test: its own world, its own evidence when it fails.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Result, anyhow};
use serde_json::Value;

use crate::control_plane::ControlPlane;
use crate::kubectl::Kubectl;
use crate::server::tail_of;

/// A namespace that is made for one test and deleted after it.
///
/// Before deletion everything in it but Secrets is written to `<directory>/dump/<namespace>.json`,
/// where the canary search reads it: no status, event or ConfigMap escapes because it was short-lived.
pub struct TestNamespace<'plane> {
    name: String,
    plane: &'plane ControlPlane,
    kubectl: Kubectl,
    logs: Mutex<Vec<PathBuf>>,
}

impl<'plane> TestNamespace<'plane> {
    /// Makes `<story>-<process>-<number>`; `story` is a few words in the form of a DNS label.
    ///
    /// # Errors
    /// When the API server does not take it.
    pub fn create(plane: &'plane ControlPlane, story: &str) -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{story}-{}-{count}", std::process::id());
        plane.kubectl().run(&["create", "namespace", &name])?;
        let kubectl = plane.kubectl().in_namespace(&name);
        Ok(Self {
            name,
            plane,
            kubectl,
            logs: Mutex::default(),
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// kubectl as the administrator, in this namespace.
    #[must_use]
    pub fn kubectl(&self) -> &Kubectl {
        &self.kubectl
    }

    /// A secret value that exists nowhere else, which the search at the end of the run looks for.
    ///
    /// # Errors
    /// When it cannot be written down.
    pub fn canary(&self, label: &str) -> Result<String> {
        crate::canary::fresh(self.plane.directory(), &format!("{}-{label}", self.name))
    }

    /// A log whose end is to be shown when a wait in this namespace fails.
    pub fn show_log(&self, path: &Path) {
        if let Ok(mut logs) = self.logs.lock() {
            logs.push(path.to_owned());
        }
    }

    /// As [`crate::eventually`], and on failure the error shows what is in the namespace.
    ///
    /// # Errors
    /// After `timeout`.
    pub fn eventually<T>(
        &self,
        timeout: Duration,
        what: &str,
        probe: impl FnMut() -> Result<T>,
    ) -> Result<T> {
        crate::eventually(timeout, what, probe)
            .map_err(|error| anyhow!("{error}\n{}", self.state()))
    }

    /// What is here, for a person: objects with their conditions, events, ends of logs. No values.
    #[must_use]
    pub fn state(&self) -> String {
        let mut text = format!("--- namespace {}\n", self.name);
        for object in self.objects().unwrap_or_default() {
            text.push_str(&line_of(&object));
        }
        for path in self
            .logs
            .lock()
            .map(|logs| logs.clone())
            .unwrap_or_default()
        {
            text.push_str(&format!("--- {}\n{}\n", path.display(), tail_of(&path, 25)));
        }
        text
    }

    /// Every object in the namespace but Secrets, whose values have no place in any report.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub fn objects(&self) -> Result<Vec<Value>> {
        let listed = [
            "api-resources",
            "--verbs=list",
            "--namespaced",
            "--output=name",
        ];
        let kinds = self.kubectl.run(&listed)?;
        // Events are listed under two groups; the second one is kept.
        let kinds: Vec<&str> = kinds
            .lines()
            .filter(|kind| !matches!(*kind, "secrets" | "events"))
            .collect();
        let all = [
            "get",
            &kinds.join(","),
            "--ignore-not-found",
            "--output=json",
        ];
        let text = self.kubectl.run(&all)?;
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let list: Value = serde_json::from_str(&text)?;
        Ok(list["items"].as_array().cloned().unwrap_or_default())
    }

    fn dump(&self) -> Result<()> {
        let directory = self.plane.directory().join("dump");
        fs::create_dir_all(&directory)?;
        let text = serde_json::to_string_pretty(&self.objects()?)?;
        fs::write(directory.join(format!("{}.json", self.name)), text)?;
        Ok(())
    }
}

impl Drop for TestNamespace<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.dump() {
            eprintln!("{}: no dump for the canary search: {error:#}", self.name);
        }
        let deletion = ["delete", "namespace", &self.name, "--wait=false"];
        if let Err(error) = self.plane.kubectl().run(&deletion) {
            eprintln!("{error:#}");
        }
    }
}

/// `Kustomization/apps: Ready=False BuildFailed: ...`, one line per object.
fn line_of(object: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    let mut line = format!(
        "{}/{}",
        text(&object["kind"]),
        text(&object["metadata"]["name"])
    );
    if object["kind"] == "Event" {
        let note = object
            .get("note")
            .or_else(|| object.get("message"))
            .unwrap_or(&Value::Null);
        line = format!("Event {} {}", text(&object["reason"]), text(note));
    }
    for condition in object["status"]["conditions"]
        .as_array()
        .into_iter()
        .flatten()
    {
        line.push_str(&format!(
            ": {}={} {}: {}",
            text(&condition["type"]),
            text(&condition["status"]),
            text(&condition["reason"]),
            text(&condition["message"]),
        ));
    }
    line.push('\n');
    line
}
