//! What is held, confirmed, deleted and kept.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use super::*;
use serde_json::json;

fn maps(count: usize) -> Vec<ObjectId> {
    let id = |n| ObjectId::from_inventory(&format!("a_c{n}__ConfigMap"), "v1").unwrap();
    (0..count).map(id).collect()
}

fn held(stale: &[ObjectId], len: usize, confirmed: Option<&str>) -> Option<(String, String)> {
    match brake(stale, len, &Budget::default(), confirmed) {
        Brake::Go => None,
        Brake::Held { digest, message } => Some((digest, message)),
    }
}

#[test]
fn a_run_is_held_above_twenty_objects_and_half_of_all() {
    for (stale, all, expected) in [
        (0, 0, false),
        (20, 20, false),
        (21, 42, false),
        (21, 41, true),
        (21, 1000, false),
    ] {
        assert_eq!(
            held(&maps(stale), all, None).is_some(),
            expected,
            "{stale} of {all}"
        );
    }
}

#[test]
fn what_takes_others_along_is_always_held() {
    for (id, expected) in [
        ("_shop__Namespace", true),
        ("shop_disk__PersistentVolumeClaim", true),
        ("_a.b_apiextensions.k8s.io_CustomResourceDefinition", true),
        ("_shop_example.com_Namespace", false),
    ] {
        let stale = [ObjectId::from_inventory(id, "v1").unwrap()];
        assert_eq!(held(&stale, 1000, None).is_some(), expected, "{id}");
    }
}

#[test]
fn a_confirmation_holds_for_this_very_set() {
    let (stale, mut other) = (maps(30), maps(31));
    let (digest, message) = held(&stale, 30, None).unwrap();
    assert!(
        message.contains(&digest) && message.contains("20 more"),
        "{message}"
    );
    assert_eq!(held(&stale, 30, Some(&digest)), None);
    assert!(held(&other, 31, Some(&digest)).is_some());
    other.truncate(30);
    other.reverse();
    assert_eq!(held(&other, 30, Some(&digest)), None, "whatever the order");
}

#[test]
fn only_what_is_ours_and_not_exempt_is_deleted() {
    let me = ("flux-system", "apps");
    let seen = |owner: &str, annotations: serde_json::Value| {
        Seen::of(
            &json!({"metadata": {"uid": "u", "annotations": annotations, "labels":
            {names::OWNER_NAMESPACE: "flux-system", names::OWNER_NAME: owner}}}),
            "us",
            &[],
        )
    };
    let fate = |owner, annotations| decide(seen(owner, annotations).as_ref(), me);
    assert_eq!(fate("apps", json!({})), Fate::Delete { uid: "u".into() });
    assert!(matches!(fate("other", json!({})), Fate::Keep(_)));
    assert!(matches!(
        fate("apps", json!({names::PRUNE: "Disabled"})),
        Fate::Keep(_)
    ));
    assert!(matches!(
        fate("apps", json!({names::RECONCILE: "disabled"})),
        Fate::Keep(_)
    ));
    assert_eq!(decide(None, me), Fate::Gone);
}

#[test]
fn a_budget_is_written_as_a_number_a_share_or_off() {
    let parsed = |text: &str| text.parse::<Budget>().ok().map(|b| (b.objects, b.share));
    assert_eq!(parsed("50"), Some((50, 0.0)));
    assert_eq!(parsed("50,25%"), Some((50, 0.25)));
    assert_eq!(parsed("off"), Some((usize::MAX, 1.0)));
    for wrong in ["", "x", "50%", "-1", "5,5", "5,x%", "OFF"] {
        assert_eq!(parsed(wrong), None, "{wrong}");
    }
    let namespace = [ObjectId::from_inventory("_shop__Namespace", "v1").unwrap()];
    assert_eq!(brake(&namespace, 1, &Budget::UNBOUNDED, None), Brake::Go);
}
