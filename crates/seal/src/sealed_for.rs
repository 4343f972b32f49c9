//! The note on a SealedSecret that says which key each item was sealed for.
//!
//! The format itself does not say: without the note every key must be tried. It is an annotation
//! ([`signet_api::names::SEALED_FOR`]), which the sealed-secrets controller ignores, and only a hint:
//! nothing is decided by it but the order of trying and the words of an error.

use std::collections::{BTreeMap, BTreeSet};

use signet_api::names::SEALED_FOR;

use crate::fingerprint::Fingerprint;

/// What the annotation says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SealedFor {
    /// Nothing, or nothing readable.
    #[default]
    Unknown,
    /// One key for all items.
    All(Fingerprint),
    /// A key for each item named.
    Each(BTreeMap<String, Fingerprint>),
}

impl SealedFor {
    /// Reads the annotation. What cannot be read is as if it were not there: it is a hint.
    #[must_use]
    pub fn of(annotations: &BTreeMap<String, String>) -> Self {
        let Some(text) = annotations.get(SEALED_FOR) else {
            return Self::Unknown;
        };
        if let Ok(fingerprint) = text.parse() {
            return Self::All(fingerprint);
        }
        let items: BTreeMap<String, String> = serde_json::from_str(text).unwrap_or_default();
        let read = items
            .into_iter()
            .filter_map(|(key, text)| Some((key, text.parse().ok()?)));
        Self::Each(read.collect())
    }

    /// The key that the item `name` was sealed for, as far as the note tells.
    #[must_use]
    pub fn item(&self, name: &str) -> Option<&Fingerprint> {
        match self {
            Self::Unknown => None,
            Self::All(fingerprint) => Some(fingerprint),
            Self::Each(items) => items.get(name),
        }
    }
}

/// Text of the annotation for these items: the fingerprint itself if all have the same, else a JSON
/// object. `None` without items.
#[must_use]
pub fn annotation(items: &BTreeMap<String, Fingerprint>) -> Option<String> {
    let different: BTreeSet<_> = items.values().collect();
    match different.len() {
        0 => None,
        1 => different.first().map(ToString::to_string),
        _ => {
            let texts = items
                .iter()
                .map(|(key, value)| (key.clone(), value.to_string().into()));
            Some(serde_json::Value::Object(texts.collect()).to_string())
        }
    }
}

/// Text of the annotation where the keys of some items may not be known: then each known one is named,
/// for one key written plainly would speak of all.
#[must_use]
pub fn note(known: &BTreeMap<String, Fingerprint>, complete: bool) -> Option<String> {
    if complete {
        return annotation(known);
    }
    let texts = known
        .iter()
        .map(|(key, value)| (key.clone(), value.to_string().into()));
    let map: serde_json::Map<_, _> = texts.collect();
    (!map.is_empty()).then(|| serde_json::Value::Object(map).to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failed step is a failed test
    use super::*;

    fn key(byte: u8) -> Fingerprint {
        Fingerprint::of_rsa(&[byte], &[3])
    }

    fn read(text: &str) -> SealedFor {
        SealedFor::of(&[(SEALED_FOR.to_owned(), text.to_owned())].into())
    }

    #[test]
    fn one_key_is_written_plainly() {
        let items = BTreeMap::from([("a".to_owned(), key(1)), ("b".to_owned(), key(1))]);
        let text = annotation(&items).unwrap();
        assert_eq!(text, key(1).to_string());
        assert_eq!(read(&text).item("anything"), Some(&key(1)));
    }

    #[test]
    fn several_keys_are_written_by_item() {
        let items = BTreeMap::from([("a".to_owned(), key(1)), ("b".to_owned(), key(2))]);
        let text = annotation(&items).unwrap();
        assert_eq!(text, format!(r#"{{"a":"{}","b":"{}"}}"#, key(1), key(2)));
        assert_eq!(read(&text), SealedFor::Each(items));
        assert_eq!(read(&text).item("c"), None);
    }

    #[test]
    fn nonsense_is_no_hint() {
        for text in ["", "SHA256:", "[1]", r#"{"a": 1}"#, r#"{"a": "x"}"#, "null"] {
            assert_eq!(read(text).item("a"), None, "{text}");
        }
        assert_eq!(SealedFor::of(&BTreeMap::new()), SealedFor::Unknown);
        assert_eq!(annotation(&BTreeMap::new()), None);
    }
}
