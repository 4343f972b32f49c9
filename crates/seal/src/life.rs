//! How far a certificate's life has gone: there is to be time to act between the first word about
//! its end and the end.

use jiff::Timestamp;

/// Where a time stands in the life of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// Nothing is to be done.
    Fresh,
    /// Four fifths are over: it is time for a new one.
    Late,
    /// Nothing may be sealed for it any more. What was sealed still opens.
    Over,
}

impl Life {
    /// Of a certificate that is valid from `first` to `last`, at `now`.
    #[must_use]
    pub fn at(first: Timestamp, last: Timestamp, now: Timestamp) -> Self {
        if now > last {
            return Self::Over;
        }
        // A timestamp has seconds of 39 bits at most: neither product overflows.
        let spent = now.as_second().saturating_sub(first.as_second());
        let whole = last.as_second().saturating_sub(first.as_second());
        if spent * 5 >= whole * 4 {
            Self::Late
        } else {
            Self::Fresh
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap_or_default()
    }

    #[test]
    fn the_last_fifth_is_late_and_the_last_second_still_counts() {
        let life = |now| Life::at(at(1000), at(2000), at(now));
        assert_eq!(life(1000), Life::Fresh);
        assert_eq!(life(1799), Life::Fresh);
        assert_eq!(life(1800), Life::Late);
        assert_eq!(life(2000), Life::Late);
        assert_eq!(life(2001), Life::Over);
    }

    #[test]
    fn a_clock_before_the_first_day_sees_a_fresh_one() {
        assert_eq!(Life::at(at(1000), at(2000), at(0)), Life::Fresh);
        let (first, last) = (Timestamp::MIN, Timestamp::MAX);
        assert_eq!(Life::at(first, last, at(0)), Life::Fresh);
    }
}
