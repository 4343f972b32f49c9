//! A disk hangs or is full: etcd's, and the one that holds what was fetched.

use std::time::Duration;

use anyhow::{Result, ensure};
use signet_tests::rig::{Rig, condition};

use super::{count, many};

/// For longer than any request waits patiently.
const HANGS: Duration = Duration::from_secs(15);

#[test]
fn an_etcd_that_hangs_in_the_middle_of_a_sync() -> Result<()> {
    let rig = Rig::start(&["--concurrent-apply=1"])?;
    let namespace = rig.namespace("hangs")?;
    let repository = rig.repository(&namespace)?;
    many(&repository, &namespace, "one", 60)?;
    let commit = repository.push("First")?;
    rig.connect(&repository, "  prune: true")?;
    rig.applied(&namespace, &commit)?;
    many(&repository, &namespace, "two", 60)?;
    let commit = rig.push(&repository, "While etcd hangs")?;
    rig.until("the first are changed", || {
        ensure!(count(&rig, &namespace, "two")? > 0, "none");
        Ok(())
    })?;
    rig.plane().pause_etcd(true)?;
    std::thread::sleep(HANGS);
    rig.plane().pause_etcd(false)?;
    rig.applied(&namespace, &commit)?;
    ensure!(count(&rig, &namespace, "two")? == 60, "nothing is lost");
    Ok(())
}

/// Bytes that do not compress, as text without line breaks.
fn noise(kibibytes: usize) -> String {
    let mut state = 1_u64;
    let mut text = String::with_capacity(kibibytes * 1024);
    while text.len() < kibibytes * 1024 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        text.push_str(&format!("{:08x}", state >> 32));
    }
    text
}

#[test]
fn a_full_disk_under_what_is_fetched() -> Result<()> {
    let rig = Rig::start_on_a_small_disk(2, &[])?;
    let namespace = rig.namespace("full")?;
    let repository = rig.repository(&namespace)?;
    many(&repository, &namespace, "one", 3)?;
    let commit = repository.push("Small")?;
    rig.connect(&repository, "  prune: true")?;
    rig.applied(&namespace, &commit)?;

    repository.write("app/big.txt", &noise(6 * 1024))?;
    many(&repository, &namespace, "two", 3)?;
    rig.push(&repository, "Larger than the disk")?;
    let source = ["gitrepository", &namespace, "-n", "signet-system"];
    rig.until("the source says what is full", || {
        let ready = condition(&rig.kubectl().get_json(&source)?, "Ready");
        ensure!(ready.0 == "False", "{ready:?}");
        ensure!(ready.2.contains("No space left on device"), "{ready:?}");
        Ok(())
    })?;
    // What is applied stays, and stays watched over.
    let patch = r#"{"data":{"value":"mine"}}"#;
    let edit = [
        "patch",
        "configmap",
        "m0",
        "-n",
        &namespace,
        "--type=merge",
        "-p",
        patch,
    ];
    rig.kubectl().run(&edit)?;
    rig.until("the edit is put back", || {
        let back = count(&rig, &namespace, "one")?;
        ensure!(back == 3, "{back} of 3");
        Ok(())
    })?;

    repository.remove("app/big.txt")?;
    let commit = rig.push(&repository, "Small again")?;
    rig.applied(&namespace, &commit)?;
    ensure!(count(&rig, &namespace, "two")? == 3);
    Ok(())
}
