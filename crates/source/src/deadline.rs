//! One moment by which a fetch is over, whatever the server does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// The moment a fetch must be done; every read asks it how long it may still wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    at: Instant,
}

impl Deadline {
    /// `timeout` from now. A monotonic clock, and only to measure this wait.
    pub(crate) fn after(timeout: Duration) -> Self {
        Self {
            at: Instant::now() + timeout,
        }
    }

    /// The time left; none if it is over.
    pub(crate) fn left(&self) -> Option<Duration> {
        let left = self.at.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// The time left, or the error a reader gives when there is none.
    pub(crate) fn left_or_timed_out(&self) -> std::io::Result<Duration> {
        self.left()
            .ok_or_else(|| std::io::ErrorKind::TimedOut.into())
    }
}

/// Raises a flag at the deadline, for work that polls instead of reading (indexing a pack).
///
/// Dropping it ends its thread at once.
pub(crate) struct Watchdog {
    flag: Arc<AtomicBool>,
    _still_working: mpsc::Sender<()>,
}

impl Watchdog {
    /// Starts watching.
    pub(crate) fn new(deadline: Deadline) -> Self {
        let (still_working, finished) = mpsc::channel();
        let flag = Arc::new(AtomicBool::new(false));
        let raised = Arc::clone(&flag);
        std::thread::spawn(move || {
            let left = deadline.left().unwrap_or_default();
            if finished.recv_timeout(left) == Err(mpsc::RecvTimeoutError::Timeout) {
                raised.store(true, Ordering::Relaxed);
            }
        });
        Self {
            flag,
            _still_working: still_working,
        }
    }

    /// True once the deadline has passed.
    pub(crate) fn flag(&self) -> &AtomicBool {
        &self.flag
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_is_raised_when_the_time_is_over() {
        let watchdog = Watchdog::new(Deadline::after(Duration::from_millis(20)));
        assert!(!watchdog.flag().load(Ordering::Relaxed));
        std::thread::sleep(Duration::from_millis(200));
        assert!(watchdog.flag().load(Ordering::Relaxed));
    }

    #[test]
    fn nothing_is_left_of_a_time_that_is_over() {
        let deadline = Deadline::after(Duration::ZERO);
        assert_eq!(deadline.left(), None);
        assert!(deadline.left_or_timed_out().is_err());
    }
}
