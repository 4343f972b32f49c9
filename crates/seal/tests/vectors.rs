//! The shared vectors: items that the upstream implementation sealed, good and bad, held against
//! both the opener and the rules for labels.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a failed step is a failed test

use std::path::Path;

use serde_json::Value;
use signet_seal::{Certificate, Keyring, Opener, PrivateKey, Scope, text};

const DIRECTORY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../tests/vectors/sealed-secrets"
);

fn file(name: &str) -> Vec<u8> {
    let path = Path::new(DIRECTORY).join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn vectors() -> Value {
    serde_json::from_slice(&file("vectors.json")).unwrap()
}

fn field<'a>(vector: &'a Value, name: &str) -> &'a str {
    vector[name]
        .as_str()
        .unwrap_or_else(|| panic!("no field {name}"))
}

fn key(name: &str) -> PrivateKey {
    PrivateKey::from_pem(&file(&format!("{name}.key"))).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_vector_opens_or_is_refused_as_it_says() {
    let document = vectors();
    let all = document["vectors"].as_array().unwrap();
    assert_eq!(all.len(), 20);
    for vector in all {
        let (note, opener) = (field(vector, "Note"), key(field(vector, "Key")));
        let item = text::decode(field(vector, "Ciphertext")).unwrap();
        let opened = opener.open(field(vector, "Label").as_bytes(), &item);
        if vector["ShouldDecrypt"] == true {
            let expected = text::decode(field(vector, "PlaintextB64")).unwrap();
            assert!(opened.is_ok_and(|value| value.same(&expected)), "{note}");
        } else {
            let error = opened.map(|_| ()).expect_err(note);
            assert_eq!(error.to_string(), "no key could decrypt secret", "{note}");
        }
    }
}

#[test]
fn every_label_follows_from_its_scope() {
    for vector in vectors()["vectors"].as_array().unwrap() {
        let scope: Scope = field(vector, "Scope").parse().unwrap();
        let label = scope.label(field(vector, "Namespace"), field(vector, "Name"));
        assert_eq!(label, field(vector, "Label").as_bytes());
    }
}

#[test]
fn keys_and_certificates_have_the_fingerprints_that_were_recorded() {
    for entry in vectors()["keys"].as_array().unwrap() {
        let expected = field(entry, "Fingerprint");
        let key = PrivateKey::from_pem(field(entry, "KeyPEM").as_bytes());
        let key = key.unwrap_or_else(|error| panic!("{error}"));
        let certificate = Certificate::from_pem(field(entry, "CertPEM").as_bytes()).unwrap();
        assert_eq!(key.fingerprint().to_string(), expected);
        assert_eq!(certificate.fingerprint().to_string(), expected);
        assert_eq!(
            key.to_pem_pkcs1().as_str(),
            field(entry, "KeyPEM"),
            "PKCS#1 is written back"
        );
    }
}

#[test]
fn pkcs8_and_pkcs1_are_one_key() {
    let wrapped = key("rsa4096.pkcs8");
    assert_eq!(wrapped.fingerprint(), key("rsa4096").fingerprint());
    assert_eq!(wrapped.to_pem_pkcs1().as_bytes(), file("rsa4096.key"));
}

#[test]
fn a_ring_of_both_keys_opens_what_either_was_sealed_for() {
    let mut ring = Keyring::new();
    for name in ["rsa4096", "rsa2048"] {
        let certificate = Certificate::from_pem(&file(&format!("{name}.crt"))).unwrap();
        ring.add(name, certificate.not_before(), key(name), certificate);
    }
    for vector in vectors()["vectors"].as_array().unwrap() {
        let item = text::decode(field(vector, "Ciphertext")).unwrap();
        let opened = ring.open(field(vector, "Label").as_bytes(), &item, None);
        assert_eq!(
            opened.is_ok(),
            vector["ShouldDecrypt"] == true,
            "{}",
            field(vector, "Note")
        );
        if let Ok((_, used)) = opened {
            assert_eq!(used, key(field(vector, "Key")).fingerprint());
        }
    }
}

#[test]
fn the_published_keys_are_known_to_be_worthless() {
    for name in ["rsa4096", "rsa2048"] {
        assert!(
            signet_seal::published::is_published(key(name).fingerprint()),
            "{name}"
        );
    }
}

#[test]
fn other_files_are_no_private_keys() {
    let error = |data: &[u8]| {
        PrivateKey::from_pem(data)
            .map(|_| ())
            .unwrap_err()
            .to_string()
    };
    let none = "no PEM block RSA PRIVATE KEY or PRIVATE KEY found";
    assert_eq!(error(&file("rsa4096.crt")), none);
    assert_eq!(error(b""), none);
    let cut = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----\n";
    assert_eq!(
        error(cut.as_bytes()),
        "the private key is damaged: neither PKCS#1 nor PKCS#8"
    );
    let ec = "-----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----\n";
    assert_eq!(error(ec.as_bytes()), "the private key is not an RSA key");
}
