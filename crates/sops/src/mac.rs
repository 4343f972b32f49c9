//! The MAC of a file: one hash over all its values, in their order.
//!
//! `MAC = hex(SHA-512(value ‖ value ‖ …))`, encrypted like a value with the time of the last change as
//! additional data. Keys are not in it, nor comments; each value is bound to its keys by its own
//! encryption.

use std::fmt::Write as _;

use sha2::{Digest, Sha512};
use subtle::ConstantTimeEq;

use crate::cipher::Cipher;
use crate::error::ErrorKind;
use crate::metadata::Metadata;
use crate::number;
use crate::tree::Leaf;

/// What is hashed first when only encrypted values are: SHA-256 of `sops`, so that the two ways never
/// give the same MAC.
const ONLY_ENCRYPTED: [u8; 32] = [
    0x8a, 0x3f, 0xd2, 0xad, 0x54, 0xce, 0x66, 0x52, 0x7b, 0x10, 0x34, 0xf3, 0xd1, 0x47, 0xbe, 0x0b,
    0x0b, 0x97, 0x5b, 0x3b, 0xf4, 0x4f, 0x72, 0xc6, 0xfd, 0xad, 0xec, 0x81, 0x76, 0xf2, 0x7d, 0x69,
];

/// The hash over the values so far.
pub(crate) struct Mac {
    hash: Sha512,
    only_encrypted: bool,
}

impl Mac {
    pub(crate) fn new(only_encrypted: bool) -> Self {
        let mut hash = Sha512::new();
        if only_encrypted {
            hash.update(ONLY_ENCRYPTED);
        }
        Self {
            hash,
            only_encrypted,
        }
    }

    /// Takes the next value in.
    pub(crate) fn update(&mut self, leaf: &Leaf, encrypted: bool) {
        if self.only_encrypted && !encrypted {
            return;
        }
        match leaf {
            Leaf::Null | Leaf::Comment(_) => {}
            Leaf::Bool(yes) => self.hash.update(if *yes { "True" } else { "False" }),
            Leaf::Int(value) => self.hash.update(value.to_string()),
            Leaf::Float(value) => self.hash.update(number::plain(*value)),
            Leaf::Text(text) => self.hash.update(text),
            Leaf::Time(text) => self.hash.update(text.as_bytes()),
        }
    }

    /// Holds the hash to what the file says it is.
    ///
    /// # Errors
    /// [`ErrorKind::NoMac`], [`ErrorKind::Mac`]; how far the two agree takes no part in the time.
    pub(crate) fn check(self, metadata: &Metadata, cipher: &Cipher) -> Result<(), ErrorKind> {
        let sealed = metadata.mac.as_deref().ok_or(ErrorKind::NoMac)?;
        let opened = cipher.open(sealed.as_bytes(), &metadata.modified);
        let Ok(Leaf::Text(said)) = opened else {
            return Err(ErrorKind::Mac);
        };
        let mut computed = String::with_capacity(128);
        for byte in self.hash.finalize() {
            let _ = write!(computed, "{byte:02X}");
        }
        if bool::from(computed.as_bytes().ct_eq(&said)) {
            Ok(())
        } else {
            Err(ErrorKind::Mac)
        }
    }
}
