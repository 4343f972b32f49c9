//! Which key each item needs, which keys are there, and until when one may be sealed for.

use jiff::Timestamp;
use serde::Serialize;
use signet_api::published_keys::PublishedKey;
use signet_seal::Life;

use super::super::chain::{State, Step};
use super::super::facts::{Facts, Keys};
use super::Seen;
use crate::look::Item;
use crate::text::plural;

const NAME: &str = "keys";

/// An item, and whether its key is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Need {
    /// The item.
    #[serde(flatten)]
    pub item: Item,
    /// Whether its key opens here; absent if nothing says which key it is, or which there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_is_there: Option<bool>,
}

/// A key, and how far its certificate is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Key {
    /// The key.
    #[serde(flatten)]
    pub key: PublishedKey,
    /// `fresh`, `late` or `over`; absent if its dates cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub life: Option<&'static str>,
}

/// The keys that are known.
pub fn list(keys: &Keys, now: Timestamp) -> Vec<Key> {
    let word = |life| match life {
        Life::Fresh => "fresh",
        Life::Late => "late",
        Life::Over => "over",
    };
    let known = keys.known().iter();
    let key = |key: &PublishedKey| Key {
        key: key.clone(),
        life: life(key, now).map(word),
    };
    known.map(key).collect()
}

fn life(key: &PublishedKey, now: Timestamp) -> Option<Life> {
    let (first, last) = (key.not_before.parse().ok()?, key.not_after.parse().ok()?);
    Some(Life::at(first, last, now))
}

/// What each item needs.
pub(super) fn needs(seen: &Seen<'_>) -> Vec<Need> {
    let need = |item: &Item| Need {
        item: item.clone(),
        key_is_there: item
            .sealed_for
            .and_then(|key| seen.facts.keys.has(&key.to_string())),
    };
    seen.looked.items.iter().map(need).collect()
}

/// Whether every key that an item names is there.
pub(super) fn step(seen: &Seen<'_>, needs: &[Need]) -> Step {
    let keys = &seen.facts.keys;
    let names = |wanted: Option<bool>| {
        let found = needs.iter().filter(|need| need.key_is_there == wanted);
        found.map(|need| need.item.key.as_str()).collect::<Vec<_>>()
    };
    let missing = names(Some(false));
    if !missing.is_empty() {
        return lost(seen, needs, &missing);
    }
    if let Keys::Unknown(why) = keys {
        return Step::new(State::Unknown, NAME, why.clone());
    }
    let unnoted = needs
        .iter()
        .filter(|need| need.item.sealed_for.is_none())
        .count();
    let known = match keys {
        Keys::All(all) if all.len() == 1 => "1 key opens".to_owned(),
        Keys::All(all) => format!("{} open", plural(all.len(), "key")),
        _ => "the newest is known, the others are not".to_owned(),
    };
    match (unnoted, names(None).len()) {
        (_, 0) => Step::good(NAME, format!("every item's key is here; {known}")),
        (0, _) => Step::new(
            State::Unknown,
            NAME,
            format!("some items are for another key than the newest; {known}"),
        ),
        (count, _) => Step::new(
            State::Unknown,
            NAME,
            format!("{} not noted; {known}", keys_of(count)),
        ),
    }
}

fn keys_of(count: usize) -> String {
    match count {
        1 => "the key of 1 item is".to_owned(),
        count => format!("the keys of {count} items are"),
    }
}

/// A key that is gone: named, with those that are there, and how to get it back.
fn lost(seen: &Seen<'_>, needs: &[Need], missing: &[&str]) -> Step {
    let wanted = needs.iter().filter(|need| need.key_is_there == Some(false));
    let mut wanted: Vec<_> = wanted.filter_map(|need| need.item.sealed_for).collect();
    wanted.sort();
    wanted.dedup();
    let wanted: Vec<_> = wanted.iter().map(ToString::to_string).collect();
    let here: Vec<_> = seen
        .facts
        .keys
        .known()
        .iter()
        .map(|key| key.fingerprint.as_str())
        .collect();
    let here = if here.is_empty() {
        "none".to_owned()
    } else {
        here.join(", ")
    };
    let says = format!(
        "{}: sealed for {}, which is not here",
        missing.join(", "),
        wanted.join(", ")
    );
    // A note may be wrong, and the object open all the same.
    let state = if seen.is_synced() {
        State::Warning
    } else {
        State::Blocked
    };
    let namespace = seen.facts.place.split('/').next().unwrap_or_default();
    Step::new(state, NAME, says)
        .means(format!("The keys here are {here}."))
        .means(format!(
            "It was sealed for another cluster, or its key was withdrawn from namespace {namespace}. \
             Restore that key from a backup, or seal the Secret again for this cluster."
        ))
        .then(format!("kubectl -n {namespace} apply -f KEY-BACKUP.yaml"))
        .then("signet seal -f SECRET.yaml > SEALED.yaml")
}

/// Until when the newest may be sealed for.
pub(super) fn certificate(facts: &Facts) -> Step {
    const NAME: &str = "certificate";
    let known = facts.keys.known();
    let newest = known.iter().find(|key| key.newest).or(known.first());
    let Some(newest) = newest else {
        return Step::new(State::Unknown, NAME, "the newest certificate is not known");
    };
    let says = format!("may be sealed for until {}", newest.not_after);
    match life(newest, facts.now) {
        Some(Life::Fresh) => Step::good(NAME, says),
        None => Step::new(State::Unknown, NAME, "its dates cannot be read"),
        Some(Life::Late) => Step::new(State::Warning, NAME, says)
            .means("Four fifths of its life are over. What is sealed goes on opening; sealing will not.")
            .then("signet cert --new"),
        Some(Life::Over) => Step::new(State::Warning, NAME, format!("expired on {}", newest.not_after))
            .means("Nothing can be sealed for it any more. What is sealed goes on opening.")
            .then("signet cert --new"),
    }
}
