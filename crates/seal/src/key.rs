//! The private half. Every operation with a private key, in the whole of Signet, is in this file.
//!
//! All of them are aws-lc's, whose RSA runs in constant time; the pure-Rust `rsa` crate is never
//! given a private key (RUSTSEC-2023-0071).

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey,
};
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use jiff::{SignedDuration, Timestamp};
use x509_cert::der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef, UintRef};
use x509_cert::der::{Decode, Reader, SliceReader};
use zeroize::Zeroizing;

use crate::certificate::{Certificate, CertificateError};
use crate::fingerprint::Fingerprint;
use crate::pem::{self, PemError};

mod mint;
mod pkcs;

pub use mint::{GenerateError, KeyOptions, KeyPair, certify, generate};

/// An RSA private key that opens items. It has no `Debug`, no `Clone` and no serialisation:
/// ```compile_fail,E0277
/// fn show(key: signet_seal::PrivateKey) { println!("{key:?}"); }
/// ```
/// ```compile_fail,E0599
/// fn copy(key: &signet_seal::PrivateKey) -> signet_seal::PrivateKey { key.clone() }
/// ```
pub struct PrivateKey {
    pkcs1: Zeroizing<Vec<u8>>,
    opener: OaepPrivateDecryptingKey,
    public: pkcs::Public,
    witness: hmac::Key,
}

/// Sets the key of [`PrivateKey::witness`] apart from anything else that may ever be derived.
const WITNESS: &[u8] = b"signet witness v1";

/// 32 bytes of HKDF's output become a key of HMAC-SHA-256.
struct WitnessKey;

impl KeyType for WitnessKey {
    fn len(&self) -> usize {
        32
    }
}

/// Why the bytes are no key we can open with. Never quotes them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is no private key block.
    #[error("no PEM block RSA PRIVATE KEY or PRIVATE KEY found")]
    None,
    /// The PEM itself is damaged.
    #[error(transparent)]
    Pem(#[from] PemError),
    /// Readable, but of another kind.
    #[error("the private key is not an RSA key")]
    NotRsa,
    /// Neither PKCS#1 nor PKCS#8 inside.
    #[error("the private key is damaged: neither PKCS#1 nor PKCS#8")]
    Damaged,
    /// The numbers do not make an RSA key of 2,048 to 8,192 bits.
    #[error("the RSA key is refused: inconsistent, or not of 2048 to 8192 bits")]
    Refused,
}

impl PrivateKey {
    /// Reads the first private key of a PEM file, PKCS#1 or PKCS#8, as `tls.key` holds it.
    ///
    /// # Errors
    /// [`KeyError`]. A key protected by a password is refused by name.
    pub fn from_pem(data: &[u8]) -> Result<Self, KeyError> {
        let labels = [
            "RSA PRIVATE KEY",
            "PRIVATE KEY",
            "EC PRIVATE KEY",
            "ENCRYPTED PRIVATE KEY",
        ];
        let block = pem::find(data, &labels)?.ok_or(KeyError::None)?;
        match block.label.as_str() {
            "RSA PRIVATE KEY" => Self::from_pkcs1(block.der),
            "PRIVATE KEY" => Self::from_pkcs1(pkcs::unwrap_pkcs8(&block.der)?),
            "EC PRIVATE KEY" => Err(KeyError::NotRsa),
            _ => Err(PemError::Headers(block.label).into()),
        }
    }

    /// Reads `RSAPrivateKey` (RFC 8017 §A.1.2); aws-lc wants it wrapped in PKCS#8.
    fn from_pkcs1(pkcs1: Zeroizing<Vec<u8>>) -> Result<Self, KeyError> {
        let public = pkcs::public_of(&pkcs1).map_err(|_| KeyError::Damaged)?;
        let wrapped = pkcs::wrap_pkcs8(&pkcs1);
        let key = PrivateDecryptingKey::from_pkcs8(&wrapped).map_err(|_| KeyError::Refused)?;
        let opener = OaepPrivateDecryptingKey::new(key).map_err(|_| KeyError::Refused)?;
        let witness = witness_key(&pkcs1).ok_or(KeyError::Refused)?;
        Ok(Self {
            pkcs1,
            opener,
            public,
            witness,
        })
    }

    /// A new key of `size`. aws-lc draws the primes from its own generator, seeded by the system.
    fn generate(size: KeySize) -> Result<Self, GenerateError> {
        let key = PrivateDecryptingKey::generate(size).map_err(|_| GenerateError::Library)?;
        let der: Pkcs8V1Der<'_> = key.as_der().map_err(|_| GenerateError::Library)?;
        let pkcs1 = pkcs::unwrap_pkcs8(der.as_ref()).map_err(|_| GenerateError::Library)?;
        Self::from_pkcs1(pkcs1).map_err(|_| GenerateError::Library)
    }

    /// `RSA PRIVATE KEY`, the form in which key Secrets hold it.
    #[must_use]
    pub fn to_pem_pkcs1(&self) -> Zeroizing<String> {
        pem::write("RSA PRIVATE KEY", &self.pkcs1)
    }

    /// The name of the key: the same as its certificate's.
    #[must_use]
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.public.fingerprint
    }

    /// Length of the modulus in bytes.
    #[must_use]
    pub fn modulus_length(&self) -> usize {
        self.opener.key_size_bytes()
    }

    /// `RSAES-OAEP-DECRYPT(SHA-256, MGF1-SHA-256, label)`. Why it failed is not to be known.
    pub(crate) fn unwrap(&self, label: &[u8], wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut message = Zeroizing::new(vec![0; self.opener.min_output_size()]);
        let length = self
            .opener
            .decrypt(&OAEP_SHA256_MGF1SHA256, wrapped, &mut message, Some(label))
            .ok()?
            .len();
        message.truncate(length);
        Some(message)
    }

    /// `HMAC-SHA-256[HKDF-SHA-256(PKCS#1 of this key, info)](message)`: whoever does not hold the
    /// private key can neither make nor check it, so it tells nothing about the message.
    pub(crate) fn witness(&self, message: &[u8]) -> [u8; 32] {
        let mut proof = [0; 32];
        proof.copy_from_slice(hmac::sign(&self.witness, message).as_ref());
        proof
    }

    /// `RSASSA-PKCS1-v1_5` with SHA-256: a certificate's signature.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, GenerateError> {
        let pair = RsaKeyPair::from_der(&self.pkcs1).map_err(|_| GenerateError::Library)?;
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            message,
            &mut signature,
        )
        .map_err(|_| GenerateError::Library)?;
        Ok(signature)
    }
}

fn witness_key(pkcs1: &[u8]) -> Option<hmac::Key> {
    let secret = Salt::new(HKDF_SHA256, &[]).extract(pkcs1);
    let mut bytes = Zeroizing::new([0; 32]);
    let output = secret.expand(&[WITNESS], WitnessKey).ok()?;
    output.fill(bytes.as_mut_slice()).ok()?;
    Some(hmac::Key::new(hmac::HMAC_SHA256, bytes.as_slice()))
}
