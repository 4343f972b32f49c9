//! What the targets share: the keys whose items are sealed and opened, and a deterministic
//! generator, so that an input that breaks a promise breaks it each time.

use jiff::Timestamp;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use signet_seal::format::bitnami::{self, PrivateKey};
use signet_seal::{Certificate, Keyring, Sealer};

/// The published key of the vectors: 2,048 bits, because a private operation with it is quick.
pub const CERTIFICATE: &[u8] = include_bytes!("../../tests/vectors/sealed-secrets/rsa2048.crt");
/// Its private half.
pub const KEY: &[u8] = include_bytes!("../../tests/vectors/sealed-secrets/rsa2048.key");

/// The key that opens.
pub fn key() -> PrivateKey {
    PrivateKey::from_pem(KEY).expect("the key of the vectors is a key")
}

/// Its certificate.
pub fn certificate() -> Certificate {
    Certificate::from_pem(CERTIFICATE).expect("the certificate of the vectors is one")
}

/// What seals for it.
pub fn sealer() -> Box<dyn Sealer> {
    bitnami::sealer(&certificate()).expect("a key of 2,048 bits can seal")
}

/// The one key as a ring.
pub fn keyring() -> Keyring {
    let mut ring = Keyring::new();
    ring.add("vectors", Timestamp::UNIX_EPOCH, key(), certificate());
    ring
}

/// The same numbers for each input.
pub fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(0)
}

/// Up to the first zero byte, and behind it: two inputs in one, of which files have the first.
pub fn two(data: &[u8]) -> (&[u8], Option<&[u8]>) {
    match data.iter().position(|byte| *byte == 0) {
        Some(at) => (&data[..at], Some(&data[at + 1..])),
        None => (data, None),
    }
}
