//! What breaks while we work: the API server goes away, the controller is killed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::time::Duration;

use anyhow::{Result, ensure};
use signet_tests::rig::{Repository, Rig};

fn many(repository: &Repository, namespace: &str, value: &str, count: usize) -> Result<()> {
    for index in 0..count {
        repository.write(
            &format!("app/{index}.yaml"),
            &format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m{index}, namespace: {namespace}}}\ndata: {{value: {value}}}\n"),
        )?;
    }
    Ok(())
}

fn count(rig: &Rig, namespace: &str, value: &str) -> Result<usize> {
    let list = rig.kubectl().get_json(&["configmaps", "-n", namespace])?;
    let items = list["items"].as_array().cloned().unwrap_or_default();
    Ok(items
        .iter()
        .filter(|item| item["data"]["value"] == value)
        .count())
}

#[test]
fn an_api_server_that_is_away_is_waited_for() -> Result<()> {
    let rig = Rig::start(&[])?;
    let namespace = rig.namespace("away")?;
    let repository = rig.repository(&namespace)?;
    many(&repository, &namespace, "one", 5)?;
    let commit = repository.push("First")?;
    rig.connect(&repository, "  prune: true")?;
    rig.applied(&namespace, &commit)?;
    rig.plane().stop_api_server()?;
    many(&repository, &namespace, "two", 5)?;
    let commit = repository.push("While it is away")?;
    std::thread::sleep(Duration::from_secs(15));
    rig.plane().start_api_server()?;
    rig.look(&namespace)?;
    rig.applied(&namespace, &commit)?;
    ensure!(
        count(&rig, &namespace, "two")? == 5,
        "nothing is lost, nothing is deleted"
    );
    Ok(())
}

#[test]
fn a_kill_in_the_middle_of_an_apply_forgets_nothing() -> Result<()> {
    let rig = Rig::start(&["--concurrent-apply=1"])?;
    let namespace = rig.namespace("killed")?;
    let repository = rig.repository(&namespace)?;
    many(&repository, &namespace, "one", 300)?;
    repository.push("Many")?;
    rig.connect(&repository, "  prune: true")?;
    rig.until("some are there, not all", || {
        let there = count(&rig, &namespace, "one")?;
        ensure!(there > 0, "{there}");
        Ok(())
    })?;
    rig.kill_controller();
    let there = count(&rig, &namespace, "one")?;
    let object = rig.kustomization(&namespace)?;
    let inventory = object["status"]["inventory"]["entries"]
        .as_array()
        .map_or(0, Vec::len);
    ensure!(
        inventory >= there,
        "{there} objects, {inventory} in the inventory"
    );
    // While nobody looks, the repository lets go of all but one: what was created must not stay.
    repository.git(&["rm", "-rq", "app"])?;
    many(&repository, &namespace, "one", 1)?;
    let commit = repository.push("One")?;
    rig.start_controller()?;
    rig.look(&namespace)?;
    let said = rig.fails(&namespace, &["signet.dev/confirm-prune"])?;
    rig.confirm_prune(&namespace, &said)?;
    rig.applied(&namespace, &commit)?;
    ensure!(
        count(&rig, &namespace, "one")? == 1,
        "what the killed run created is pruned"
    );
    Ok(())
}
