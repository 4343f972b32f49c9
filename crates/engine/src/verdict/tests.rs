//! What is judged, case by case.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use super::*;
use crate::managers::overridden;
use crate::manifest::Origin;
use serde_json::{Value, json};

const ME: (&str, &str) = ("flux-system", "apps");

fn live(change: impl FnOnce(&mut Value)) -> Seen {
    let mut object = json!({"metadata": {"name": "c", "uid": "u1", "resourceVersion": "7",
        "labels": {names::OWNER_NAMESPACE: ME.0, names::OWNER_NAME: ME.1},
        "annotations": {},
        "managedFields": [{"manager": "us", "operation": "Apply", "fieldsV1": {"f:data": {}}}]}});
    change(&mut object["metadata"]);
    Seen::of(&object, "us", &overridden()).unwrap()
}

fn declared() -> Manifest {
    let body = json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "c", "namespace": "a"}});
    Manifest::new(body, Origin::new("c.yaml", 1)).unwrap()
}

#[allow(clippy::needless_pass_by_value, reason = "cases read better")]
fn check(memory: Option<(&str, Seen)>, seen: Option<Seen>) -> Verdict {
    let memory = memory.map(|(digest, seen)| Memory {
        digest: digest.to_owned(),
        seen,
    });
    decide(&declared(), "d1", memory.as_ref(), seen.as_ref(), ME)
}

fn quiet() -> Seen {
    live(|_| ())
}

#[test]
fn what_is_not_there_is_created() {
    assert_eq!(check(None, None), Verdict::Create);
    assert_eq!(check(Some(("d1", quiet())), None), Verdict::Create);
}

#[test]
fn what_stands_still_costs_nothing() {
    let elsewhere = live(|m| m["resourceVersion"] = json!("8"));
    assert_eq!(
        check(Some(("d1", quiet())), Some(elsewhere)),
        Verdict::Leave
    );
}

#[test]
fn a_look_from_before_our_apply_is_no_drift() {
    let before = live(|m| {
        m["resourceVersion"] = json!("6");
        m["managedFields"] = json!([]);
    });
    assert_eq!(check(Some(("d1", quiet())), Some(before)), Verdict::Leave);
}

#[test]
fn what_is_declared_anew_or_never_compared_is_configured() {
    assert_eq!(check(None, Some(quiet())), Verdict::Configure);
    assert_eq!(
        check(Some(("d0", quiet())), Some(quiet())),
        Verdict::Configure
    );
    let nobodys = live(|m| m["labels"] = json!({}));
    assert_eq!(check(None, Some(nobodys)), Verdict::Configure);
}

#[test]
fn what_somebody_changed_is_put_back() {
    let edited = live(|m| {
        m["managedFields"] = json!([
            {"manager": "us", "operation": "Apply", "fieldsV1": {}, "time": "1"},
            {"manager": "kubectl-edit", "operation": "Update", "fieldsV1": {}, "time": "2"}]);
    });
    let verdict = check(Some(("d1", quiet())), Some(edited));
    assert_eq!(
        verdict,
        Verdict::PutBack("changed by kubectl-edit".to_owned())
    );
    let again = live(|m| m["uid"] = json!("u2"));
    assert!(matches!(
        check(Some(("d1", quiet())), Some(again)),
        Verdict::PutBack(_)
    ));
}

#[test]
fn hands_stay_off_where_declared_or_live_says_so_and_while_it_is_deleted() {
    let off = live(|m| m["annotations"][names::RECONCILE] = json!("Disabled"));
    assert!(matches!(
        check(Some(("d0", quiet())), Some(off)),
        Verdict::Skip(_)
    ));
    let going = live(|m| m["deletionTimestamp"] = json!("2026-01-01T00:00:00Z"));
    assert!(matches!(check(None, Some(going)), Verdict::Skip(_)));
    let mut declared = declared();
    declared.body["metadata"]["labels"] = json!({names::RECONCILE: "disabled"});
    assert!(matches!(
        decide(&declared, "d1", None, None, ME),
        Verdict::Skip(_)
    ));
}

#[test]
fn what_kubectl_added_is_put_back_unless_the_object_merges() {
    let added = |merge: bool| {
        live(|m| {
            let theirs = json!({"manager": "kubectl-edit", "operation": "Update",
                "fieldsV1": {"f:data": {"f:x": {}}}});
            m["managedFields"].as_array_mut().unwrap().push(theirs);
            if merge {
                m["annotations"][names::SSA] = json!("Merge");
            }
        })
    };
    let verdict = check(Some(("d1", quiet())), Some(added(false)));
    assert_eq!(
        verdict,
        Verdict::PutBack("changed by kubectl-edit".to_owned())
    );
    let verdict = check(Some(("d1", quiet())), Some(added(true)));
    assert_eq!(verdict, Verdict::Leave);
}

#[test]
fn an_object_says_how_it_is_applied() {
    let with = |word: &str, seen: Option<Seen>| {
        let mut declared = declared();
        declared.body["metadata"]["annotations"] = json!({names::SSA: word});
        decide(&declared, "d1", None, seen.as_ref(), ME)
    };
    assert!(matches!(with("Ignore", None), Verdict::Skip(_)));
    assert_eq!(with("IfNotPresent", None), Verdict::Create);
    assert!(matches!(
        with("ifNotPresent", Some(quiet())),
        Verdict::Skip(_)
    ));
    assert_eq!(with("Merge", Some(quiet())), Verdict::Configure);
    let ignored = live(|m| m["labels"][names::SSA] = json!("Ignore"));
    assert!(matches!(check(None, Some(ignored)), Verdict::Skip(_)));
}

#[test]
fn an_object_of_another_kustomization_is_refused_unless_it_is_offered() {
    let theirs = live(|m| m["labels"][names::OWNER_NAME] = json!("other"));
    let Verdict::Refuse(why) = check(Some(("d1", quiet())), Some(theirs)) else {
        unreachable!("a foreign object was not refused")
    };
    assert!(
        why.contains("flux-system/other") && why.contains(names::HAND_OVER),
        "{why}"
    );
    let offered = live(|m| {
        m["labels"][names::OWNER_NAME] = json!("other");
        m["annotations"][names::HAND_OVER] = json!("flux-system/apps");
    });
    assert_eq!(check(None, Some(offered)), Verdict::Configure);
}

#[test]
fn what_never_was_in_a_cluster_is_not_seen() {
    assert_eq!(
        Seen::of(&json!({"metadata": {"name": "c"}}), "us", &[]),
        None
    );
}
