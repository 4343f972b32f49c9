//! The judgement of unsealing, case by case: no cluster, no key.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

use serde_json::{Value, json};
use signet_api::SealedSecret;
use signet_api::names::{COPIED_FROM, COPIED_FROM_UID, LAST_APPLIED, MANAGED, PATCH, SKIP_OWNER};
use signet_seal::SecretBytes;
use signet_seal::secret::Opened;

use super::subject::parse;
use signet_seal::secret::decide::{Refusal, Verdict, decide, standing};

mod saying;

const UID: &str = "uid-1";

fn sealed() -> SealedSecret {
    parse(object()).unwrap()
}

fn object() -> Value {
    json!({
        "apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret",
        "metadata": {"name": "db", "namespace": "team-a", "uid": UID, "generation": 3},
        "spec": {"encryptedData": {"password": "AgA="}},
    })
}

/// What was opened: one value, and this template.
fn opened(template: Value) -> Opened {
    Opened {
        data: [("password".to_owned(), SecretBytes::new(b"s3cret".to_vec()))].into(),
        used: std::collections::BTreeMap::new(),
        rendered: false,
        template: serde_json::from_value(template).unwrap(),
    }
}

fn owner(uid: &str) -> Value {
    json!({"apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", "name": "db", "uid": uid, "controller": true})
}

/// What unsealing with an empty template has made, as the API server gives it back.
fn live() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": {
            "name": "db", "namespace": "team-a", "uid": "uid-2", "resourceVersion": "7",
            "ownerReferences": [owner(UID)],
        },
        "data": {"password": "czNjcmV0"},
    })
}

/// `live` with one part replaced.
fn live_with(pointer: &str, value: Value) -> Value {
    let mut secret = live();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    secret.pointer_mut(parent).unwrap()[key] = value;
    secret
}

fn verdict(template: Value, live: Option<&Value>) -> Verdict {
    decide(&sealed(), &opened(template), live)
}

#[track_caller]
fn created(template: Value) -> Value {
    let Verdict::Create(body) = verdict(template, None) else {
        panic!("expected Create")
    };
    body
}

#[track_caller]
fn updated(template: Value, live: &Value) -> Value {
    let Verdict::Update(body) = verdict(template, Some(live)) else {
        panic!("expected Update")
    };
    body
}

#[track_caller]
fn left(template: Value, live: &Value) {
    assert!(matches!(verdict(template, Some(live)), Verdict::Leave));
}

#[track_caller]
fn refused(template: Value, live: &Value) -> Refusal {
    let Verdict::Refuse(refusal) = verdict(template, Some(live)) else {
        panic!("expected Refuse")
    };
    refusal
}

// === creating

#[test]
fn a_secret_is_made_under_the_name_of_its_sealed_secret() {
    assert_eq!(
        created(json!({})),
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": {"name": "db", "namespace": "team-a", "ownerReferences": [owner(UID)]},
            "data": {"password": "czNjcmV0"},
        })
    );
}

#[test]
fn name_and_namespace_of_the_template_do_not_count() {
    let body = created(json!({"metadata": {
        "name": "other", "namespace": "kube-system", "uid": "x", "resourceVersion": "1",
        "ownerReferences": [owner("somebody")], "generateName": "x",
    }}));
    assert_eq!(
        body["metadata"],
        json!({"name": "db", "namespace": "team-a", "ownerReferences": [owner(UID)]})
    );
}

#[test]
fn labels_annotations_finalizers_type_and_immutable_come_from_the_template() {
    let body = created(json!({
        "metadata": {"labels": {"a": "1"}, "annotations": {"b": "2"}, "finalizers": ["c/d"]},
        "type": "kubernetes.io/tls", "immutable": true,
    }));
    assert_eq!(body["metadata"]["labels"], json!({"a": "1"}));
    assert_eq!(body["metadata"]["annotations"], json!({"b": "2"}));
    assert_eq!(body["metadata"]["finalizers"], json!(["c/d"]));
    assert_eq!(
        (&body["type"], &body["immutable"]),
        (&json!("kubernetes.io/tls"), &json!(true))
    );
}

#[test]
fn a_copy_of_the_manifest_is_never_carried_over() {
    let body =
        created(json!({"metadata": {"annotations": {LAST_APPLIED: "{\"data\":\"plain\"}"}}}));
    assert_eq!(body["metadata"].get("annotations"), None);
    let mark = json!({COPIED_FROM: "team-z/db", COPIED_FROM_UID: "u"});
    let body = created(json!({"metadata": {"annotations": mark}}));
    assert_eq!(
        body["metadata"].get("annotations"),
        None,
        "nor what makes a copy"
    );
}

#[test]
fn the_owner_reference_can_be_left_out() {
    let body = created(json!({"metadata": {"annotations": {SKIP_OWNER: "true"}}}));
    assert_eq!(body["metadata"].get("ownerReferences"), None);
    assert!(
        standing(&sealed(), &body).is_some(),
        "and then the Secret is not ours, as with the peer"
    );
    let body = created(json!({"metadata": {"annotations": {SKIP_OWNER: "true", MANAGED: "true"}}}));
    assert_eq!(standing(&sealed(), &body), None);
    let body = created(json!({"metadata": {"annotations": {SKIP_OWNER: "True"}}}));
    assert_eq!(
        body["metadata"]["ownerReferences"],
        json!([owner(UID)]),
        "only the exact word counts"
    );
}

// === leaving alone

#[test]
fn what_is_as_it_should_be_is_left() {
    left(json!({}), &live());
    left(json!({"type": "Opaque"}), &live());
    left(
        json!({"metadata": {"labels": {}, "annotations": null}}),
        &live(),
    );
}

#[test]
fn fields_of_the_api_server_and_finalizers_of_others_are_no_difference() {
    left(
        json!({}),
        &live_with("/metadata/managedFields", json!([{"manager": "x"}])),
    );
    left(
        json!({}),
        &live_with("/metadata/finalizers", json!(["other/one"])),
    );
    left(json!({"immutable": true}), &live());
    left(json!({}), &live_with("/immutable", json!(true)));
}

// === replacing

#[test]
fn a_value_edited_by_hand_is_put_back() {
    let edited = live_with("/data", json!({"password": "aGFuZA==", "more": "eA=="}));
    let body = updated(json!({}), &edited);
    assert_eq!(body["data"], json!({"password": "czNjcmV0"}));
    assert_eq!(
        body["metadata"]["resourceVersion"], "7",
        "only over the version that was seen"
    );
}

#[test]
fn labels_and_annotations_are_replaced_as_a_whole() {
    let mut secret = live_with("/metadata/labels", json!({"hand": "1"}));
    secret["metadata"]["annotations"] = json!({"hand": "1"});
    let body = updated(json!({"metadata": {"labels": {"a": "1"}}}), &secret);
    assert_eq!(body["metadata"]["labels"], json!({"a": "1"}));
    assert_eq!(body["metadata"]["annotations"], json!({}));
}

#[test]
fn another_type_is_asked_for() {
    assert_eq!(
        updated(json!({"type": "kubernetes.io/tls"}), &live())["type"],
        "kubernetes.io/tls"
    );
    let tls = live_with("/type", json!("kubernetes.io/tls"));
    assert_eq!(updated(json!({}), &tls)["type"], "Opaque");
}

#[test]
fn immutable_counts_at_creation_only() {
    let edited = live_with("/data", json!({}));
    assert_eq!(
        updated(json!({"immutable": true}), &edited).get("immutable"),
        None
    );
}

#[test]
fn an_owner_reference_is_put_back_where_the_secret_consents() {
    let mut secret = live_with("/metadata/ownerReferences", json!([]));
    secret["metadata"]["annotations"] = json!({MANAGED: "true"});
    let body = updated(json!({}), &secret);
    assert_eq!(body["metadata"]["ownerReferences"], json!([owner(UID)]));
    assert_eq!(
        body["metadata"]["annotations"],
        json!({}),
        "wholesale, consent included"
    );
}

#[test]
fn a_copy_from_elsewhere_gives_way_to_the_sealed_secret_of_its_namespace() {
    let mut copy = live_with("/metadata/ownerReferences", Value::Null);
    copy["metadata"]["annotations"] = json!({COPIED_FROM: "team-z/db", COPIED_FROM_UID: "u"});
    let body = updated(json!({}), &copy);
    assert_eq!(body["metadata"]["ownerReferences"], json!([owner(UID)]));
    assert_eq!(body["metadata"]["annotations"], json!({}));
    copy["metadata"]["annotations"] = json!({COPIED_FROM: "team-z/other", COPIED_FROM_UID: "u"});
    refused(json!({}), &copy);
}

// === refusing

#[test]
fn a_secret_of_somebody_else_is_not_touched() {
    for owners in [json!([]), Value::Null, json!([owner("uid-other")])] {
        let refusal = refused(json!({}), &live_with("/metadata/ownerReferences", owners));
        assert_eq!(
            refusal,
            Refusal::NotManaged {
                name: "db".to_owned()
            }
        );
    }
}

#[test]
fn an_owner_that_does_not_control_gives_no_right() {
    let mut reference = owner(UID);
    reference["controller"] = json!(false);
    refused(
        json!({}),
        &live_with("/metadata/ownerReferences", json!([reference])),
    );
}

#[test]
fn an_empty_uid_owns_nothing() {
    let mut nameless = sealed();
    nameless.metadata.uid = Some(String::new());
    let theirs = live_with("/metadata/ownerReferences", json!([owner("")]));
    assert!(standing(&nameless, &theirs).is_some());
    nameless.metadata.uid = None;
    assert!(
        standing(
            &nameless,
            &live_with("/metadata/ownerReferences", json!([]))
        )
        .is_some()
    );
}

#[test]
fn consent_in_the_template_is_no_consent_of_the_live_secret() {
    let theirs = live_with("/metadata/ownerReferences", json!([]));
    refused(
        json!({"metadata": {"annotations": {MANAGED: "true", PATCH: "true"}}}),
        &theirs,
    );
}

#[test]
fn an_immutable_secret_is_refused_only_where_it_differs_in_what_is_frozen() {
    let mut frozen = live_with("/immutable", json!(true));
    left(json!({}), &frozen);
    assert_eq!(
        updated(json!({"metadata": {"labels": {"a": "1"}}}), &frozen)["metadata"]["labels"]["a"],
        "1"
    );
    frozen["data"] = json!({"password": "b2xk"});
    let refusal = refused(json!({}), &frozen);
    assert!(
        refusal
            .to_string()
            .starts_with("Error updating team-a/db: the target Secret is immutable.")
    );
}

// === merging

fn theirs_to_patch(annotations: Value) -> Value {
    let mut secret = live_with("/metadata/ownerReferences", Value::Null);
    secret["metadata"]["annotations"] = annotations;
    secret["metadata"]["labels"] = json!({"theirs": "1"});
    secret["data"] = json!({"theirs": "eA==", "password": "b2xk"});
    secret["type"] = json!("example.com/own");
    secret
}

#[test]
fn a_secret_that_asks_for_it_is_merged_into() {
    let template = json!({"metadata": {"labels": {"ours": "1"}, "annotations": {"ours": "1"}}});
    let body = updated(template, &theirs_to_patch(json!({PATCH: "true"})));
    assert_eq!(
        body["data"],
        json!({"theirs": "eA==", "password": "czNjcmV0"})
    );
    assert_eq!(
        body["metadata"]["labels"],
        json!({"theirs": "1", "ours": "1"})
    );
    assert_eq!(
        body["metadata"]["annotations"],
        json!({PATCH: "true", "ours": "1"})
    );
    assert_eq!(
        body["metadata"]["ownerReferences"],
        Value::Null,
        "and is not owned"
    );
    assert_eq!(body["type"], "example.com/own");
}

#[test]
fn merging_what_is_merged_already_leaves_it() {
    let secret = theirs_to_patch(json!({PATCH: "true"}));
    let merged = updated(json!({}), &secret);
    left(json!({}), &merged);
}

#[test]
fn managed_makes_a_merged_secret_owned_even_if_the_template_says_so() {
    let by_secret = updated(
        json!({}),
        &theirs_to_patch(json!({PATCH: "true", MANAGED: "true"})),
    );
    assert_eq!(
        by_secret["metadata"]["ownerReferences"],
        json!([owner(UID)])
    );
    let template = json!({"metadata": {"annotations": {MANAGED: "true"}}});
    let by_template = updated(template, &theirs_to_patch(json!({PATCH: "true"})));
    assert_eq!(
        by_template["metadata"]["ownerReferences"],
        json!([owner(UID)])
    );
}
