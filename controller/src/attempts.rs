//! When a Kustomization began to work on what it works on, and to wait for what it waits for.
//!
//! Whoever waits holds no worker and comes back many times; how long it has waited is known here.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::wake::Key;

/// See the module's documentation.
#[derive(Default)]
pub struct Attempts(Mutex<HashMap<Key, Attempt>>);

struct Attempt {
    /// Revision, generation and request: another one is another attempt.
    of: String,
    begun: Timestamp,
    waits: HashMap<String, Timestamp>,
}

impl Attempts {
    /// The attempt `of` goes on, or begins now if it is another than the last.
    pub fn begin(&self, key: &Key, of: &str, now: Timestamp) {
        self.with(|all| {
            let new = || Attempt {
                of: of.to_owned(),
                begun: now,
                waits: HashMap::new(),
            };
            let attempt = all.entry(key.clone()).or_insert_with(new);
            if attempt.of != of {
                *attempt = new();
            }
        });
    }

    /// When the attempt that goes on began.
    pub fn begun(&self, key: &Key) -> Option<Timestamp> {
        self.with(|all| all.get(key).map(|attempt| attempt.begun))
    }

    /// Since when the attempt waits for `what`: now, if it did not before.
    pub fn since(&self, key: &Key, what: &str, now: Timestamp) -> Timestamp {
        self.with(|all| match all.get_mut(key) {
            Some(attempt) => *attempt.waits.entry(what.to_owned()).or_insert(now),
            None => now,
        })
    }

    /// Whether the attempt has begun to wait for `what`.
    pub fn waits(&self, key: &Key, what: &str) -> bool {
        self.with(|all| {
            let attempt = all.get(key);
            attempt.is_some_and(|attempt| attempt.waits.contains_key(what))
        })
    }

    /// The attempt is over.
    pub fn over(&self, key: &Key) {
        self.with(|all| drop(all.remove(key)));
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<Key, Attempt>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn waiting_is_counted_from_its_beginning_and_anew_for_another_revision() {
        let (attempts, key) = (Attempts::default(), Key::new("a", "b"));
        let at = |minute| Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute);
        attempts.begin(&key, "one", at(0));
        assert_eq!(attempts.since(&key, "stage", at(1)), at(1));
        attempts.begin(&key, "one", at(2));
        assert_eq!(attempts.begun(&key), Some(at(0)));
        assert_eq!(attempts.since(&key, "stage", at(2)), at(1));
        assert_eq!(attempts.since(&key, "checks", at(3)), at(3));
        attempts.begin(&key, "two", at(4));
        assert_eq!(attempts.begun(&key), Some(at(4)));
        assert_eq!(attempts.since(&key, "stage", at(5)), at(5));
        attempts.over(&key);
        assert_eq!(attempts.begun(&key), None);
    }
}
