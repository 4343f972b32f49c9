//! A group of kinds cannot be asked for, as when an extension's server is away: what cannot be
//! named is neither deleted nor forgotten.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::Value;
use signet_tests::eventually::always;
use signet_tests::rig::Rig;

use super::{count, many};

const DEFINITION: &str = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: gadgets, kind: Gadget}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
";

fn gadgets(rig: &Rig, namespace: &str) -> Result<usize> {
    let list = rig.kubectl().get_json(&["gadgets", "-n", namespace])?;
    Ok(list["items"].as_array().map_or(0, Vec::len))
}

#[test]
fn a_group_that_cannot_be_asked_for_is_not_pruned_and_not_forgotten() -> Result<()> {
    let rig = Rig::start_behind_faults(&[])?;
    let faults = rig.faults()?;
    rig.kubectl().apply(DEFINITION)?;
    let namespace = rig.namespace("discovery")?;
    let repository = rig.repository(&namespace)?;
    many(&repository, &namespace, "one", 2)?;
    let gadget = format!(
        "apiVersion: example.com/v1\nkind: Gadget\nmetadata: {{name: g, namespace: {namespace}}}\nspec: {{size: 1}}\n"
    );
    repository.write("app/gadget.yaml", &gadget)?;
    let commit = repository.push("With a gadget")?;
    rig.connect(&repository, "  prune: true\n  retryInterval: 2s")?;
    rig.applied(&namespace, &commit)?;

    // A controller that starts anew knows no kind yet, and the group's server is away.
    rig.kill_controller();
    faults.refuse("/apis/example.com");
    repository.remove("app/gadget.yaml")?;
    many(&repository, &namespace, "two", 1)?;
    let commit = repository.push("Without the gadget")?;
    rig.start_controller()?;
    rig.look(&namespace)?;
    rig.fails(&namespace, &["kinds"])?;
    always(
        Duration::from_secs(5),
        "nothing is deleted, nothing forgotten",
        || {
            ensure!(gadgets(&rig, &namespace)? == 1, "the gadget is gone");
            let maps = count(&rig, &namespace, "one")? + count(&rig, &namespace, "two")?;
            ensure!(maps == 2, "{maps} of 2 ConfigMaps");
            let object = rig.kustomization(&namespace)?;
            let inventory = object.pointer("/status/inventory").map(Value::to_string);
            ensure!(
                inventory.is_some_and(|ids| ids.contains("Gadget")),
                "the gadget is forgotten"
            );
            Ok(())
        },
    )?;
    let deletions = faults.deletions();
    ensure!(deletions.is_empty(), "{deletions:?}");

    faults.allow();
    rig.applied(&namespace, &commit)?;
    ensure!(
        gadgets(&rig, &namespace)? == 0,
        "what left the repository is pruned now"
    );
    let deletions = faults.deletions();
    ensure!(
        deletions.len() == 1 && deletions[0].ends_with("/gadgets/g"),
        "{deletions:?}"
    );
    Ok(())
}
