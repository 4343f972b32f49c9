//! The format by aws-lc: sealing with the public key, and the one opener there is.

use aws_lc_rs::aead::{
    AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, Algorithm, LessSafeKey, Nonce, UnboundKey,
};
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{Cipher, NONCE, TAG, split};
use crate::bytes::SecretBytes;
use crate::certificate::Certificate;
use crate::fingerprint::Fingerprint;
use crate::format::{OpenError, Opener, SealError, Sealer};
use crate::key::PrivateKey;

/// Seals with aws-lc. The session key comes from the generator handed in; the OAEP seed is drawn by
/// aws-lc itself, so two runs with one seed still differ.
pub struct RsaSealer {
    key: OaepPublicEncryptingKey,
    fingerprint: Fingerprint,
}

impl RsaSealer {
    /// For the key of `certificate`. Whether it has expired is the caller's question.
    ///
    /// # Errors
    /// [`SealError`] for keys outside 2,048 to 8,192 bits.
    pub fn new(certificate: &Certificate) -> Result<Self, SealError> {
        const SIZE: SealError = SealError("RSA keys of 2048 to 8192 bits are accepted");
        let key = PublicEncryptingKey::from_der(certificate.public_key_info()).map_err(|_| SIZE)?;
        let key = OaepPublicEncryptingKey::new(key).map_err(|_| SIZE)?;
        Ok(Self {
            key,
            fingerprint: *certificate.fingerprint(),
        })
    }
}

impl Sealer for RsaSealer {
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

impl Cipher for RsaSealer {
    fn wrap(
        &self,
        _: &mut dyn CryptoRng,
        label: &[u8],
        session: &[u8; 32],
    ) -> Result<Vec<u8>, SealError> {
        let mut wrapped = vec![0; self.key.ciphertext_size()];
        self.key
            .encrypt(&OAEP_SHA256_MGF1SHA256, session, &mut wrapped, Some(label))
            .map_err(|_| SealError("RSA encryption failed"))?;
        Ok(wrapped)
    }

    fn encrypt(&self, session: &[u8; 32], buffer: &mut Vec<u8>) -> Result<(), SealError> {
        const FAILED: SealError = SealError("AES-GCM encryption failed");
        gcm(&AES_256_GCM, session)
            .ok_or(FAILED)?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(NONCE), Aad::empty(), buffer)
            .map_err(|_| FAILED)
    }
}

impl Opener for PrivateKey {
    fn fingerprint(&self) -> &Fingerprint {
        self.fingerprint()
    }

    /// Both steps always run: where RSA refuses, a decoy session key goes on to AES-GCM, so that the
    /// work done does not tell a wrong key or label from a changed value.
    fn open(&self, label: &[u8], item: &[u8]) -> Result<SecretBytes, OpenError> {
        let (wrapped, body) = split(item).ok_or(OpenError::Broken)?;
        if wrapped.len() != self.modulus_length() {
            return Err(OpenError::NotMine);
        }
        let unwrapped = self.unwrap(label, wrapped);
        let mine = unwrapped.is_some();
        let session = unwrapped.unwrap_or_else(|| Zeroizing::new(vec![0; 32]));
        match (mine, decrypt(&session, body)) {
            (true, Some(value)) => Ok(value),
            (true, None) => Err(OpenError::Broken),
            (false, _) => Err(OpenError::NotMine),
        }
    }

    fn witness(&self, message: &[u8]) -> [u8; 32] {
        self.witness(message)
    }
}

/// The size of the session key picks the cipher. We always write 32 bytes, but Go's readers take the
/// shorter two as well, and so some writer may exist.
fn decrypt(session: &[u8], body: &[u8]) -> Option<SecretBytes> {
    let key = match session.len() {
        16 => gcm(&AES_128_GCM, session),
        24 => gcm(&AES_192_GCM, session),
        _ => gcm(&AES_256_GCM, session),
    }?;
    let mut value = Zeroizing::new(body.to_vec());
    key.open_in_place(
        Nonce::assume_unique_for_key(NONCE),
        Aad::empty(),
        &mut value,
    )
    .ok()?;
    value.truncate(body.len() - TAG);
    Some(value.into())
}

fn gcm(algorithm: &'static Algorithm, session: &[u8]) -> Option<LessSafeKey> {
    UnboundKey::new(algorithm, session)
        .ok()
        .map(LessSafeKey::new)
}
