//! Sources of ours for Flux's kustomize-controller, sources of Flux's for our Kustomizations, and what
//! is in an archive.

use std::process::Command;

use anyhow::{Result, ensure};
use serde_json::Value;
use signet_tests::flux;
use signet_tests::http::free_port;
use signet_tests::rig::{Repository, Rig, condition};
use signet_tests::tools::Program;

use super::with_log;

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

#[test]
#[ignore = "needs Flux's programs: cargo xtask test --only peers"]
fn flux_kustomize_controller_applies_our_artifact() -> Result<()> {
    let rig = Rig::start(&["--kinds=gitrepository,sealedsecret"])?;
    flux::make_room(&rig)?;
    let theirs = flux::controller(&rig, Program::KustomizeController, &[])?;
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
    flux::make_room(&rig)?;
    let port = free_port()?;
    let flags = flux::storage(&rig, port)?;
    let theirs = flux::controller(&rig, Program::SourceController, &flags)?;
    let (repository, commit) = repository(&rig, "ours")?;
    rig.connect(&repository, "  prune: true")?;
    with_log(&theirs, rig.applied(repository.name(), &commit))?;
    let commit = change(&repository, "two")?;
    rig.look(repository.name())?;
    with_log(&theirs, rig.applied(repository.name(), &commit))?;
    assert_eq!(value(&rig, repository.name())?, "two");
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
    flux::make_room(&rig)?;
    let port = free_port()?;
    let flags = flux::storage(&rig, port)?;
    let theirs = flux::controller(&rig, Program::SourceController, &flags)?;
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
