//! The whole programs on a real control plane, and the search over everything they left.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use signet_tests::ControlPlane;
use signet_tests::canary::{self, Searcher};
use signet_tests::control_plane::{DIRECTORY_VARIABLE, KUBECONFIG_VARIABLE, Options};
use signet_tests::tools::{self, Program};

use super::step::{Counts, cargo, count_tests, succeed};

/// What the tests run beside ours; built here, so that no test waits for a compiler.
const WANTED: [Program; 6] = [
    Program::Etcd,
    Program::KubeApiserver,
    Program::Kubectl,
    Program::KubeControllerManager,
    Program::Kubeseal,
    Program::SealedSecretsController,
];

pub(super) fn tools() -> Result<Counts> {
    for path in tools::find_all(&WANTED)? {
        println!("{}", path.display());
    }
    Ok(Counts::default())
}

/// Builds our binaries, runs every test under `tests/tests`, then searches for canaries.
pub(super) fn whole_programs() -> Result<Counts> {
    succeed(&mut cargo(&[
        "build",
        "--locked",
        "--package=signet",
        "--package=signet-controller",
    ]))?;
    let run = crate::root().join("target/signet-tests");
    if run.exists() {
        fs::remove_dir_all(&run).with_context(|| format!("{}", run.display()))?;
    }
    let directory = Some(run.clone());
    let plane = ControlPlane::start_with(Options {
        directory,
        controller_manager: true,
        ..Options::default()
    })?;
    let arguments = [
        "test",
        "--locked",
        "--package",
        "signet-tests",
        "--test=*",
        "--no-fail-fast",
    ];
    let mut command = cargo(&arguments);
    command
        .env(KUBECONFIG_VARIABLE, plane.kubeconfig())
        .env(DIRECTORY_VARIABLE, &run);
    // Captured output is searched too: what a test prints, a person sees.
    let tests = count_tests(&mut command);
    let searched = dump_cluster(&plane).and_then(|()| search(&run));
    drop(plane);
    let counts = tests?;
    searched?;
    Ok(counts
        + Counts {
            passed: 1,
            failed: 0,
        })
}

/// What is not in a test's namespace: cluster-wide objects, other namespaces, metrics of the API.
fn dump_cluster(plane: &ControlPlane) -> Result<()> {
    let directory = plane.directory().join("dump");
    fs::create_dir_all(&directory)?;
    let kubectl = plane.kubectl();
    let kinds = kubectl.run(&["api-resources", "--verbs=list", "--output=name"])?;
    let kinds: Vec<&str> = kinds.lines().filter(|kind| *kind != "secrets").collect();
    let all = [
        "get",
        &kinds.join(","),
        "--all-namespaces",
        "--ignore-not-found",
        "--output=json",
    ];
    fs::write(directory.join("cluster.json"), kubectl.run(&all)?)?;
    fs::write(
        directory.join("metrics.txt"),
        kubectl.run(&["get", "--raw", "/metrics"])?,
    )?;
    Ok(())
}

/// Everything under the run's directory but etcd's own files, where Secrets stand by design.
fn search(run: &Path) -> Result<()> {
    let canaries = canary::all(run)?;
    let etcd = run.join("etcd");
    let (hits, files, bytes) = Searcher::new(&canaries).tree(run, &|path| path == etcd)?;
    for hit in &hits {
        let canary::Hit {
            place,
            line,
            form,
            label,
        } = hit;
        eprintln!(
            "{}:{line}: the secret value {label:?} stands here ({form})",
            place.display()
        );
    }
    println!(
        "canary search: {} values in {files} files, {} MiB: {} hits",
        canaries.len(),
        bytes >> 20,
        hits.len(),
    );
    if canaries.is_empty() {
        bail!("no test made a canary, so the search shows nothing: use TestNamespace::canary");
    }
    if !hits.is_empty() {
        bail!("a secret value stands where none may; the lines above name each place");
    }
    Ok(())
}
