//! When everything that a Kustomization applied is compared with the API server's own opinion.
//!
//! Watches see every edit; they do not see that a default or a webhook would now answer otherwise.
//! So each set is sent once in a while, at a time of its own, so that a thousand sets are not sent
//! together.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::wake::Key;

/// See the module's documentation.
pub struct Verifications {
    every: Option<SignedDuration>,
    last: Mutex<HashMap<Key, Timestamp>>,
}

impl Verifications {
    /// Never, if `every` is zero.
    pub fn new(every: Duration) -> Self {
        Self {
            every: SignedDuration::try_from(every)
                .ok()
                .filter(|every| !every.is_zero()),
            last: Mutex::default(),
        }
    }

    /// Whether the set of `key` is to be sent now. The first time is somewhere within the period.
    pub fn due(&self, key: &Key, now: Timestamp) -> bool {
        let Some(every) = self.every else {
            return false;
        };
        let mut all = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let last = all
            .entry(key.clone())
            .or_insert_with(|| now - head_start(key, every));
        let due = now.duration_since(*last) >= every;
        if due {
            *last = now;
        }
        due
    }

    /// Forgets a Kustomization that is gone.
    pub fn forget(&self, key: &Key) {
        let mut all = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(key);
    }
}

/// A part of the period, the same for the same name.
fn head_start(key: &Key, every: SignedDuration) -> SignedDuration {
    let hash = key.to_string().bytes().fold(7_u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(byte.into())
    });
    every * i32::try_from(hash % 1000).unwrap_or_default() / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_due_once_in_a_period_and_not_with_all_others() {
        let every = Verifications::new(Duration::from_secs(3600));
        let at = |minute| Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute);
        let keys: Vec<Key> = (0..60).map(|n| Key::new("a", format!("k{n}"))).collect();
        assert!(keys.iter().all(|key| !every.due(key, at(0))), "not at once");
        let due: Vec<usize> = (1..=60)
            .map(|minute| keys.iter().filter(|key| every.due(key, at(minute))).count())
            .collect();
        assert_eq!(due.iter().sum::<usize>(), 60, "each once");
        assert!(due.iter().max() < Some(&15), "spread: {due:?}");
        assert!(!Verifications::new(Duration::ZERO).due(&keys[0], at(600)));
    }
}
