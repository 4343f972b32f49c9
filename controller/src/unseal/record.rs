//! The record of a finished unsealing, kept in the status, so that a restart need not repeat it.
//!
//! ```text
//! proof = witness of one key over
//!         (declaration ‖ uid and version of the Secret ‖ keys that opened ‖ the same of each copy)
//! ```
//! The witness is an HMAC whose key is derived from a sealing key, so only a controller that holds
//! that key can make or check it: nobody can talk us into leaving a Secret alone. No value goes
//! into it, only the version in which the API server has the Secret; so it tells nothing, not even
//! that two values are the same. It is void as soon as the SealedSecret or the Secret is another,
//! or a key that it names is withdrawn.
//!
//! It is a condition of its own and not a field: the definition of the sealed-secrets project drops
//! fields that it does not know, and people keep that definition.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use signet_seal::{Fingerprint, Keyring};

use super::declared::Digest;
use super::sightings::Version;

/// In which version each copy of the Secret was left, by its namespace.
pub type Copies = BTreeMap<String, Version>;

/// See the module's documentation. Its text is the condition's message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The keys that opened the items, in order.
    pub keys: BTreeSet<Fingerprint>,
    prover: Fingerprint,
    proof: [u8; 32],
}

impl Record {
    /// Records that `declaration` was opened by `keys` and left the Secret in `version`, and the copies
    /// in theirs. `None` if a key has gone meanwhile: then there is nothing to stand on.
    #[must_use]
    pub fn prove(
        ring: &Keyring,
        keys: BTreeSet<Fingerprint>,
        declaration: &Digest,
        version: &Version,
        copies: &Copies,
    ) -> Option<Self> {
        let newest = || ring.newest().map(|certificate| *certificate.fingerprint());
        // A key that was needed anyway, so that the withdrawal of another voids nothing.
        let prover = keys.first().copied().or_else(newest)?;
        let proof = ring.witness(&prover, &message(&keys, declaration, version, copies))?;
        Some(Self {
            keys,
            prover,
            proof,
        })
    }

    /// Whether it still holds for this declaration, these versions of the Secret and of its copies and
    /// these keys.
    #[must_use]
    pub fn holds(
        &self,
        ring: &Keyring,
        declaration: &Digest,
        version: &Version,
        copies: &Copies,
    ) -> bool {
        let message = message(&self.keys, declaration, version, copies);
        ring.vouches(&self.prover, &message, &self.proof)
            && self.keys.iter().all(|key| ring.contains(key))
    }
}

fn message(
    keys: &BTreeSet<Fingerprint>,
    declaration: &Digest,
    version: &Version,
    copies: &Copies,
) -> Vec<u8> {
    let mut message = declaration.0.to_vec();
    // None of these texts holds a zero byte: the API server and base64 see to that.
    let mut part = |text: &str| {
        message.extend_from_slice(text.as_bytes());
        message.push(0);
    };
    part(&version.uid);
    part(&version.resource);
    keys.iter().for_each(|key| part(&key.to_string()));
    // No key is empty, so this ends them. Without copies there is no more.
    if !copies.is_empty() {
        part("");
    }
    for (namespace, version) in copies {
        part(namespace);
        part(&version.uid);
        part(&version.resource);
    }
    message
}

const OPENED: &str = "opened with ";
const PROOF: &str = "; proof v1 ";
const NO_KEY: &str = "no key";

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<_> = self.keys.iter().map(ToString::to_string).collect();
        let keys = if keys.is_empty() {
            NO_KEY.to_owned()
        } else {
            keys.join(", ")
        };
        let (prover, proof) = (&self.prover, BASE64.encode(self.proof));
        write!(f, "{OPENED}{keys}{PROOF}{prover} {proof}")
    }
}

impl FromStr for Record {
    type Err = ();

    /// What cannot be read is no record: then the work is done again.
    fn from_str(text: &str) -> Result<Self, ()> {
        let rest = text.strip_prefix(OPENED).ok_or(())?;
        let (keys, proof) = rest.split_once(PROOF).ok_or(())?;
        let (prover, proof) = proof.split_once(' ').ok_or(())?;
        let keys = if keys == NO_KEY {
            Ok(BTreeSet::new())
        } else {
            keys.split(", ").map(str::parse).collect()
        };
        Ok(Self {
            keys: keys.map_err(drop)?,
            prover: prover.parse().map_err(drop)?,
            proof: BASE64
                .decode(proof)
                .map_err(drop)?
                .try_into()
                .map_err(drop)?,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use jiff::{SignedDuration, Timestamp};
    use signet_seal::{KeyOptions, generate};

    use super::*;

    fn ring(names: &[&str]) -> Keyring {
        let mut ring = Keyring::new();
        for name in names {
            add(&mut ring, name);
        }
        ring
    }

    fn add(ring: &mut Keyring, name: &str) {
        let options = KeyOptions {
            bits: 2048,
            common_name: String::new(),
            not_before: Timestamp::UNIX_EPOCH,
            ttl: SignedDuration::from_hours(1),
        };
        let pair = generate(&options).unwrap();
        ring.add(name, Timestamp::UNIX_EPOCH, pair.key, pair.certificate);
    }

    fn keys(ring: &Keyring) -> BTreeSet<Fingerprint> {
        ring.entries().map(|entry| *entry.fingerprint()).collect()
    }

    fn version(resource: &str) -> Version {
        Version {
            uid: "u".to_owned(),
            resource: resource.to_owned(),
        }
    }

    fn none() -> Copies {
        Copies::new()
    }

    #[test]
    fn a_record_holds_for_the_copies_that_it_was_made_for() {
        let ring = ring(&["a"]);
        let copies = |all: &[(&str, &str)]| -> Copies {
            let all = all.iter().map(|(at, it)| ((*at).to_owned(), version(it)));
            all.collect()
        };
        let (one, two) = (copies(&[("b", "1")]), copies(&[("b", "1"), ("c", "2")]));
        let (digest, version) = (Digest([1; 32]), version("7"));
        let record = Record::prove(&ring, keys(&ring), &digest, &version, &two).unwrap();
        assert!(record.holds(&ring, &digest, &version, &two));
        let others = [
            one,
            none(),
            copies(&[("b", "1"), ("c", "3")]),
            copies(&[("b", "1"), ("d", "2")]),
        ];
        for other in others {
            assert!(!record.holds(&ring, &digest, &version, &other), "{other:?}");
        }
        let alone = Record::prove(&ring, keys(&ring), &digest, &version, &none()).unwrap();
        assert!(!alone.holds(&ring, &digest, &version, &two));
    }

    #[test]
    fn a_record_holds_for_what_it_was_made_for_and_nothing_else() {
        let mut ring = ring(&["a", "b"]);
        let record =
            Record::prove(&ring, keys(&ring), &Digest([1; 32]), &version("7"), &none()).unwrap();
        let read: Record = record.to_string().parse().unwrap();
        assert_eq!(read, record);
        assert!(read.holds(&ring, &Digest([1; 32]), &version("7"), &none()));
        assert!(!read.holds(&ring, &Digest([2; 32]), &version("7"), &none()));
        assert!(!read.holds(&ring, &Digest([1; 32]), &version("8"), &none()));
        let fewer = Record {
            keys: BTreeSet::new(),
            ..read.clone()
        };
        assert!(!fewer.holds(&ring, &Digest([1; 32]), &version("7"), &none()));
        add(&mut ring, "c");
        assert!(
            read.holds(&ring, &Digest([1; 32]), &version("7"), &none()),
            "one key more"
        );
        ring.remove("b");
        assert!(
            !read.holds(&ring, &Digest([1; 32]), &version("7"), &none()),
            "withdrawn"
        );
    }

    #[test]
    fn another_cluster_cannot_forge_one() {
        let (ours, theirs) = (ring(&["a"]), ring(&["a"]));
        let forged = Record::prove(
            &theirs,
            keys(&theirs),
            &Digest([1; 32]),
            &version("7"),
            &none(),
        );
        assert!(
            !forged
                .unwrap()
                .holds(&ours, &Digest([1; 32]), &version("7"), &none())
        );
    }

    #[test]
    fn nothing_sealed_is_recorded_by_the_newest_key() {
        let ring = ring(&["a"]);
        let record = Record::prove(
            &ring,
            BTreeSet::new(),
            &Digest([1; 32]),
            &version("7"),
            &none(),
        );
        let read: Record = record.unwrap().to_string().parse().unwrap();
        assert!(read.holds(&ring, &Digest([1; 32]), &version("7"), &none()));
        assert_eq!(
            Record::prove(
                &Keyring::new(),
                BTreeSet::new(),
                &Digest([1; 32]),
                &version("7"),
                &none()
            ),
            None
        );
    }

    #[test]
    fn nonsense_is_no_record() {
        for text in [
            "",
            "opened with ",
            "opened with no key; proof v1 x y",
            "opened with SHA256:x; proof v1 a b",
        ] {
            assert_eq!(text.parse::<Record>(), Err(()), "{text}");
        }
    }
}
