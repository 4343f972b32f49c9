//! When a new sealing key is due, as a function of what is known. No clock is read here.

use std::time::Duration;

use jiff::Timestamp;

/// Why a key is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The namespace holds no key Secret at all.
    First,
    /// Somebody asked for it, with this token.
    Requested(String),
    /// The newest is older than the renewal period.
    Renewal,
    /// The newest is from before the time that the operator names.
    CutOff,
    /// The operator sent the signal for it.
    Signal,
}

/// What the judgement goes by.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// How many active key Secrets there are, readable or not.
    pub listed: usize,
    /// `notBefore` of the newest usable certificate.
    pub newest: Option<Timestamp>,
    /// Tokens that existing keys were made for.
    pub answered: Vec<String>,
    /// The token that asks for a key.
    pub requested: Option<String>,
    /// The last token that was answered.
    pub handled: Option<String>,
    /// Keys from before this time are to be replaced.
    pub cutoff: Option<Timestamp>,
    /// Whether the signal came.
    pub signalled: bool,
}

/// Whether a key is to be made now.
///
/// A key Secret that cannot be read never leads to a new key by itself: whoever restores a backup
/// wrongly wants to be told, not to seal for a key that nobody expects.
#[must_use]
pub fn due(now: Timestamp, known: &Known, period: Option<Duration>) -> Option<Why> {
    if known.listed == 0 {
        return Some(Why::First);
    }
    if let Some(token) = unanswered(known) {
        return Some(Why::Requested(token.to_owned()));
    }
    if known.signalled {
        return Some(Why::Signal);
    }
    // A time to come cuts off nothing yet: the key made now would be too old as well.
    let cutoff = known.cutoff.filter(|cutoff| *cutoff <= now);
    if cutoff.is_some_and(|cutoff| known.newest.is_some_and(|newest| newest < cutoff)) {
        return Some(Why::CutOff);
    }
    let wait = next_renewal(now, known.newest?, period)?;
    wait.is_zero().then_some(Why::Renewal)
}

/// How long until the newest key is to be renewed; zero if it is overdue, `None` if it never is.
#[must_use]
pub fn next_renewal(
    now: Timestamp,
    not_before: Timestamp,
    period: Option<Duration>,
) -> Option<Duration> {
    let age = now.duration_since(not_before);
    let period = jiff::SignedDuration::try_from(period.filter(|period| !period.is_zero())?).ok()?;
    Some(Duration::try_from(period.saturating_sub(age)).unwrap_or(Duration::ZERO))
}

/// A token counts once: not if it is noted as handled, and not if a key already bears it, which is
/// so when the controller was killed between making the key and saying so.
fn unanswered(known: &Known) -> Option<&str> {
    let token = known
        .requested
        .as_deref()
        .filter(|token| !token.is_empty())?;
    let done = known.handled.as_deref() == Some(token) || known.answered.iter().any(|a| a == token);
    (!done).then_some(token)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);
    const MONTH: Option<Duration> = Some(Duration::from_secs(30 * 86_400));

    fn day(number: i64) -> Timestamp {
        Timestamp::from_second(number * 86_400).unwrap()
    }

    fn known(newest: i64) -> Known {
        Known {
            listed: 1,
            newest: Some(day(newest)),
            ..Known::default()
        }
    }

    fn asked(requested: &str, handled: Option<&str>, answered: &[&str]) -> Known {
        Known {
            requested: Some(requested.to_owned()),
            handled: handled.map(str::to_owned),
            answered: answered.iter().map(|token| (*token).to_owned()).collect(),
            ..known(100)
        }
    }

    #[test]
    fn a_key_is_renewed_when_its_period_is_over() {
        assert_eq!(next_renewal(day(100), day(90), MONTH), Some(20 * DAY));
        assert_eq!(next_renewal(day(120), day(90), MONTH), Some(Duration::ZERO));
        assert_eq!(next_renewal(day(500), day(90), MONTH), Some(Duration::ZERO));
    }

    #[test]
    fn a_key_from_the_future_waits_longer() {
        assert_eq!(next_renewal(day(90), day(91), MONTH), Some(31 * DAY));
    }

    #[test]
    fn without_a_period_nothing_is_renewed() {
        assert_eq!(next_renewal(day(500), day(90), None), None);
        assert_eq!(next_renewal(day(500), day(90), Some(Duration::ZERO)), None);
        assert_eq!(due(day(500), &known(90), None), None);
    }

    #[test]
    fn the_first_key_is_made_only_where_none_is_listed() {
        assert_eq!(due(day(1), &Known::default(), MONTH), Some(Why::First));
        let unreadable = Known {
            listed: 1,
            newest: None,
            ..Known::default()
        };
        assert_eq!(due(day(1), &unreadable, MONTH), None);
    }

    #[test]
    fn an_overdue_key_is_renewed() {
        assert_eq!(due(day(119), &known(90), MONTH), None);
        assert_eq!(due(day(120), &known(90), MONTH), Some(Why::Renewal));
    }

    #[test]
    fn a_key_from_before_the_cutoff_is_replaced_once() {
        let cut = |newest, cutoff| Known {
            cutoff: Some(day(cutoff)),
            ..known(newest)
        };
        assert_eq!(due(day(100), &cut(90, 95), MONTH), Some(Why::CutOff));
        assert_eq!(due(day(100), &cut(95, 95), MONTH), None);
        assert_eq!(due(day(100), &cut(90, 101), MONTH), None, "not yet");
    }

    #[test]
    fn a_request_is_answered_once() {
        let due = |known: &Known| due(day(101), known, MONTH);
        assert_eq!(
            due(&asked("t2", Some("t1"), &["t1"])),
            Some(Why::Requested("t2".to_owned()))
        );
        assert_eq!(
            due(&asked("t2", None, &[])),
            Some(Why::Requested("t2".to_owned()))
        );
        assert_eq!(due(&asked("t2", Some("t2"), &[])), None);
        assert_eq!(
            due(&asked("t2", Some("t1"), &["t2"])),
            None,
            "killed before it was noted"
        );
        assert_eq!(due(&asked("", None, &[])), None);
    }
}
