//! The end of the certificate that is sealed for, told while there is time.
//!
//! Keys are renewed long before, unless the operator has turned that off or made the certificate
//! live shorter than the renewal period; and then sealing would fail one day without a warning.

use std::collections::HashSet;

use jiff::Timestamp;
use signet_seal::{Certificate, Fingerprint, Life};

/// What was told already: each key's turns are told once in the life of a process.
#[derive(Default)]
pub struct Told(HashSet<(Fingerprint, bool)>);

impl Told {
    /// The sentence that is due now, if there is one.
    pub fn due(&mut self, certificate: &Certificate, now: Timestamp) -> Option<String> {
        let over = match certificate.life(now) {
            Life::Fresh => return None,
            Life::Late => false,
            Life::Over => true,
        };
        let (key, last) = (certificate.fingerprint(), certificate.not_after());
        self.0.insert((*key, over)).then(|| {
            let when = if over {
                "cannot be sealed for since"
            } else {
                "can be sealed for until"
            };
            format!(
                "the newest sealing key {key} {when} {last}: ask for another with \
                 `signet cert --new`, or have --key-renew-period make it in time"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use jiff::SignedDuration;
    use signet_seal::{KeyOptions, generate};

    use super::*;

    #[test]
    fn the_last_fifth_and_the_end_are_told_once_each() {
        let born: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let options = KeyOptions {
            bits: 2048,
            common_name: String::new(),
            not_before: born,
            ttl: SignedDuration::from_hours(100),
        };
        let certificate = generate(&options).unwrap().certificate;
        let mut told = Told::default();
        let mut at = |hour| told.due(&certificate, born + SignedDuration::from_hours(hour));
        assert_eq!(at(79), None);
        let late = at(80).unwrap();
        assert!(
            late.contains("can be sealed for until 2026-01-05T04:00:00Z"),
            "{late}"
        );
        assert_eq!(at(99), None);
        assert!(at(101).unwrap().contains("cannot be sealed for since"));
        assert_eq!(at(102), None);
    }
}
