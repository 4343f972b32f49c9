//! Watches break while something happens that they would have told.

use anyhow::{Result, ensure};
use signet_tests::rig::Rig;

use super::{count, many};

#[test]
fn what_happens_while_every_watch_is_broken_is_seen() -> Result<()> {
    let rig = Rig::start_behind_faults(&[])?;
    let faults = rig.faults()?;
    let namespace = rig.namespace("watches")?;
    let repository = rig.repository(&namespace)?;
    many(&repository, &namespace, "one", 3)?;
    let commit = repository.push("First")?;
    rig.connect(&repository, "  prune: true")?;
    rig.applied(&namespace, &commit)?;
    // Every watch is told that its starting point is too old (410), then cut again while it lists.
    for round in 0..3 {
        faults.expire_watches(8);
        faults.cut_watches();
        let object = format!("m{}", round % 3);
        if round == 0 {
            rig.kubectl()
                .run(&["delete", "configmap", &object, "-n", &namespace])?;
        } else {
            let patch = r#"{"data":{"value":"mine"}}"#;
            let on = [
                "patch",
                "configmap",
                &object,
                "-n",
                &namespace,
                "--type=merge",
                "-p",
                patch,
            ];
            rig.kubectl().run(&on)?;
        }
        rig.until("it is put back", || {
            let back = count(&rig, &namespace, "one")?;
            ensure!(back == 3, "{back} of 3");
            Ok(())
        })?;
    }
    faults.cut_watches();
    many(&repository, &namespace, "two", 3)?;
    let commit = rig.push(&repository, "Asked for while the watches are broken")?;
    rig.applied(&namespace, &commit)?;
    ensure!(count(&rig, &namespace, "two")? == 3);
    let deletions = faults.deletions();
    ensure!(deletions.is_empty(), "{deletions:?}");
    Ok(())
}
