//! A file that claims to be SOPS': whoever has the data key writes what he likes into it, and who has
//! not changes what is readable. What opens is read back without its metadata, the MAC only refuses,
//! and no error repeats a value.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use signet_sops::{Format, Identities, Options, decrypt, decrypt_as, decrypt_value};
use signet_yaml::{Budget, Document, read};

/// What stands in the vectors, encrypted.
const SECRETS: [&str; 3] = ["aHVudGVyMg==", "YWRtaW4=", "host: db"];

static IDENTITIES: LazyLock<Identities> = LazyLock::new(|| {
    let mut identities = Identities::new();
    let file = include_bytes!("../../tests/vectors/sops/keys/x25519.agekey");
    identities.add(file).expect("the key of the vectors is one");
    identities
});

fuzz_target!(|file: &[u8]| {
    let _ = Identities::new().add(file);
    let format = Format::of_content(file).unwrap_or(Format::Yaml);
    if format != Format::Yaml {
        open(file, Format::Binary);
    }
    open(file, format);
    as_object(file);
});

fn open(file: &[u8], format: Format) {
    let unchecked = Options { check_mac: false };
    let opened = match decrypt(file, format, &IDENTITIES, &unchecked) {
        Ok(opened) => opened,
        Err(error) => return says_nothing(file, &format!("{error} {error:?}")),
    };
    match decrypt(file, format, &IDENTITIES, &Options::default()) {
        Ok(checked) => assert!(
            checked.expose() == opened.expose(),
            "the MAC changes nothing"
        ),
        Err(error) => says_nothing(file, &format!("{error} {error:?}")),
    }
    if matches!(format, Format::Yaml | Format::Json) {
        let documents = read(opened.expose(), &Budget::default()).expect("what opens can be read");
        for document in documents {
            assert!(document.root.get("sops").is_none(), "the metadata is gone");
        }
        let json = decrypt_as(file, format, Format::Json, &IDENTITIES, &unchecked);
        let json = json.expect("what opens is JSON too");
        serde_json::from_slice::<serde_json::Value>(json.expose())
            .expect("what is JSON can be read");
    }
}

/// The same as an object of the cluster: all of it opens, or nothing is left.
fn as_object(file: &[u8]) {
    let Ok(documents) = read(file, &Budget::default()) else {
        return;
    };
    let Some(mut object) = documents.into_iter().next().map(Document::into_json) else {
        return;
    };
    match decrypt_value(&mut object, &IDENTITIES) {
        Ok(()) => assert!(object.get("sops").is_none()),
        Err(error) => {
            assert!(object.is_null(), "half of an object is none");
            says_nothing(file, &format!("{error} {error:?}"));
        }
    }
}

fn says_nothing(file: &[u8], said: &str) {
    let readable = |secret: &str| file.windows(secret.len()).any(|w| w == secret.as_bytes());
    for secret in SECRETS.iter().filter(|secret| !readable(secret)) {
        assert!(!said.contains(secret), "{said}");
    }
}
