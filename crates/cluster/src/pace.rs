//! A limit on how many requests are sent, for clusters whose administrators want one.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// So many requests a second, and so many more at once. Whoever comes later waits for a slot, in the
/// order of asking.
pub(crate) struct Pace {
    interval: Duration,
    slack: Duration,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    pub(crate) fn new(per_second: f64, burst: u32) -> Self {
        let interval = Duration::from_secs_f64(1.0 / per_second.max(0.001));
        Self {
            interval,
            slack: interval * burst,
            next: Mutex::default(),
        }
    }

    /// Waits for a slot.
    pub(crate) async fn wait(&self) {
        let slot = self.slot(Instant::now());
        tokio::time::sleep_until(slot).await;
    }

    /// The time of the next slot, which is taken now. What was not used is saved up to the burst.
    fn slot(&self, now: Instant) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = next.unwrap_or(now).max(now);
        *next = Some(slot + self.interval);
        slot.checked_sub(self.slack).unwrap_or(now).max(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_free_and_then_one_after_the_other() {
        let (pace, now) = (Pace::new(10.0, 2), Instant::now());
        let mut waits = Vec::new();
        for _ in 0..5 {
            waits.push(pace.slot(now).duration_since(now).as_millis());
        }
        assert_eq!(waits, [0, 0, 0, 100, 200]);
        let later = now + Duration::from_secs(10);
        assert_eq!(pace.slot(later), later, "what was not used comes back");
    }
}
