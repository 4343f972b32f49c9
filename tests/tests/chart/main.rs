//! The Helm chart, by the real Helm: what it renders is what `signet install` prints, takes the
//! values of the sealed-secrets chart, is accepted by a real API server, and takes over from a
//! release of that chart without losing anything.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod install;
mod rights;
mod takeover;
mod values;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow};
use serde_json::Value;
use signet_tests::control_plane::{ControlPlane, Options};
use signet_tests::helm::{self, Helm, Release};
use signet_tests::tools::{self, Program};

/// Our chart as a release.
fn ours<'a>(name: &'a str, namespace: &'a str) -> Release<'a> {
    static CHART: OnceLock<PathBuf> = OnceLock::new();
    Release {
        name,
        namespace,
        chart: CHART.get_or_init(helm::chart),
    }
}

/// The chart of the sealed-secrets project, as its release has it.
fn peers_chart() -> Result<PathBuf> {
    Ok(tools::source_of(Program::SealedSecretsController)?.join("helm/sealed-secrets"))
}

/// What one release of our chart renders to.
fn rendered(name: &str, namespace: &str, values: &str) -> Result<Vec<Value>> {
    let home = tempfile::tempdir()?;
    Helm::new(home.path())?.template(&ours(name, namespace), values)
}

/// A control plane of this file's own, because its releases hold what all of a cluster share.
fn plane() -> Result<&'static ControlPlane> {
    static PLANE: OnceLock<Result<ControlPlane, String>> = OnceLock::new();
    let start = || {
        ControlPlane::start_with(Options {
            controller_manager: true,
            ..Options::default()
        })
    };
    PLANE
        .get_or_init(|| start().map_err(|error| format!("{error:#}")))
        .as_ref()
        .map_err(|error| anyhow!("no control plane: {error}"))
}

/// The one object of this kind and name.
fn one<'a>(objects: &'a [Value], kind: &str, name: &str) -> Result<&'a Value> {
    let mut found = objects
        .iter()
        .filter(|object| object["kind"] == kind && object["metadata"]["name"] == name);
    found
        .next()
        .with_context(|| format!("no {kind} {name} is rendered"))
}

/// Whether there is one.
fn has(objects: &[Value], kind: &str, name: &str) -> bool {
    one(objects, kind, name).is_ok()
}

/// The arguments of the controller.
fn arguments(objects: &[Value]) -> Result<Vec<String>> {
    let deployment = objects.iter().find(|object| object["kind"] == "Deployment");
    let container = &deployment.context("no Deployment")?["spec"]["template"]["spec"]["containers"];
    let arguments = container[0]["args"].as_array().context("no arguments")?;
    let text = |word: &Value| word.as_str().unwrap_or_default().to_owned();
    Ok(arguments.iter().map(text).collect())
}

/// Has the API server check objects as it would check them to store them.
fn accepted(plane: &ControlPlane, objects: &[Value]) -> Result<()> {
    let texts = objects.iter().map(ToString::to_string);
    let manifest = texts.collect::<Vec<_>>().join("\n---\n");
    // Other tests of this file have objects of the same names, by other hands.
    let arguments = [
        "apply",
        "--server-side",
        "--force-conflicts",
        "--dry-run=server",
        "-f",
        "-",
    ];
    plane.kubectl().run_with_input(&arguments, &manifest)?;
    Ok(())
}

/// A namespace that is there from here on.
fn namespace(plane: &ControlPlane, name: &str) -> Result<()> {
    let made = plane.kubectl().run(&["create", "namespace", name]);
    match made {
        Err(error) if !error.to_string().contains("AlreadyExists") => Err(error),
        _ => Ok(()),
    }
}

/// A home for Helm, for as long as a test.
fn helm(home: &Path, plane: &ControlPlane) -> Result<Helm> {
    Ok(Helm::new(home)?.with_kubeconfig(plane.kubeconfig()))
}
