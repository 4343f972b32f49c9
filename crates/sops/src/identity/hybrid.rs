//! age's post-quantum keys: `AGE-SECRET-KEY-PQ-1…` and `age1pq1…`.
//!
//! ```text
//! enc, ciphertext = HPKE(MLKEM768-X25519, HKDF-SHA-256, ChaCha20-Poly1305,
//!                        info = "age-encryption.org/mlkem768x25519")(file key)
//! stanza          = -> mlkem768x25519 base64(enc)
//!                   base64(ciphertext)
//! ```
//!
//! The format is that of `filippo.io/age` from 1.3 on (`pq.go`, <https://c2sp.org/age>). A file for
//! such a recipient must not be for another of the usual kind as well, or whoever breaks that one
//! reads it: the label `postquantum` has the age library refuse to encrypt for both.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use age::{DecryptError, EncryptError};
use age_core::format::{FileKey, Stanza};
use age_core::secrecy::ExposeSecret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bech32::{FromBase32, ToBase32, Variant};
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::XWing;
use hpke::rand_core::CryptoRng;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use zeroize::{Zeroize, Zeroizing};

/// What begins a stanza of this kind.
pub(super) const STANZA: &str = "mlkem768x25519";

const INFO: &[u8] = b"age-encryption.org/mlkem768x25519";
const LABEL: &str = "postquantum";
const PRIVATE_PREFIX: &str = "age-secret-key-pq-";
const PUBLIC_PREFIX: &str = "age1pq";
const FILE_KEY: usize = 16;
const TAG: usize = 16;

type PrivateKey = <XWing as Kem>::PrivateKey;
type PublicKey = <XWing as Kem>::PublicKey;
type EncappedKey = <XWing as Kem>::EncappedKey;

/// The private half.
pub struct Identity(PrivateKey);

/// The public half; prints as `age1pq1…`.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient(PublicKey);

/// A recipient with what it draws its randomness from: the age library hands none on.
pub struct Drawing<R>(Recipient, RefCell<R>);

/// The text is not such a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a post-quantum key of age")]
pub struct NotAKey;

impl Identity {
    /// The recipient that this identity opens for.
    #[must_use]
    pub fn recipient(&self) -> Recipient {
        Recipient(XWing::sk_to_pk(&self.0))
    }

    fn open(&self, enc: &[u8], ciphertext: &[u8]) -> Result<Option<FileKey>, DecryptError> {
        let enc = EncappedKey::from_bytes(enc).map_err(|_| DecryptError::InvalidHeader)?;
        let opened = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &OpModeR::Base,
            &self.0,
            &enc,
            INFO,
            ciphertext,
            &[],
        );
        // A stanza for another key and a damaged one look alike: both are not for this identity.
        let Ok(opened) = opened.map(Zeroizing::new) else {
            return Ok(None);
        };
        FileKey::try_init_with_mut(|key| {
            let fits = opened.len() == FILE_KEY;
            fits.then(|| key.copy_from_slice(&opened))
                .ok_or(DecryptError::InvalidHeader)
        })
        .map(Some)
    }
}

impl FromStr for Identity {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let bytes = decode(text, PRIVATE_PREFIX)?;
        PrivateKey::from_bytes(&bytes)
            .map(Self)
            .map_err(|_| NotAKey)
    }
}

impl age::Identity for Identity {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        if stanza.tag != STANZA {
            return None;
        }
        let enc = match stanza.args.as_slice() {
            [enc] => STANDARD_NO_PAD.decode(enc).ok(),
            _ => None,
        };
        let Some(enc) = enc.filter(|_| stanza.body.len() == FILE_KEY + TAG) else {
            return Some(Err(DecryptError::InvalidHeader));
        };
        self.open(&enc, &stanza.body).transpose()
    }
}

impl Recipient {
    /// This recipient, to be encrypted for with randomness of the caller's.
    pub fn drawing<R: CryptoRng>(&self, rng: R) -> Drawing<R> {
        Drawing(self.clone(), RefCell::new(rng))
    }
}

impl<R: CryptoRng> age::Recipient for Drawing<R> {
    fn wrap_file_key(
        &self,
        file_key: &FileKey,
    ) -> Result<(Vec<Stanza>, HashSet<String>), EncryptError> {
        let sealed = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &OpModeS::Base,
            &self.0.0,
            INFO,
            file_key.expose_secret(),
            &[],
            &mut *self.1.borrow_mut(),
        );
        let (enc, body) = sealed.map_err(|error| std::io::Error::other(error.to_string()))?;
        let stanza = Stanza {
            tag: STANZA.to_owned(),
            args: vec![STANDARD_NO_PAD.encode(enc.to_bytes())],
            body,
        };
        Ok((vec![stanza], HashSet::from([LABEL.to_owned()])))
    }
}

impl FromStr for Recipient {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let bytes = decode(text, PUBLIC_PREFIX)?;
        PublicKey::from_bytes(&bytes).map(Self).map_err(|_| NotAKey)
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_bytes().to_base32();
        let text = bech32::encode(PUBLIC_PREFIX, digits, Variant::Bech32);
        f.write_str(&text.map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The bytes of a key in Bech32.
fn decode(text: &str, prefix: &str) -> Result<Zeroizing<Vec<u8>>, NotAKey> {
    let (found, digits, variant) = bech32::decode(text).map_err(|_| NotAKey)?;
    let mut bytes = Vec::from_base32(&digits).map_err(|_| NotAKey)?;
    if found == prefix && variant == Variant::Bech32 {
        return Ok(Zeroizing::new(bytes));
    }
    bytes.zeroize();
    Err(NotAKey)
}
