//! Whole objects: sealed as kubeseal seals them, opened as the controller opens them, moved to a new
//! key.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a failed step is a failed test

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::{Value, json};
use signet_api::SealedSecret;
use signet_api::names::{CLUSTER_WIDE, LAST_APPLIED, NAMESPACE_WIDE, SEALED_FOR};
use signet_seal::format::bitnami::sealer;
use signet_seal::rotation::{ResealError, reseal};
use signet_seal::secret::{
    Lead, Ownership, SealOptions, SecretError, UnsealError, open_sealed, seal_secret,
    to_secret_manifest,
};
use signet_seal::{Certificate, Keyring, OpenError, PrivateKey, Scope, Sealer};

macro_rules! vector {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/vectors/sealed-secrets/", $name))
    };
}

const OLD: (&[u8], &[u8]) = (vector!("rsa2048.crt"), vector!("rsa2048.key"));
const NEW: (&[u8], &[u8]) = (vector!("rsa4096.crt"), vector!("rsa4096.key"));
const OLD_NAME: &str = "SHA256:xOcgpWnk7p/7QEOow2qcctewnX+aJakdZ+rMugAUxzM";
const NEW_NAME: &str = "SHA256:wZJJCMXufVnC/vblX4TIXn7pSPbfsCl8jD2utMPgdDc";

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([9; 32])
}

fn ring(keys: &[(&[u8], &[u8])]) -> Keyring {
    let mut ring = Keyring::new();
    for (order, (certificate, key)) in keys.iter().enumerate() {
        let certificate = Certificate::from_pem(certificate).unwrap();
        let key = PrivateKey::from_pem(key).unwrap_or_else(|error| panic!("{error}"));
        let order = jiff::Timestamp::from_second(order as i64).unwrap();
        ring.add(
            certificate.fingerprint().to_string(),
            order,
            key,
            certificate,
        );
    }
    ring
}

fn sealer_for(certificate: &[u8]) -> Box<dyn Sealer> {
    sealer(&Certificate::from_pem(certificate).unwrap()).unwrap_or_else(|error| panic!("{error}"))
}

fn try_seal(secret: Value, options: &SealOptions<'_>) -> Result<Value, SecretError> {
    let manifest = seal_secret(secret, options, &*sealer_for(OLD.0), &mut rng())?;
    Ok(manifest.to_value())
}

fn seal(secret: Value) -> Value {
    try_seal(secret, &SealOptions::default()).unwrap()
}

fn refused(secret: Value, options: &SealOptions<'_>) -> String {
    try_seal(secret, options).unwrap_err().to_string()
}

fn typed(value: Value) -> SealedSecret {
    serde_json::from_value(value).unwrap()
}

fn secret() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "example.org/login", "immutable": true,
        "metadata": {
            "name": "login", "namespace": "shop", "uid": "1", "resourceVersion": "7",
            "labels": {"app": "shop"},
            "annotations": {"note": "kept", LAST_APPLIED: "{\"data\":\"hunter2\"}"}
        },
        "data": {"user": "YWRtaW4="},
        "stringData": {"password": "hunter2"}
    })
}

fn open(sealed: Value, ring: &Keyring) -> Result<Value, UnsealError> {
    let sealed = typed(sealed);
    let opened = open_sealed(&sealed, ring)?;
    let manifest = to_secret_manifest(&sealed, &opened, Ownership::Free);
    Ok(serde_json::from_slice(manifest.expose()).unwrap())
}

fn cause(sealed: Value, ring: &Keyring) -> String {
    open(sealed, ring).unwrap_err().to_string()
}

#[test]
fn sealing_moves_everything_but_the_values_into_the_template() {
    let mut sealed = seal(secret());
    let items = sealed["spec"]["encryptedData"].take();
    let keys: Vec<_> = items.as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["password", "user"]);
    let expected = json!({
        "apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret",
        "metadata": {
            "name": "login", "namespace": "shop", "annotations": {SEALED_FOR: OLD_NAME}
        },
        "spec": {
            "encryptedData": null,
            "template": {
                "metadata": {
                    "name": "login", "namespace": "shop",
                    "labels": {"app": "shop"}, "annotations": {"note": "kept"}
                },
                "type": "example.org/login", "immutable": true
            }
        }
    });
    assert_eq!(sealed, expected);
}

#[test]
fn fields_are_written_in_the_order_kubeseal_writes_them() {
    let options = SealOptions {
        without_note: true,
        ..SealOptions::default()
    };
    let plain = json!({"metadata": {"name": "n", "namespace": "s"}, "data": {"k": ""}});
    let sealed = seal_secret(plain, &options, &*sealer_for(OLD.0), &mut rng()).unwrap();
    let json = sealed.to_json();
    let head = "{\n  \"kind\": \"SealedSecret\",\n  \"apiVersion\": \"bitnami.com/v1alpha1\",\n  \
                \"metadata\": {\n    \"name\": \"n\",\n    \"namespace\": \"s\"\n  },\n  \"spec\": {\n";
    assert!(
        json.starts_with(head) && json.ends_with("  }\n}\n"),
        "{json}"
    );
    assert!(
        json.find("\"template\"") < json.find("\"encryptedData\""),
        "{json}"
    );
}

#[test]
fn a_secret_survives_the_round_trip() {
    let opened = open(seal(secret()), &ring(&[OLD])).unwrap();
    let expected = json!({
        "apiVersion": "v1", "kind": "Secret", "type": "example.org/login", "immutable": true,
        "metadata": {
            "name": "login", "namespace": "shop",
            "labels": {"app": "shop"}, "annotations": {"note": "kept"}
        },
        "data": {"user": "YWRtaW4=", "password": "aHVudGVyMg=="}
    });
    assert_eq!(opened, expected);
}

#[test]
fn the_scope_is_declared_on_both_objects_and_binds_the_items() {
    let cases = [
        (
            Scope::NamespaceWide,
            NAMESPACE_WIDE,
            ("other", "shop"),
            ("login", "elsewhere"),
        ),
        (
            Scope::ClusterWide,
            CLUSTER_WIDE,
            ("other", "elsewhere"),
            ("", ""),
        ),
    ];
    let ring = ring(&[OLD]);
    for (scope, annotation, may, may_not) in cases {
        let options = SealOptions {
            scope: Some(scope),
            ..SealOptions::default()
        };
        let sealed = try_seal(secret(), &options).unwrap();
        assert_eq!(sealed["metadata"]["annotations"][annotation], "true");
        assert_eq!(
            sealed["spec"]["template"]["metadata"]["annotations"][annotation],
            "true"
        );
        let moved = |(name, namespace): (&str, &str)| {
            let mut sealed = sealed.clone();
            sealed["metadata"]["name"] = name.into();
            sealed["metadata"]["namespace"] = namespace.into();
            open(sealed, &ring)
        };
        assert!(moved(may).is_ok(), "{scope}");
        assert!(
            scope == Scope::ClusterWide || moved(may_not).is_err(),
            "{scope}"
        );
    }
    let mut renamed = seal(secret());
    renamed["metadata"]["name"] = "other".into();
    assert_eq!(
        cause(renamed, &ring),
        "no key could decrypt secret (password, user)"
    );
}

#[test]
fn an_asked_for_scope_replaces_the_declared_one() {
    let mut wide = secret();
    wide["metadata"]["annotations"][CLUSTER_WIDE] = "true".into();
    let declared = seal(wide.clone());
    assert_eq!(declared["metadata"]["annotations"][CLUSTER_WIDE], "true");
    let options = SealOptions {
        scope: Some(Scope::Strict),
        ..SealOptions::default()
    };
    let strict = try_seal(wide, &options).unwrap();
    assert_eq!(
        strict["metadata"]["annotations"],
        json!({SEALED_FOR: OLD_NAME})
    );
    let template = &strict["spec"]["template"]["metadata"]["annotations"];
    assert_eq!(template, &json!({"note": "kept"}));
}

#[test]
fn names_and_namespaces_come_from_the_secret_or_from_the_caller() {
    let bare = || json!({"metadata": {"name": "n"}, "data": {"k": ""}});
    let none = SealOptions::default();
    let given = SealOptions {
        namespace: Some("given"),
        name: Some("m"),
        ..none
    };
    let sealed = try_seal(bare(), &given).unwrap();
    assert_eq!(sealed["metadata"]["namespace"], "given");
    assert_eq!(sealed["metadata"]["name"], "m");
    assert_eq!(
        sealed["spec"]["template"]["metadata"],
        json!({"name": "m", "namespace": "given"})
    );
    assert_eq!(refused(bare(), &none), "secret must declare a namespace");
    assert_eq!(
        refused(json!({"data": {"k": ""}}), &none),
        "missing metadata.name in input Secret"
    );
    let explicit = SealOptions {
        namespace_is_explicit: true,
        ..given
    };
    assert_eq!(
        refused(secret(), &explicit),
        "namespace mismatch: input secret is in namespace \"shop\" but \"given\" was specified"
    );
    let anywhere = SealOptions {
        scope: Some(Scope::ClusterWide),
        ..explicit
    };
    assert_eq!(
        try_seal(secret(), &anywhere).unwrap()["metadata"]["namespace"],
        "shop"
    );
    let nowhere = try_seal(
        bare(),
        &SealOptions {
            namespace: None,
            ..anywhere
        },
    )
    .unwrap();
    assert_eq!(nowhere["metadata"].get("namespace"), None);
}

#[test]
fn nothing_to_seal_is_taken_for_a_mistake() {
    let empty = || json!({"metadata": {"name": "n", "namespace": "s"}});
    let message = refused(empty(), &SealOptions::default());
    assert!(
        message.starts_with("secret.data is empty in input Secret, assuming"),
        "{message}"
    );
    let allowed = SealOptions {
        allow_empty_data: true,
        ..SealOptions::default()
    };
    assert_eq!(
        try_seal(empty(), &allowed).unwrap()["spec"]["encryptedData"],
        json!({})
    );
}

#[test]
fn one_bad_item_fails_the_whole_and_every_cause_is_named() {
    let mut sealed = seal(secret());
    sealed["spec"]["encryptedData"]["b"] = "AgA=".into();
    sealed["spec"]["encryptedData"]["a"] = "not base64".into();
    sealed["spec"]["encryptedData"]["c"] = "".into();
    assert_eq!(
        cause(sealed, &ring(&[OLD])),
        "no key could decrypt secret (b, c)\nnot base64: foreign character at position 4 (a)"
    );
}

#[test]
fn the_key_that_is_missing_is_named_to_programs() {
    let sealed = typed(seal(secret()));
    let error = open_sealed(&sealed, &ring(&[NEW])).map(|_| ()).unwrap_err();
    let UnsealError::Items { leads, .. } = error else {
        panic!("{error}")
    };
    assert_eq!(
        leads
            .missing()
            .into_iter()
            .map(|key| key.to_string())
            .collect::<Vec<_>>(),
        [OLD_NAME]
    );
}

#[test]
fn a_key_that_is_here_points_to_another_place_or_to_damage() {
    let mut moved = seal(secret());
    moved["metadata"]["name"] = "moved".into();
    let error = open_sealed(&typed(moved), &ring(&[OLD])).map(|_| ());
    let UnsealError::Items { leads, .. } = error.unwrap_err() else {
        panic!("items")
    };
    let lead = Lead::KeyHere(OLD_NAME.parse().unwrap());
    let items = ["password", "user"].map(str::to_owned);
    assert_eq!(leads.iter().collect::<Vec<_>>(), [(&lead, &items[..])]);
}

#[test]
fn the_key_used_is_told_and_a_wrong_note_does_no_harm() {
    let mut sealed = seal(secret());
    sealed["metadata"]["annotations"][SEALED_FOR] = NEW_NAME.into();
    let opened = open_sealed(&typed(sealed), &ring(&[OLD, NEW])).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(opened.used["user"].to_string(), OLD_NAME);
}

#[test]
fn items_may_be_renamed_within_their_object() {
    let mut sealed = seal(secret());
    let item = sealed["spec"]["encryptedData"]["user"].take();
    sealed["spec"]["encryptedData"] = json!({"renamed": item});
    assert_eq!(
        open(sealed, &ring(&[OLD])).unwrap()["data"],
        json!({"renamed": "YWRtaW4="})
    );
}

#[test]
fn the_deprecated_blob_is_read() {
    let vectors: Value = serde_json::from_slice(vector!("vectors.json")).unwrap();
    let all = vectors["vectors"].as_array().unwrap();
    let legacy = all
        .iter()
        .filter(|v| v["Note"].as_str().unwrap().starts_with("legacy"));
    let legacy: Vec<_> = legacy.collect();
    assert_eq!(legacy.len(), 2);
    for vector in legacy {
        let mut sealed = json!({
            "apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret",
            "metadata": {"name": "mysecret", "namespace": "myns"},
            "spec": {"encryptedData": {}, "data": vector["Ciphertext"]}
        });
        let opened = open(sealed.clone(), &ring(&[OLD, NEW])).unwrap();
        assert_eq!(opened["data"]["foo"], "YmFy");
        sealed["metadata"]["name"] = "other".into();
        assert_eq!(
            cause(sealed.clone(), &ring(&[OLD, NEW])),
            "no key could decrypt secret"
        );
        sealed["spec"]["encryptedData"] = json!({"a": ""});
        assert!(cause(sealed, &ring(&[OLD])).starts_with("cannot use the field 'encryptedData'"));
    }
}

#[test]
fn the_secret_belongs_to_its_sealed_secret_unless_it_declines() {
    let owners = |annotations: Value| {
        let mut sealed = seal(secret());
        sealed["metadata"]["uid"] = "u-1".into();
        sealed["spec"]["template"]["metadata"]["annotations"] = annotations;
        sealed["spec"]["template"]["metadata"]["ownerReferences"] = json!([{"name": "forged"}]);
        sealed["spec"]["template"]["metadata"]["name"] = "forged".into();
        sealed["spec"]["template"]["metadata"]["resourceVersion"] = "1".into();
        let sealed = typed(sealed);
        let opened = open_sealed(&sealed, &ring(&[OLD])).unwrap_or_else(|e| panic!("{e}"));
        let manifest = to_secret_manifest(&sealed, &opened, Ownership::Owned);
        let secret: Value = serde_json::from_slice(manifest.expose()).unwrap();
        assert_eq!(secret["metadata"]["name"], "login");
        assert_eq!(secret["metadata"].get("resourceVersion"), None);
        secret["metadata"]["ownerReferences"].clone()
    };
    let owner = json!([{
        "apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", "name": "login",
        "uid": "u-1", "controller": true
    }]);
    assert_eq!(owners(json!({})), owner);
    let skip = "sealedsecrets.bitnami.com/skip-set-owner-references";
    assert_eq!(owners(json!({skip: "true"})), Value::Null);
    assert_eq!(owners(json!({skip: "True"})), owner);
}

#[test]
fn rotation_moves_what_is_old_and_then_changes_nothing() {
    let ring = ring(&[OLD, NEW]);
    let newest = sealer(ring.newest().unwrap()).unwrap_or_else(|error| panic!("{error}"));
    let mut sealed = seal(secret());
    let first = reseal(&typed(sealed.clone()), &ring, &*newest, &mut rng());
    assert_eq!(first.items.keys().collect::<Vec<_>>(), ["password", "user"]);
    assert!(first.failed.is_empty());
    assert_eq!(first.note.as_deref(), Some(NEW_NAME));
    for (key, text) in first.items {
        sealed["spec"]["encryptedData"][key] = text.into();
    }
    let second = reseal(&typed(sealed.clone()), &ring, &*newest, &mut rng());
    assert!(second.is_unchanged(), "the stale note is not believed");
    assert_eq!(open(sealed, &ring).unwrap()["data"]["user"], "YWRtaW4=");
}

#[test]
fn rotation_leaves_what_it_cannot_open_and_says_so() {
    let newest = sealer_for(NEW.0);
    let mut sealed = seal(secret());
    sealed["spec"]["encryptedData"]["user"] = "AgA=".into();
    let result = reseal(&typed(sealed), &ring(&[OLD, NEW]), &*newest, &mut rng());
    assert_eq!(result.items.keys().collect::<Vec<_>>(), ["password"]);
    assert_eq!(result.failed["user"], ResealError::Open(OpenError::Broken));
}

#[test]
fn rotation_for_another_cluster_believes_the_note() {
    let newest = sealer_for(NEW.0);
    let old = ring(&[OLD]);
    let first = reseal(&typed(seal(secret())), &old, &*newest, &mut rng());
    let mut sealed = seal(secret());
    sealed["metadata"]["annotations"][SEALED_FOR] = first.note.unwrap().into();
    sealed["spec"]["encryptedData"] = json!(first.items);
    assert!(reseal(&typed(sealed), &old, &*newest, &mut rng()).is_unchanged());
}

#[test]
fn a_ring_seals_for_the_newest_key_that_has_its_own_certificate() {
    let mut ring = ring(&[NEW, OLD]);
    assert_eq!(ring.newest().unwrap().fingerprint().to_string(), OLD_NAME);
    assert_eq!(
        ring.entries()
            .map(signet_seal::Entry::name)
            .collect::<Vec<_>>(),
        [OLD_NAME, NEW_NAME]
    );
    let key = PrivateKey::from_pem(NEW.1).unwrap_or_else(|error| panic!("{error}"));
    let foreign = Certificate::from_pem(OLD.0).unwrap();
    ring.add("mismatched", jiff::Timestamp::MAX, key, foreign);
    assert!(!ring.entries().next().unwrap().can_seal());
    assert_eq!(ring.newest().unwrap().fingerprint().to_string(), OLD_NAME);
    assert!(ring.remove(OLD_NAME) && !ring.remove(OLD_NAME));
    assert_eq!(ring.newest().unwrap().fingerprint().to_string(), NEW_NAME);
    assert_eq!(ring.len(), 2);
}

#[test]
fn a_tie_keeps_the_sealing_key() {
    let mut ring = Keyring::new();
    for (name, (certificate, key)) in [("first", OLD), ("second", NEW)] {
        let key = PrivateKey::from_pem(key).unwrap_or_else(|error| panic!("{error}"));
        let certificate = Certificate::from_pem(certificate).unwrap();
        ring.add(name, jiff::Timestamp::UNIX_EPOCH, key, certificate);
    }
    assert_eq!(ring.newest().unwrap().fingerprint().to_string(), OLD_NAME);
}
