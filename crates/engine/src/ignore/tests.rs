//! A Deployment as API servers answer it, which Flux applied and others wrote to.

use serde_json::{Value, json};
use signet_api::build::Selector;
use signet_api::ignore_rule::IgnoreRule;

use super::Rules;

const US: &str = "kustomize-controller";

fn rules(paths: &[&str]) -> Rules {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    compile(&[IgnoreRule {
        paths,
        target: None,
    }])
}

fn compile(rules: &[IgnoreRule]) -> Rules {
    Rules::compile(rules).unwrap_or_default()
}

fn wrong(rules: &[IgnoreRule]) -> Vec<String> {
    let wrong = Rules::compile(rules).err().unwrap_or_default();
    wrong.iter().map(ToString::to_string).collect()
}

fn declared() -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default", "labels": {"tier": "front"}},
        "spec": {"replicas": 1, "template": {"spec": {"containers": [
            {"name": "app", "image": "app:1", "resources": {"limits": {"cpu": "1"}},
                "ports": [{"containerPort": 80, "protocol": "TCP", "name": "http"}],
                "env": [{"name": "A", "value": "1"}]}]}}}})
}

/// What the API server keeps of the declared, with a container that somebody put in front.
fn live() -> Value {
    let mut live = declared();
    let sidecar = json!({"name": "proxy", "image": "proxy:1"});
    let containers = live.pointer_mut("/spec/template/spec/containers");
    if let Some(items) = containers.and_then(Value::as_array_mut) {
        items.insert(0, sidecar);
    }
    live["metadata"]["managedFields"] = json!([
        entry(US, "Apply", &ours()),
        entry(
            "vpa",
            "Apply",
            &json!({
        "f:spec": {"f:template": {"f:spec": {"f:containers": {
            "k:{\"name\":\"app\"}": {".": {}, "f:name": {}, "f:resources": {"f:limits": {"f:cpu": {}}}}}}}}})
        )
    ]);
    live
}

fn entry(manager: &str, operation: &str, fields: &Value) -> Value {
    json!({"manager": manager, "operation": operation, "apiVersion": "apps/v1",
        "time": "2026-01-31T12:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": fields})
}

fn ours() -> Value {
    json!({"f:metadata": {"f:labels": {"f:tier": {}}},
        "f:spec": {"f:replicas": {}, "f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"app\"}": {
            ".": {}, "f:name": {}, "f:image": {}, "f:resources": {"f:limits": {"f:cpu": {}}},
            "f:env": {"k:{\"name\":\"A\"}": {".": {}, "f:name": {}, "f:value": {}}},
            "f:ports": {"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":
                {".": {}, "f:containerPort": {}, "f:name": {}, "f:protocol": {}}}}}}}}})
}

/// The live object with a value changed, as somebody's update leaves it.
fn with(pointer: &str, value: Value) -> Value {
    let mut live = live();
    if let Some(place) = live.pointer_mut(pointer) {
        *place = value;
    }
    live
}

const CPU: &str = "/spec/template/spec/containers/1/resources/limits/cpu";

#[test]
fn what_another_applier_owns_is_left_out_of_what_is_sent() {
    let live_now = with(CPU, json!("4"));
    let sent = rules(&[CPU]).payload(&declared(), &live_now, &live(), US);
    // In the declared body the container is the first.
    assert_eq!(
        sent.pointer("/spec/template/spec/containers/0/resources"),
        Some(&json!({"limits": {}}))
    );
    assert_eq!(
        sent.pointer("/spec/template/spec/containers/0/image"),
        Some(&json!("app:1"))
    );
}

#[test]
fn what_nobody_else_applies_is_sent_as_it_is_live() {
    let live_now = with("/spec/replicas", json!(7));
    let sent = rules(&["/spec/replicas"]).payload(&declared(), &live_now, &live(), US);
    assert_eq!(sent["spec"]["replicas"], 7);
    // Lists inside of lists, and keys that are numbers.
    for (live_path, sent_path) in [
        (
            "/spec/template/spec/containers/1/env/0/value",
            "/spec/template/spec/containers/0/env/0/value",
        ),
        (
            "/spec/template/spec/containers/1/ports/0/name",
            "/spec/template/spec/containers/0/ports/0/name",
        ),
    ] {
        let live_now = with(live_path, json!("other"));
        let sent = rules(&[live_path]).payload(&declared(), &live_now, &live(), US);
        assert_eq!(
            sent.pointer(sent_path),
            Some(&json!("other")),
            "{live_path}"
        );
    }
}

#[test]
fn what_has_not_drifted_is_sent_as_declared() {
    let sent = rules(&["/spec/replicas", CPU]).payload(&declared(), &live(), &live(), US);
    assert_eq!(sent, declared());
    let other = rules(&["/spec/paused"]).payload(
        &declared(),
        &with("/spec/replicas", json!(7)),
        &live(),
        US,
    );
    assert_eq!(other, declared());
}

#[test]
fn a_field_that_was_taken_away_is_not_put_back() {
    let mut live_now = live();
    if let Some(spec) = live_now["spec"].as_object_mut() {
        spec.remove("replicas");
    }
    let sent = rules(&["/spec/replicas"]).payload(&declared(), &live_now, &live(), US);
    assert_eq!(sent["spec"].get("replicas"), None);
}

#[test]
fn ignored_fields_have_no_part_in_a_comparison() {
    let rules = rules(&[
        "/spec/replicas",
        "/metadata/labels/a~1b",
        "/spec/nope/x",
        CPU,
    ]);
    let mut labelled = declared();
    labelled["metadata"]["labels"]["a/b"] = json!("1");
    let stripped = rules.strip(&labelled, &labelled);
    assert_eq!(stripped["spec"].get("replicas"), None);
    assert_eq!(stripped["metadata"]["labels"], json!({"tier": "front"}));
    let of = |live: &Value| rules.strip(&declared(), live);
    assert_eq!(
        of(&with("/spec/replicas", json!(7))),
        of(&with(CPU, json!("9")))
    );
    assert_ne!(
        of(&with("/metadata/labels/tier", json!("back"))),
        of(&live())
    );
}

#[test]
fn items_of_a_list_are_taken_out_from_its_end() {
    let rules = rules(&["/l/0", "/l/2", "/l/10"]);
    let body = json!({"l": [0, 1, 2, 3]});
    assert_eq!(rules.strip(&body, &body), json!({"l": [1, 3]}));
    let last = self::rules(&["/l/-1"]);
    assert_eq!(last.strip(&body, &body), json!({"l": [0, 1, 2]}));
}

#[test]
fn losing_an_ignored_field_moves_no_digest_and_losing_another_does() {
    let metadata = |fields: &Value| {
        json!({"managedFields": [
        entry(US, "Apply", fields), entry("kube-controller-manager", "Update", &json!({"f:status": {}}))]})
    };
    let without = |path: &[&str]| {
        let mut fields = ours();
        let (last, parents) = path.split_last().unwrap_or((&"", &[]));
        let parent = parents
            .iter()
            .fold(&mut fields, |node, key| &mut node[*key]);
        if let Some(map) = parent.as_object_mut() {
            map.remove(*last);
        }
        metadata(&fields)
    };
    let rules = rules(&[
        "/spec/replicas",
        "/spec/template/spec/containers/0/resources/limits/cpu",
    ]);
    let of = |metadata: &Value| rules.ownership(metadata, &declared(), US);
    let whole = of(&metadata(&ours()));
    assert!(whole.is_some());
    assert_eq!(of(&without(&["f:spec", "f:replicas"])), whole);
    let container = [
        "f:spec",
        "f:template",
        "f:spec",
        "f:containers",
        "k:{\"name\":\"app\"}",
    ];
    // The last field of a mapping takes the mapping with it.
    assert_eq!(
        of(&without(&[&container[..], &["f:resources"]].concat())),
        whole
    );
    assert_ne!(
        of(&without(&[&container[..], &["f:image"]].concat())),
        whole
    );
    let none = Rules::default();
    let plain = crate::drift::ownership(&metadata(&ours()), US);
    assert_eq!(none.ownership(&metadata(&ours()), &declared(), US), plain);
}

#[test]
fn a_rule_is_about_the_objects_that_its_target_selects() {
    let selected = |target: Selector| {
        let paths = vec!["/spec/replicas".to_owned()];
        let rules = compile(&[IgnoreRule {
            paths,
            target: Some(target),
        }]);
        rules.strip(&declared(), &declared())["spec"]
            .get("replicas")
            .is_none()
    };
    let some = |text: &str| Some(text.to_owned());
    let none = Selector::default;
    assert!(selected(none()));
    assert!(selected(Selector {
        kind: some("Deploy.*|StatefulSet"),
        ..none()
    }));
    assert!(!selected(Selector {
        kind: some("Deploy"),
        ..none()
    }));
    assert!(selected(Selector {
        group: some("apps"),
        version: some("v[0-9]"),
        ..none()
    }));
    assert!(!selected(Selector {
        namespace: some("prod"),
        ..none()
    }));
    assert!(!selected(Selector {
        name: some("we"),
        ..none()
    }));
    assert!(selected(Selector {
        label_selector: some("tier in (front),!canary"),
        ..none()
    }));
    assert!(!selected(Selector {
        label_selector: some("tier!=front"),
        ..none()
    }));
    assert!(!selected(Selector {
        annotation_selector: some("a=b"),
        ..none()
    }));
}

#[test]
fn what_is_wrong_is_named_by_its_field() {
    let target = Selector {
        kind: Some("(".to_owned()),
        label_selector: Some("a b".to_owned()),
        ..Selector::default()
    };
    let paths = ["", "spec", "/ok"].map(str::to_owned).to_vec();
    let said = wrong(&[IgnoreRule {
        paths,
        target: Some(target),
    }]);
    let fields: Vec<&str> = said
        .iter()
        .filter_map(|line| line.split(": ").next())
        .collect();
    assert_eq!(
        fields,
        [
            "spec.ignore[0].paths[0]",
            "spec.ignore[0].paths[1]",
            "spec.ignore[0].target.kind",
            "spec.ignore[0].target.labelSelector"
        ]
    );
}
