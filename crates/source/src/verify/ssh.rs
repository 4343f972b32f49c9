//! SSH signatures, as `git` makes them with `gpg.format=ssh`.
//!
//! The format is that of `ssh-keygen -Y sign`: a signature over a digest, bound to the word `git`,
//! so that what was signed for another purpose does not count.

use aws_lc_rs::signature::{
    self, ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA512, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use ssh_key::public::{EcdsaPublicKey, KeyData, RsaPublicKey};
use ssh_key::{Algorithm, AuthorizedKeys, HashAlg, Signature, SshSig};

use super::object::Signed;

/// What git signs for.
const NAMESPACE: &str = "git";

/// The keys of an `authorized_keys` text.
pub(super) fn keys(text: &[u8]) -> Result<Vec<KeyData>, String> {
    let text = std::str::from_utf8(text).map_err(|_| "it is no text")?;
    let entries: Result<Vec<_>, _> = AuthorizedKeys::new(text).collect();
    let entries =
        entries.map_err(|error| format!("no line of an authorized_keys file: {error}"))?;
    if entries.is_empty() {
        return Err("it holds no key".to_owned());
    }
    Ok(entries
        .iter()
        .map(|entry| entry.public_key().key_data().clone())
        .collect())
}

/// The fingerprint of the trusted key that signed.
pub(super) fn signer(signed: &Signed, trusted: &[KeyData]) -> Result<String, String> {
    let signature = SshSig::from_pem(signed.signature.trim_ascii())
        .map_err(|error| format!("its SSH signature cannot be read: {error}"))?;
    if signature.namespace() != NAMESPACE {
        return Err(format!(
            "it was signed for {:?}, not for git",
            signature.namespace()
        ));
    }
    let key = signature.public_key();
    let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
    if !trusted.contains(key) {
        return Err(format!(
            "its key {fingerprint} is none of those in the Secret of spec.verify"
        ));
    }
    let data = SshSig::signed_data(NAMESPACE, signature.hash_alg(), &signed.payload)
        .map_err(|error| error.to_string())?;
    match checks(key, &data, signature.signature()) {
        Some(true) => Ok(fingerprint),
        Some(false) => Err(format!(
            "its signature by {fingerprint} does not match what it holds"
        )),
        None => Err(format!(
            "signatures of {} keys are not supported",
            key.algorithm()
        )),
    }
}

/// Whether the signature is good; none for a kind of key that is not supported.
fn checks(key: &KeyData, data: &[u8], signature: &Signature) -> Option<bool> {
    let bytes = signature.as_bytes();
    match key {
        KeyData::Ed25519(key) if signature.algorithm() == Algorithm::Ed25519 => Some(
            UnparsedPublicKey::new(&ED25519, key.as_ref())
                .verify(data, bytes)
                .is_ok(),
        ),
        KeyData::Ecdsa(key) if matches!(signature.algorithm(), Algorithm::Ecdsa { .. }) => {
            Some(ecdsa(key, data, bytes).is_some())
        }
        KeyData::Rsa(key) => rsa(key, data, signature),
        _ => None,
    }
}

fn ecdsa(key: &EcdsaPublicKey, data: &[u8], signature: &[u8]) -> Option<()> {
    let (algorithm, size): (&signature::EcdsaVerificationAlgorithm, usize) = match key {
        EcdsaPublicKey::NistP256(_) => (&ECDSA_P256_SHA256_FIXED, 32),
        EcdsaPublicKey::NistP384(_) => (&ECDSA_P384_SHA384_FIXED, 48),
        EcdsaPublicKey::NistP521(_) => (&ECDSA_P521_SHA512_FIXED, 66),
    };
    let (r, rest) = number(signature)?;
    let (s, rest) = number(rest)?;
    let fixed = [padded(r, size)?, padded(s, size)?].concat();
    let key = UnparsedPublicKey::new(algorithm, key.as_sec1_bytes());
    (rest.is_empty() && key.verify(data, &fixed).is_ok()).then_some(())
}

/// A number of the SSH wire format: four bytes of length, then big-endian digits.
fn number(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_be_bytes(*length) as usize)
}

/// Brought to `size` bytes.
fn padded(number: &[u8], size: usize) -> Option<Vec<u8>> {
    let digits = number
        .iter()
        .position(|byte| *byte != 0)
        .unwrap_or(number.len());
    let digits = number.get(digits..)?;
    let zeros = size.checked_sub(digits.len())?;
    Some([vec![0; zeros].as_slice(), digits].concat())
}

/// SHA-1 and keys below 2,048 bits do not count.
fn rsa(key: &RsaPublicKey, data: &[u8], signature: &Signature) -> Option<bool> {
    let parameters = match signature.algorithm() {
        Algorithm::Rsa {
            hash: Some(HashAlg::Sha256),
        } => &RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Rsa {
            hash: Some(HashAlg::Sha512),
        } => &RSA_PKCS1_2048_8192_SHA512,
        _ => return None,
    };
    let (n, e) = (key.n().as_positive_bytes()?, key.e().as_positive_bytes()?);
    let Some(bytes) = padded(signature.as_bytes(), n.len()) else {
        return Some(false);
    };
    Some(
        RsaPublicKeyComponents { n, e }
            .verify(parameters, data, &bytes)
            .is_ok(),
    )
}
