//! The whole programs on a real control plane, and the search over everything they left.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use signet_tests::ControlPlane;
use signet_tests::canary::{self, Searcher};
use signet_tests::control_plane::{DIRECTORY_VARIABLE, KUBECONFIG_VARIABLE, Options};
use signet_tests::tools::{self, Program};

use super::step::{Counts, both, cargo, count_tests, succeed};
use super::targets;

/// etcd's own files, in the directory of each control plane: Secrets stand there by design.
const ETCD: &str = "etcd";

/// What the tests run beside ours; built here, so that no test waits for a compiler.
const WANTED: [Program; 9] = [
    Program::Etcd,
    Program::KubeApiserver,
    Program::Kubectl,
    Program::KubeControllerManager,
    Program::Kustomize,
    Program::Kubeseal,
    Program::SealedSecretsController,
    Program::Helm,
    Program::Flux,
];

pub(super) fn tools() -> Result<Counts> {
    for path in tools::find_all(&WANTED)? {
        println!("{}", path.display());
    }
    Ok(Counts::default())
}

/// Builds our binaries, runs every test that wants a cluster, then searches for canaries.
pub(super) fn whole_programs() -> Result<Counts> {
    succeed(&mut cargo(&["build", "--locked", "--workspace"]))?;
    let run = crate::root().join("target/signet-tests");
    if run.exists() {
        fs::remove_dir_all(&run).with_context(|| format!("{}", run.display()))?;
    }
    let tests = run_tests(&run);
    let searched = dump_all(&run).and_then(|()| search(&run));
    let counts = tests?;
    searched?;
    Ok(counts
        + Counts {
            passed: 1,
            failed: 0,
        })
}

/// Beside Flux's own programs, which take minutes to build the first time: not part of a run that
/// names no step.
pub(super) fn peers() -> Result<Counts> {
    tools::find_all(&[
        Program::Flux,
        Program::KustomizeController,
        Program::SourceController,
        Program::NotificationController,
    ])?;
    succeed(&mut cargo(&["build", "--locked", "--workspace"]))?;
    let arguments = ["test", "--locked", "--workspace", "--no-fail-fast"];
    let only = [
        "--test=flux_peers",
        "--test=kustomize_builds",
        "--",
        "--include-ignored",
    ];
    count_tests(cargo(&arguments).args(only))
}

/// The hand that speaks to the API server, by itself; then the programs, from end to end.
fn run_tests(run: &Path) -> Result<Counts> {
    let options = Options {
        controller_manager: true,
        ..options(run)
    };
    let plane = ControlPlane::start_with(options)?;
    let on_it = |targets: &[String], arguments: &[&str]| {
        let mut command = cargo(&["test", "--locked", "--workspace", "--no-fail-fast"]);
        command.args(targets).arg("--").args(arguments);
        command
            .env(KUBECONFIG_VARIABLE, plane.kubeconfig())
            .env(DIRECTORY_VARIABLE, run);
        count_tests(&mut command)
    };
    let hand = on_it(&[targets::HAND.to_owned()], &["--include-ignored"]);
    let programs = on_it(&targets::whole_programs(crate::root())?, &[]);
    both(hand, programs)
}

/// Every control plane that the run had, its own and those of single tests, is opened once more
/// for what it still holds: a status or an event is as public as a log.
fn dump_all(run: &Path) -> Result<()> {
    for directory in control_planes(run)? {
        let name = directory.strip_prefix(run).unwrap_or(&directory);
        println!(
            "reading what is left in {}",
            Path::new("target/signet-tests").join(name).display()
        );
        dump_cluster(&ControlPlane::start_with(options(&directory))?)?;
    }
    Ok(())
}

fn options(directory: &Path) -> Options {
    Options {
        directory: Some(directory.to_owned()),
        ..Options::default()
    }
}

/// The directories of control planes under `directory`, itself among them.
fn control_planes(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if directory.join("tokens.csv").is_file() {
        found.push(directory.to_owned());
    }
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() && entry.file_name() != ETCD {
            found.extend(control_planes(&entry.path())?);
        }
    }
    Ok(found)
}

/// Everything in a cluster but Secrets, and what the API server measured.
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
    let (hits, files, bytes) = Searcher::new(&canaries).tree(run, &|path| {
        path.file_name().is_some_and(|name| name == ETCD)
    })?;
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
