//! Rotation: when a new key is due, and moving items from an old key to the newest.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rand_core::CryptoRng;
use signet_api::SealedSecret;

use crate::fingerprint::Fingerprint;
use crate::format::{OpenError, SealError, Sealer};
use crate::keyring::Keyring;
use crate::sealed_for::{self, SealedFor};
use crate::secret::label_of;
use crate::text::{self, NotBase64};

/// Why an item was not moved. It stays as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResealError {
    /// The text is no item.
    #[error(transparent)]
    Text(#[from] NotBase64),
    /// No key opens it.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The new key does not seal.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// When the next key is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// At once.
    Now,
    /// At this time, if nothing else asks for one before.
    At(Timestamp),
    /// Not by the calendar.
    Never,
}

/// Plans the next key. `newest` is the ordering time of the newest key; `period` the time a key
/// seals for, `None` to make keys on request only; a key older than `cutoff` is replaced at once.
#[must_use]
pub fn next_key(
    newest: Option<Timestamp>,
    now: Timestamp,
    period: Option<SignedDuration>,
    cutoff: Option<Timestamp>,
) -> Due {
    let Some(newest) = newest else {
        return Due::Now;
    };
    if cutoff.is_some_and(|cutoff| newest < cutoff) {
        return Due::Now;
    }
    let Some(period) = period else {
        return Due::Never;
    };
    match newest.checked_add(period) {
        Ok(due) if due <= now => Due::Now,
        Ok(due) => Due::At(due),
        Err(_) => Due::Never,
    }
}

/// Moves one item to the key of `sealer`. `None` if it is there already: then not a byte changes.
///
/// Whether it is there is found by opening it, with the sealer's key first; the note on the object
/// is not trusted. Where that private key is not at hand (sealing for another cluster), an item that
/// no key opens and that says `sealed_for` the sealer's key counts as moved.
///
/// # Errors
/// [`ResealError`].
pub fn reseal_item(
    label: &[u8],
    item: &[u8],
    sealed_for: Option<&Fingerprint>,
    keyring: &Keyring,
    sealer: &dyn Sealer,
    rng: &mut dyn CryptoRng,
) -> Result<Option<Vec<u8>>, ResealError> {
    let newest = sealer.fingerprint();
    // Trying the key it says it has saves a try; trying the newest first saves one when it is done.
    let hint = if keyring.contains(newest) {
        Some(newest)
    } else {
        sealed_for
    };
    match keyring.open(label, item, hint) {
        Ok((_, used)) if used == newest => Ok(None),
        Ok((value, _)) => Ok(Some(sealer.seal(rng, label, value.expose())?)),
        Err(_) if sealed_for == Some(newest) && !keyring.contains(newest) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What a whole object needs to be on the newest key. Everything not named stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// New text of each entry of `spec.encryptedData` that changes.
    pub items: BTreeMap<String, String>,
    /// New text of the deprecated `spec.data`, if it is there and changes.
    pub blob: Option<String>,
    /// Entries that could not be moved, and why. They stay as they were.
    pub failed: BTreeMap<String, ResealError>,
    /// Text of the annotation [`signet_api::names::SEALED_FOR`] after the change, as far as the keys
    /// are known.
    pub note: Option<String>,
}

impl Resealed {
    /// Whether there is anything to write.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.items.is_empty() && self.blob.is_none()
    }
}

/// Moves every item of `sealed` to the key of `sealer`, keeping scope, template and metadata.
pub fn reseal(
    sealed: &SealedSecret,
    keyring: &Keyring,
    sealer: &dyn Sealer,
    rng: &mut dyn CryptoRng,
) -> Resealed {
    let label = label_of(sealed);
    let hints = sealed
        .metadata
        .annotations
        .as_ref()
        .map(SealedFor::of)
        .unwrap_or_default();
    let mut move_text = |text: &str, hint: Option<&Fingerprint>| {
        let item = text::decode(text)?;
        let moved = reseal_item(&label, &item, hint, keyring, sealer, rng)?;
        Ok::<_, ResealError>(moved.map(|item| text::encode(&item)))
    };
    let mut result = Resealed::default();
    let mut known = BTreeMap::new();
    for (key, text) in &sealed.spec.encrypted_data {
        match move_text(text, hints.item(key)) {
            Ok(moved) => {
                known.insert(key.clone(), *sealer.fingerprint());
                result.items.extend(moved.map(|text| (key.clone(), text)));
            }
            Err(error) => {
                known.extend(hints.item(key).map(|hint| (key.clone(), *hint)));
                result.failed.insert(key.clone(), error);
            }
        }
    }
    match sealed
        .spec
        .data
        .as_deref()
        .filter(|blob| !blob.is_empty())
        .map(|b| move_text(b, None))
    {
        Some(Ok(moved)) => result.blob = moved,
        Some(Err(error)) => drop(result.failed.insert("spec.data".to_owned(), error)),
        None => {}
    }
    // One key for all is written without naming items; with an unknown item among them that would lie.
    let complete = known.len() == sealed.spec.encrypted_data.len();
    result.note = sealed_for::note(&known, complete);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn at(day: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + DAY * i32::try_from(day).unwrap_or_default()
    }

    #[test]
    fn a_key_is_due_when_there_is_none() {
        assert_eq!(next_key(None, at(5), None, None), Due::Now);
    }

    #[test]
    fn a_key_is_due_when_the_newest_is_a_period_old() {
        let next = |now| next_key(Some(at(10)), now, Some(DAY * 30), None);
        assert_eq!(next(at(39)), Due::At(at(40)));
        assert_eq!(next(at(40)), Due::Now);
        assert_eq!(next(at(99)), Due::Now);
    }

    #[test]
    fn the_cutoff_comes_before_the_calendar() {
        assert_eq!(next_key(Some(at(10)), at(11), None, Some(at(11))), Due::Now);
        assert_eq!(
            next_key(Some(at(11)), at(11), None, Some(at(11))),
            Due::Never
        );
    }
}
