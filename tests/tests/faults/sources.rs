//! Every call about a GitRepository goes wrong once, in every way.

use anyhow::{Result, ensure};
use serde_json::Value;
use signet_tests::faults::Fault;
use signet_tests::rig::condition;

use super::{faulty, many};

/// More calls than a look at a repository makes.
const CALLS: usize = 6;

const WAYS: [(&str, Fault); 4] = [
    ("before", Fault::CutBefore),
    ("after", Fault::CutAfter),
    ("broken", Fault::Answer(500)),
    ("clash", Fault::Answer(409)),
];

fn cases() -> impl Iterator<Item = (String, usize, Fault)> {
    (0..=CALLS).flat_map(|call| WAYS.map(|(way, fault)| (format!("s{call:02}-{way}"), call, fault)))
}

#[test]
fn any_call_about_a_source_may_go_wrong() -> Result<()> {
    let rig = faulty()?;
    let faults = rig.faults()?;
    let repository = rig.repository("sources")?;
    many(&repository, "default", "one", 1)?;
    let commit = repository.push("First")?;
    let mut declared = String::new();
    for (name, call, fault) in cases() {
        faults.arm(&name, call, fault);
        let url = repository.url();
        declared.push_str(&format!(
            "---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {{name: {name}, namespace: signet-system, labels: {{story: sources}}}}
spec: {{interval: 10m, url: '{url}', ref: {{branch: main}}}}
"
        ));
    }
    rig.kubectl().apply(&declared)?;
    let list = [
        "gitrepositories",
        "-n",
        "signet-system",
        "-l",
        "story=sources",
    ];
    let settled = |commit: &str| {
        rig.until(&format!("every source is at {commit}"), || {
            let list = rig.kubectl().get_json(&list)?;
            for object in list["items"].as_array().into_iter().flatten() {
                let ready = condition(object, "Ready");
                let name = object["metadata"]["name"].as_str().unwrap_or_default();
                ensure!(
                    ready.0 == "True" && ready.2.contains(commit),
                    "{name}: {ready:?}"
                );
                let asked =
                    object.pointer("/metadata/annotations/reconcile.fluxcd.io~1requestedAt");
                let handled = object.pointer("/status/lastHandledReconcileAt");
                ensure!(
                    asked.and_then(Value::as_str) == handled.and_then(Value::as_str),
                    "{name}"
                );
            }
            Ok(())
        })
    };
    settled(&commit)?;
    let calm = faults.story("s00-before").calls;
    ensure!((1..=CALLS).contains(&calm), "{calm} calls: raise CALLS");

    cases().for_each(|(name, call, fault)| faults.arm(&name, call, fault));
    let commit = repository.push("Second")?;
    let ask = [
        "annotate",
        "gitrepositories",
        "-n",
        "signet-system",
        "-l",
        "story=sources",
    ];
    rig.kubectl()
        .run(&[&ask[..], &["reconcile.fluxcd.io/requestedAt=now"]].concat())?;
    settled(&commit)?;
    let hits = cases()
        .filter(|(name, ..)| faults.story(name).hit.is_some())
        .count();
    ensure!(hits >= WAYS.len(), "{hits} calls went wrong");
    println!("a source: {calm} calls at first; {hits} went wrong at the second commit");
    Ok(())
}
