//! Many Kustomizations of one repository: a commit costs those that it concerns, and no others.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use signet_tests::rig::{Rig, condition};

/// More than those that say every revision at once.
const MANY: usize = 60;
/// The one that the second commit concerns; it depends on one that it does not.
const TOUCHED: usize = 7;

fn config_map(namespace: &str, number: usize, value: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: web-{number}, namespace: {namespace}}}\ndata: {{value: {value}}}\n"
    )
}

fn declare(rig: &Rig, namespace: &str) -> Result<()> {
    let each = (0..MANY).map(|number| {
        let after = match number {
            TOUCHED => format!("dependsOn: [{{name: {namespace}-3}}], "),
            _ => String::new(),
        };
        format!(
            "---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n\
             metadata: {{name: {namespace}-{number}, namespace: signet-system}}\n\
             spec: {{interval: 10m, prune: true, path: ./app/{number}, {after}\
             sourceRef: {{kind: GitRepository, name: {namespace}}}}}\n"
        )
    });
    rig.kubectl().apply(&each.collect::<String>()).map(drop)
}

/// Each Kustomization of the story, by name.
fn all(rig: &Rig, namespace: &str) -> Result<BTreeMap<String, Value>> {
    let list = rig
        .kubectl()
        .get_json(&["kustomizations", "-n", "signet-system"])?;
    let items = list["items"].as_array().context("a list")?;
    let name = |item: &Value| {
        item["metadata"]["name"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let ours = items
        .iter()
        .filter(|item| name(item).starts_with(namespace));
    Ok(ours.map(|item| (name(item), item.clone())).collect())
}

#[test]
fn a_commit_that_concerns_one_of_many_writes_nothing_about_the_others() -> Result<()> {
    let rig = Rig::shared()?;
    let namespace = rig.namespace("many")?;
    let repository = rig.repository(&namespace)?;
    for number in 0..MANY {
        let file = format!("app/{number}/web.yaml");
        repository.write(&file, &config_map(&namespace, number, "one"))?;
    }
    repository.push("First")?;
    rig.source(&repository)?;
    declare(rig, &namespace)?;
    rig.until("all are ready", || {
        let all = all(rig, &namespace)?;
        let ready = all
            .values()
            .filter(|one| condition(one, "Ready").0 == "True");
        let ready = ready.count();
        ensure!(ready == MANY, "{ready} are");
        Ok(())
    })?;
    let before = all(rig, &namespace)?;

    let file = format!("app/{TOUCHED}/web.yaml");
    repository.write(&file, &config_map(&namespace, TOUCHED, "two"))?;
    let commit = rig.push(&repository, "Second")?;
    let touched = format!("{namespace}-{TOUCHED}");
    rig.applied(&touched, &commit)?;
    // Whoever wrote something would have done so by now, and nothing is still on its way.
    std::thread::sleep(Duration::from_secs(1));
    let version = |one: &Value| one["metadata"]["resourceVersion"].clone();
    for (name, after) in all(rig, &namespace)? {
        let written = version(&after) != version(&before[&name]);
        ensure!(written == (name == touched), "{name}: written {written}");
    }

    // Who asks is told.
    let quiet = format!("{namespace}-3");
    let token = format!("reconcile.fluxcd.io/requestedAt={}", rig.name("asked"));
    let arguments = [
        "annotate",
        "-n",
        "signet-system",
        "kustomization",
        &quiet,
        &token,
    ];
    rig.kubectl().run(&arguments)?;
    rig.applied(&quiet, &commit)
}
