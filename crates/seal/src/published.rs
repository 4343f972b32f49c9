//! Keys that everybody has: the example pair in `keys-example/` and the pairs of the test vectors.
//!
//! A value sealed for one of them is as good as plaintext, so the controller refuses to use them
//! unless a flag that names the danger is given.

use crate::fingerprint::Fingerprint;

/// Fingerprints of the private keys that this repository publishes.
pub const FINGERPRINTS: &[&str] = &[
    // keys-example/tls.key
    "SHA256:0KwG3LhMerQAp8qsG0u8YaKgMAzjICEyhtPCZovpPoY",
    // tests/vectors/sealed-secrets/rsa4096.key and rsa2048.key
    "SHA256:wZJJCMXufVnC/vblX4TIXn7pSPbfsCl8jD2utMPgdDc",
    "SHA256:xOcgpWnk7p/7QEOow2qcctewnX+aJakdZ+rMugAUxzM",
];

/// Whether the private key of this name is public knowledge.
#[must_use]
pub fn is_published(fingerprint: &Fingerprint) -> bool {
    FINGERPRINTS.contains(&fingerprint.to_string().as_str())
}
