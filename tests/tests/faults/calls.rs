//! Every call of a sync goes wrong once, in every way, when objects are created, changed and pruned.

use anyhow::{Result, ensure};
use signet_tests::faults::{Fault, FaultProxy};

use super::faulty;
use super::fleet::{Fleet, World};

/// More than any of the three syncs makes; the test says so if it is not.
const CALLS: usize = 28;

const WAYS: [(&str, Fault); 5] = [
    ("before", Fault::CutBefore),
    ("after", Fault::CutAfter),
    ("broken", Fault::Answer(500)),
    ("busy", Fault::Answer(429)),
    ("clash", Fault::Answer(409)),
];

/// One namespace, in which one call goes wrong.
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
    println!("{phase}: {calm} calls, {} faults", hits.len());
    // What two wait for may be asked for once more in one case than in another.
    for call in 1..calm {
        let ways = hits.iter().filter(|hit| **hit == call).count();
        let all = WAYS.len();
        ensure!(
            ways == all,
            "{phase}: call {call} of {calm} went wrong in {ways} ways of {all}"
        );
    }
    Ok(())
}

#[test]
fn any_call_of_a_sync_may_go_wrong() -> Result<()> {
    let rig = faulty()?;
    let faults = rig.faults()?;
    let cases = cases();
    let fleet = Fleet::new(rig, "calls", cases.iter().map(|case| case.name.clone()))?;
    arm(faults, &cases);
    fleet.settled(&fleet.create()?)?;
    let created = fleet.check(&[("a", "one"), ("b", "one"), ("c", "one")], &World::new())?;
    covered(faults, &cases, "creating")?;

    arm(faults, &cases);
    fleet.settled(&fleet.change()?)?;
    let maps = [("a", "two"), ("b", "one"), ("c", "one"), ("d", "two")];
    let changed = fleet.check(&maps, &created)?;
    covered(faults, &cases, "changing")?;
    let deletions = fleet.deletions()?;
    ensure!(
        deletions.is_empty(),
        "nothing left the repository: {deletions:?}"
    );

    arm(faults, &cases);
    fleet.settled(&fleet.prune()?)?;
    fleet.check(&[("a", "two"), ("c", "one")], &changed)?;
    covered(faults, &cases, "pruning")?;
    let meant = |path: &String| path.ends_with("/configmaps/b") || path.ends_with("/configmaps/d");
    let deletions = fleet.deletions()?;
    let wrong: Vec<_> = deletions.iter().filter(|path| !meant(path)).collect();
    ensure!(wrong.is_empty(), "{wrong:?}");
    Ok(())
}
