//! An item: whoever changes one bit of it opens nothing, text and bytes are two forms of one
//! thing, and its measures are those of its parts.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use signet_seal::format::bitnami::Anatomy;
use signet_seal::{Keyring, Sealer, text};

const LABEL: &[u8] = b"ns/name";
const VALUE: &[u8] = b"correct horse battery staple";

/// What the ring holds, and one item sealed for it.
static SEALED: LazyLock<(Keyring, Box<dyn Sealer>, Vec<u8>)> = LazyLock::new(|| {
    let sealer = signet_fuzz::sealer();
    let item = sealer.seal(&mut signet_fuzz::rng(), LABEL, VALUE);
    (signet_fuzz::keyring(), sealer, item.expect("this seals"))
});

fuzz_target!(|data: &[u8]| {
    as_text(data);
    if let Ok(found) = Anatomy::of(data) {
        assert_eq!(
            2 + found.modulus_length + found.plaintext_length + 16,
            data.len()
        );
    }
    let (ring, _, item) = &*SEALED;
    // The bytes as they came, which never were sealed under this label.
    assert!(ring.open(LABEL, data, None).is_err());
    // And as a change of an item that was: each byte of the input turns one byte of it.
    let mut changed = item.clone();
    for (at, byte) in data.iter().enumerate().take(changed.len()) {
        changed[at] ^= byte;
    }
    let opened = ring.open(LABEL, &changed, None);
    assert_eq!(opened.is_ok(), changed == *item);
    if let Ok((value, _)) = opened {
        assert!(value.same(VALUE));
        let length = Anatomy::of(&changed).map(|found| found.plaintext_length);
        assert_eq!(length, Ok(VALUE.len()));
    }
});

fn as_text(data: &[u8]) {
    let written = text::encode(data);
    let read = text::decode(&written).expect("what is encoded is decoded");
    assert_eq!(read.as_slice(), data);
    if let Ok(bytes) =
        std::str::from_utf8(data).map_or(Err(()), |t| text::decode(t).map_err(|_| ()))
    {
        let again = text::decode(&text::encode(&bytes)).expect("as above");
        assert_eq!(again.as_slice(), bytes.as_slice());
        assert!(
            SEALED.0.open(LABEL, &bytes, None).is_err(),
            "sealed under another label"
        );
    }
}
