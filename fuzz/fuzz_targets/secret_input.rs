//! A Secret that somebody wants sealed, as YAML or JSON: neither the answer nor an error repeats a
//! value, and what was sealed opens to what was given.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use signet_api::SealedSecret;
use signet_seal::secret::{SealOptions, open_sealed, seal_secret};
use signet_seal::{Keyring, Sealer};
use signet_yaml::{Budget, read};

/// A value that no input has by chance.
const CANARY: &str = "Tr0ub4dor&3-canary";

static KEYS: LazyLock<(Box<dyn Sealer>, Keyring)> =
    LazyLock::new(|| (signet_fuzz::sealer(), signet_fuzz::keyring()));

fuzz_target!(|source: &[u8]| {
    let Ok(documents) = read(source, &Budget::default()) else {
        return;
    };
    if source.windows(CANARY.len()).any(|w| w == CANARY.as_bytes()) {
        return;
    }
    for document in documents.into_iter().take(2) {
        seal(with_canary(document.into_json()));
    }
});

/// The object with one more value, where it has a place for one.
fn with_canary(mut secret: Value) -> Value {
    if let Some(fields) = secret.as_object_mut() {
        let values = fields
            .entry("stringData")
            .or_insert_with(|| Value::Object(Default::default()));
        if let Some(values) = values.as_object_mut() {
            values.insert("canary".to_owned(), CANARY.into());
        }
    }
    secret
}

fn seal(secret: Value) {
    let options = SealOptions {
        namespace: Some("default"),
        ..SealOptions::default()
    };
    let (sealer, keyring) = &*KEYS;
    let sealed = match seal_secret(secret, &options, &**sealer, &mut signet_fuzz::rng()) {
        Ok(sealed) => sealed,
        Err(error) => {
            assert!(!format!("{error} {error:?}").contains(CANARY), "{error}");
            return;
        }
    };
    let text = sealed.to_json();
    assert!(!text.contains(CANARY), "{text}");
    let read: SealedSecret = match serde_json::from_str(&text) {
        Ok(read) => read,
        Err(error) => panic!("{error} in what was sealed:\n{text}"),
    };
    let opened = open_sealed(&read, keyring).unwrap_or_else(|error| panic!("{error}:\n{text}"));
    assert_eq!(opened.data.len(), sealed.spec.encrypted_data.len());
    assert!(opened.data["canary"].same(CANARY.as_bytes()));
}
