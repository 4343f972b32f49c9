//! From the recipients of a file to its data key.

use std::cell::Cell;
use std::io::Read;

use age::armor::ArmoredReader;
use age::{DecryptError, Decryptor};
use age_core::format::{FileKey, Stanza};
use zeroize::Zeroizing;

use crate::error::ErrorKind;
use crate::identity::Identities;
use crate::metadata::{AgeKey, Group, Metadata};
use crate::plaintext::Secret;
use crate::shamir;

/// How often one file may have an identity tried on a stanza: a post-quantum one takes a millisecond.
const MOST_ATTEMPTS: usize = 2_000;

/// SOPS encrypts each data key for one recipient; a few more do no harm.
const MOST_STANZAS: usize = 8;

/// A data key has 32 bytes, a part of one 33.
const LONGEST_KEY: u64 = 64;

/// The data key of a file.
///
/// # Errors
/// No identity matches, too few groups do, or what matches is damaged; names recipients, never keys.
pub(crate) fn data_key(metadata: &Metadata, identities: &Identities) -> Result<Secret, ErrorKind> {
    let left = Cell::new(MOST_ATTEMPTS);
    let mut parts = Vec::new();
    for group in &metadata.groups {
        parts.extend(open_group(group, identities, &left)?);
    }
    match metadata.groups.as_slice() {
        [_] => parts.pop().ok_or_else(|| nobody(metadata)),
        groups => together(groups.len(), metadata, &parts),
    }
}

fn together(groups: usize, metadata: &Metadata, parts: &[Secret]) -> Result<Secret, ErrorKind> {
    if parts.is_empty() {
        return Err(nobody(metadata));
    }
    let needed = if metadata.threshold == 0 {
        groups
    } else {
        metadata.threshold
    };
    if parts.len() < needed.max(2) {
        return Err(ErrorKind::TooFewGroups {
            opened: parts.len(),
            needed: needed.max(2),
        });
    }
    shamir::combine(parts).ok_or(ErrorKind::Metadata {
        field: "key_groups",
        what: "holds parts that are not of one data key",
    })
}

fn nobody(metadata: &Metadata) -> ErrorKind {
    let age = metadata.groups.iter().flat_map(|group| &group.age);
    let recipients: Vec<String> = age.map(|key| key.recipient.clone()).collect();
    if recipients.is_empty() {
        ErrorKind::ForeignKeys(metadata.foreign())
    } else {
        ErrorKind::NoIdentity(recipients)
    }
}

/// What a group's keys hold. Those that name a recipient of ours come first; but the name is only a
/// hint, so that the others are tried too.
fn open_group(
    group: &Group,
    identities: &Identities,
    left: &Cell<usize>,
) -> Result<Option<Secret>, ErrorKind> {
    let (ours, others): (Vec<_>, Vec<_>) = group
        .age
        .iter()
        .partition(|key| identities.has(&key.recipient));
    let mut damaged = None;
    for key in ours.into_iter().chain(others) {
        match open(key, identities, left) {
            Ok(Some(part)) => return Ok(Some(part)),
            Ok(None) => {}
            Err(error @ ErrorKind::Budget { .. }) => return Err(error),
            Err(error) => damaged = damaged.or(Some(error)),
        }
    }
    damaged.map_or(Ok(None), Err)
}

fn open(
    key: &AgeKey,
    identities: &Identities,
    left: &Cell<usize>,
) -> Result<Option<Secret>, ErrorKind> {
    let damaged = || ErrorKind::DataKey {
        recipient: key.recipient.clone(),
    };
    let armored = ArmoredReader::new(key.encrypted.as_bytes());
    let file = Decryptor::new(armored).map_err(|_| damaged())?;
    let trial = Trial { identities, left };
    let stream = match file.decrypt(std::iter::once(&trial as &dyn age::Identity)) {
        Ok(stream) => stream,
        Err(DecryptError::NoMatchingKeys) => return Ok(None),
        Err(DecryptError::ExcessiveWork { .. }) => {
            return Err(ErrorKind::Budget {
                what: "trials of identities on recipients",
                limit: MOST_ATTEMPTS,
            });
        }
        Err(_) => return Err(damaged()),
    };
    let mut opened = Zeroizing::new(Vec::with_capacity(128));
    let read = stream.take(LONGEST_KEY + 1).read_to_end(&mut opened);
    let fits = read.is_ok_and(|length| length as u64 <= LONGEST_KEY);
    if fits {
        Ok(Some(opened))
    } else {
        Err(damaged())
    }
}

/// All identities as one, with a count of what they do.
struct Trial<'a> {
    identities: &'a Identities,
    left: &'a Cell<usize>,
}

impl age::Identity for Trial<'_> {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        self.identities.for_stanza(stanza).find_map(|identity| {
            let Some(left) = self.left.get().checked_sub(1) else {
                return Some(Err(DecryptError::ExcessiveWork {
                    required: 0,
                    target: 0,
                }));
            };
            self.left.set(left);
            identity.unwrap_stanza(stanza)
        })
    }

    fn unwrap_stanzas(&self, stanzas: &[Stanza]) -> Option<Result<FileKey, DecryptError>> {
        if stanzas.len() > MOST_STANZAS {
            return Some(Err(DecryptError::InvalidHeader));
        }
        stanzas.iter().find_map(|stanza| self.unwrap_stanza(stanza))
    }
}
