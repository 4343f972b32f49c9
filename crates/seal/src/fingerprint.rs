//! The name of a key: OpenSSH's SHA-256 fingerprint of its public half.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sha2::{Digest, Sha256};

/// `SHA256:` and the unpadded base64 of SHA-256 over the SSH wire form of an RSA public key, as
/// `ssh-keygen -l` prints it. Two certificates of one key have one fingerprint.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

const PREFIX: &str = "SHA256:";

impl Fingerprint {
    /// Of an RSA key; both numbers big-endian, leading zeros do not matter.
    ///
    /// `SHA-256(string "ssh-rsa" ‖ mpint e ‖ mpint n)` (RFC 4253 §6.6).
    #[must_use]
    pub fn of_rsa(modulus: &[u8], exponent: &[u8]) -> Self {
        let mut hash = Sha256::new();
        put(&mut hash, &[], b"ssh-rsa");
        put_number(&mut hash, exponent);
        put_number(&mut hash, modulus);
        Self(hash.finalize().into())
    }
}

/// A length as `u32`, then the bytes (`prefix` first).
fn put(hash: &mut Sha256, prefix: &[u8], bytes: &[u8]) {
    // No key has a number of 4 GiB; a longer one would only get another name.
    let length = u32::try_from(prefix.len() + bytes.len()).unwrap_or(u32::MAX);
    hash.update(length.to_be_bytes());
    hash.update(prefix);
    hash.update(bytes);
}

/// `mpint`: without leading zeros, but with one where the first bit would read as a sign.
fn put_number(hash: &mut Sha256, number: &[u8]) {
    let first = number
        .iter()
        .position(|byte| *byte != 0)
        .unwrap_or(number.len());
    let digits = &number[first..];
    let sign: &[u8] = if digits.first().is_some_and(|byte| byte & 0x80 != 0) {
        &[0]
    } else {
        &[]
    };
    put(hash, sign, digits);
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", STANDARD_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not `SHA256:` and 43 characters of unpadded base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a key fingerprint: expected SHA256: and 43 characters of base64")]
pub struct NotAFingerprint;

impl FromStr for Fingerprint {
    type Err = NotAFingerprint;

    fn from_str(text: &str) -> Result<Self, NotAFingerprint> {
        let digest = text.strip_prefix(PREFIX).ok_or(NotAFingerprint)?;
        let bytes = STANDARD_NO_PAD
            .decode(digest)
            .map_err(|_| NotAFingerprint)?;
        Ok(Self(bytes.try_into().map_err(|_| NotAFingerprint)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_zeros_do_not_matter() {
        let short = Fingerprint::of_rsa(&[0x80, 1], &[1, 0, 1]);
        assert_eq!(short, Fingerprint::of_rsa(&[0, 0, 0x80, 1], &[0, 1, 0, 1]));
        assert_ne!(short, Fingerprint::of_rsa(&[0x80, 2], &[1, 0, 1]));
    }

    #[test]
    fn text_survives_a_round_trip() {
        let name = Fingerprint::of_rsa(&[7; 256], &[3]);
        assert_eq!(name.to_string().parse(), Ok(name));
        assert_eq!(name.to_string().len(), 50);
    }

    #[test]
    fn other_text_is_refused() {
        for text in ["", "SHA256:", "MD5:abcd", "SHA256:AAAA", "sha256:AAAA"] {
            assert_eq!(text.parse::<Fingerprint>(), Err(NotAFingerprint), "{text}");
        }
    }
}
