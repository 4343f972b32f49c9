//! How long to wait before an interrupted watch begins again: soon at first, never longer than five
//! seconds, so that a server that comes back is noticed.

use std::time::Duration;

use kube::runtime::utils::Backoff;
use tokio::time::Instant;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);
/// After this long without trouble the next trouble is a new one.
const FORGIVEN: Duration = Duration::from_secs(20);

/// Doubles with each failure. A failed list is preceded by word that it begins, which the library
/// takes for success: only time resets it.
#[derive(Debug, Default)]
pub(super) struct Patience {
    last: Option<(Instant, Duration)>,
}

impl Iterator for Patience {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let now = Instant::now();
        let wait = match self.last {
            Some((then, wait)) if now < then + wait + FORGIVEN => (wait * 2).min(LONGEST),
            _ => FIRST,
        };
        self.last = Some((now, wait));
        Some(wait)
    }
}

impl Backoff for Patience {
    fn reset(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_grow_to_a_limit_and_time_heals() {
        let mut patience = Patience::default();
        let waits: Vec<_> = patience
            .by_ref()
            .take(8)
            .map(|wait| wait.as_millis())
            .collect();
        assert_eq!(waits, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        patience.reset();
        assert_eq!(patience.next(), Some(LONGEST));
        tokio::time::advance(LONGEST + FORGIVEN).await;
        assert_eq!(patience.next(), Some(FIRST));
    }
}
