//! What a copy becomes, case by case: no cluster, no key.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

use serde_json::{Value, json};
use signet_api::names::{COPIED_FROM, COPIED_FROM_UID};
use signet_seal::SecretBytes;

use super::*;
use crate::unseal::subject::parse;

fn opened(template: Value) -> Opened {
    Opened {
        data: [("password".to_owned(), SecretBytes::new(b"s3cret".to_vec()))].into(),
        used: std::collections::BTreeMap::new(),
        template: serde_json::from_value(template).unwrap(),
        rendered: false,
    }
}

/// `team-a/db`, as a copy in `team-b`.
fn verdict(template: Value, live: Option<&Value>) -> Verdict {
    let sealed = parse(json!({
        "apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret",
        "metadata": {"name": "db", "namespace": "team-a", "uid": "uid-1"},
        "spec": {"encryptedData": {"password": "AgA="}},
    }));
    decide(&sealed.unwrap(), &opened(template), live, "team-b")
}

/// A Secret of that name in `team-b` with these annotations.
fn live(annotations: impl Into<Value>) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": {
            "name": "db", "namespace": "team-b", "uid": "s", "resourceVersion": "7",
            "annotations": annotations.into(),
        },
        "data": {"password": "czNjcmV0"},
    })
}

fn of_us() -> Value {
    json!({COPIED_FROM: "team-a/db", COPIED_FROM_UID: "uid-1"})
}

#[track_caller]
fn updated(template: Value, live: &Value) -> Value {
    match verdict(template, Some(live)) {
        Verdict::Update(body) => body,
        _ => panic!("expected Update"),
    }
}

#[track_caller]
fn refused(live: &Value) {
    let Verdict::Refuse(refusal) = verdict(json!({}), Some(live)) else {
        panic!("expected Refuse")
    };
    let text = "Resource \"db\" already exists and is not managed by SealedSecret";
    assert_eq!(refusal.to_string(), text);
}

#[test]
fn a_copy_bears_a_mark_in_the_place_of_an_owner() {
    let template = json!({
        "metadata": {"labels": {"a": "1"}, "annotations": {"b": "2"}, "finalizers": ["c/d"]},
        "type": "example.com/own",
    });
    let Verdict::Create(body) = verdict(template, None) else {
        panic!("expected Create")
    };
    assert_eq!(
        body,
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": "example.com/own",
            "metadata": {
                "name": "db", "namespace": "team-b", "labels": {"a": "1"},
                "annotations": {"b": "2", COPIED_FROM: "team-a/db", COPIED_FROM_UID: "uid-1"},
            },
            "data": {"password": "czNjcmV0"},
        })
    );
}

#[test]
fn a_template_cannot_say_whose_copy_it_is() {
    let template =
        json!({"metadata": {"annotations": {COPIED_FROM: "x/db", COPIED_FROM_UID: "u"}}});
    let Verdict::Create(body) = verdict(template, None) else {
        panic!("expected Create")
    };
    assert_eq!(body["metadata"]["annotations"], of_us());
}

#[test]
fn a_copy_that_is_right_is_left_and_an_edit_is_put_back() {
    assert!(matches!(
        verdict(json!({}), Some(&live(of_us()))),
        Verdict::Leave
    ));
    let mut edited = live(of_us());
    edited["data"] = json!({"password": "aGFuZA==", "more": "eA=="});
    edited["metadata"]["labels"] = json!({"hand": "1"});
    let body = updated(json!({}), &edited);
    assert_eq!(body["data"], json!({"password": "czNjcmV0"}));
    assert_eq!(body["metadata"]["labels"], json!({}));
    assert_eq!(body["metadata"]["namespace"], "team-b");
    assert_eq!(body["metadata"]["resourceVersion"], "7");
}

#[test]
fn the_copy_of_an_object_that_was_made_anew_is_kept_and_marked_anew() {
    let old = live(json!({COPIED_FROM: "team-a/db", COPIED_FROM_UID: "uid-0"}));
    assert_eq!(updated(json!({}), &old)["metadata"]["annotations"], of_us());
}

#[test]
fn a_secret_of_somebody_else_is_not_touched() {
    refused(&live(Value::Null));
    refused(&live(
        json!({COPIED_FROM: "team-z/db", COPIED_FROM_UID: "u"}),
    ));
    refused(&live(
        json!({COPIED_FROM: "team-z/db", COPIED_FROM_UID: "u", MANAGED: "true", PATCH: "true"}),
    ));
    let mut controlled = live(json!({MANAGED: "true"}));
    let owner =
        json!({"apiVersion": "v1", "kind": "X", "name": "x", "uid": "x", "controller": true});
    controlled["metadata"]["ownerReferences"] = json!([owner]);
    refused(&controlled);
}

#[test]
fn a_secret_that_consents_is_taken_over() {
    let body = updated(json!({}), &live(json!({MANAGED: "true", "hand": "1"})));
    assert_eq!(body["metadata"]["annotations"], of_us());
    assert_eq!(body["metadata"]["ownerReferences"], json!([]));
}

#[test]
fn a_secret_that_asks_for_it_is_merged_into_and_stays_its_owners() {
    let mut theirs = live(json!({PATCH: "true"}));
    theirs["data"] = json!({"theirs": "eA==", "password": "b2xk"});
    let template = json!({"metadata": {"annotations": {MANAGED: "true", "ours": "1"}}});
    let body = updated(template.clone(), &theirs);
    assert_eq!(
        body["data"],
        json!({"theirs": "eA==", "password": "czNjcmV0"})
    );
    assert_eq!(
        body["metadata"]["annotations"],
        json!({PATCH: "true", "ours": "1"})
    );
    assert_eq!(body["metadata"]["ownerReferences"], Value::Null);
    assert!(
        matches!(verdict(template, Some(&body)), Verdict::Leave),
        "and once is enough"
    );
}

#[test]
fn an_immutable_copy_is_refused_where_it_differs() {
    let mut frozen = live(of_us());
    frozen["immutable"] = json!(true);
    frozen["data"] = json!({"password": "b2xk"});
    let Verdict::Refuse(refusal) = verdict(json!({}), Some(&frozen)) else {
        panic!("expected Refuse")
    };
    assert!(
        refusal
            .to_string()
            .starts_with("Error updating team-b/db: the target Secret is immutable")
    );
}
