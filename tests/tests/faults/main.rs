//! What breaks while we work: the API server goes away, a disk hangs or is full, the controller is
//! killed, any one call goes wrong, watches break, a group of kinds cannot be asked for. After each:
//! nothing is lost, nothing is deleted that should not be, and it converges without help (threat T32).
//!
//! One binary, because most of these wait: the minute without an API server passes beside the rest.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests fail by panicking; how many calls were tried is worth a line"
)]

mod away;
mod calls;
mod discovery;
mod disks;
mod fleet;
mod killed;
mod kills;
mod sources;
mod watches;

use std::sync::OnceLock;

use anyhow::{Result, anyhow};
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

/// A rig behind the proxy, for the tests in which single calls go wrong.
fn faulty() -> Result<&'static Rig> {
    static RIG: OnceLock<Result<Rig, String>> = OnceLock::new();
    RIG.get_or_init(|| Rig::start_behind_faults(&[]).map_err(|error| format!("{error:#}")))
        .as_ref()
        .map_err(|error| anyhow!("no rig: {error}"))
}
