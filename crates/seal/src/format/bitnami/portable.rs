//! The format in pure Rust, sealing only: builds for wasm32, where a page can seal in the browser,
//! and is the second implementation that the first is tested against.
//!
//! The `rsa` crate is given public keys only (its private operation has a timing advisory,
//! RUSTSEC-2023-0071).

use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use rand_core::CryptoRng;
use rsa::oaep::EncryptingKey;
use rsa::pkcs8::DecodePublicKey;
use rsa::traits::RandomizedEncryptor;
use sha2::Sha256;

use super::{Cipher, NONCE};
use crate::certificate::Certificate;
use crate::fingerprint::Fingerprint;
use crate::format::{SealError, Sealer};

/// Seals in pure Rust. All randomness comes from the generator handed in.
pub struct PortableSealer {
    key: rsa::PublicKey,
    fingerprint: Fingerprint,
}

impl PortableSealer {
    /// For the key of `certificate`. Whether it has expired is the caller's question.
    ///
    /// # Errors
    /// [`SealError`] for keys outside 2,048 to 8,192 bits, as for the other sealer.
    pub fn new(certificate: &Certificate) -> Result<Self, SealError> {
        const SIZE: SealError = SealError("RSA keys of 2048 to 8192 bits are accepted");
        if !(256..=1024).contains(&certificate.modulus_length()) {
            return Err(SIZE);
        }
        let key = rsa::PublicKey::from_public_key_der(certificate.public_key_info());
        Ok(Self {
            key: key.map_err(|_| SIZE)?,
            fingerprint: *certificate.fingerprint(),
        })
    }
}

impl Sealer for PortableSealer {
    fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    fn seal(
        &self,
        rng: &mut dyn CryptoRng,
        label: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        super::seal(self, rng, label, plaintext)
    }
}

impl Cipher for PortableSealer {
    fn wrap(
        &self,
        rng: &mut dyn CryptoRng,
        label: &[u8],
        session: &[u8; 32],
    ) -> Result<Vec<u8>, SealError> {
        EncryptingKey::<Sha256>::new_with_label(self.key.clone(), label)
            .encrypt_with_rng(rng, session)
            .map_err(|_| SealError("RSA encryption failed"))
    }

    fn encrypt(&self, session: &[u8; 32], buffer: &mut Vec<u8>) -> Result<(), SealError> {
        Aes256Gcm::new(&Key::<Aes256Gcm>::from(*session))
            .encrypt_in_place(&Nonce::from(NONCE), &[], buffer)
            .map_err(|_| SealError("AES-GCM encryption failed"))
    }
}
