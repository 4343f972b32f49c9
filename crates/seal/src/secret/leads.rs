//! Why an item does not open, as far as that can be told without opening it.
//!
//! The format says only "no key could decrypt secret". Whether the key is missing or the item was
//! sealed for another place can be told where the item's note names its key
//! ([`crate::sealed_for`]). Nothing here depends on how far a private key got with the item.

use std::collections::{BTreeMap, BTreeSet};

use crate::fingerprint::Fingerprint;
use crate::format::bitnami::{Anatomy, NotAnItem};
use crate::text;

/// What is known of an item that no key opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lead {
    /// It says that it was sealed for a key that is not here.
    KeyMissing(Fingerprint),
    /// The key it says it was sealed for is here.
    KeyHere(Fingerprint),
    /// No key can open it anywhere.
    NoItem(NotAnItem),
    /// It does not say which key it was sealed for.
    Unnoted,
}

impl std::fmt::Display for Lead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::KeyMissing(key) => write!(f, "sealed for {key}, which is none of the keys here"),
            Self::KeyHere(key) => write!(
                f,
                "sealed for {key}, which is here: so for another name, namespace or scope, or \
                 damaged since"
            ),
            Self::NoItem(cause) => cause.fmt(f),
            Self::Unnoted => f.write_str("which key it was sealed for is not noted"),
        }
    }
}

/// Leads, each with the keys of the items that it is about, in a fixed order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leads(BTreeMap<Lead, Vec<String>>);

impl Leads {
    /// Notes what is known of the item `name`. Text that is no base64 has a cause of its own and
    /// leads nowhere.
    pub(super) fn follow(
        &mut self,
        name: &str,
        item: &str,
        note: Option<&Fingerprint>,
        is_here: impl Fn(&Fingerprint) -> bool,
    ) {
        let Ok(bytes) = text::decode(item) else {
            return;
        };
        let lead = match (Anatomy::of(&bytes), note) {
            (Err(cause), _) => Lead::NoItem(cause),
            (Ok(_), None) => Lead::Unnoted,
            (Ok(_), Some(key)) if is_here(key) => Lead::KeyHere(*key),
            (Ok(_), Some(key)) => Lead::KeyMissing(*key),
        };
        self.note(lead, name.to_owned());
    }

    fn note(&mut self, lead: Lead, item: String) {
        self.0.entry(lead).or_default().push(item);
    }

    /// Each lead with the keys of its items.
    pub fn iter(&self) -> impl Iterator<Item = (&Lead, &[String])> {
        self.0.iter().map(|(lead, items)| (lead, items.as_slice()))
    }

    /// The keys that items were sealed for and that are not here.
    #[must_use]
    pub fn missing(&self) -> BTreeSet<Fingerprint> {
        let missing = |lead: &Lead| match lead {
            Lead::KeyMissing(key) => Some(*key),
            _ => None,
        };
        self.0.keys().filter_map(missing).collect()
    }

    /// One line for each lead, with its items; none if nothing is known but that nothing is noted.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        if self.0.keys().all(|lead| *lead == Lead::Unnoted) {
            return Vec::new();
        }
        let line = |(lead, items): (&Lead, &Vec<String>)| format!("{lead} ({})", items.join(", "));
        self.0.iter().map(line).collect()
    }
}

impl FromIterator<(Lead, String)> for Leads {
    fn from_iter<I: IntoIterator<Item = (Lead, String)>>(known: I) -> Self {
        let mut leads = Self::default();
        known
            .into_iter()
            .for_each(|(lead, item)| leads.note(lead, item));
        leads
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use super::*;

    fn key(byte: u8) -> Fingerprint {
        Fingerprint::of_rsa(&[byte], &[3])
    }

    #[test]
    fn every_item_is_named_with_what_is_known_of_it() {
        let whole = text::encode(&[&[1, 0][..], &[7; 300]].concat());
        let mut leads = Leads::default();
        let here = |known: &Fingerprint| *known == key(1);
        leads.follow("a", &whole, Some(&key(1)), here);
        leads.follow("b", &whole, Some(&key(2)), here);
        leads.follow("c", &whole, None, here);
        leads.follow("d", "AQA=", Some(&key(1)), here);
        leads.follow("e", "no base64!", Some(&key(1)), here);
        leads.follow("f", &whole, Some(&key(2)), here);
        assert_eq!(
            leads.lines(),
            [
                format!(
                    "sealed for {}, which is none of the keys here (b, f)",
                    key(2)
                ),
                format!(
                    "sealed for {}, which is here: so for another name, namespace or scope, or damaged since (a)",
                    key(1)
                ),
                "cut short: 2 bytes, and with its key of 2048 bits an item has at least 274 (d)"
                    .to_owned(),
                "which key it was sealed for is not noted (c)".to_owned(),
            ]
        );
        assert_eq!(leads.missing(), [key(2)].into());
    }

    #[test]
    fn that_nothing_is_noted_anywhere_is_not_worth_a_line() {
        let mut leads = Leads::default();
        let whole = text::encode(&[&[1, 0][..], &[7; 300]].concat());
        leads.follow("a", &whole, None, |_| true);
        assert!(leads.lines().is_empty());
        assert_eq!(leads.iter().count(), 1);
    }
}
