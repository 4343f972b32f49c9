//! The commands about sources and Kustomizations, as a person types them, on a real cluster.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use anyhow::{Result, ensure};
use serde_json::Value;
use signet_tests::rig::{Repository, Rig, condition};

fn push(rig: &Rig, repository: &Repository, namespace: &str, value: &str) -> Result<String> {
    let web = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: web, namespace: {namespace}}}\ndata: {{value: {value}}}\n"
    );
    repository.write("app/web.yaml", &web)?;
    rig.push(repository, value)
}

fn connected(rig: &Rig, story: &str) -> Result<(Repository, String, String)> {
    let namespace = rig.namespace(story)?;
    let repository = rig.repository(&namespace)?;
    let commit = push(rig, &repository, &namespace, "one")?;
    rig.connect(&repository, "  prune: true")?;
    rig.applied(&namespace, &commit)?;
    Ok((repository, namespace, commit))
}

fn value(rig: &Rig, namespace: &str) -> Result<Value> {
    let web = rig
        .kubectl()
        .get_json(&["configmap", "web", "-n", namespace])?;
    Ok(web["data"]["value"].clone())
}

/// Runs `signet` with these words and the namespace, and gives back what it printed.
fn signet(rig: &Rig, words: &str) -> Result<String> {
    let words: Vec<&str> = words.split(' ').collect();
    let words = [words.as_slice(), &["-n", "signet-system"]].concat();
    rig.signet(&words, "")?.succeeded()
}

#[test]
fn a_list_shows_how_both_kinds_stand() -> Result<()> {
    let rig = Rig::shared()?;
    let (_, name, commit) = connected(rig, "listed")?;
    let table = signet(rig, "get all")?;
    let lines = table.lines().filter(|line| line.contains(&name));
    assert_eq!(lines.count(), 2, "{table}");
    ensure!(table.contains(&commit[..8]), "{table}");
    let printed = signet(rig, "get kustomizations -o json")?;
    let all: Value = serde_json::from_str(&printed)?;
    ensure!(all.to_string().contains(&commit), "{printed}");
    Ok(())
}

#[test]
fn a_run_is_asked_for_and_followed_to_its_end() -> Result<()> {
    let rig = Rig::shared()?;
    let (repository, name, _) = connected(rig, "asked")?;
    let web = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: web, namespace: {name}}}\ndata: {{value: two}}\n"
    );
    repository.write("app/web.yaml", &web)?;
    let commit = repository.push("Second")?;
    let said = signet(
        rig,
        &format!("reconcile kustomization {name} --with-source"),
    )?;
    ensure!(said.contains(&commit), "{said}");
    assert_eq!(value(rig, &name)?, "two");

    repository.write("app/web.yaml", "kind: [\n")?;
    repository.push("Broken")?;
    let words = [
        "reconcile",
        "ks",
        &name,
        "--with-source",
        "-n",
        "signet-system",
    ];
    let broken = rig.signet(&words, "")?;
    assert_eq!(broken.code, Some(1), "{broken:?}");
    ensure!(broken.stderr.contains("app/web.yaml"), "{}", broken.stderr);
    Ok(())
}

#[test]
fn what_is_suspended_is_left_alone_until_it_is_resumed() -> Result<()> {
    let rig = Rig::shared()?;
    let (_, name, _) = connected(rig, "left")?;
    signet(rig, &format!("suspend kustomization {name}"))?;
    let words = ["reconcile", "ks", &name, "-n", "signet-system"];
    let refused = rig.signet(&words, "")?;
    ensure!(
        refused.code == Some(1) && refused.stderr.contains("resume"),
        "{refused:?}"
    );
    rig.kubectl()
        .run(&["delete", "configmap", "web", "-n", &name])?;
    std::thread::sleep(std::time::Duration::from_secs(2));
    ensure!(value(rig, &name).is_err(), "it was put back");
    signet(rig, &format!("resume kustomization {name}"))?;
    assert_eq!(value(rig, &name)?, "one");
    Ok(())
}

#[test]
fn a_rollback_goes_back_and_forward_again() -> Result<()> {
    let rig = Rig::shared()?;
    let (repository, name, good) = connected(rig, "back")?;
    let bad = push(rig, &repository, &name, "bad")?;
    rig.applied(&name, &bad)?;
    let said = signet(rig, &format!("rollback kustomization {name}"))?;
    ensure!(said.contains(&good), "{said}");
    assert_eq!(value(rig, &name)?, "one");
    let why = condition(&rig.kustomization(&name)?, "RolledBack").2;
    ensure!(why.contains(&bad), "{why}");
    let said = signet(rig, &format!("rollback kustomization {name} --undo"))?;
    ensure!(said.contains(&bad), "{said}");
    assert_eq!(value(rig, &name)?, "bad");

    let unknown = [
        "rollback",
        "ks",
        &name,
        "--to",
        "0000000",
        "-n",
        "signet-system",
    ];
    let unknown = rig.signet(&unknown, "")?;
    ensure!(
        unknown.code == Some(1) && unknown.stderr.contains(&good),
        "{unknown:?}"
    );
    Ok(())
}

#[test]
fn what_is_owned_and_what_was_applied_is_shown() -> Result<()> {
    let rig = Rig::shared()?;
    let (repository, name, first) = connected(rig, "shown")?;
    let second = push(rig, &repository, &name, "two")?;
    rig.applied(&name, &second)?;
    let tree = signet(rig, &format!("tree kustomization {name}"))?;
    let expected = format!("Kustomization/signet-system/{name}\n└── ConfigMap/{name}/web\n");
    assert_eq!(tree, expected);
    let clone = repository.work().display().to_string();
    let history = signet(
        rig,
        &format!("history kustomization {name} --clone {clone}"),
    )?;
    ensure!(
        history.contains(&first[..8]) && history.contains(&second[..8]),
        "{history}"
    );
    let author = repository.git(&["log", "-1", "--format=%an <%ae>"])?;
    ensure!(history.contains(author.trim()), "{history}");
    Ok(())
}

#[test]
fn the_stage_at_which_a_run_stopped_is_explained() -> Result<()> {
    let rig = Rig::shared()?;
    let (repository, name, _) = connected(rig, "why")?;
    let well = signet(rig, &format!("explain Kustomization/{name}"))?;
    ensure!(
        well.contains("ready") && !well.contains("blocked"),
        "{well}"
    );
    repository.write("app/web.yaml", "kind: [\n")?;
    rig.push(&repository, "Broken")?;
    rig.fails(&name, &["app/web.yaml"])?;
    let words = [
        "explain".to_owned(),
        format!("Kustomization/{name}"),
        "-n".to_owned(),
        "signet-system".to_owned(),
    ];
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let broken = rig.signet(&words, "")?;
    assert_eq!(broken.code, Some(3), "{broken:?}");
    ensure!(
        broken.stdout.contains("The first blocker: build"),
        "{}",
        broken.stdout
    );
    let source = signet(rig, &format!("explain GitRepository/{name}"))?;
    ensure!(source.contains("fetch"), "{source}");
    Ok(())
}
