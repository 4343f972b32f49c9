//! A SealedSecret as the cluster or a repository holds it: it opens as a whole or not at all,
//! re-sealing keeps every value, and the manifest of the Secret is a manifest.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use signet_api::SealedSecret;
use signet_seal::secret::{Opened, Ownership, open_sealed, to_secret_manifest};
use signet_seal::{Keyring, Sealer, rotation};
use signet_yaml::{Budget, read};

static KEYS: LazyLock<(Box<dyn Sealer>, Keyring)> =
    LazyLock::new(|| (signet_fuzz::sealer(), signet_fuzz::keyring()));

fuzz_target!(|source: &[u8]| {
    let Ok(documents) = read(source, &Budget::default()) else {
        return;
    };
    for document in documents.into_iter().take(2) {
        if let Ok(sealed) = serde_json::from_value::<SealedSecret>(document.into_json()) {
            check(sealed);
        }
    }
});

fn check(mut sealed: SealedSecret) {
    let (sealer, keyring) = &*KEYS;
    let opened = open_sealed(&sealed, keyring);
    if let Ok(opened) = &opened {
        check_manifest(&sealed, opened);
    }
    let moved = rotation::reseal(&sealed, keyring, &**sealer, &mut signet_fuzz::rng());
    for (key, item) in &moved.items {
        assert!(!moved.failed.contains_key(key));
        sealed.spec.encrypted_data.insert(key.clone(), item.clone());
    }
    if let Some(blob) = &moved.blob {
        sealed.spec.data = Some(blob.clone());
    }
    // What opened before opens now, and to the same.
    // What was drawn at random is other now, because the spec is.
    if let Some(before) = opened.ok().filter(|opened| !opened.rendered) {
        let after = open_sealed(&sealed, keyring).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(before.data.len(), after.data.len());
        for (key, value) in &before.data {
            assert!(after.data[key].same(value.expose()), "{key}");
        }
    }
}

fn check_manifest(sealed: &SealedSecret, opened: &Opened) {
    for ownership in [Ownership::Owned, Ownership::Free] {
        let text = to_secret_manifest(sealed, opened, ownership);
        let secret: serde_json::Value = serde_json::from_slice(text.expose())
            .unwrap_or_else(|error| panic!("the manifest is no JSON: {error}"));
        let values = secret.get("data").and_then(|data| data.as_object());
        assert_eq!(values.map_or(0, |values| values.len()), opened.data.len());
        assert_eq!(
            secret["metadata"]["name"].as_str(),
            sealed.metadata.name.as_deref()
        );
    }
}
