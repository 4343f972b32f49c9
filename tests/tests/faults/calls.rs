//! Every call of a sync goes wrong once, in every way, when objects are created, changed and pruned.

use std::collections::BTreeMap;

use anyhow::{Result, bail, ensure};
use serde_json::Value;
use signet_tests::canary;
use signet_tests::faults::{Fault, FaultProxy};
use signet_tests::rig::{Rig, condition};

use super::faulty;

/// More than any of the three syncs makes; the test says so if it is not.
const CALLS: usize = 20;

const WAYS: [(&str, Fault); 5] = [
    ("before", Fault::CutBefore),
    ("after", Fault::CutAfter),
    ("broken", Fault::Answer(500)),
    ("busy", Fault::Answer(429)),
    ("clash", Fault::Answer(409)),
];

/// One namespace, one Kustomization of its name, one call that goes wrong.
struct Case {
    name: String,
    call: usize,
    fault: Fault,
}

/// The case in which nothing goes wrong; it tells how many calls there are.
const CALM: &str = "c00-calm";

fn cases() -> Vec<Case> {
    let calm = Case {
        name: CALM.to_owned(),
        call: 0,
        fault: Fault::CutBefore,
    };
    let calls = (1..=CALLS).flat_map(|call| {
        WAYS.map(|(way, fault)| Case {
            name: format!("c{call:02}-{way}"),
            call,
            fault,
        })
    });
    std::iter::once(calm).chain(calls).collect()
}

fn config_map(name: &str, value: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{value: {value}}}\n"
    )
}

/// Namespaces for all, and a Kustomization each, all reading one repository.
fn declare(rig: &Rig, cases: &[Case]) -> Result<()> {
    let documents = cases.iter().map(|Case { name, .. }| {
        format!(
            "---
apiVersion: v1
kind: Namespace
metadata: {{name: {name}}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: {name}, namespace: signet-system, labels: {{story: calls}}}}
spec: {{interval: 10m, path: ./app, prune: true, targetNamespace: {name}, sourceRef: {{kind: GitRepository, name: calls}}}}
"
        )
    });
    rig.kubectl()
        .apply(&documents.collect::<String>())
        .map(drop)
}

/// Waits until every case has applied `commit`, with no help but time.
fn settled(rig: &Rig, commit: &str) -> Result<()> {
    let list = ["kustomizations", "-n", "signet-system", "-l", "story=calls"];
    rig.until(&format!("every case applied {commit}"), || {
        let list = rig.kubectl().get_json(&list)?;
        let late: Vec<String> = items(&list)
            .filter_map(|object| late(object, commit))
            .collect();
        ensure!(
            late.is_empty(),
            "{} are late:\n{}",
            late.len(),
            late.join("\n")
        );
        Ok(())
    })
}

fn late(object: &Value, commit: &str) -> Option<String> {
    let applied = object.pointer("/status/lastAppliedRevision");
    let there = applied
        .and_then(Value::as_str)
        .is_some_and(|revision| revision.ends_with(commit));
    let ready = condition(object, "Ready");
    (!there || ready.0 != "True").then(|| format!("{}: {ready:?}", object["metadata"]["name"]))
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list["items"].as_array().into_iter().flatten()
}

/// What is in the cases' namespaces: `namespace/Kind/name` with uid and the ConfigMap's value.
type World = BTreeMap<String, (String, String)>;

fn world(rig: &Rig) -> Result<World> {
    let list = rig
        .kubectl()
        .get_json(&["configmaps,secrets,sealedsecrets", "-A"])?;
    let text = |object: &Value, path: &str| {
        let found = object.pointer(path).and_then(Value::as_str);
        found.unwrap_or_default().to_owned()
    };
    let named = items(&list).map(|object| {
        let at = |path| text(object, path);
        let id = format!(
            "{}/{}/{}",
            at("/metadata/namespace"),
            at("/kind"),
            at("/metadata/name")
        );
        (id, (at("/metadata/uid"), at("/data/value")))
    });
    Ok(named
        .filter(|(id, _)| id.starts_with('c') && id.as_bytes()[3] == b'-')
        .collect())
}

/// Holds that each case has exactly these ConfigMaps with these values, and its Secrets; and that
/// what is in `before` is the very same object, never deleted and made anew.
fn check(rig: &Rig, cases: &[Case], maps: &[(&str, &str)], before: &World) -> Result<World> {
    let now = world(rig)?;
    for Case { name, .. } in cases {
        let mut wanted: Vec<String> = maps
            .iter()
            .map(|(map, _)| format!("{name}/ConfigMap/{map}"))
            .collect();
        wanted.extend([
            format!("{name}/Secret/db"),
            format!("{name}/SealedSecret/db"),
        ]);
        wanted.sort();
        let there: Vec<String> = now
            .keys()
            .filter(|id| id.starts_with(&format!("{name}/")))
            .cloned()
            .collect();
        ensure!(there == wanted, "{name}: {there:?}, expected {wanted:?}");
        for (map, value) in maps {
            let found = &now[&format!("{name}/ConfigMap/{map}")].1;
            ensure!(
                found == value,
                "{name}: {map} is {found:?}, expected {value:?}"
            );
        }
    }
    for (id, (uid, _)) in before {
        if let Some((other, _)) = now.get(id) {
            ensure!(uid == other, "{id} was deleted and made anew");
        }
    }
    Ok(now)
}

fn arm(faults: &FaultProxy, cases: &[Case]) {
    for Case { name, call, fault } in cases {
        faults.arm(name, *call, *fault);
    }
}

/// Holds that every call that the calm case made went wrong in the others.
fn covered(faults: &FaultProxy, cases: &[Case], phase: &str) -> Result<()> {
    let calm = faults.story(CALM).calls;
    ensure!(calm <= CALLS, "{phase} takes {calm} calls: raise CALLS");
    let hits: Vec<usize> = cases
        .iter()
        .filter(|case| faults.story(&case.name).hit.is_some())
        .map(|case| case.call)
        .collect();
    println!("{phase}: {calm} calls, {} of them went wrong", hits.len());
    // An answer that is awaited by two may be counted once more in one case than in another.
    for call in 1..calm {
        let ways = hits.iter().filter(|hit| **hit == call).count();
        if ways != WAYS.len() {
            bail!(
                "{phase}: call {call} of {calm} went wrong in {ways} ways of {}",
                WAYS.len()
            );
        }
    }
    Ok(())
}

#[test]
fn any_call_of_a_sync_may_go_wrong() -> Result<()> {
    let rig = faulty()?;
    let faults = rig.faults()?;
    let cases = cases();
    let repository = rig.repository("calls")?;
    let value = canary::fresh(rig.directory(), "calls")?;
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: db}}\nstringData: {{password: '{value}'}}\n"
    );
    let sealed = rig
        .signet(&["seal", "--scope", "cluster-wide"], &secret)?
        .succeeded()?;
    repository.write("app/db.yaml", &sealed)?;
    for name in ["a", "b", "c"] {
        repository.write(&format!("app/{name}.yaml"), &config_map(name, "one"))?;
    }
    let commit = repository.push("Create")?;
    rig.source(&repository)?;
    arm(faults, &cases);
    declare(rig, &cases)?;
    settled(rig, &commit)?;
    let created = check(
        rig,
        &cases,
        &[("a", "one"), ("b", "one"), ("c", "one")],
        &World::new(),
    )?;
    covered(faults, &cases, "creating")?;

    arm(faults, &cases);
    repository.write("app/a.yaml", &config_map("a", "two"))?;
    repository.write("app/d.yaml", &config_map("d", "two"))?;
    let commit = rig.push(&repository, "Change")?;
    settled(rig, &commit)?;
    let maps = [("a", "two"), ("b", "one"), ("c", "one"), ("d", "two")];
    let changed = check(rig, &cases, &maps, &created)?;
    covered(faults, &cases, "changing")?;
    let deletions = ours(faults);
    ensure!(
        deletions.is_empty(),
        "nothing left the repository: {deletions:?}"
    );

    arm(faults, &cases);
    repository.remove("app/b.yaml")?;
    repository.remove("app/d.yaml")?;
    let commit = rig.push(&repository, "Prune")?;
    settled(rig, &commit)?;
    check(rig, &cases, &[("a", "two"), ("c", "one")], &changed)?;
    covered(faults, &cases, "pruning")?;
    let meant = |path: &String| path.ends_with("/configmaps/b") || path.ends_with("/configmaps/d");
    let wrong: Vec<String> = ours(faults)
        .into_iter()
        .filter(|path| !meant(path))
        .collect();
    ensure!(wrong.is_empty(), "{wrong:?}");
    Ok(())
}

/// The deletions in the namespaces of this story.
fn ours(faults: &FaultProxy) -> Vec<String> {
    let all = faults.deletions().into_iter();
    all.filter(|path| path.contains("/namespaces/c")).collect()
}
