//! What was said lately, so that the same words about the same object are counted and not written
//! again: a failure that is tried for days is one event.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::json;
use signet_cluster::Event;
use signet_engine::digest;

/// So many are remembered; beyond that all are forgotten, and the next ones are written anew.
const REMEMBERED: usize = 4_096;

/// Name of each event and how often it happened, by its [`fingerprint`].
#[derive(Default)]
pub struct Said(Mutex<HashMap<String, (String, u32)>>);

impl Said {
    /// The event's name and how often it has happened with this time, if it was said before.
    pub fn again(&self, mark: &str) -> Option<(String, u32)> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (name, count) = all.get_mut(mark)?;
        *count = count.saturating_add(1);
        Some((name.clone(), *count))
    }

    /// Remembers an event that was written.
    pub fn first(&self, mark: String, name: String) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED {
            all.clear();
        }
        all.insert(mark, (name, 1));
    }
}

/// The same for the same words about the same object.
pub fn fingerprint(event: &Event) -> String {
    let of = |pointer| event.regarding.pointer(pointer);
    digest::of_value(&json!([
        of("/apiVersion"),
        of("/kind"),
        of("/metadata/namespace"),
        of("/metadata/name"),
        of("/metadata/uid"),
        event.warning,
        event.reason,
        event.message,
        event.component,
        event.annotations,
    ]))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;

    use super::*;

    fn event(message: &str, version: &str) -> Event {
        Event {
            regarding: json!({"apiVersion": "v1", "kind": "A", "metadata":
                {"name": "a", "uid": "1", "resourceVersion": version}}),
            warning: false,
            reason: "Because".to_owned(),
            message: message.to_owned(),
            component: "us".to_owned(),
            annotations: BTreeMap::new(),
            now: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_same_words_are_counted_whatever_the_version_of_the_object() {
        let said = Said::default();
        let mark = fingerprint(&event("x", "1"));
        assert_eq!(said.again(&mark), None);
        said.first(mark, "a.1".to_owned());
        let again = said.again(&fingerprint(&event("x", "2")));
        assert_eq!(again, Some(("a.1".to_owned(), 2)));
        assert_eq!(said.again(&fingerprint(&event("y", "2"))), None);
    }

    #[test]
    fn only_so_many_are_remembered() {
        let said = Said::default();
        for number in 0..=REMEMBERED {
            said.first(number.to_string(), String::new());
        }
        assert_eq!(said.again("0"), None);
        assert!(said.again(&REMEMBERED.to_string()).is_some());
    }
}
