//! `keys-example/` fits together: what the tutorial shows is true.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a failed step is a failed test

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use signet_api::names::{KEY_ACTIVE, KEY_LABEL, SEALED_FOR};
use signet_seal::secret::{Ownership, open_sealed, to_secret_manifest};
use signet_seal::{Certificate, Keyring, PrivateKey, Scope, published, text};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../keys-example")
        .join(name)
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn documents(name: &str) -> Vec<Value> {
    let documents = signet_yaml::read(&file(name), &signet_yaml::Budget::default());
    let documents = documents.unwrap_or_else(|error| panic!("{name}: {error}"));
    documents
        .iter()
        .map(signet_yaml::Document::to_json)
        .collect()
}

fn key() -> PrivateKey {
    PrivateKey::from_pem(&file("tls.key")).unwrap_or_else(|error| panic!("{error}"))
}

/// All Secrets in the clear, with `stringData` as the API server would merge it.
fn secrets() -> Vec<Value> {
    let mut secrets: Vec<_> = ["db", "registry"]
        .iter()
        .flat_map(|name| documents(&format!("secrets/{name}.yaml")))
        .collect();
    for secret in &mut secrets {
        let Value::Object(plain) = secret["stringData"].take() else {
            continue;
        };
        let encoded = |(key, value): (String, Value)| {
            (
                key,
                Value::from(text::encode(value.as_str().unwrap().as_bytes())),
            )
        };
        secret["data"] = Value::Object(plain.into_iter().map(encoded).collect::<Map<_, _>>());
    }
    for secret in &mut secrets {
        secret.as_object_mut().unwrap().remove("stringData");
    }
    secrets
}

#[test]
fn every_sealed_file_opens_to_the_secrets_beside_it() {
    let certificate = Certificate::from_pem(&file("tls.crt")).unwrap();
    let mut ring = Keyring::new();
    ring.add(
        "example",
        certificate.not_before(),
        key(),
        certificate.clone(),
    );
    for scope in [Scope::Strict, Scope::NamespaceWide, Scope::ClusterWide] {
        let sealed = documents(&format!("sealed/{scope}.yaml"));
        assert_eq!(sealed.len(), secrets().len(), "{scope}");
        for (sealed, mut expected) in sealed.into_iter().zip(secrets()) {
            let declared = &sealed["metadata"]["annotations"];
            assert_eq!(declared[SEALED_FOR], certificate.fingerprint().to_string());
            if let Some(annotation) = scope.annotation() {
                assert_eq!(declared[annotation], "true");
                expected["metadata"]["annotations"][annotation] = "true".into();
            }
            let sealed = serde_json::from_value(sealed).unwrap();
            let opened = open_sealed(&sealed, &ring).unwrap_or_else(|e| panic!("{scope}: {e}"));
            let manifest = to_secret_manifest(&sealed, &opened, Ownership::Free);
            let manifest: Value = serde_json::from_slice(manifest.expose()).unwrap();
            assert_eq!(manifest, expected, "{scope}");
        }
    }
}

#[test]
fn the_key_secret_holds_the_same_pair_and_says_that_it_is_dangerous() {
    let text = String::from_utf8(file("key-secret.yaml")).unwrap();
    assert!(
        text.starts_with("# DANGER: this private key is published."),
        "{text}"
    );
    let secret = &documents("key-secret.yaml")[0];
    assert_eq!(secret["metadata"]["labels"][KEY_LABEL], KEY_ACTIVE);
    for name in ["tls.crt", "tls.key"] {
        let held = text::decode(secret["data"][name].as_str().unwrap()).unwrap();
        assert_eq!(held.as_slice(), file(name), "{name}");
    }
}

#[test]
fn the_pair_belongs_together_and_is_known_to_be_worthless() {
    let certificate = Certificate::from_pem(&file("tls.crt")).unwrap();
    assert_eq!(certificate.fingerprint(), key().fingerprint());
    assert_eq!(key().modulus_length(), 512);
    assert!(
        certificate
            .check("2125-01-01T00:00:00Z".parse().unwrap())
            .is_ok()
    );
    assert!(
        published::is_published(key().fingerprint()),
        "{}",
        key().fingerprint()
    );
    assert_eq!(published::FINGERPRINTS[0], key().fingerprint().to_string());
}
