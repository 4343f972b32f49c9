//! What is known of copies without asking anybody: whether anything is left to do, and in which
//! versions they are.

use std::collections::BTreeMap;

use super::mark::Mark;
use super::plan::Plan;
use super::said::{Barrier, Report, Trouble};
use crate::unseal::record;
use crate::unseal::status::{self, Copied};
use crate::unseal::subject::Subject;
use crate::wake::Key;
use crate::world::World;

/// What is to be done for a SealedSecret; `None` while not all namespaces are known.
pub fn plan(world: &World, subject: &Subject) -> Option<Plan> {
    let declared = |key: &Key| world.sealed.get(key).is_some();
    world
        .copies
        .plan(subject, &world.settings.namespace, &declared)
}

/// The copies that a SealedSecret which is gone has left behind.
pub fn orphans(world: &World, key: &Key) -> BTreeMap<String, Mark> {
    let declared = |key: &Key| world.sealed.get(key).is_some();
    world
        .copies
        .orphans(key, &world.settings.namespace, &declared)
}

/// Whether this process has left everything about the copies as it should be, and said so.
pub fn quiet(world: &World, subject: &Subject) -> bool {
    let Some(report) = settled(world, subject) else {
        return false;
    };
    let words = report.words(&subject.key);
    match world.copies.last_words(&subject.key) {
        Some(said) => words == Some(said),
        None => says(subject, &report),
    }
}

/// The versions in which the copies stand, as far as the watch knows, if the status says that they are
/// all that is to be; `None` if there is something to do or to say.
pub fn found(world: &World, subject: &Subject) -> Option<record::Copies> {
    let (report, plan) = planned(world, subject)?;
    let versions = plan.write.iter().map(|namespace| {
        let at = Key::new(namespace, &subject.key.name);
        let mark = world.copies.mark(&at).map(|mark| mark.secret);
        // What is merged into a Secret of others bears no mark.
        let version = mark.or_else(|| world.sightings.last_seen(&at))?;
        Some((namespace.clone(), version))
    });
    let nothing_to_remove = plan.remove.is_empty();
    versions
        .collect::<Option<_>>()
        .filter(|_| nothing_to_remove && says(subject, &report))
}

/// The versions in which the copies were left; `None` if one was not.
pub fn versions(world: &World, subject: &Subject, report: &Report) -> Option<record::Copies> {
    if !report.is_provable() {
        return None;
    }
    let versions = report.right.iter().map(|namespace| {
        let at = Key::new(namespace, &subject.key.name);
        let version = world.sightings.last_left(&at, &subject.declaration)?;
        Some((namespace.clone(), version))
    });
    versions.collect()
}

/// What is said if every copy is right that is to be one.
fn planned(world: &World, subject: &Subject) -> Option<(Report, Plan)> {
    let mut report = Report::of(&subject.wish);
    if !world.settings.unsealing.copies {
        report.stop(Barrier::Off);
        return Some((report, Plan::default()));
    }
    let plan = match plan(world, subject) {
        // Whoever never asked for copies need not wait.
        None if !report.asked => Plan::default(),
        plan => plan?,
    };
    report.withhold(plan.withheld.clone());
    report.right.clone_from(&plan.write);
    Some((report, plan))
}

/// What is said if nothing is left to do: what was refused is as it was.
fn settled(world: &World, subject: &Subject) -> Option<Report> {
    let (mut report, plan) = planned(world, subject)?;
    if !plan.remove.is_empty() {
        return None;
    }
    for namespace in plan.write {
        let at = Key::new(&namespace, &subject.key.name);
        if world.sightings.undisturbed(&at, &subject.declaration) {
            continue;
        }
        let refused = world.copies.refused(&subject.key, &namespace)?;
        let seen = world.sightings.last_seen(&at);
        // As with what was left right: the watch has seen that very version, or nothing since.
        let same = seen.as_ref() == Some(&refused.version) || seen == refused.before;
        if !same || refused.declaration != subject.declaration {
            return None;
        }
        report.right.remove(&namespace);
        report
            .troubles
            .insert(namespace, Trouble::Refused(refused.why.to_string()));
    }
    Some(report)
}

fn says(subject: &Subject, report: &Report) -> bool {
    let words = report.words(&subject.key);
    let copied = words.as_ref().map_or(Copied::Nothing, Copied::So);
    status::says_of_copies(subject.status.as_ref(), copied)
}
