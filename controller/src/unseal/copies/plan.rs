//! The judgement of copying: what is asked for, who accepts it and what is there, to what is to be
//! written and removed. Values in, a [`Plan`] out.
//!
//! Two must agree before anything crosses a border: the SealedSecret, cluster-wide, names the
//! namespace, and the Namespace names where it takes copies from. So whoever may only write SealedSecrets
//! reaches nothing, and a Namespace draws in nothing that was not meant for it (threat T26).

use std::collections::{BTreeMap, BTreeSet};

use super::mark::Mark;
use super::namespaces::Namespace;
use super::wish::Wish;
use crate::wake::Key;

/// The SealedSecret that is to be copied.
pub struct Source<'a> {
    /// Namespace and name.
    pub key: &'a Key,
    /// What it asks for.
    pub wish: &'a Wish,
}

/// What is known of the cluster.
pub struct Around<'a> {
    /// Every namespace that takes something in.
    pub namespaces: &'a BTreeMap<String, Namespace>,
    /// The Secrets of the source's name that say they are copies, by namespace.
    pub marks: &'a BTreeMap<String, Mark>,
    /// The namespace of the sealing keys, where nothing is ever copied to (threat T43).
    pub keys: &'a str,
    /// Whether there is a SealedSecret of this key.
    pub declared: &'a dyn Fn(&Key) -> bool,
}

/// What is to be done; namespaces in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// A copy belongs here.
    pub write: BTreeSet<String>,
    /// A copy is here that does not belong here any more.
    pub remove: BTreeMap<String, Mark>,
    /// A copy was asked for and is not to be, and why.
    pub withheld: BTreeMap<String, Withheld>,
}

/// Why a namespace that was asked for gets no copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Withheld {
    /// It does not accept any, or is not there: one answer for both, so that nobody learns by asking
    /// which namespaces there are.
    NotAccepted,
    /// The sealing keys lie there.
    Keys,
    /// It has a SealedSecret of that name, which comes before a copy.
    Declared,
    /// A copy of another SealedSecret has the name. Which, whoever may read it sees from it.
    Taken,
}

/// Judges one SealedSecret.
#[must_use]
pub fn plan(source: &Source<'_>, around: &Around<'_>) -> Plan {
    let mut plan = Plan::default();
    for name in wanted(source, around) {
        match withheld(source, around, &name) {
            None => {
                plan.write.insert(name);
            }
            Some(why) => {
                plan.withheld.insert(name, why);
            }
        }
    }
    for (name, mark) in around.marks {
        if mark.source == *source.key && !plan.write.contains(name) && goes(source, around, name) {
            plan.remove.insert(name.clone(), mark.clone());
        }
    }
    plan
}

/// The copies of a SealedSecret that is gone.
#[must_use]
pub fn orphans(source: &Key, around: &Around<'_>) -> BTreeMap<String, Mark> {
    let nothing = Source {
        key: source,
        wish: &Wish::Nothing,
    };
    plan(&nothing, around).remove
}

/// The namespaces that are asked for. Of those that a selector takes in only they that accept, so
/// that whoever writes a selector does not learn what namespaces there are.
fn wanted(source: &Source<'_>, around: &Around<'_>) -> BTreeSet<String> {
    let Wish::Copies(selection) = source.wish else {
        return BTreeSet::new();
    };
    let selected = around.namespaces.iter().filter(|(_, namespace)| {
        namespace.accepts(source.key) && selection.takes(&namespace.labels)
    });
    let selected = selected.map(|(name, _)| name);
    let all = selection.names.iter().chain(selected);
    all.filter(|name| **name != source.key.namespace)
        .cloned()
        .collect()
}

fn withheld(source: &Source<'_>, around: &Around<'_>, name: &str) -> Option<Withheld> {
    if !accepts(source, around, name) {
        return Some(Withheld::NotAccepted);
    }
    if name == around.keys {
        return Some(Withheld::Keys);
    }
    if (around.declared)(&Key::new(name, &source.key.name)) {
        return Some(Withheld::Declared);
    }
    let mark = around.marks.get(name)?;
    (mark.source != *source.key).then_some(Withheld::Taken)
}

/// Whether a copy that does not belong here is taken away. Where a SealedSecret of its own stands, the
/// Secret is that one's; with a namespace everything in it goes anyway. What cannot be read is
/// no reason to take away, but consent that was withdrawn is.
fn goes(source: &Source<'_>, around: &Around<'_>, name: &str) -> bool {
    let there = around.namespaces.contains_key(name) && name != around.keys;
    let free = !(around.declared)(&Key::new(name, &source.key.name));
    let unclear = matches!(source.wish, Wish::Unreadable(_)) && accepts(source, around, name);
    there && free && !unclear
}

fn accepts(source: &Source<'_>, around: &Around<'_>, name: &str) -> bool {
    let namespace = around.namespaces.get(name);
    namespace.is_some_and(|namespace| namespace.accepts(source.key))
}

#[cfg(test)]
mod tests;
