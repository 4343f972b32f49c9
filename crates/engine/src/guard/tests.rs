//! What the guard lets pass, completes and refuses.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use serde_json::{Value, json};
use signet_api::{ObjectId, names};

use super::{Guarded, PlainSecrets, Rules, check};
use crate::manifest::{Manifest, Origin};

fn rules() -> Rules {
    Rules {
        owner: ("flux-system".into(), "apps".into()),
        ..Rules::default()
    }
}

fn known(id: &ObjectId) -> Option<bool> {
    match id.kind.as_str() {
        "Namespace" | "ClusterRole" | "CustomResourceDefinition" => Some(false),
        "ConfigMap" | "Secret" | "SealedSecret" | "RoleBinding" => Some(true),
        _ => None,
    }
}

/// Objects of the files `0.yaml`, `1.yaml`, …, each on line 1.
fn run(bodies: &[Value], rules: &Rules) -> Result<Guarded, String> {
    let manifest = |(n, body): (usize, &Value)| {
        Manifest::new(body.clone(), Origin::new(format!("{n}.yaml"), 1)).unwrap()
    };
    let manifests = bodies.iter().enumerate().map(manifest).collect();
    check(manifests, rules, &known).map_err(|findings| {
        findings
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    })
}

fn object(kind: &str, namespace: Option<&str>) -> Value {
    let mut body = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": "x"}});
    if let Some(namespace) = namespace {
        body["metadata"]["namespace"] = json!(namespace);
    }
    body
}

fn sealed(namespace: &str, template: &str) -> Value {
    json!({"apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret",
        "metadata": {"name": "db", "namespace": namespace},
        "spec": {"encryptedData": {"k": "AgA="}, "template": {"metadata": {"namespace": template}}}})
}

fn into(namespace: &str) -> Rules {
    Rules {
        target_namespace: Some(namespace.into()),
        ..rules()
    }
}

#[test]
fn an_object_is_sent_as_written_but_for_the_owner_labels() {
    let mut body = object("ConfigMap", Some("shop"));
    body["data"] = json!({"k": "v"});
    let sent = run(&[body.clone()], &rules()).unwrap().manifests;
    body["metadata"]["labels"] =
        json!({names::OWNER_NAMESPACE: "flux-system", names::OWNER_NAME: "apps"});
    assert_eq!(sent[0].body, body);
}

#[test]
fn what_an_export_carries_along_is_taken_off() {
    let mut body = object("ConfigMap", Some("shop"));
    body["status"] = json!({"phase": "x"});
    for key in super::clean::OF_THE_SERVER {
        body["metadata"][key] = json!("x");
    }
    body["metadata"]["annotations"] = json!({names::LAST_APPLIED: "CANARY"});
    body["metadata"]["labels"] = json!({names::OWNER_NAME: "forged"});
    let sent = run(&[body], &rules()).unwrap().manifests;
    assert_eq!(
        sent,
        run(&[object("ConfigMap", Some("shop"))], &rules())
            .unwrap()
            .manifests
    );
}

#[test]
fn the_target_namespace_moves_namespaced_objects_and_no_others() {
    let bodies = [
        object("ConfigMap", None),
        object("Secret", Some("other")),
        object("Namespace", Some("odd")),
        object("Unknown", Some("stays")),
    ];
    let sent = run(&bodies, &into("shop")).unwrap().manifests;
    let ids: Vec<String> = sent.iter().map(|m| m.id.to_string()).collect();
    assert_eq!(
        ids,
        [
            "ConfigMap/shop/x",
            "Secret/shop/x",
            "Namespace/x",
            "Unknown/stays/x"
        ]
    );
    assert!(
        sent.iter()
            .all(|m| ObjectId::of(&m.body).as_ref() == Some(&m.id))
    );
}

#[test]
fn a_namespaced_object_without_a_namespace_is_refused() {
    let why = run(&[object("ConfigMap", None)], &rules()).unwrap_err();
    assert_eq!(
        why,
        "0.yaml:1: ConfigMap/x: namespace not specified; \
        set metadata.namespace, or spec.targetNamespace of the Kustomization"
    );
}

#[test]
fn a_kind_that_the_set_defines_itself_is_known() {
    let definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "shops.example.com"},
        "spec": {"group": "example.com", "names": {"kind": "Shop"}, "scope": "Namespaced"}});
    let shop = json!({"apiVersion": "example.com/v1", "kind": "Shop", "metadata": {"name": "x"}});
    assert!(run(&[definition.clone(), shop.clone()], &rules()).is_err());
    assert!(run(&[definition, shop.clone()], &into("a")).is_ok());
    assert!(
        run(&[shop], &rules()).is_ok(),
        "a kind of nobody is left to the server"
    );
}

#[test]
fn two_declarations_of_one_object_are_refused_naming_both() {
    let why = run(
        &[
            object("ConfigMap", Some("a")),
            object("ConfigMap", Some("b")),
        ],
        &into("shop"),
    );
    assert_eq!(
        why.unwrap_err(),
        "1.yaml:1: ConfigMap/shop/x: it is declared twice, \
        first at 0.yaml:1; keep one of the two"
    );
}

#[test]
fn a_plain_secret_is_allowed_warned_of_or_refused() {
    let with = |policy| Rules {
        plain_secrets: policy,
        ..rules()
    };
    for (key, value) in [("data", "Q0FOQVJZ"), ("stringData", "CANARY")] {
        let mut body = object("Secret", Some("shop"));
        body[key] = json!({"password": value});
        let warned = run(&[body.clone()], &with(PlainSecrets::Warn)).unwrap();
        assert_eq!((warned.manifests.len(), warned.warnings.len()), (1, 1));
        assert!(
            run(&[body.clone()], &with(PlainSecrets::Allow))
                .unwrap()
                .warnings
                .is_empty()
        );
        let why = run(&[body], &with(PlainSecrets::Refuse)).unwrap_err();
        assert!(
            why.starts_with("0.yaml:1: Secret/shop/x: ") && why.contains("signet seal"),
            "{why}"
        );
        assert!(!why.contains(value), "{why}");
    }
    let mut empty = object("Secret", Some("shop"));
    empty["data"] = json!({});
    assert!(run(&[empty], &with(PlainSecrets::Refuse)).is_ok());
}

#[test]
fn string_data_is_sent_as_data() {
    let mut body = object("Secret", Some("shop"));
    body["stringData"] = json!({"a": "new", "n": ""});
    body["data"] = json!({"a": "b2xk", "b": "a2VwdA=="});
    let sent = run(&[body.clone()], &rules()).unwrap().manifests;
    assert_eq!(
        sent[0].body["data"],
        json!({"a": "bmV3", "b": "a2VwdA==", "n": ""})
    );
    assert_eq!(sent[0].body.get("stringData"), None);
    body["stringData"] = json!({"pin": 4711});
    let why = run(&[body], &rules()).unwrap_err();
    assert!(
        why.contains("stringData \"pin\" is not text") && !why.contains("4711"),
        "{why}"
    );
}

#[test]
fn what_sops_encrypted_is_refused() {
    let mut body = object("ConfigMap", Some("shop"));
    body["sops"] = json!({"mac": "ENC[x]"});
    assert!(run(&[body], &rules()).unwrap_err().contains("SOPS"));
}

#[test]
fn a_sealed_secret_goes_only_where_it_is_sealed_for() {
    assert!(run(&[sealed("shop", "shop")], &rules()).is_ok());
    assert!(run(&[sealed("shop", "")], &rules()).is_ok());
    let why = run(&[sealed("shop", "bank")], &rules()).unwrap_err();
    assert_eq!(
        why,
        "0.yaml:1: SealedSecret/shop/db: it is sealed for namespace bank but goes \
        to shop; seal it again with `signet seal -n shop`, or cluster-wide"
    );
    assert!(
        run(&[sealed("shop", "shop")], &into("bank")).is_err(),
        "moved away"
    );
    let mut anywhere = sealed("shop", "bank");
    anywhere["metadata"]["annotations"] = json!({names::CLUSTER_WIDE: "true"});
    assert!(run(&[anywhere], &rules()).is_ok());
}

#[test]
fn names_that_would_choose_a_path_are_refused() {
    for (pointer, bad) in [
        ("/metadata/name", "../../secrets/x"),
        ("/metadata/name", ".."),
        ("/metadata/name", "a%2fb"),
        ("/metadata/namespace", "kube/../x"),
        ("/metadata/namespace", "UPPER"),
        ("/kind", "Config_Map"),
        ("/apiVersion", "apps/v1/x"),
        ("/apiVersion", "../v1"),
    ] {
        let mut body = object("Unknown", Some("shop"));
        *body.pointer_mut(pointer).unwrap() = json!(bad);
        let why = run(&[body], &rules()).unwrap_err();
        assert!(
            why.contains(pointer.rsplit('/').next().unwrap()),
            "{bad}: {why}"
        );
    }
    let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": "system:Admin"}});
    assert!(run(&[role], &rules()).is_ok());
}

#[test]
fn labels_and_annotations_must_be_text() {
    let mut body = object("ConfigMap", Some("shop"));
    body["metadata"]["labels"] = json!({"version": 1.10});
    body["metadata"]["annotations"] = json!(["x"]);
    let why = run(&[body], &rules()).unwrap_err();
    assert_eq!(why.lines().count(), 2, "{why}");
    assert!(
        why.contains("metadata.labels \"version\" is not text"),
        "{why}"
    );
}

#[test]
fn one_bad_object_refuses_the_whole_set_and_all_findings_are_told() {
    let bodies = [
        object("ConfigMap", Some("ok")),
        object("ConfigMap", None),
        object("Secret", None),
    ];
    assert_eq!(run(&bodies, &rules()).unwrap_err().lines().count(), 2);
}
