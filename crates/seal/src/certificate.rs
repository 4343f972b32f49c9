//! The public half: a certificate tells whom to seal for, and until when.

use jiff::Timestamp;
use x509_cert::der::asn1::{ObjectIdentifier, UintRef};
use x509_cert::der::{Decode, Encode, Reader, SliceReader};

use crate::fingerprint::Fingerprint;
use crate::life::Life;
use crate::pem::{self, PemError};

/// A sealing certificate. Only its key and its dates count: who signed it is not looked at, for a
/// developer trusts the certificate by where it came from.
#[derive(Clone, Debug)]
pub struct Certificate {
    pem: String,
    spki: Vec<u8>,
    fingerprint: Fingerprint,
    modulus_length: usize,
    not_before: Timestamp,
    not_after: Timestamp,
}

/// Why the bytes are no certificate one can seal for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// There is no `CERTIFICATE` block. (The words are the peer's.)
    #[error("data does not contain any valid RSA or ECDSA certificates")]
    None,
    /// The PEM itself is damaged.
    #[error(transparent)]
    Pem(#[from] PemError),
    /// The block holds something else than an X.509 certificate.
    #[error("the first CERTIFICATE block is not an X.509 certificate: {0}")]
    NotX509(x509_cert::der::Error),
    /// The key is of another kind.
    #[error("expected RSA public key but found {0}")]
    NotRsa(&'static str),
    /// A date that no clock can show.
    #[error("the certificate's dates are out of range")]
    Dates,
}

/// The certificate is past its last day. The words are the peer's, scripts look for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed to encrypt using an expired certificate on {}", .0.strftime("%B %-d, %Y"))]
pub struct Expired(pub Timestamp);

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

impl Certificate {
    /// Reads the first `CERTIFICATE` of a PEM file; what follows it (a chain) is ignored.
    ///
    /// # Errors
    /// [`CertificateError`]; an RSA key is the only kind that items can be sealed for.
    pub fn from_pem(data: &[u8]) -> Result<Self, CertificateError> {
        let block = pem::find(data, &["CERTIFICATE"])?.ok_or(CertificateError::None)?;
        Self::from_der(&block.der)
    }

    /// Reads the binary form.
    ///
    /// # Errors
    /// [`CertificateError`], as for [`Certificate::from_pem`].
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let parsed = x509_cert::Certificate::from_der(der).map_err(CertificateError::NotX509)?;
        let body = parsed.tbs_certificate();
        let info = body.subject_public_key_info();
        if info.algorithm.oid != RSA {
            return Err(CertificateError::NotRsa(kind(info.algorithm.oid)));
        }
        let (modulus_length, fingerprint) =
            rsa_numbers(info.subject_public_key.raw_bytes()).map_err(CertificateError::NotX509)?;
        Ok(Self {
            pem: pem::write("CERTIFICATE", der).to_string(),
            spki: info.to_der().map_err(CertificateError::NotX509)?,
            fingerprint,
            modulus_length,
            not_before: instant(body.validity().not_before)?,
            not_after: instant(body.validity().not_after)?,
        })
    }

    /// The name of the key in it.
    #[must_use]
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// First moment it is valid; keys are ordered by it.
    #[must_use]
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// Last moment it may seal. Opening has no such limit.
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// Refuses to seal after the last day. The first day is not looked at: clocks of laptops differ.
    ///
    /// # Errors
    /// [`Expired`], with the day.
    pub fn check(&self, now: Timestamp) -> Result<(), Expired> {
        if now > self.not_after {
            Err(Expired(self.not_after))
        } else {
            Ok(())
        }
    }

    /// How far its life has gone at `now`.
    #[must_use]
    pub fn life(&self, now: Timestamp) -> Life {
        Life::at(self.not_before, self.not_after, now)
    }

    /// This one certificate as PEM, with a line break at the end.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// The public key as DER, in X.509's SubjectPublicKeyInfo.
    #[must_use]
    pub fn public_key_info(&self) -> &[u8] {
        &self.spki
    }

    /// Length of the RSA modulus in bytes: 512 for a key of 4,096 bits.
    #[must_use]
    pub fn modulus_length(&self) -> usize {
        self.modulus_length
    }
}

/// Reads `RSAPublicKey ::= SEQUENCE { n INTEGER, e INTEGER }`.
fn rsa_numbers(der: &[u8]) -> Result<(usize, Fingerprint), x509_cert::der::Error> {
    let mut reader = SliceReader::new(der)?;
    reader.sequence(|inner| {
        let modulus = UintRef::decode(inner)?;
        let exponent = UintRef::decode(inner)?;
        let fingerprint = Fingerprint::of_rsa(modulus.as_bytes(), exponent.as_bytes());
        Ok((modulus.as_bytes().len(), fingerprint))
    })
}

fn kind(algorithm: ObjectIdentifier) -> &'static str {
    match algorithm {
        EC => "*ecdsa.PublicKey", // the peer's word, and plain enough
        ED25519 => "ed25519.PublicKey",
        _ => "a public key of another kind",
    }
}

fn instant(time: x509_cert::time::Time) -> Result<Timestamp, CertificateError> {
    let seconds = i64::try_from(time.to_unix_duration().as_secs());
    seconds
        .ok()
        .and_then(|s| Timestamp::from_second(s).ok())
        .ok_or(CertificateError::Dates)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failed step is a failed test
    use super::*;

    macro_rules! vector {
        ($name:literal) => {
            include_bytes!(concat!("../../../tests/vectors/sealed-secrets/", $name)).as_slice()
        };
    }

    #[test]
    fn a_certificate_names_its_key_and_its_days() {
        let certificate = Certificate::from_pem(vector!("rsa4096.crt")).unwrap();
        let name = "SHA256:wZJJCMXufVnC/vblX4TIXn7pSPbfsCl8jD2utMPgdDc";
        assert_eq!(certificate.fingerprint().to_string(), name);
        assert_eq!(certificate.modulus_length(), 512);
        assert_eq!(certificate.not_before().to_string(), "2026-11-23T21:43:49Z");
        assert!(certificate.check(certificate.not_after()).is_ok());
        assert_eq!(certificate.pem().as_bytes(), vector!("rsa4096.crt"));
    }

    #[test]
    fn the_first_of_many_is_taken_and_keys_are_passed_over() {
        let pile = [
            vector!("rsa2048.key"),
            vector!("rsa2048.crt"),
            vector!("ec.crt"),
        ]
        .concat();
        assert_eq!(Certificate::from_pem(&pile).unwrap().modulus_length(), 256);
    }

    #[test]
    fn an_expired_certificate_is_refused_in_the_words_scripts_know() {
        let certificate = Certificate::from_pem(vector!("expired.crt")).unwrap();
        let now = "2026-11-24T00:00:00Z".parse().unwrap();
        let message = certificate.check(now).unwrap_err().to_string();
        let day = message
            .strip_prefix("failed to encrypt using an expired certificate on ")
            .unwrap();
        assert_eq!(day, "November 21, 2026");
        let early = Expired("2026-01-05T00:00:00Z".parse().unwrap()).to_string();
        assert!(early.ends_with("on January 5, 2026"), "{early}");
    }

    #[test]
    fn other_keys_and_other_files_are_refused() {
        let error = |data| Certificate::from_pem(data).unwrap_err().to_string();
        assert_eq!(
            error(vector!("ec.crt")),
            "expected RSA public key but found *ecdsa.PublicKey"
        );
        let none = "data does not contain any valid RSA or ECDSA certificates";
        assert_eq!(error(vector!("rsa2048.key")), none);
        assert_eq!(error(b""), none);
        assert!(
            error(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")
                .contains("X.509")
        );
    }
}
