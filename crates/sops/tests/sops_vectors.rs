//! The vectors, which SOPS' own Go module made: each opens to the bytes that SOPS gives.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test may panic")]

mod support;

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use signet_sops::{
    ErrorKind, Format, Options, decrypt, decrypt_secret_data, decrypt_value, detect, is_encrypted,
};
use support::cases::CASES;
use support::{Who, as_kubernetes_reads, directory, encrypted, identities, plain};

#[test]
fn every_vector_opens_to_the_bytes_that_sops_gives() {
    for case in CASES {
        let (file, format) = (encrypted(case.name), Format::of_path(case.name));
        assert!(detect(&file, format), "{}", case.name);
        let opened = decrypt(
            &file,
            format,
            &identities(&case.opened_by()),
            &Options::default(),
        );
        let opened = opened.unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert_eq!(
            String::from_utf8_lossy(opened.expose()),
            String::from_utf8_lossy(&plain(case.name)),
            "{}",
            case.name
        );
        assert_eq!(opened.expose(), plain(case.name), "{}", case.name);
    }
}

#[test]
fn no_vector_is_forgotten() {
    let files = std::fs::read_dir(directory()).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let there: BTreeSet<String> = names
        .filter(|name| !["keys", "README.md"].contains(&name.as_str()))
        .collect();
    let wanted = CASES
        .iter()
        .flat_map(|case| [case.name.to_owned(), format!("{}.plain", case.name)]);
    assert_eq!(there, wanted.collect());
}

#[test]
fn what_is_decrypted_is_not_taken_for_a_sops_file() {
    for case in CASES {
        assert_eq!(Format::of_content(&plain(case.name)), None, "{}", case.name);
    }
}

#[test]
fn the_content_of_a_file_tells_its_format() {
    for case in CASES {
        let expected = match Format::of_path(case.name) {
            Format::Binary => Format::Json,
            format => format,
        };
        assert_eq!(
            Format::of_content(&encrypted(case.name)),
            Some(expected),
            "{}",
            case.name
        );
    }
}

/// The parts of a data key: any two of three groups make it.
#[test]
fn as_many_groups_as_the_threshold_says_open_a_file() {
    use Who::{Hybrid, Second, Stranger, X25519};
    let open = |who: &[Who]| {
        decrypt(
            &encrypted("groups.yaml"),
            Format::Yaml,
            &identities(who),
            &Options::default(),
        )
    };
    for who in [
        &[X25519, Second][..],
        &[Second, Hybrid],
        &[X25519, Hybrid],
        &[X25519, Second, Hybrid],
    ] {
        assert_eq!(open(who).unwrap().expose(), plain("groups.yaml"), "{who:?}");
    }
    for who in [&[X25519][..], &[Hybrid, Stranger]] {
        let kind = open(who).err().unwrap().kind;
        assert_eq!(
            kind,
            ErrorKind::TooFewGroups {
                opened: 1,
                needed: 2
            }
        );
    }
}

/// An object as it comes out of a build: keys in another order, more of them, comments gone.
fn built(name: &str) -> Value {
    let mut object = as_kubernetes_reads(&encrypted(name)).remove(0);
    object["metadata"]["labels"] = json!({"added": "by a build"});
    object
}

#[test]
fn an_object_that_a_build_has_changed_opens_without_its_mac() {
    let mut object = built("secret.yaml");
    assert!(is_encrypted(&object));
    decrypt_value(&mut object, &identities(&[Who::X25519])).unwrap();
    let mut expected = as_kubernetes_reads(&plain("secret.yaml")).remove(0);
    expected["metadata"]["labels"] = json!({"added": "by a build"});
    assert_eq!(object, expected);
    assert!(!is_encrypted(&object));
}

#[test]
fn every_type_of_value_comes_out_of_an_object() {
    for name in [
        "types.yaml",
        "strings.yaml",
        "comments-only-list.yaml",
        "encrypted-comment.yaml",
        "unencrypted-comment.yaml",
    ] {
        let mut object = as_kubernetes_reads(&encrypted(name)).remove(0);
        decrypt_value(&mut object, &identities(&[Who::X25519])).unwrap();
        assert_eq!(object, as_kubernetes_reads(&plain(name))[0], "{name}");
    }
}

#[test]
fn an_object_that_does_not_open_is_empty_afterwards() {
    let mut object = built("secret.yaml");
    let error = decrypt_value(&mut object, &identities(&[Who::Stranger])).unwrap_err();
    assert!(matches!(error.kind, ErrorKind::NoIdentity(_)));
    assert_eq!(object, Value::Null);

    let mut object = built("secret.yaml");
    object["data"]["user"] = object["data"]["password"].clone();
    let error = decrypt_value(&mut object, &identities(&[Who::X25519])).unwrap_err();
    assert_eq!(
        (error.path.as_str(), &error.kind),
        ("data.user", &ErrorKind::Sealed)
    );
    assert_eq!(object, Value::Null);

    let mut object = json!({"kind": "Secret"});
    let error = decrypt_value(&mut object, &identities(&[Who::X25519])).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotSops);
}

#[test]
fn values_of_a_secret_that_are_sops_files_are_opened_by_their_content() {
    let values = [
        ("secret.yaml", "secret.yaml"),
        ("values.env", "prod.env"),
        ("bytes.bin", "blob"),
        ("docker.dockerconfigjson.json", ".dockerconfigjson"),
    ];
    let mut secret = json!({"kind": "Secret", "data": {"other": "aHVudGVyMg==", "odd": "%"}});
    for (name, key) in values {
        secret["data"][key] = STANDARD.encode(encrypted(name)).into();
    }
    let who = identities(&[Who::X25519, Who::Hybrid]);
    assert_eq!(
        decrypt_secret_data(&mut secret, &who, &Options::default()).unwrap(),
        4
    );
    for (name, key) in values {
        assert_eq!(secret["data"][key], STANDARD.encode(plain(name)), "{name}");
    }
    assert_eq!(secret["data"]["other"], "aHVudGVyMg==");
    assert_eq!(secret["data"]["odd"], "%");
    assert_eq!(
        decrypt_secret_data(&mut secret, &who, &Options::default()).unwrap(),
        0
    );
}

#[test]
fn a_value_of_a_secret_that_does_not_open_is_named() {
    let mut file = String::from_utf8(encrypted("secret.yaml")).unwrap();
    file = file.replace("kind: Secret", "kind: ConfigMap");
    let mut secret = json!({"data": {"a.yaml": STANDARD.encode(file)}});
    let who = identities(&[Who::X25519]);
    let error = decrypt_secret_data(&mut secret, &who, &Options::default()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Mac);
    assert!(
        error.to_string().starts_with("data.a.yaml, line "),
        "{error}"
    );
}

/// Words that are texts to SOPS and booleans or dates to Kubernetes: the MAC does not tell how they are
/// written, and so somebody may take the quotes away.
#[test]
fn what_sops_takes_for_a_text_stays_one() {
    let mut file = String::from_utf8(encrypted("types.yaml")).unwrap();
    for (from, to) in [
        ("\"on\": ENC", "on: ENC"),
        ("yes_unencrypted: \"yes\"", "yes_unencrypted: yes"),
        (
            "date_unencrypted: 2001-12-14T00:00:00Z",
            "date_unencrypted: 2001-12-14",
        ),
    ] {
        assert!(file.contains(from), "{from}");
        file = file.replace(from, to);
    }
    let opened = decrypt(
        file.as_bytes(),
        Format::Yaml,
        &identities(&[Who::X25519]),
        &Options::default(),
    );
    let opened = opened.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        String::from_utf8_lossy(opened.expose()),
        String::from_utf8_lossy(&plain("types.yaml"))
    );
}

/// A layout that SOPS does not write and that is not changed in place.
#[test]
fn yaml_in_brackets_comes_out_as_json() {
    let unchecked = Options { check_mac: false };
    for name in ["types.yaml", "secret.yaml", "strings.yaml"] {
        let file = as_kubernetes_reads(&encrypted(name)).remove(0).to_string();
        let opened = decrypt(
            file.as_bytes(),
            Format::Yaml,
            &identities(&[Who::X25519]),
            &unchecked,
        );
        let opened = opened.unwrap_or_else(|error| panic!("{name}: {error}"));
        let json: Value = serde_json::from_slice(opened.expose()).unwrap();
        assert_eq!(json, as_kubernetes_reads(&plain(name))[0], "{name}");
    }
}
