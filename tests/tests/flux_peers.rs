//! Beside Flux's own programs: its command line reads our status, its controllers take our
//! artifacts, and ours follow its sources. Built in minutes the first time, so run by
//! `cargo xtask test --only peers`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use serde_json::Value;
use signet_tests::http::free_port;
use signet_tests::process::{self, Finished};
use signet_tests::rig::{Repository, Rig, condition};
use signet_tests::server::Server;
use signet_tests::tools::{self, Program};

/// The other kinds that Flux's controllers watch, and do not start without. Nothing of those kinds
/// is ever made here, so their definitions say nothing of them.
const OTHERS: [(&str, &str); 5] = [
    ("OCIRepository", "ocirepositories"),
    ("Bucket", "buckets"),
    ("HelmRepository", "helmrepositories"),
    ("HelmChart", "helmcharts"),
    ("ExternalArtifact", "externalartifacts"),
];

fn define_others(rig: &Rig) -> Result<()> {
    let group = "source.toolkit.fluxcd.io";
    for (kind, plural) in OTHERS {
        let singular = kind.to_lowercase();
        rig.kubectl().apply(&format!(
            "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: {plural}.{group}}}
spec:
  group: {group}
  scope: Namespaced
  names: {{kind: {kind}, listKind: {kind}List, plural: {plural}, singular: {singular}}}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {{status: {{}}}}
    schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}
"
        ))?;
    }
    rig.kubectl().run(&["create", "namespace", "flux-system"])?;
    Ok(())
}

/// One of Flux's controllers against the rig's cluster.
fn start(rig: &Rig, program: Program, more: &[String]) -> Result<Server> {
    let mut command = Command::new(tools::find(program)?);
    command
        .args(["--metrics-addr=127.0.0.1:0", "--health-addr=127.0.0.1:0"])
        .args(["--watch-all-namespaces", "--log-level=debug"])
        .args(more)
        .env("KUBECONFIG", rig.kubectl().kubeconfig())
        .env("RUNTIME_NAMESPACE", "flux-system")
        .env("TMPDIR", rig.directory());
    Server::start(program.name(), &mut command, rig.directory())
}

fn flux(rig: &Rig, arguments: &[&str]) -> Result<Finished> {
    let mut command = Command::new(tools::find(Program::Flux)?);
    command
        .args(arguments)
        .args(["--namespace", "signet-system"])
        .env("KUBECONFIG", rig.kubectl().kubeconfig())
        .env("HOME", rig.directory());
    process::run(&mut command, b"")
}

/// A repository with one ConfigMap in a namespace of its own.
fn repository(rig: &Rig, story: &str) -> Result<(Repository, String)> {
    let namespace = rig.namespace(story)?;
    let repository = rig.repository(&namespace)?;
    let commit = change(&repository, "one")?;
    Ok((repository, commit))
}

fn change(repository: &Repository, value: &str) -> Result<String> {
    let namespace = repository.name();
    let text = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a, namespace: {namespace}}}\ndata: {{value: {value}}}\n"
    );
    repository.write("app/a.yaml", &text)?;
    repository.push(&format!("Set {value}"))
}

fn value(rig: &Rig, namespace: &str) -> Result<Value> {
    let object = rig
        .kubectl()
        .get_json(&["configmap", "a", "-n", namespace])?;
    Ok(object["data"]["value"].clone())
}

fn ready(rig: &Rig, name: &str, commit: &str) -> Result<()> {
    rig.until(&format!("{name} has {commit}"), || {
        let object = rig
            .kubectl()
            .get_json(&["gitrepository", name, "-n", "signet-system"])?;
        let revision = object
            .pointer("/status/artifact/revision")
            .and_then(Value::as_str);
        ensure!(
            revision.is_some_and(|r| r.ends_with(commit)),
            "{}",
            object["status"]
        );
        ensure!(
            condition(&object, "Ready").0 == "True",
            "{}",
            object["status"]
        );
        Ok(())
    })
}

fn with_log<T>(server: &Server, result: Result<T>) -> Result<T> {
    result.map_err(|error| error.context(server.log_tail(20)))
}

#[test]
#[ignore = "needs Flux's programs: cargo xtask test --only peers"]
fn flux_kustomize_controller_applies_our_artifact() -> Result<()> {
    let rig = Rig::start(&["--kinds=gitrepository,sealedsecret"])?;
    define_others(&rig)?;
    let theirs = start(&rig, Program::KustomizeController, &[])?;
    let (repository, commit) = repository(&rig, "theirs")?;
    rig.connect(&repository, "  prune: true")?;
    with_log(&theirs, rig.applied(repository.name(), &commit))?;
    assert_eq!(value(&rig, repository.name())?, "one");
    let commit = change(&repository, "two")?;
    rig.look(repository.name())?;
    with_log(&theirs, rig.applied(repository.name(), &commit))?;
    assert_eq!(value(&rig, repository.name())?, "two");
    Ok(())
}

#[test]
#[ignore = "needs Flux's programs: cargo xtask test --only peers"]
fn our_kustomizations_follow_flux_source_controller() -> Result<()> {
    let rig = Rig::start(&["--kinds=kustomization"])?;
    define_others(&rig)?;
    let port = free_port()?;
    let storage = rig.directory().join("flux-storage");
    std::fs::create_dir_all(&storage)?;
    let flags = [
        format!("--storage-path={}", Path::display(&storage)),
        format!("--storage-addr=127.0.0.1:{port}"),
        format!("--storage-adv-addr=127.0.0.1:{port}"),
    ];
    let theirs = start(&rig, Program::SourceController, &flags)?;
    let (repository, commit) = repository(&rig, "ours")?;
    rig.connect(&repository, "  prune: true")?;
    with_log(&theirs, rig.applied(repository.name(), &commit))?;
    let commit = change(&repository, "two")?;
    rig.look(repository.name())?;
    with_log(&theirs, rig.applied(repository.name(), &commit))?;
    assert_eq!(value(&rig, repository.name())?, "two");
    Ok(())
}

#[test]
#[ignore = "needs Flux's programs: cargo xtask test --only peers"]
fn flux_get_shows_the_revision_and_the_reason() -> Result<()> {
    let rig = Rig::shared()?;
    let (repository, commit) = repository(rig, "get")?;
    rig.connect(&repository, "  prune: true")?;
    let name = repository.name();
    ready(rig, name, &commit)?;
    let shown = flux(rig, &["get", "sources", "git", name])?.succeeded()?;
    let revision = format!("main@sha1:{}", &commit[..8]);
    for word in [
        name,
        &revision,
        "False",
        "True",
        "stored artifact for revision",
    ] {
        assert!(shown.contains(word), "{word}: {shown}");
    }
    Ok(())
}

#[test]
#[ignore = "needs Flux's programs: cargo xtask test --only peers"]
fn flux_makes_exports_and_deletes_a_source() -> Result<()> {
    let rig = Rig::shared()?;
    let (repository, commit) = repository(rig, "create")?;
    let name = repository.name();
    let made = flux(
        rig,
        &[
            "create",
            "source",
            "git",
            name,
            "--url",
            repository.url(),
            "--branch=main",
            "--interval=10m",
            "--timeout=60s",
        ],
    )?;
    let said = format!("{}{}", made.stdout, made.stderr);
    made.succeeded()?;
    assert!(
        said.contains(&format!("fetched revision: main@sha1:{commit}")),
        "{said}"
    );
    let exported = flux(rig, &["export", "source", "git", name])?.succeeded()?;
    for line in ["kind: GitRepository", "branch: main", repository.url()] {
        assert!(exported.contains(line), "{line}: {exported}");
    }
    flux(rig, &["delete", "source", "git", name, "--silent"])?.succeeded()?;
    let gone = rig
        .kubectl()
        .get_json(&["gitrepository", name, "-n", "signet-system"]);
    assert!(gone.is_err(), "{gone:?}");
    Ok(())
}

#[test]
#[ignore = "needs Flux's programs: cargo xtask test --only peers"]
fn flux_reconciles_suspends_and_resumes_a_source() -> Result<()> {
    let rig = Rig::shared()?;
    let (repository, commit) = repository(rig, "resume")?;
    rig.connect(&repository, "  prune: true")?;
    let name = repository.name();
    ready(rig, name, &commit)?;
    let second = change(&repository, "two")?;
    let said = flux(rig, &["reconcile", "source", "git", name, "--timeout=60s"])?;
    let text = format!("{}{}", said.stdout, said.stderr);
    said.succeeded()?;
    assert!(
        text.contains(&format!("fetched revision main@sha1:{second}")),
        "{text}"
    );

    flux(rig, &["suspend", "source", "git", name])?.succeeded()?;
    let third = change(&repository, "three")?;
    let refused = flux(rig, &["reconcile", "source", "git", name])?.failed()?;
    assert!(refused.contains("resource is suspended"), "{refused}");
    let listed = flux(rig, &["get", "sources", "git", name])?.succeeded()?;
    assert!(listed.contains("True"), "{listed}");
    let said = flux(rig, &["resume", "source", "git", name, "--timeout=60s"])?;
    let text = format!("{}{}", said.stdout, said.stderr);
    said.succeeded()?;
    assert!(
        text.contains(&format!("fetched revision main@sha1:{third}")),
        "{text}"
    );
    Ok(())
}

#[test]
#[ignore = "needs Flux's programs: cargo xtask test --only peers"]
fn flux_sees_our_receiver() -> Result<()> {
    let rig = Rig::shared()?;
    let (repository, commit) = repository(rig, "hook")?;
    rig.connect(&repository, "  prune: true")?;
    let name = repository.name();
    ready(rig, name, &commit)?;
    let secret = format!("{name}-hook");
    let literal = "--from-literal=token=webhook";
    rig.kubectl().run(&[
        "create",
        "secret",
        "generic",
        &secret,
        "-n",
        "signet-system",
        literal,
    ])?;
    let resource = format!("GitRepository/{name}");
    let made = flux(
        rig,
        &[
            "create",
            "receiver",
            name,
            "--type=generic",
            "--secret-ref",
            &secret,
            "--resource",
            &resource,
        ],
    )?;
    let text = format!("{}{}", made.stdout, made.stderr);
    made.succeeded()?;
    assert!(text.contains("/hook/"), "{text}");
    let shown = flux(rig, &["get", "receivers", name])?.succeeded()?;
    assert!(
        shown.contains("Receiver initialized for path: /hook/"),
        "{shown}"
    );
    Ok(())
}

/// Names, sizes and modes in an archive that is fetched as a consumer fetches it.
fn listing(artifact: &Value) -> Result<String> {
    let url = artifact["url"].as_str().unwrap_or_default();
    let (address, path) = url.trim_start_matches("http://").split_once('/').unwrap();
    let bytes = signet_tests::http::get(address, &format!("/{path}"))?;
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), bytes)?;
    let arguments = ["--numeric-owner", "--utc", "--full-time", "-tvzf"];
    let listed = Command::new("tar")
        .args(arguments)
        .arg(file.path())
        .output()?;
    Ok(String::from_utf8(listed.stdout)?)
}

#[test]
#[ignore = "needs Flux's programs: cargo xtask test --only peers"]
fn our_artifact_holds_what_flux_would_pack() -> Result<()> {
    let rig = Rig::start(&["--kinds=kustomization"])?;
    define_others(&rig)?;
    let port = free_port()?;
    let storage = rig.directory().join("flux-storage");
    std::fs::create_dir_all(&storage)?;
    let flags = [
        format!("--storage-path={}", Path::display(&storage)),
        format!("--storage-addr=127.0.0.1:{port}"),
        format!("--storage-adv-addr=127.0.0.1:{port}"),
    ];
    let theirs = start(&rig, Program::SourceController, &flags)?;
    let ours = Rig::shared()?;
    let name = ours.namespace("same")?;
    let repository = ours.repository(&name)?;
    for (path, text) in [
        ("deploy/app.yaml", "kind: A\n"),
        ("deploy/old/x.yaml", "kind: X\n"),
        ("deploy/old/keep.yaml", "kind: Keep\n"),
        ("deploy/notes.md", "text"),
        ("deploy/a/tmp/y.yaml", "kind: Y\n"),
        ("docs/logo.png", "png"),
        ("docs/deep/build/z", "z"),
        ("build", "a file"),
        (".github/workflows/ci.yaml", "on: push\n"),
        (".gitignore", "target\n"),
        ("deploy/.sops.yaml", "x: y\n"),
        ("deploy/old/.sourceignore", "x.yaml\n"),
        ("run.sh", "#!/bin/sh\n"),
    ] {
        repository.write(path, text)?;
    }
    std::os::unix::fs::symlink("app.yaml", repository.work().join("deploy/link.yaml"))?;
    repository.git(&["add", "--all"])?;
    repository.git(&["update-index", "--chmod=+x", "run.sh"])?;
    let commit = repository.push("All kinds of files")?;
    let cases = [
        "",
        "/*\n!/deploy\n*.md\n",
        "build/\n**/tmp\n!.gitignore\n",
        "# words\n/deploy/**/*.yaml\n!/deploy/app.yaml\n",
        "[a-d]*\n!deploy/old/keep.yaml\n",
    ];
    for (number, ignore) in cases.iter().enumerate() {
        let object = serde_json::json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
            "metadata": {"name": format!("{name}-{number}"), "namespace": "signet-system"},
            "spec": {"interval": "10m", "url": repository.url(), "ref": {"branch": "main"}, "ignore": ignore},
        })
        .to_string();
        let mut listings = Vec::new();
        for rig in [&rig, ours] {
            rig.kubectl().apply(&object)?;
            let name = format!("{name}-{number}");
            with_log(&theirs, ready(rig, &name, &commit))?;
            let found = rig
                .kubectl()
                .get_json(&["gitrepository", &name, "-n", "signet-system"])?;
            listings.push(listing(&found["status"]["artifact"])?);
        }
        assert_eq!(listings[0], listings[1], "ignore: {ignore:?}");
        assert!(listings[0].lines().count() > 2, "{}", listings[0]);
    }
    Ok(())
}
