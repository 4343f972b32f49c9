//! New sealing keys, with the certificate that tells the world about them.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, KeyUsagePurpose,
    PKCS_RSA_SHA256, PublicKeyData, SerialNumber, SignatureAlgorithm, SigningKey,
};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::{Certificate, CertificateError, KeySize, PrivateKey, SignedDuration, Timestamp};

/// What a new key should be like.
#[derive(Clone, Debug)]
pub struct KeyOptions {
    /// Size of the modulus: 2048, 3072, 4096 or 8192.
    pub bits: usize,
    /// `CN` of subject and issuer; empty for an empty name.
    pub common_name: String,
    /// First moment of validity, usually now. Cut to whole seconds.
    pub not_before: Timestamp,
    /// How long it may seal.
    pub ttl: SignedDuration,
}

/// A private key and the certificate made for it.
pub struct KeyPair {
    /// Opens what is sealed for the certificate.
    pub key: PrivateKey,
    /// Self-signed, as `docs/spec/sealed-item.md` describes.
    pub certificate: Certificate,
}

/// Why no key was made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenerateError {
    /// A size we do not make.
    #[error("cannot make an RSA key of {0} bits: choose 2048, 3072, 4096 or 8192")]
    Bits(usize),
    /// The dates leave the calendar, or the validity ends before it begins.
    #[error("the certificate's dates are out of range: check the validity period")]
    Dates,
    /// What we made does not read back; a defect of ours.
    #[error("the new certificate cannot be read back: {0}")]
    Certificate(#[from] CertificateError),
    /// The cryptographic library refused, as it does without memory or entropy.
    #[error("the cryptographic library could not make the key")]
    Library,
}

/// Makes a key and a self-signed certificate: X.509 v3, SHA256-RSA, KeyUsage critical EncipherOnly,
/// BasicConstraints critical CA:TRUE, SubjectKeyIdentifier, and no other extension, as the
/// sealed-secrets controller makes them.
///
/// Half a second of work for 4,096 bits. This is one of the two places where randomness is not an
/// argument: aws-lc draws the primes itself. The serial number is 128 bits of a hash of the fresh
/// public key, so it is as random as the key.
///
/// # Errors
/// [`GenerateError`].
pub fn generate(options: &KeyOptions) -> Result<KeyPair, GenerateError> {
    let params = params(options)?;
    let key = PrivateKey::generate(size(options.bits)?)?;
    let certificate = self_sign(params, &key)?;
    Ok(KeyPair { key, certificate })
}

/// Makes such a certificate for a key that came without one, as a key backup of bare keys does.
/// `options.bits` does not count: the key has its size. The same key and options give the same
/// certificate.
///
/// # Errors
/// [`GenerateError`].
pub fn certify(key: &PrivateKey, options: &KeyOptions) -> Result<Certificate, GenerateError> {
    self_sign(params(options)?, key)
}

fn size(bits: usize) -> Result<KeySize, GenerateError> {
    match bits {
        2048 => Ok(KeySize::Rsa2048),
        3072 => Ok(KeySize::Rsa3072),
        4096 => Ok(KeySize::Rsa4096),
        8192 => Ok(KeySize::Rsa8192),
        other => Err(GenerateError::Bits(other)),
    }
}

fn params(options: &KeyOptions) -> Result<CertificateParams, GenerateError> {
    let not_after = options
        .not_before
        .checked_add(options.ttl)
        .map_err(|_| GenerateError::Dates)?;
    if not_after <= options.not_before {
        return Err(GenerateError::Dates);
    }
    let mut params = CertificateParams::default();
    params.not_before = date(options.not_before)?;
    params.not_after = date(not_after)?;
    params.distinguished_name = DistinguishedName::new();
    if !options.common_name.is_empty() {
        params
            .distinguished_name
            .push(DnType::CommonName, options.common_name.as_str());
    }
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::EncipherOnly];
    Ok(params)
}

/// Dates of certificates end with the year 9999.
fn date(time: Timestamp) -> Result<OffsetDateTime, GenerateError> {
    OffsetDateTime::from_unix_timestamp(time.as_second()).map_err(|_| GenerateError::Dates)
}

fn self_sign(
    mut params: CertificateParams,
    key: &PrivateKey,
) -> Result<Certificate, GenerateError> {
    let mut serial = Sha256::digest(&key.public.der)[..16].to_vec();
    serial[0] &= 0x7f; // positive, and so of 16 bytes at most
    params.serial_number = Some(SerialNumber::from(serial));
    let signed = params
        .self_signed(&Signer(key))
        .map_err(|_| GenerateError::Library)?;
    Ok(Certificate::from_der(signed.der())?)
}

/// Lets rcgen sign without ever holding the key.
struct Signer<'a>(&'a PrivateKey);

impl PublicKeyData for Signer<'_> {
    fn der_bytes(&self) -> &[u8] {
        &self.0.public.der
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_RSA_SHA256
    }
}

impl SigningKey for Signer<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.0
            .sign(message)
            .map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failed step is a failed test
    use super::*;
    use crate::pem;
    use x509_cert::der::{Decode, Encode};

    fn options() -> KeyOptions {
        KeyOptions {
            bits: 2048,
            common_name: String::new(),
            not_before: "2026-11-24T01:02:03.9Z".parse().unwrap(),
            ttl: SignedDuration::from_hours(87600),
        }
    }

    #[test]
    fn the_certificate_has_exactly_the_fields_of_the_format() {
        let pair = generate(&options()).unwrap();
        assert_eq!(pair.certificate.fingerprint(), pair.key.fingerprint());
        assert_eq!(
            pair.certificate.not_before().to_string(),
            "2026-11-24T01:02:03Z"
        );
        assert_eq!(
            pair.certificate.not_after().to_string(),
            "2036-11-21T01:02:03Z"
        );
        let block = pem::find(pair.certificate.pem().as_bytes(), &["CERTIFICATE"])
            .unwrap()
            .unwrap();
        let parsed = x509_cert::Certificate::from_der(&block.der).unwrap();
        let body = parsed.tbs_certificate();
        assert_eq!(body.subject().to_der().unwrap(), [0x30, 0], "an empty name");
        assert_eq!(body.issuer(), body.subject());
        assert_eq!(
            parsed.signature_algorithm().oid.to_string(),
            "1.2.840.113549.1.1.11"
        );
        let extensions = body.extensions().unwrap();
        let seen = extensions
            .iter()
            .map(|e| (e.extn_id.to_string(), e.critical));
        let mut seen: Vec<_> = seen.collect();
        seen.sort();
        let expected = [
            ("2.5.29.14", false),
            ("2.5.29.15", true),
            ("2.5.29.19", true),
        ];
        assert_eq!(
            seen,
            expected.map(|(id, critical)| (id.to_owned(), critical))
        );
        let usage = extensions
            .iter()
            .find(|e| e.extn_id.to_string() == "2.5.29.15")
            .unwrap();
        assert_eq!(usage.extn_value.as_bytes(), [3, 2, 0, 1], "EncipherOnly");
        let basic = extensions
            .iter()
            .find(|e| e.extn_id.to_string() == "2.5.29.19")
            .unwrap();
        assert_eq!(
            basic.extn_value.as_bytes(),
            [0x30, 3, 1, 1, 0xff],
            "CA:TRUE"
        );
    }

    #[test]
    fn the_signature_is_the_keys_own() {
        let pair = generate(&KeyOptions {
            common_name: "seal me".into(),
            ..options()
        })
        .unwrap();
        let block = pem::find(pair.certificate.pem().as_bytes(), &["CERTIFICATE"])
            .unwrap()
            .unwrap();
        let parsed = x509_cert::Certificate::from_der(&block.der).unwrap();
        let body = parsed.tbs_certificate();
        assert_eq!(body.subject().to_string(), "CN=seal me");
        aws_lc_rs::signature::UnparsedPublicKey::new(
            &aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256,
            &pair.key.public.der,
        )
        .verify(&body.to_der().unwrap(), parsed.signature().raw_bytes())
        .unwrap();
    }

    #[test]
    fn what_is_written_is_read() {
        let pair = generate(&options()).unwrap();
        let again = PrivateKey::from_pem(pair.key.to_pem_pkcs1().as_bytes());
        assert!(again.is_ok_and(|key| key.fingerprint() == pair.key.fingerprint()));
    }

    #[test]
    fn a_key_without_a_certificate_gets_one() {
        let pair = generate(&options()).unwrap();
        let again = certify(&pair.key, &options()).unwrap();
        assert_eq!(
            again.pem(),
            pair.certificate.pem(),
            "PKCS#1 signatures are deterministic"
        );
    }

    #[test]
    fn odd_wishes_are_refused() {
        let error = |options: KeyOptions| generate(&options).map(|_| ()).unwrap_err();
        assert_eq!(
            error(KeyOptions {
                bits: 1024,
                ..options()
            }),
            GenerateError::Bits(1024)
        );
        let none = SignedDuration::ZERO;
        assert_eq!(
            error(KeyOptions {
                ttl: none,
                ..options()
            }),
            GenerateError::Dates
        );
        assert_eq!(
            error(KeyOptions {
                ttl: SignedDuration::MAX,
                ..options()
            }),
            GenerateError::Dates
        );
    }
}
