//! What an item's bytes tell without any key: how large the key is, and how long the value.

use super::{TAG, split};

/// The measures of an item, see the format at the head of [`super`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anatomy {
    /// Length of the RSA modulus in bytes: 512 for a key of 4,096 bits.
    pub modulus_length: usize,
    /// Length of the value in bytes. It is no secret: whoever sees the item can count.
    pub plaintext_length: usize,
}

/// Why bytes are no item, whatever the key. Nothing of them is quoted: they may be a value that
/// somebody forgot to seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum NotAnItem {
    /// There is not even a length.
    #[error("no sealed item: it is empty or a single byte")]
    Empty,
    /// The length at the front is none of a key that opens.
    #[error(
        "no sealed item: its first two bytes announce an RSA key of {0} bits, and keys have 2048 to 8192"
    )]
    Modulus(usize),
    /// It ends before what its length announces, and the tag.
    #[error(
        "cut short: {length} bytes, and with its key of {bits} bits an item has at least {least}"
    )]
    Short {
        /// How long it is, in bytes.
        length: usize,
        /// Bits of the key that it announces.
        bits: usize,
        /// Length of an empty value under such a key, in bytes.
        least: usize,
    },
}

/// Moduli of the keys that open, in bytes, as `key.rs` takes them.
const MODULI: std::ops::RangeInclusive<usize> = 256..=1024;

impl Anatomy {
    /// Measures an item.
    ///
    /// # Errors
    /// [`NotAnItem`]: no key at all could open it.
    pub fn of(item: &[u8]) -> Result<Self, NotAnItem> {
        let (length, _) = item.split_first_chunk::<2>().ok_or(NotAnItem::Empty)?;
        let modulus_length = usize::from(u16::from_be_bytes(*length));
        let bits = modulus_length * 8;
        if !MODULI.contains(&modulus_length) {
            return Err(NotAnItem::Modulus(bits));
        }
        let (_, body) = split(item).ok_or(NotAnItem::Short {
            length: item.len(),
            bits,
            least: length.len() + modulus_length + TAG,
        })?;
        Ok(Self {
            modulus_length,
            plaintext_length: body.len().saturating_sub(TAG),
        })
    }

    /// Size of the key in bits.
    #[must_use]
    pub fn bits(&self) -> usize {
        self.modulus_length * 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(modulus: u16, rest: usize) -> Vec<u8> {
        [&modulus.to_be_bytes()[..], &vec![7; rest]].concat()
    }

    #[test]
    fn an_item_tells_the_size_of_key_and_value() {
        let found = Anatomy::of(&item(512, 512 + 16 + 3));
        let expected = Anatomy {
            modulus_length: 512,
            plaintext_length: 3,
        };
        assert_eq!(found, Ok(expected));
        assert_eq!(expected.bits(), 4096);
        assert_eq!(
            Anatomy::of(&item(256, 256 + 16)).map(|a| a.plaintext_length),
            Ok(0)
        );
    }

    #[test]
    fn what_no_key_can_open_is_told_apart() {
        assert_eq!(Anatomy::of(&[]), Err(NotAnItem::Empty));
        assert_eq!(Anatomy::of(&[2]), Err(NotAnItem::Empty));
        assert_eq!(Anatomy::of(b"hunter2"), Err(NotAnItem::Modulus(0x6875 * 8)));
        assert_eq!(Anatomy::of(&item(255, 900)), Err(NotAnItem::Modulus(2040)));
        let short = NotAnItem::Short {
            length: 529,
            bits: 4096,
            least: 530,
        };
        assert_eq!(Anatomy::of(&item(512, 527)), Err(short));
        assert!(Anatomy::of(&item(512, 528)).is_ok());
    }
}
