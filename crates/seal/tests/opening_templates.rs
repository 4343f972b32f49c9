//! What becomes of `spec.template.data` when an object is opened: by the rules of both releases of
//! the sealed-secrets controller, all or nothing, and to the same bytes each time.
#![allow(clippy::unwrap_used, clippy::panic)] // a failed step is a failed test

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::{Value, json};
use signet_api::SealedSecret;
use signet_seal::format::bitnami::sealer;
use signet_seal::secret::{
    Opening, SealOptions, TemplateRules, UnsealError, open_with, seal_secret,
};
use signet_seal::{Certificate, Keyring, PrivateKey};

macro_rules! vector {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/vectors/sealed-secrets/", $name))
    };
}

const OLD: (&[u8], &[u8]) = (vector!("rsa2048.crt"), vector!("rsa2048.key"));
const NEW: (&[u8], &[u8]) = (vector!("rsa4096.crt"), vector!("rsa4096.key"));

fn ring(keys: &[(&[u8], &[u8])]) -> Keyring {
    let mut ring = Keyring::new();
    for (order, (certificate, key)) in keys.iter().enumerate() {
        let certificate = Certificate::from_pem(certificate).unwrap();
        let key = PrivateKey::from_pem(key).unwrap_or_else(|error| panic!("{error}"));
        let made = Timestamp::from_second(order as i64).unwrap();
        ring.add(
            certificate.fingerprint().to_string(),
            made,
            key,
            certificate,
        );
    }
    ring
}

/// `user: admin` and `password: hunter2`, sealed with the old key, with these entries beside them.
fn sealed(entries: Value) -> SealedSecret {
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "shop"},
        "stringData": {"user": "admin", "password": "hunter2"}
    });
    let certificate = Certificate::from_pem(OLD.0).unwrap();
    let sealer = sealer(&certificate).unwrap_or_else(|error| panic!("{error}"));
    let mut rng = ChaCha20Rng::from_seed([9; 32]);
    let sealed = seal_secret(secret, &SealOptions::default(), &*sealer, &mut rng).unwrap();
    let mut sealed = sealed.to_value();
    sealed["spec"]["template"]["data"] = entries;
    serde_json::from_value(sealed).unwrap()
}

type Data = BTreeMap<String, String>;

fn open_as(
    sealed: &SealedSecret,
    keyring: &Keyring,
    rules: TemplateRules,
) -> Result<Data, UnsealError> {
    let opening = Opening {
        templates: rules,
        now: Some("2026-03-04T05:06:07Z".parse().unwrap()),
        ..Opening::default()
    };
    let opened = open_with(sealed, keyring, &opening)?;
    let text = |value: &[u8]| String::from_utf8(value.to_vec()).unwrap();
    let data = opened.data.iter();
    Ok(data
        .map(|(key, value)| (key.clone(), text(value.expose())))
        .collect())
}

fn open(sealed: &SealedSecret, keyring: &Keyring) -> Data {
    open_as(sealed, keyring, TemplateRules::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn cause(entries: Value) -> String {
    let opened = open_as(&sealed(entries), &ring(&[OLD]), TemplateRules::default());
    opened.unwrap_err().to_string()
}

#[test]
fn entries_are_rendered_beside_the_items() {
    let object = sealed(json!({
        "url": "postgres://{{ .user }}:{{ .password | urlquery }}@db",
        "plain": "no template at all",
        "user": null,
    }));
    let data = open(&object, &ring(&[OLD]));
    assert_eq!(
        json!(data),
        json!({
            "password": "hunter2",
            "plain": "no template at all",
            "url": "postgres://admin:hunter2@db",
        })
    );
    let plain = open_with(
        &sealed(json!({"user": null})),
        &ring(&[OLD]),
        &Opening::default(),
    );
    assert!(!plain.unwrap_or_else(|error| panic!("{error}")).rendered);
}

/// Since 0.37 an item counts before an entry of its name, and entries see the text of the others.
#[test]
fn where_releases_differ_the_newer_one_decides_unless_the_older_is_asked_for() {
    let object = sealed(json!({
        "user": "not {{ .user }}",
        "other": "[{{ .greeting }}] [{{ .user }}]",
        "greeting": "hello {{ .user }}",
    }));
    let newer = json!(open(&object, &ring(&[OLD])));
    let greeting = "hello admin";
    assert_eq!(
        newer,
        json!({
            "user": "admin", "password": "hunter2", "greeting": greeting,
            "other": "[hello {{ .user }}] [admin]",
        })
    );
    let older = open_as(&object, &ring(&[OLD]), TemplateRules::Until036);
    assert_eq!(
        json!(older.unwrap_or_else(|error| panic!("{error}"))),
        json!({
            "user": "not admin", "password": "hunter2", "greeting": greeting,
            "other": "[<no value>] [admin]",
        })
    );
}

#[test]
fn one_entry_that_fails_fails_all_and_every_failure_is_told() {
    let message = cause(json!({
        "good": "{{ .user }}",
        "open": "{{ .user",
        "wrong": "{{ index .password 99 }}",
        "said": "{{ fail .password }}",
    }));
    let lines: Vec<_> = message.lines().collect();
    assert_eq!(lines.len(), 3, "{message}");
    for key in ["(open)", "(wrong)", "(said)"] {
        assert_eq!(
            lines.iter().filter(|line| line.ends_with(key)).count(),
            1,
            "{message}"
        );
    }
    assert!(!message.contains("hunter2"), "{message}");
}

#[test]
fn a_template_that_does_not_end_is_stopped_and_the_rest_with_it() {
    let message = cause(json!({
        "bomb": r#"{{ range 1000000 }}{{ range 1000000 }}{{ end }}{{ end }}"#,
    }));
    assert!(message.contains("steps"), "{message}");
    // One budget for all entries of an object.
    let entry = r#"{{ range until 70000 }}{{ "0123456789" }}{{ end }}"#;
    assert_eq!(
        open(&sealed(json!({"a": entry})), &ring(&[OLD]))["a"].len(),
        700_000
    );
    assert!(cause(json!({"a": entry, "b": entry})).contains("(b)"));
}

/// Everything that is drawn: text, bytes, an identifier, a key, a hash with its salt.
const DRAWN: &str = "{{ randAlphaNum 20 }} {{ randBytes 9 }} {{ uuidv4 }} \
     {{ genPrivateKey \"ed25519\" }} {{ htpasswd .user .password }} {{ now | date \"15:04:05\" }}";

#[test]
fn what_is_drawn_is_the_same_for_the_same_object_and_key() {
    let object = sealed(json!({"a": DRAWN, "b": DRAWN}));
    let first = open(&object, &ring(&[OLD]));
    assert_eq!(first, open(&object, &ring(&[OLD])));
    // A further sealing key changes nothing, older or newer.
    assert_eq!(first, open(&object, &ring(&[OLD, NEW])));
    assert_eq!(first, open(&object, &ring(&[NEW, OLD])));
    assert!(first["a"].ends_with(" 05:06:07"), "{}", first["a"]);
    // No two entries and no two specs draw the same.
    let other = open(
        &sealed(json!({"a": DRAWN, "c": "another spec"})),
        &ring(&[OLD]),
    );
    let drawn: BTreeSet<_> = [&first["a"], &first["b"], &other["a"]].into();
    assert_eq!(drawn.len(), 3);
}

#[test]
fn an_object_without_items_draws_from_the_oldest_key() {
    let mut object = sealed(json!({"token": "{{ randAlphaNum 24 }}"}));
    object.spec.encrypted_data.clear();
    let first = open(&object, &ring(&[OLD]));
    assert_eq!(first, open(&object, &ring(&[OLD, NEW])));
    assert_ne!(first, open(&object, &ring(&[NEW])));
    let none = open_as(&object, &ring(&[]), TemplateRules::default()).unwrap_err();
    assert_eq!(
        none.to_string(),
        "templates need a sealing key, and there is none (token)"
    );
}

#[test]
fn objects_of_another_name_draw_other_bytes() {
    let mut object = sealed(json!({"token": "{{ randAlphaNum 24 }}"}));
    object.spec.encrypted_data.clear();
    let first = open(&object, &ring(&[OLD]));
    object.metadata.name = Some("db2".to_owned());
    let second = open(&object, &ring(&[OLD]));
    object.metadata.namespace = Some("shop2".to_owned());
    let third = open(&object, &ring(&[OLD]));
    let drawn: BTreeSet<_> = [first, second, third].into();
    assert_eq!(drawn.len(), 3);
}

#[test]
fn without_a_clock_what_asks_for_the_time_fails_and_nothing_else() {
    let open = |text: &str| {
        let object = sealed(json!({ "t": text }));
        open_with(&object, &ring(&[OLD]), &Opening::default())
    };
    assert!(open("{{ .user }}").is_ok_and(|opened| opened.rendered));
    let error = open("{{ now }}").map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("there is no clock here"), "{error}");
}
