//! What is made of randomness, of the moment, or of much work.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed test may panic"
)]

mod support;

use std::collections::BTreeMap;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use signet_template::{Budget, Renderer};
use support::{context, render};

fn with_seed(text: &str, seed: u8) -> String {
    let now = "2026-11-25T12:34:56.789Z".parse().unwrap();
    let renderer = Renderer::new(
        [("user", b"admin".as_slice())],
        Some(now),
        Budget::default(),
    );
    let mut rng = ChaCha20Rng::from_seed([seed; 32]);
    let rendered = renderer.render("t", text, &mut rng);
    let rendered = rendered.unwrap_or_else(|error| panic!("{text}: {error}"));
    String::from_utf8(rendered.to_vec()).unwrap()
}

#[test]
fn the_same_seed_makes_the_same_bytes_and_another_makes_others() {
    for text in [
        r#"{{ randAlpha 30 }}"#,
        r#"{{ randAlphaNum 30 }}"#,
        r#"{{ randNumeric 30 }}"#,
        r#"{{ randAscii 30 }}"#,
        r#"{{ randBytes 30 }}"#,
        r#"{{ randInt 0 1000000000 }}"#,
        r#"{{ uuidv4 }}"#,
        r#"{{ shuffle "abcdefghijklmnopqrstuvwxyzé" }}"#,
        r#"{{ bcrypt "x" }}"#,
        r#"{{ htpasswd "u" "x" }}"#,
        r#"{{ encryptAES "k" "text" }}"#,
        r#"{{ genPrivateKey "ecdsa" }}"#,
        r#"{{ genPrivateKey "ed25519" }}"#,
        r#"{{ genCA "ca" 10 | toJson }}"#,
        r#"{{ genSelfSignedCertWithKey "c" nil nil 10 (genPrivateKey "ecdsa") | toJson }}"#,
        r#"{{ genSignedCertWithKey "c" nil nil 10 (genCAWithKey "ca" 1 (genPrivateKey "ecdsa")) (genPrivateKey "ecdsa") | toJson }}"#,
    ] {
        let (one, again, other) = (with_seed(text, 1), with_seed(text, 1), with_seed(text, 2));
        assert_eq!(one, again, "{text}");
        assert_ne!(one, other, "{text}");
    }
}

#[test]
fn the_moment_is_the_one_that_was_handed_in() {
    assert_eq!(
        with_seed(r#"{{ now | date "2006-01-02 15:04:05.000 MST" }}"#, 1),
        "2026-11-25 12:34:56.789 UTC"
    );
    assert_eq!(
        with_seed("{{ now }}", 1),
        "2026-11-25 12:34:56.789 +0000 UTC"
    );
    assert_eq!(
        with_seed(r#"{{ ago (toDate "2006-01-02" "2026-11-25") }}"#, 1),
        "12h34m57s"
    );
    assert_eq!(
        with_seed(
            r#"{{ durationRound (toDate "2006-01-02" "2026-11-20") }}"#,
            1
        ),
        "5d"
    );
    assert_eq!(
        with_seed(r#"{{ date "2006" "no date" }} {{ ago nil }}"#, 1),
        "2026 0s"
    );
    assert_eq!(
        with_seed(r#"{{ dateInZone "15:04 MST" now "Asia/Tokyo" }}"#, 1),
        "21:34 JST"
    );
}

/// Drawn evenly: each character is as likely as the others.
#[test]
fn random_text_is_of_its_alphabet_and_uses_all_of_it() {
    for (function, alphabet) in [
        ("randAlpha", 52),
        ("randAlphaNum", 62),
        ("randNumeric", 10),
        ("randAscii", 95),
    ] {
        let text = with_seed(&format!("{{{{ {function} 20000 }}}}"), 1);
        assert_eq!(text.len(), 20_000);
        let mut counts = BTreeMap::new();
        text.bytes()
            .for_each(|byte| *counts.entry(byte).or_insert(0u32) += 1);
        assert_eq!(counts.len(), alphabet, "{function}");
        let expected = 20_000 / alphabet as u32;
        assert!(
            counts
                .values()
                .all(|count| (expected / 2..expected * 2).contains(count)),
            "{function}"
        );
    }
}

/// Known answers, so that a change of the algorithm is seen without Go.
#[test]
fn bcrypt_hashes_are_what_others_verify() {
    let hash = with_seed(r#"{{ bcrypt "correct horse" }}"#, 1);
    assert!(bcrypt::verify("correct horse", &hash).unwrap(), "{hash}");
    assert!(!bcrypt::verify("battery staple", &hash).unwrap());
    let long = with_seed(r#"{{ bcrypt (repeat 72 "x") }}"#, 1);
    assert!(bcrypt::verify("x".repeat(72), &long).unwrap(), "{long}");
    let line = with_seed(r#"{{ htpasswd "admin" "" }}"#, 1);
    let (user, hash) = line.split_once(':').unwrap();
    assert_eq!(user, "admin");
    assert!(bcrypt::verify("", hash).unwrap());
}

#[test]
fn an_rsa_key_is_of_the_size_that_sprig_makes() {
    let key = with_seed(r#"{{ (genCA "x" 1).Key }}"#, 1);
    assert!(
        key.starts_with("-----BEGIN RSA PRIVATE KEY-----\n"),
        "{key}"
    );
    // A modulus of 2,048 bits: 1.2 KB of DER.
    assert!((1_650..1_720).contains(&key.len()), "{}", key.len());
}

#[test]
fn keys_that_cannot_be_made_faithfully_are_refused_by_name() {
    let error = render(r#"{{ genPrivateKey "dsa" }}"#, &context()).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("keys of type dsa are not supported"),
        "{error}"
    );
}
