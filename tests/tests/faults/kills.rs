//! The controller is killed again and again, at whatever it does just then.

use std::time::Duration;

use anyhow::{Result, ensure};
use signet_tests::rig::Rig;

use super::fleet::{Fleet, World};

/// Kills in each of the three syncs.
const KILLS: u64 = 4;

/// From the first request of a fresh controller to the end of its work takes about a second.
fn kill(rig: &Rig, seed: u64) -> Result<()> {
    for round in 0..KILLS {
        std::thread::sleep(Duration::from_millis((seed * 131 + round * 197) % 700));
        rig.kill_controller();
        rig.start_controller()?;
    }
    Ok(())
}

#[test]
fn a_kill_at_any_moment_loses_nothing_and_deletes_nothing() -> Result<()> {
    let rig = Rig::start_behind_faults(&["--concurrent-apply=2"])?;
    let fleet = Fleet::new(&rig, "kills", (0..40).map(|index| format!("k{index:02}")))?;
    let commit = fleet.create()?;
    kill(&rig, 1)?;
    fleet.settled(&commit)?;
    let created = fleet.check(&[("a", "one"), ("b", "one"), ("c", "one")], &World::new())?;

    let commit = fleet.change()?;
    kill(&rig, 2)?;
    fleet.settled(&commit)?;
    let maps = [("a", "two"), ("b", "one"), ("c", "one"), ("d", "two")];
    let changed = fleet.check(&maps, &created)?;
    let deletions = fleet.deletions()?;
    ensure!(
        deletions.is_empty(),
        "nothing left the repository: {deletions:?}"
    );

    let commit = fleet.prune()?;
    kill(&rig, 3)?;
    fleet.settled(&commit)?;
    fleet.check(&[("a", "two"), ("c", "one")], &changed)?;
    Ok(())
}
