//! The API server is away for a minute, as when its node is replaced.

use std::time::Duration;

use anyhow::{Result, ensure};
use signet_tests::rig::Rig;

use super::{count, many};

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
    std::thread::sleep(Duration::from_secs(60));
    rig.plane().start_api_server()?;
    rig.look(&namespace)?;
    rig.applied(&namespace, &commit)?;
    ensure!(
        count(&rig, &namespace, "two")? == 5,
        "nothing is lost, nothing is deleted"
    );
    Ok(())
}
