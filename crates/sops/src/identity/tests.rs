//! Files of identities, and the post-quantum keys beside age's own implementation.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use std::io::{Read, Write};

use age::{Decryptor, Encryptor};

use super::*;

const X25519: &str = include_str!("../../../../tests/vectors/sops/keys/x25519.agekey");
const HYBRID: &str = include_str!("../../../../tests/vectors/sops/keys/hybrid.agekey");

fn identities(file: &str) -> Identities {
    let mut identities = Identities::new();
    identities.add(file.as_bytes()).unwrap();
    identities
}

/// The line of a file of identities that says who they are for.
fn public(file: &str) -> &str {
    file.lines()
        .find_map(|line| line.strip_prefix("# public key: "))
        .unwrap()
}

#[test]
fn the_recipient_of_an_identity_is_the_one_that_age_gives_it() {
    for file in [X25519, HYBRID] {
        assert_eq!(
            identities(file).recipients().collect::<Vec<_>>(),
            [public(file)]
        );
    }
}

#[test]
fn a_file_holds_several_identities_comments_and_empty_lines() {
    let file = format!("# a comment\n\n{X25519}\r\n{HYBRID}");
    let mut identities = Identities::new();
    assert_eq!(identities.add(file.as_bytes()), Ok(2));
    assert_eq!(identities.add(b"\n# nothing\n"), Ok(0));
    assert!(identities.has(public(X25519)) && identities.has(public(HYBRID)));
}

#[test]
fn what_is_not_taken_is_refused_by_name_and_line_and_not_repeated() {
    let cases = [
        ("AGE-PLUGIN-YUBIKEY-1QQQ", IdentityErrorKind::Plugin),
        (
            "-----BEGIN OPENSSH PRIVATE KEY-----",
            IdentityErrorKind::Ssh,
        ),
        (
            "-----BEGIN AGE ENCRYPTED FILE-----",
            IdentityErrorKind::Encrypted,
        ),
        ("AGE-SECRET-KEY-1QQQQ", IdentityErrorKind::Damaged),
        ("AGE-SECRET-KEY-PQ-1QQQQ", IdentityErrorKind::Damaged),
        ("AGE-SECRET-KEY-QQQQ", IdentityErrorKind::Damaged),
        ("age1qqqq", IdentityErrorKind::Recipient),
        ("hunter2", IdentityErrorKind::Unknown),
    ];
    for (line, kind) in cases {
        let mut identities = Identities::new();
        let file = format!("{X25519}\n{line}\n");
        let error = identities.add(file.as_bytes()).unwrap_err();
        assert_eq!(error.kind, kind, "{line}");
        assert_eq!(error.line, X25519.lines().count() + 2, "{line}");
        assert!(identities.is_empty(), "half of a file is no file");
        assert!(!error.to_string().contains("QQQQ") && !error.to_string().contains("hunter2"));
    }
}

#[test]
fn a_wrong_character_in_an_identity_is_seen() {
    for file in [X25519, HYBRID] {
        let line = file.lines().find(|line| line.starts_with("AGE-")).unwrap();
        for at in 20..line.len() {
            let other = if &line[at..=at] == "Q" { "P" } else { "Q" };
            let changed = format!("{}{other}{}", &line[..at], &line[at + 1..]);
            let error = Identities::new().add(changed.as_bytes()).unwrap_err();
            assert_eq!(error.kind, IdentityErrorKind::Damaged, "{at}");
        }
    }
}

fn rng() -> impl hpke::rand_core::CryptoRng {
    use rand_core::SeedableRng;
    rand_chacha::ChaCha20Rng::seed_from_u64(1)
}

fn encrypt(recipient: &dyn age::Recipient) -> Vec<u8> {
    let mut file = Vec::new();
    let encryptor = Encryptor::with_recipients(std::iter::once(recipient)).unwrap();
    let mut writer = encryptor.wrap_output(&mut file).unwrap();
    writer.write_all(b"hello").unwrap();
    writer.finish().unwrap();
    file
}

#[test]
fn what_is_encrypted_for_a_hybrid_recipient_opens_with_its_identity_alone() {
    let recipient: hybrid::Recipient = public(HYBRID).parse().unwrap();
    assert_eq!(recipient.to_string(), public(HYBRID));
    let file = encrypt(&recipient.drawing(rng()));

    let open = |identities: &Identities| -> Option<String> {
        let decryptor = Decryptor::new(file.as_slice()).unwrap();
        let mut stream = decryptor.decrypt(std::iter::once(identities as _)).ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        Some(text)
    };
    assert_eq!(open(&identities(HYBRID)).as_deref(), Some("hello"));
    assert_eq!(open(&identities(X25519)), None);
}

#[test]
fn a_hybrid_recipient_stands_beside_no_other_kind() {
    let hybrid: hybrid::Recipient = public(HYBRID).parse().unwrap();
    let x25519: x25519::Recipient = public(X25519).parse().unwrap();
    let drawing = hybrid.drawing(rng());
    let both: [&dyn age::Recipient; 2] = [&drawing, &x25519];
    assert!(Encryptor::with_recipients(both.into_iter()).is_err());
}

#[test]
fn identities_may_be_used_by_several_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Identities>();
}
