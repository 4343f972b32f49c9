//! A cluster that is somebody's, named by `--context`: looked at before anything is done to it, and
//! left as it was found.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use signet_tests::tools::{self, Program};

use super::stage::Stage;
use super::story::INSTALL;

/// What the story makes that is not in a namespace of its own; where it is there already, another
/// controller may be at work on it.
const DEFINITIONS: [&str; 3] = [
    "gitrepositories.source.toolkit.fluxcd.io",
    "kustomizations.kustomize.toolkit.fluxcd.io",
    "sealedsecrets.bitnami.com",
];

/// A kubeconfig in `directory` that knows this one context, so that no command of the story can
/// reach another cluster, whatever the current context is or becomes.
///
/// # Errors
/// There is no such context.
pub fn kubeconfig(directory: &Path, context: &str) -> Result<PathBuf> {
    let view = [
        "config",
        "view",
        "--raw",
        "--minify",
        "--flatten",
        "--context",
        context,
    ];
    let said = Command::new(tools::find(Program::Kubectl)?)
        .args(view)
        .output()
        .context("running kubectl")?;
    if !said.status.success() {
        let cause = String::from_utf8_lossy(&said.stderr);
        bail!("--context {context}: {}", cause.trim());
    }
    let path = directory.join("kubeconfig");
    fs::write(&path, "")?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    fs::write(&path, said.stdout)?;
    Ok(path)
}

/// Looks whether the story can be played here without touching what is there.
///
/// # Errors
/// The cluster cannot be reached, or something of the story's names is there.
pub fn look(stage: &Stage, context: &str) -> Result<()> {
    stage.quiet("kubectl version --output=json")?;
    let definitions = DEFINITIONS.join(" ");
    let mut there =
        stage.quiet("kubectl get namespace demo signet-system --ignore-not-found -o name")?;
    there += &stage.quiet(&format!(
        "kubectl get crd {definitions} --ignore-not-found -o name"
    ))?;
    if there.trim().is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = there.split_whitespace().collect();
    bail!(
        "the cluster of context {context} has {} already: the demo would get in the way of what works with it. \
         Use another cluster; after `--keep`, these commands remove the demo:\n{}",
        names.join(", "),
        removal().join("\n")
    )
}

/// Takes away everything that the story made.
///
/// # Errors
/// The first thing that stays.
pub fn leave(stage: &mut Stage) -> Result<()> {
    stage.step("Leave the cluster as it was");
    for command in removal() {
        stage.run(&command)?;
    }
    Ok(())
}

/// While the controller runs: the Kustomization takes with it what it applied.
pub fn removal() -> [String; 3] {
    [
        "kubectl delete kustomization,gitrepository demo -n signet-system --ignore-not-found --timeout=60s".to_owned(),
        "kubectl delete namespace demo --ignore-not-found --timeout=60s".to_owned(),
        format!("{INSTALL} | kubectl delete --ignore-not-found --timeout=60s -f - | tail -n 6"),
    ]
}
