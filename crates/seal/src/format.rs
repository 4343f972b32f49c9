//! The joint: what every item format is to the rest of Signet.
//!
//! A format is one module below this one with a [`Sealer`] and an [`Opener`]; nothing else knows it.

use rand_core::CryptoRng;

use crate::bytes::SecretBytes;
use crate::fingerprint::Fingerprint;

pub mod bitnami;

/// Seals values for one key.
pub trait Sealer: Send + Sync {
    /// Name of the key that will be able to open.
    fn fingerprint(&self) -> &Fingerprint;

    /// Seals `plaintext` so that it opens under `label` and no other. Two calls never give the same
    /// item.
    ///
    /// # Errors
    /// [`SealError`], when the key or the library refuses; never because of the plaintext.
    fn seal(
        &self,
        rng: &mut dyn CryptoRng,
        label: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, SealError>;
}

/// Opens items with one key.
pub trait Opener: Send + Sync {
    /// Name of the key.
    fn fingerprint(&self) -> &Fingerprint;

    /// Opens `item` under `label`.
    ///
    /// # Errors
    /// [`OpenError`]. Both failures print the same text and take the same path, so that nobody who
    /// can only ask learns which step refused; they are told apart for programs that hold the key.
    fn open(&self, label: &[u8], item: &[u8]) -> Result<SecretBytes, OpenError>;

    /// A proof over `message` that only a holder of this very private key can make, and only he can
    /// check. It opens nothing and costs next to nothing.
    fn witness(&self, message: &[u8]) -> [u8; 32];
}

/// Sealing did not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key cannot seal: {0}")]
pub struct SealError(pub &'static str);

/// Opening did not work; both variants read the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Not sealed for this key, or not under this label: another key may open it.
    #[error("no key could decrypt secret")]
    NotMine,
    /// Cut short or changed on the way: no key will open it.
    #[error("no key could decrypt secret")]
    Broken,
}
