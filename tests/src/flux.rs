//! Flux's own programs beside ours: its command line, and its controllers.

use std::process::Command;

use anyhow::Result;

use crate::process::{self, Finished};
use crate::rig::Rig;
use crate::server::Server;
use crate::tools::{self, Program};

/// The other kinds that Flux's controllers watch, and do not start without. Nothing of those kinds
/// is ever made here, so their definitions say nothing of them.
const OTHERS: [(&str, &str); 5] = [
    ("OCIRepository", "ocirepositories"),
    ("Bucket", "buckets"),
    ("HelmRepository", "helmrepositories"),
    ("HelmChart", "helmcharts"),
    ("ExternalArtifact", "externalartifacts"),
];

/// Defines what Flux's controllers ask for besides our kinds, and makes their namespace.
///
/// # Errors
/// When the API server does not take it.
pub fn make_room(rig: &Rig) -> Result<()> {
    for (kind, plural) in OTHERS {
        define(rig, "source.toolkit.fluxcd.io", "v1", kind, plural)?;
    }
    rig.kubectl().run(&["create", "namespace", "flux-system"])?;
    Ok(())
}

/// Defines a kind of which everything is taken.
///
/// # Errors
/// When the API server does not take it.
pub fn define(rig: &Rig, group: &str, version: &str, kind: &str, plural: &str) -> Result<()> {
    let singular = kind.to_lowercase();
    rig.kubectl()
        .apply(&format!(
            "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: {plural}.{group}}}
spec:
  group: {group}
  scope: Namespaced
  names: {{kind: {kind}, listKind: {kind}List, plural: {plural}, singular: {singular}}}
  versions:
  - name: {version}
    served: true
    storage: true
    subresources: {{status: {{}}}}
    schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}
"
        ))
        .map(drop)
}

/// One of Flux's controllers against the rig's cluster, in namespace flux-system.
///
/// # Errors
/// When it cannot be had or started.
pub fn controller(rig: &Rig, program: Program, more: &[String]) -> Result<Server> {
    let command = Command::new(tools::find(program)?);
    start(rig, program, command, more)
}

/// As [`controller`], with the election that its Deployment has: it works while it holds its Lease in
/// flux-system.
///
/// # Errors
/// As [`controller`], or when the kernel makes no mount namespace for us.
pub fn elected(rig: &Rig, program: Program, more: &[String]) -> Result<Server> {
    // The election takes its namespace from a file of the pod, and from nowhere else.
    const IN_A_POD: &str = "mount -t tmpfs tmpfs /run && files=/var/run/secrets/kubernetes.io/serviceaccount \
        && mkdir -p $files && printf flux-system >$files/namespace && exec \"$@\"";
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "--map-root-user", "sh", "-c", IN_A_POD, "sh"])
        .arg(tools::find(program)?)
        .arg("--enable-leader-election");
    start(rig, program, command, more)
}

fn start(rig: &Rig, program: Program, mut command: Command, more: &[String]) -> Result<Server> {
    command
        .args(["--metrics-addr=127.0.0.1:0", "--health-addr=127.0.0.1:0"])
        .args(["--watch-all-namespaces", "--log-level=debug"])
        .args(more)
        .env("KUBECONFIG", rig.kubectl().kubeconfig())
        .env("RUNTIME_NAMESPACE", "flux-system")
        .env("TMPDIR", rig.directory());
    Server::start(program.name(), &mut command, rig.directory())
}

/// Flags of source-controller, whose storage is below the rig's directory and served at `port`.
///
/// # Errors
/// When the directory cannot be made.
pub fn storage(rig: &Rig, port: u16) -> Result<Vec<String>> {
    let storage = rig.directory().join("flux-storage");
    std::fs::create_dir_all(&storage)?;
    Ok(vec![
        format!("--storage-path={}", storage.display()),
        format!("--storage-addr=127.0.0.1:{port}"),
        format!("--storage-adv-addr=127.0.0.1:{port}"),
    ])
}

/// `flux` with these arguments, about objects of signet-system.
///
/// # Errors
/// When it cannot be had or started. That it failed is an answer.
pub fn cli(rig: &Rig, arguments: &[&str]) -> Result<Finished> {
    cli_in(rig, "signet-system", arguments)
}

/// `flux` with these arguments, about objects of `namespace`.
///
/// # Errors
/// As [`cli`].
pub fn cli_in(rig: &Rig, namespace: &str, arguments: &[&str]) -> Result<Finished> {
    let mut command = Command::new(tools::find(Program::Flux)?);
    command
        .args(arguments)
        .args(["--namespace", namespace])
        .env("KUBECONFIG", rig.kubectl().kubeconfig())
        .env("HOME", rig.directory());
    process::run(&mut command, b"")
}

/// Everything that a program said: `flux` tells what it does on standard error.
#[must_use]
pub fn said(finished: &Finished) -> String {
    format!("{}{}", finished.stdout, finished.stderr)
}

/// The cells of each line of a table that `flux` prints.
#[must_use]
pub fn table(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| {
            let cells = line.trim_end_matches('\t').split('\t');
            cells.map(|cell| cell.trim().to_owned()).collect()
        })
        .collect()
}
