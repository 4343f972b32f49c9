//! How often one caller may ask for work with private keys: the generic cell rate algorithm, as the
//! sealed-secrets controller has it, with the same headers.
//!
//! The peer counts by a header that any caller may write. Here a caller is whoever the token says,
//! else the address that the API server's proxy saw, and all callers together have a limit too.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};
use tokio::time::Instant;

/// Callers that are remembered at once.
const CALLERS: usize = 65_536;

/// All callers together may ask so many times as often as one.
const TOGETHER: u32 = 16;

/// See the module's documentation.
pub struct Limit {
    interval: Duration,
    burst: u32,
    next: Mutex<HashMap<String, Instant>>,
}

/// Whether an answer is given, and what its headers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Whether it is given.
    pub granted: bool,
    limit: u32,
    remaining: u32,
    reset: Duration,
    retry: Duration,
}

impl Limit {
    /// `rate` answers a second, and `burst` more at once.
    #[must_use]
    pub fn new(rate: u32, burst: u32) -> Self {
        Self {
            interval: Duration::from_secs(1) / rate.max(1),
            burst,
            next: Mutex::default(),
        }
    }

    /// Asks for one answer at the time `now`.
    pub fn ask(&self, caller: &str, now: Instant) -> Turn {
        let mut all = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= CALLERS && !all.contains_key(caller) {
            all.retain(|_, next| *next > now);
        }
        let together = self.turn(all.get("").copied(), self.interval / TOGETHER, now);
        let own = self.turn(all.get(caller).copied(), self.interval, now);
        // A full memory of callers who all still wait lets nobody new in.
        let room = all.len() < CALLERS || all.contains_key(caller);
        if own.granted && together.granted && room {
            let step = |from: Option<&Instant>, by| from.map_or(now, |next| (*next).max(now)) + by;
            let next = step(all.get(""), self.interval / TOGETHER);
            all.insert(String::new(), next);
            let next = step(all.get(caller), self.interval);
            all.insert(caller.to_owned(), next);
        }
        Turn {
            granted: own.granted && together.granted && room,
            ..own
        }
    }

    fn turn(&self, next: Option<Instant>, interval: Duration, now: Instant) -> Turn {
        let waits = next.map_or(Duration::ZERO, |next| next.saturating_duration_since(now));
        let bucket = self.interval * (self.burst + 1);
        let after = waits + interval;
        let granted = after <= bucket;
        let reset = if granted { after } else { waits };
        let remaining = bucket.saturating_sub(reset).as_nanos() / interval.as_nanos().max(1);
        Turn {
            granted,
            limit: self.burst + 1,
            remaining: u32::try_from(remaining).unwrap_or(u32::MAX),
            reset,
            retry: after.saturating_sub(bucket),
        }
    }
}

impl Turn {
    /// The headers that say so.
    pub fn write(&self, headers: &mut HeaderMap) {
        let seconds = |time: Duration| u64::from(time.subsec_nanos() > 0) + time.as_secs();
        headers.insert("x-ratelimit-limit", HeaderValue::from(self.limit));
        headers.insert("x-ratelimit-remaining", HeaderValue::from(self.remaining));
        headers.insert("x-ratelimit-reset", HeaderValue::from(seconds(self.reset)));
        if !self.granted {
            let retry = seconds(self.retry).max(1);
            headers.insert("retry-after", HeaderValue::from(retry));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the sealed-secrets controller answered to three requests in a row, and to a fourth.
    #[test]
    fn three_at_once_and_then_two_a_second() {
        let (limit, now) = (Limit::new(2, 2), Instant::now());
        let ask = |after: u64| {
            let turn = limit.ask("jane", now + Duration::from_millis(after));
            let mut headers = HeaderMap::new();
            turn.write(&mut headers);
            let number = |name: &str| headers.get(name)?.to_str().ok()?.parse::<u32>().ok();
            let (remaining, reset) = (number("x-ratelimit-remaining"), number("x-ratelimit-reset"));
            (turn.granted, remaining, reset, number("retry-after"))
        };
        assert_eq!(ask(0), (true, Some(2), Some(1), None));
        assert_eq!(ask(0), (true, Some(1), Some(1), None));
        assert_eq!(ask(0), (true, Some(0), Some(2), None));
        assert_eq!(ask(0), (false, Some(0), Some(2), Some(1)));
        assert!(ask(500).0);
        assert!(!ask(500).0);
    }

    #[test]
    fn callers_do_not_wait_for_each_other_until_they_are_many() {
        let (limit, now) = (Limit::new(2, 2), Instant::now());
        for _ in 0..3 {
            assert!(limit.ask("jane", now).granted);
        }
        assert!(!limit.ask("jane", now).granted && limit.ask("joe", now).granted);
        let limit = Limit::new(2, 2);
        let granted = (0..1_000).filter(|n| limit.ask(&n.to_string(), now).granted);
        assert_eq!(granted.count(), 3 * 16);
    }
}
