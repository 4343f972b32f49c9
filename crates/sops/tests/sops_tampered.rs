//! Files that somebody has changed, or that are for somebody else: each is refused, and no error says
//! anything of what is in them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test may panic")]

mod support;

use signet_sops::{Error, ErrorKind, Format, KeyType, Options, decrypt};
use support::cases::CASES;
use support::{Who, encrypted, identities};

/// What stands in the vectors: no error may repeat it.
const VALUES: [&str; 5] = [
    "aHVudGVyMg==",
    "hunter2",
    "YWRtaW4=",
    "host: db",
    "AGE-SECRET-KEY",
];

fn refused(name: &str, file: &[u8], who: &[Who]) -> Error {
    let options = Options::default();
    let error = decrypt(file, Format::of_path(name), &identities(who), &options);
    let error = error.err().unwrap_or_else(|| panic!("{name} opens"));
    let said = format!("{error} {error:?}");
    assert!(VALUES.iter().all(|value| !said.contains(value)), "{said}");
    error
}

/// A vector with one thing in it replaced.
fn changed(name: &str, from: &str, to: &str) -> Vec<u8> {
    let file = String::from_utf8(encrypted(name)).unwrap();
    assert!(file.contains(from), "{name} has {from}");
    file.replacen(from, to, 1).into_bytes()
}

fn kind(name: &str, file: &[u8]) -> ErrorKind {
    refused(name, file, &[Who::X25519]).kind
}

/// The line of a vector that begins so.
fn line(name: &str, start: &str) -> String {
    let file = String::from_utf8(encrypted(name)).unwrap();
    let found = file
        .lines()
        .find(|line| line.trim_start().starts_with(start));
    found.unwrap().to_owned()
}

#[test]
fn a_file_for_others_names_its_recipients() {
    for case in CASES.iter().filter(|case| case.groups.len() == 1) {
        let who = if case.opened_by() == [Who::Hybrid] {
            Who::X25519
        } else {
            Who::Hybrid
        };
        let error = refused(case.name, &encrypted(case.name), &[who]);
        let ErrorKind::NoIdentity(recipients) = &error.kind else {
            panic!("{}: {error}", case.name)
        };
        assert!(
            recipients.contains(&case.opened_by()[0].recipient()),
            "{}",
            case.name
        );
    }
    let error = refused("secret.yaml", &encrypted("secret.yaml"), &[]);
    assert!(matches!(error.kind, ErrorKind::NoIdentity(_)));
}

#[test]
fn a_recipient_by_name_alone_opens_nothing() {
    let file = changed(
        "secret.yaml",
        &Who::X25519.recipient(),
        &Who::Second.recipient(),
    );
    let error = refused("secret.yaml", &file, &[Who::Second]);
    assert!(matches!(error.kind, ErrorKind::NoIdentity(_)));
    // And the name is only a hint: the identity that fits is found without it.
    let opened = decrypt(
        &file,
        Format::Yaml,
        &identities(&[Who::Second, Who::X25519]),
        &Options::default(),
    );
    assert!(opened.is_ok());
}

#[test]
fn a_value_in_another_place_does_not_open() {
    let password = line("secret.yaml", "password:");
    let (_, sealed) = password.split_once(": ").unwrap();
    let user = line("secret.yaml", "user:");
    let file = changed("secret.yaml", &user, &format!("    user: {sealed}"));
    let error = refused("secret.yaml", &file, &[Who::X25519]);
    assert_eq!(
        (error.path.as_str(), &error.kind),
        ("data.user", &ErrorKind::Sealed)
    );
    assert!(error.line > 5, "{error}");
}

#[test]
fn a_value_of_another_file_does_not_open() {
    let user = line("secret.yaml", "user:");
    let foreign = line("groups.yaml", "user:");
    assert_eq!(
        kind("secret.yaml", &changed("secret.yaml", &user, &foreign)),
        ErrorKind::Sealed
    );
}

#[test]
fn a_value_that_was_left_out_or_put_in_is_seen_by_the_mac() {
    let user = line("secret.yaml", "user:") + "\n";
    assert_eq!(
        kind("secret.yaml", &changed("secret.yaml", &user, "")),
        ErrorKind::Mac
    );
    let file = changed(
        "secret.yaml",
        "type: Opaque",
        "type: Opaque\nimmutable: true",
    );
    assert_eq!(kind("secret.yaml", &file), ErrorKind::Mac);
    let file = changed("secret.yaml", "name: db", "name: other");
    assert_eq!(kind("secret.yaml", &file), ErrorKind::Mac);
}

#[test]
fn an_order_that_was_changed_is_seen_by_the_mac() {
    let (user, password) = (
        line("secret.yaml", "user:"),
        line("secret.yaml", "password:"),
    );
    let both = format!("{user}\n{password}");
    let file = changed("secret.yaml", &both, &format!("{password}\n{user}"));
    assert_eq!(kind("secret.yaml", &file), ErrorKind::Mac);
}

#[test]
fn a_mac_over_encrypted_values_alone_leaves_the_others_free() {
    let name = "types-mac-only-encrypted.yaml";
    let open = |file: &[u8]| {
        decrypt(
            file,
            Format::Yaml,
            &identities(&[Who::X25519]),
            &Options::default(),
        )
    };
    assert!(open(&changed(name, "text: plain", "text: other")).is_ok());
    assert_eq!(
        kind(
            name,
            &changed(
                name,
                "mac_only_encrypted: true",
                "mac_only_encrypted: false"
            )
        ),
        ErrorKind::Mac
    );
}

#[test]
fn a_mac_that_was_changed_moved_or_taken_is_refused() {
    let mac = line("secret.yaml", "mac:");
    let other = line("groups.yaml", "mac:");
    assert_eq!(
        kind("secret.yaml", &changed("secret.yaml", &mac, &other)),
        ErrorKind::Mac
    );
    assert_eq!(
        kind(
            "secret.yaml",
            &changed("secret.yaml", &mac, "    mac: \"\"")
        ),
        ErrorKind::NoMac
    );
    assert_eq!(
        kind(
            "secret.yaml",
            &changed("secret.yaml", &format!("{mac}\n"), "")
        ),
        ErrorKind::NoMac
    );
    assert_eq!(
        kind(
            "secret.yaml",
            &changed("secret.yaml", &mac, "    mac: ABCD")
        ),
        ErrorKind::Mac
    );
    let modified = line("secret.yaml", "lastmodified:");
    let file = changed(
        "secret.yaml",
        &modified,
        "    lastmodified: \"2020-01-01T00:00:00Z\"",
    );
    assert_eq!(kind("secret.yaml", &file), ErrorKind::Mac);
}

#[test]
fn without_the_check_of_the_mac_the_values_are_still_bound_to_their_places() {
    let open = |file: &[u8]| {
        let options = Options { check_mac: false };
        decrypt(file, Format::Yaml, &identities(&[Who::X25519]), &options)
    };
    let plain = open(&changed("secret.yaml", "name: db", "name: other")).unwrap();
    assert!(
        plain
            .expose()
            .windows(11)
            .any(|window| window == b"name: other")
    );
    let user = line("secret.yaml", "user:");
    let password = line("secret.yaml", "password:");
    let moved = changed("secret.yaml", &user, &password.replace("password", "user"));
    assert_eq!(open(&moved).err().unwrap().kind, ErrorKind::Sealed);
}

#[test]
fn a_value_that_is_readable_though_it_should_not_be_is_refused() {
    let user = line("secret.yaml", "user:");
    for value in ["hunter2", "5", "true", "2001-12-14"] {
        let file = changed("secret.yaml", &user, &format!("    user: {value}"));
        assert_eq!(
            kind("secret.yaml", &file),
            ErrorKind::NotEncrypted,
            "{value}"
        );
    }
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    for name in ["secret.yaml", "values.json", "values.env", "text.txt"] {
        let file = encrypted(name);
        for end in (0..file.len() - 2).step_by(7) {
            let cut = &file[..end];
            let opened = decrypt(
                cut,
                Format::of_path(name),
                &identities(&[Who::X25519, Who::Hybrid]),
                &Options::default(),
            );
            // What stands behind the MAC is the rule, which is the default in some, and the version.
            let rest = &file[end..];
            let needed = rest
                .windows(4)
                .any(|window| window == b"mac:" || window == b"mac=" || window == b"mac\"");
            assert!(opened.is_err() || !needed, "{name} cut at {end}");
        }
    }
}

#[test]
fn a_changed_character_of_an_encrypted_value_never_opens_to_another_value() {
    let file = encrypted("text.txt");
    let text = String::from_utf8(file.clone()).unwrap();
    let start = text.find("data:").unwrap();
    for at in start..start + 60 {
        let mut changed = file.clone();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        if let Ok(plain) = decrypt(
            &changed,
            Format::Binary,
            &identities(&[Who::Hybrid]),
            &Options::default(),
        ) {
            panic!("{at}: {} bytes", plain.expose().len());
        }
    }
}

#[test]
fn a_damaged_data_key_is_told_from_one_for_others() {
    let recipient = Who::X25519.recipient();
    let enc = line("secret.yaml", "YWdl");
    for broken in [
        "",
        "            AAAA",
        "            YWdlLWVuY3J5cHRpb24ub3JnL3YyCg==",
    ] {
        let file = changed("secret.yaml", &format!("{enc}\n"), &format!("{broken}\n"));
        let found = kind("secret.yaml", &file);
        assert_eq!(
            found,
            ErrorKind::DataKey {
                recipient: recipient.clone()
            },
            "{broken}"
        );
    }
}

#[test]
fn keys_of_other_types_are_named() {
    let file = String::from_utf8(encrypted("secret.yaml")).unwrap();
    let start = file.find("    age:\n").unwrap();
    let end = file.find("    encrypted_regex").unwrap();
    let keys = |keys: &str| format!("{}{keys}{}", &file[..start], &file[end..]);
    let pgp = "    pgp:\n        - created_at: \"2026-01-01T00:00:00Z\"\n          enc: x\n          fp: y\n";
    let kms = "    kms:\n        - arn: x\n    azure_kv: []\n    hc_vault: null\n    gcp_kms:\n        - resource_id: x\n";
    let error = refused(
        "a.yaml",
        keys(&format!("{pgp}{kms}")).as_bytes(),
        &[Who::X25519],
    );
    assert_eq!(
        error.kind,
        ErrorKind::ForeignKeys(vec![KeyType::Pgp, KeyType::AwsKms, KeyType::GcpKms])
    );
    assert!(
        error
            .to_string()
            .contains("encrypted for PGP, AWS KMS, GCP KMS only"),
        "{error}"
    );
    let error = refused("a.yaml", keys("    age: []\n").as_bytes(), &[Who::X25519]);
    assert!(matches!(
        error.kind,
        ErrorKind::Metadata { field: "age", .. }
    ));
}

#[test]
fn what_is_not_a_sops_file_is_said_to_be_none() {
    let none = |name: &str, text: &str| kind(name, text.as_bytes());
    assert_eq!(none("a.yaml", "kind: Secret\n"), ErrorKind::NotSops);
    assert_eq!(none("a.yaml", ""), ErrorKind::NotSops);
    assert_eq!(none("a.json", "{}"), ErrorKind::NotSops);
    assert_eq!(none("a.env", "A=b\n"), ErrorKind::NotSops);
    assert!(matches!(none("a.bin", "hunter2"), ErrorKind::Syntax(_)));
    assert!(matches!(none("a.yaml", "- a\n"), ErrorKind::Syntax(_)));
    assert_eq!(none("a.ini", "[sops]\n"), ErrorKind::Format(Format::Ini));
    assert!(matches!(
        none("a.yaml", "sops: x\n"),
        ErrorKind::Metadata { .. }
    ));
}

#[test]
fn anchors_are_refused_because_sops_writes_none() {
    let file = changed("secret.yaml", "name: db", "name: &name db");
    assert!(matches!(kind("secret.yaml", &file), ErrorKind::Foreign(_)));
    let file = changed("secret.yaml", "name: db", "name: *name");
    assert!(matches!(kind("secret.yaml", &file), ErrorKind::Foreign(_)));
}

#[test]
fn a_key_that_is_no_text_is_refused() {
    let file = changed("secret.yaml", "name: db", "0x10: db");
    assert!(matches!(kind("secret.yaml", &file), ErrorKind::Foreign(_)));
}

#[test]
fn what_costs_too_much_is_refused_before_it_does() {
    let budget = |name: &str, text: &str| kind(name, text.as_bytes());
    let long = "a".repeat(signet_sops::LONGEST_FILE + 1);
    assert!(matches!(
        budget("a.yaml", &long),
        ErrorKind::Budget { what: "bytes", .. }
    ));
    let deep = format!("{}{}", "{\"a\":".repeat(5_000), "}".repeat(5_000));
    assert!(matches!(budget("a.json", &deep), ErrorKind::Syntax(_)));
    assert!(matches!(budget("a.yaml", &deep), ErrorKind::Syntax(_)));
    let many = format!("a: [{}]\n", "1,".repeat(500_000));
    assert!(matches!(budget("a.yaml", &many), ErrorKind::Syntax(_)));

    let recipient = "        - enc: x\n          recipient: y\n".repeat(300);
    let file = changed(
        "secret.yaml",
        "    age:\n",
        &format!("    age:\n{recipient}"),
    );
    assert!(matches!(
        kind("secret.yaml", &file),
        ErrorKind::Budget {
            what: "recipients",
            ..
        }
    ));
    // As many recipients as may be, each a stranger's, and many identities to try on each.
    let start = String::from_utf8(encrypted("two-recipients.yaml")).unwrap();
    let start = start.split_once("    age:\n").unwrap().1;
    let stranger = start.split_inclusive("age1").next().unwrap().to_owned() + "x\n";
    let file = changed(
        "two-recipients.yaml",
        "    age:\n",
        &format!("    age:\n{}", stranger.repeat(200)),
    );
    let error = refused("two-recipients.yaml", &file, &[Who::X25519; 20]);
    assert!(matches!(
        error.kind,
        ErrorKind::Budget {
            what: "trials of identities on recipients",
            ..
        }
    ));

    let long = format!("    age:\n        - enc: {}\n", "x".repeat(20_000));
    let file = changed("secret.yaml", "    age:\n", &long);
    assert!(matches!(
        kind("secret.yaml", &file),
        ErrorKind::Budget { .. }
    ));
}

/// What looks like many encrypted comments on one line is one, and opens nowhere.
#[test]
fn a_comment_without_end_costs_no_more_than_its_length() {
    let comment = "#ENC[AES256_GCM,data:".repeat(50_000);
    let file = changed(
        "secret.yaml",
        "type: Opaque",
        &format!("{comment}]\ntype: Opaque"),
    );
    let options = Options::default();
    let opened = decrypt(&file, Format::Yaml, &identities(&[Who::X25519]), &options);
    let opened = opened.unwrap_or_else(|error| panic!("{error}"));
    assert!(
        opened.expose().len() > comment.len(),
        "it stays where it is"
    );
}
