//! The item of `bitnami.com/v1alpha1`: RSA carries a session key, the session key carries the value.
//!
//! ```text
//! item = L ‖ W ‖ C
//! L    = length of W, u16 big-endian            (= length of the RSA modulus)
//! W    = RSAES-OAEP(SHA-256, MGF1-SHA-256, label)(session key)
//! C    = AES-256-GCM(session key, nonce = 0¹², no AAD)(value), with its tag of 16 bytes
//! ```
//!
//! The nonce may be fixed because no session key is ever used twice: each item draws a fresh one.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::format::SealError;
#[cfg(any(feature = "native", feature = "portable"))]
use crate::{certificate::Certificate, format::Sealer};

mod anatomy;
#[cfg(feature = "native")]
mod native;
#[cfg(feature = "portable")]
mod portable;

#[cfg(feature = "native")]
pub use crate::key::PrivateKey;
pub use anatomy::{Anatomy, NotAnItem};
#[cfg(feature = "native")]
pub use native::RsaSealer;
#[cfg(feature = "portable")]
pub use portable::PortableSealer;

/// Bytes of AES-GCM's authentication tag.
const TAG: usize = 16;
/// AES-GCM's nonce: see the head of this file for why it may be fixed.
const NONCE: [u8; 12] = [0; 12];

/// The best sealer this build has for `certificate`.
///
/// # Errors
/// [`SealError`] if the key is of a size that cannot seal.
#[cfg(any(feature = "native", feature = "portable"))]
pub fn sealer(certificate: &Certificate) -> Result<Box<dyn Sealer>, SealError> {
    #[cfg(feature = "native")]
    return Ok(Box::new(RsaSealer::new(certificate)?));
    #[cfg(not(feature = "native"))]
    return Ok(Box::new(PortableSealer::new(certificate)?));
}

/// The two operations in which implementations differ.
trait Cipher {
    /// `W`.
    fn wrap(
        &self,
        rng: &mut dyn CryptoRng,
        label: &[u8],
        session: &[u8; 32],
    ) -> Result<Vec<u8>, SealError>;

    /// Encrypts `buffer` in place and appends the tag: `C`. The buffer has room for the tag.
    fn encrypt(&self, session: &[u8; 32], buffer: &mut Vec<u8>) -> Result<(), SealError>;
}

/// The format, whoever computes it.
fn seal(
    cipher: &impl Cipher,
    rng: &mut dyn CryptoRng,
    label: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, SealError> {
    let mut session = Zeroizing::new([0; 32]);
    rng.fill_bytes(session.as_mut_slice());
    let wrapped = cipher.wrap(rng, label, &session)?;
    let length = u16::try_from(wrapped.len()).map_err(|_| SealError("RSA modulus too long"))?;
    // Room for the tag from the start: a buffer that moves would leave plaintext behind.
    let mut body = Zeroizing::new(Vec::with_capacity(plaintext.len() + TAG));
    body.extend_from_slice(plaintext);
    cipher.encrypt(&session, &mut body)?;
    Ok([&length.to_be_bytes(), wrapped.as_slice(), body.as_slice()].concat())
}

/// Splits an item into `W` and `C`; `None` if it is too short to have both.
fn split(item: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = item.split_first_chunk::<2>()?;
    let (wrapped, body) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
    (body.len() >= TAG).then_some((wrapped, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_taken_apart_or_refused() {
        let item = [&[0, 3, 1, 2, 3][..], &[9; 17]].concat();
        assert_eq!(split(&item), Some((&[1, 2, 3][..], &[9; 17][..])));
        for length in 0..=item.len() - 2 {
            assert_eq!(split(&item[..length]), None, "{length} bytes");
        }
        assert_eq!(split(&[0xff; 40]), None, "a length beyond the end");
    }
}
