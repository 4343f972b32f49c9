//! The controller is killed in the middle of an apply.

use anyhow::{Result, ensure};
use signet_tests::rig::Rig;

use super::{count, many};

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
