//! Both sealers against the one opener, and so against each other; and what must not open.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a failed step is a failed test

use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use signet_seal::format::bitnami::{PortableSealer, RsaSealer};
use signet_seal::{Certificate, OpenError, Opener, PrivateKey, Sealer};

const KEY: &[u8] = include_bytes!("../../../tests/vectors/sealed-secrets/rsa2048.key");
const CERTIFICATE: &[u8] = include_bytes!("../../../tests/vectors/sealed-secrets/rsa2048.crt");
const OTHER_KEY: &[u8] = include_bytes!("../../../tests/vectors/sealed-secrets/rsa4096.key");
const OTHER_CERTIFICATE: &[u8] =
    include_bytes!("../../../tests/vectors/sealed-secrets/rsa4096.crt");

fn opener(pem: &[u8]) -> PrivateKey {
    PrivateKey::from_pem(pem).unwrap_or_else(|error| panic!("{error}"))
}

fn sealers(pem: &[u8]) -> [Box<dyn Sealer>; 2] {
    let certificate = Certificate::from_pem(pem).unwrap();
    let native = RsaSealer::new(&certificate).unwrap_or_else(|error| panic!("{error}"));
    let portable = PortableSealer::new(&certificate).unwrap_or_else(|error| panic!("{error}"));
    [Box::new(native), Box::new(portable)]
}

fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

fn refusal(label: &[u8], item: &[u8]) -> OpenError {
    opener(KEY)
        .open(label, item)
        .map(|_| ())
        .expect_err("must not open")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_sealed_opens_under_its_label_and_no_other(
        value in proptest::collection::vec(any::<u8>(), 0..2000),
        label in proptest::collection::vec(any::<u8>(), 0..300),
        seed: u8,
    ) {
        let key = opener(KEY);
        let other = [label.as_slice(), b"x"].concat();
        for sealer in sealers(CERTIFICATE) {
            let item = sealer.seal(&mut rng(seed), &label, &value).unwrap();
            prop_assert_eq!(item.len(), 2 + 256 + value.len() + 16);
            prop_assert!(key.open(&label, &item).is_ok_and(|opened| opened.same(&value)));
            prop_assert_eq!(key.open(&other, &item).map(|_| ()), Err(OpenError::NotMine));
        }
    }

    #[test]
    fn any_changed_bit_is_refused(at in 0usize..(2 + 256 + 5 + 16), bit in 0u8..8) {
        let mut item = sealers(CERTIFICATE)[0].seal(&mut rng(1), b"l", b"value").unwrap();
        item[at] ^= 1 << bit;
        let error = refusal(b"l", &item);
        prop_assert_eq!(error.to_string(), "no key could decrypt secret");
    }

    #[test]
    fn noise_is_refused_and_nothing_panics(item in proptest::collection::vec(any::<u8>(), 0..600)) {
        refusal(b"l", &item);
    }
}

#[test]
fn the_larger_key_works_too_and_keys_do_not_open_for_each_other() {
    for sealer in sealers(OTHER_CERTIFICATE) {
        let item = sealer.seal(&mut rng(2), b"ns/name", b"value").unwrap();
        assert!(
            opener(OTHER_KEY)
                .open(b"ns/name", &item)
                .is_ok_and(|v| v.same(b"value"))
        );
        assert_eq!(refusal(b"ns/name", &item), OpenError::NotMine);
        assert_eq!(sealer.fingerprint(), opener(OTHER_KEY).fingerprint());
    }
}

#[test]
fn every_truncation_is_refused() {
    let item = sealers(CERTIFICATE)[0]
        .seal(&mut rng(3), b"l", b"value")
        .unwrap();
    for length in (0..item.len()).step_by(7).chain([item.len() - 1]) {
        refusal(b"l", &item[..length]);
    }
    assert_eq!(
        refusal(b"l", &item[..item.len() - 1]),
        OpenError::Broken,
        "the key knows its own"
    );
}

#[test]
fn one_value_sealed_twice_gives_two_items() {
    for sealer in sealers(CERTIFICATE) {
        let mut rng = rng(4);
        let first = sealer.seal(&mut rng, b"l", b"value").unwrap();
        assert_ne!(first, sealer.seal(&mut rng, b"l", b"value").unwrap());
    }
}

#[test]
fn the_portable_sealer_draws_all_its_randomness_from_the_argument() {
    let [_, portable] = sealers(CERTIFICATE);
    let seal = || portable.seal(&mut rng(5), b"l", b"value").unwrap();
    assert_eq!(seal(), seal());
}

/// Session keys of 16 and 24 bytes: no writer we know makes them, Go's readers take them.
#[test]
fn shorter_session_keys_are_read() {
    use aws_lc_rs::aead::{AES_128_GCM, AES_192_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
    use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
    let certificate = Certificate::from_pem(CERTIFICATE).unwrap();
    let public = PublicEncryptingKey::from_der(certificate.public_key_info()).unwrap();
    let public = OaepPublicEncryptingKey::new(public).unwrap();
    for (algorithm, length) in [(&AES_128_GCM, 16), (&AES_192_GCM, 24)] {
        let session = vec![7; length];
        let mut wrapped = vec![0; 256];
        public
            .encrypt(&OAEP_SHA256_MGF1SHA256, &session, &mut wrapped, Some(b"l"))
            .unwrap();
        let mut body = b"value".to_vec();
        LessSafeKey::new(UnboundKey::new(algorithm, &session).unwrap())
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key([0; 12]),
                Aad::empty(),
                &mut body,
            )
            .unwrap();
        let item = [&[1, 0], wrapped.as_slice(), &body].concat();
        assert!(
            opener(KEY)
                .open(b"l", &item)
                .is_ok_and(|value| value.same(b"value"))
        );
    }
}
