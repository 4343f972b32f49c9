//! What a person commits overtakes what a restart only has to work off.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use anyhow::{Context, Result, ensure};
use signet_tests::rig::Rig;
use signet_tests::{canary, http};

/// Enough that they take seconds, however fast the machine.
const BACKLOG: usize = 500;

fn seal(rig: &Rig, manifests: &str) -> Result<String> {
    rig.signet(&["seal"], manifests)?.succeeded()
}

fn secret(namespace: &str, name: &str, value: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: {namespace}}}\nstringData: {{a: '{value}', b: '{value}', c: '{value}'}}\n---\n"
    )
}

fn opened(rig: &Rig) -> Result<usize> {
    let text = String::from_utf8(http::get(&rig.metrics_address(), "/metrics")?)?;
    let count = text
        .lines()
        .find_map(|line| line.strip_prefix("signet_sealed_secrets_opened_total "));
    count.context("no count")?.parse().context("a number")
}

#[test]
fn a_new_item_does_not_wait_for_the_backlog_of_a_restart() -> Result<()> {
    let rig = Rig::start(&[])?;
    let namespace = rig.namespace("backlog")?;
    let value = canary::fresh(rig.directory(), "backlog")?;
    let backlog: String = (0..BACKLOG)
        .map(|number| secret(&namespace, &format!("old-{number}"), &value))
        .collect();
    let backlog = seal(&rig, &backlog)?;
    let new = canary::fresh(rig.directory(), "new")?;
    let urgent = seal(&rig, &secret(&namespace, "new", &new))?;
    rig.kill_controller();
    rig.kubectl().apply(&backlog)?;

    rig.start_controller()?;
    rig.kubectl().apply(&urgent)?;
    let at_that_time = rig.until("the new one is there", || {
        ensure!(rig.secret(&namespace, "new")?["a"] == new);
        opened(&rig)
    })?;
    assert!(
        at_that_time < BACKLOG,
        "the whole backlog of {BACKLOG} was opened before it"
    );
    rig.until("and the backlog is worked off", || {
        ensure!(opened(&rig)? == BACKLOG + 1);
        let list = ["get", "secrets", "-n", &namespace, "-o", "name"];
        ensure!(rig.kubectl().run(&list)?.lines().count() == BACKLOG + 1);
        Ok(())
    })
}
