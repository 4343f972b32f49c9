//! What an installation consists of, and what differs between two.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]
use super::*;
use crate::{ObjectId, names};

fn usual() -> Vec<Value> {
    manifests(&Options::new("signet-controller:test"))
}

#[test]
fn every_object_has_an_identity_of_its_own() {
    let ids: Vec<_> = usual()
        .iter()
        .map(|m| ObjectId::of(m).expect("kind and name"))
        .collect();
    let mut unique = ids.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), ids.len());
}

#[test]
fn what_is_namespaced_stands_in_the_namespace_asked_for() {
    let all = manifests(&Options {
        namespace: "keys".to_owned(),
        ..Options::new("i")
    });
    let found: std::collections::BTreeSet<_> = all
        .iter()
        .filter_map(|m| m["metadata"]["namespace"].as_str())
        .collect();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["keys"]);
}

#[test]
fn the_columns_of_kubectl_get_are_the_peers() {
    let sealed = definition(Kind::SealedSecret);
    let columns = &sealed["spec"]["versions"][0]["additionalPrinterColumns"];
    assert_eq!(columns[0]["name"], "Status");
    assert_eq!(columns[1]["name"], "Synced");
}

#[test]
fn a_new_object_of_flux_kinds_is_unseen_and_a_sealed_secret_has_no_status() {
    let default = |definition: &Value| {
        definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["status"]
            ["default"]
            .clone()
    };
    let found: Vec<_> = definitions(&Options::new("i"))
        .iter()
        .map(default)
        .collect();
    let unseen = json!({"observedGeneration": -1});
    assert_eq!(found, [Value::Null, unseen.clone(), unseen.clone(), unseen]);
}

#[test]
fn the_pod_meets_the_restricted_standard() {
    let all = usual();
    let pod = &all.iter().find(|m| m["kind"] == "Deployment").unwrap()["spec"]["template"]["spec"];
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(
        pod["securityContext"]["seccompProfile"]["type"],
        "RuntimeDefault"
    );
    let container = &pod["containers"][0]["securityContext"];
    assert_eq!(container["allowPrivilegeEscalation"], false);
    assert_eq!(container["capabilities"]["drop"], json!(["ALL"]));
    assert_eq!(container["readOnlyRootFilesystem"], true);
}

#[test]
fn the_service_finds_the_pod() {
    let all = usual();
    let pod = &all.iter().find(|m| m["kind"] == "Deployment").unwrap()["spec"]["template"];
    let service = all.iter().find(|m| m["kind"] == "Service").unwrap();
    for (key, value) in service["spec"]["selector"].as_object().unwrap() {
        assert_eq!(&pod["metadata"]["labels"][key], value, "{key}");
    }
}

#[test]
fn only_two_namespaces_get_at_the_artifacts() {
    let all = usual();
    let policy = all.iter().find(|m| m["kind"] == "NetworkPolicy").unwrap();
    let rules = policy["spec"]["ingress"].as_array().unwrap();
    let open: Vec<_> = rules.iter().filter(|rule| rule["from"].is_null()).collect();
    assert!(!json!(open).to_string().contains("artifacts"));
    assert_eq!(rules[1]["from"].as_array().unwrap().len(), 2);
}

#[test]
fn several_replicas_elect_a_leader_and_the_peers_name_is_answered() {
    let all = manifests(&Options {
        replicas: 2,
        stand_in: true,
        ..Options::new("i")
    });
    let named = |kind: &str, name: &str| {
        let mut found = all
            .iter()
            .filter(|m| m["kind"] == kind && m["metadata"]["name"] == name);
        found.next().unwrap().clone()
    };
    let spec = &named("Deployment", CONTROLLER)["spec"];
    assert_eq!(spec["strategy"]["type"], "RollingUpdate");
    let arguments = &spec["template"]["spec"]["containers"][0]["args"];
    assert!(
        arguments
            .as_array()
            .unwrap()
            .contains(&json!("--leader-elect"))
    );
    let service = named("Service", PEER_CONTROLLER);
    assert_eq!(service["spec"]["selector"], spec["selector"]["matchLabels"]);
    assert_eq!(service["spec"]["ports"][0]["name"], PORT_NAME);
    let metrics = named("Service", "sealed-secrets-controller-metrics");
    assert_eq!(metrics["spec"]["ports"][0]["port"], METRICS_PORT);
    let role = named("Role", "sealed-secrets-service-proxier");
    let names = role["rules"][1]["resourceNames"].as_array().unwrap();
    assert!(names.contains(&json!("http:sealed-secrets-controller:http")));
    assert!(
        !usual()
            .iter()
            .any(|m| m["metadata"]["name"] == PEER_CONTROLLER)
    );
}

#[test]
fn nobody_is_made_an_administrator_when_that_is_declined() {
    let all = manifests(&Options {
        cluster_admin: false,
        ..Options::new("i")
    });
    assert!(!all.iter().any(|m| m["roleRef"]["name"] == "cluster-admin"));
    assert!(
        usual()
            .iter()
            .any(|m| m["roleRef"]["name"] == "cluster-admin")
    );
}

#[test]
fn the_certificate_is_published_under_the_name_that_is_granted() {
    let all = usual();
    let reader = all
        .iter()
        .find(|m| m["kind"] == "Role" && m["metadata"]["name"] == "signet-certificate-reader")
        .unwrap();
    assert_eq!(
        reader["rules"][0]["resourceNames"],
        json!([names::CERTIFICATE_CONFIG_MAP])
    );
}

/// What the controller is told by `options`, as one line.
fn told(options: &Options) -> String {
    let all = manifests(options);
    let deployment = all.iter().find(|m| m["kind"] == "Deployment").unwrap();
    let words = &deployment["spec"]["template"]["spec"]["containers"][0]["args"];
    let words = words.as_array().unwrap().iter();
    words
        .filter_map(Value::as_str)
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn what_is_not_worked_on_is_not_installed() {
    let options = Options {
        kinds: vec![Kind::SealedSecret],
        ..Options::new("i")
    };
    assert!(told(&options).ends_with("--kinds=sealedsecret"));
    let all = manifests(&options);
    let names: Vec<_> = all.iter().map(|m| &m["metadata"]["name"]).collect();
    assert_eq!(names[0], "sealedsecrets.bitnami.com");
    assert_eq!(names[1], NAMESPACE);
    assert!(!names.iter().any(|name| **name == APPLY));
}

#[test]
fn a_confined_controller_is_told_where_to_look() {
    let own = Options {
        only: Some(Vec::new()),
        ..Options::new("i")
    };
    assert!(told(&own).ends_with("--kinds=sealedsecret --all-namespaces=false"));
    let more = Options {
        only: Some(["a", NAMESPACE, "b", "a"].map(str::to_owned).to_vec()),
        ..Options::new("i")
    };
    assert!(told(&more).ends_with("--kinds=sealedsecret --additional-namespaces=a,b"));
}

#[test]
fn a_certificate_is_mounted_and_probed_with() {
    let options = Options {
        tls: Some("front".to_owned()),
        ..Options::new("i")
    };
    assert!(told(&options).contains("--tls-cert=/tls/tls.crt --tls-key=/tls/tls.key"));
    let all = manifests(&options);
    let pod = &all.iter().find(|m| m["kind"] == "Deployment").unwrap()["spec"]["template"]["spec"];
    assert_eq!(pod["volumes"][2]["secret"]["secretName"], "front");
    let container = &pod["containers"][0];
    assert_eq!(container["volumeMounts"][2]["mountPath"], "/tls");
    assert_eq!(container["livenessProbe"]["httpGet"]["scheme"], "HTTPS");
}

#[test]
fn what_is_built_stands_in_memory() {
    let all = usual();
    let deployment = all.iter().find(|m| m["kind"] == "Deployment").unwrap();
    let pod = &deployment["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    let arguments = container["args"].as_array().unwrap();
    assert!(arguments.contains(&json!("--build-path=/rooms")));
    let mounts = container["volumeMounts"].as_array().unwrap();
    assert!(mounts.contains(&json!({"name": "rooms", "mountPath": "/rooms"})));
    let volumes = pod["volumes"].as_array().unwrap();
    let rooms = volumes.iter().find(|one| one["name"] == "rooms").unwrap();
    assert_eq!(rooms["emptyDir"]["medium"], "Memory");
}

#[test]
fn a_namespace_of_others_is_left_as_it_is() {
    let labels = |namespace: &str, stand_in| {
        let all = manifests(&Options {
            namespace: namespace.to_owned(),
            stand_in,
            ..Options::new("i")
        });
        let mut found = all.into_iter().filter(|m| m["kind"] == "Namespace");
        found.next().unwrap()["metadata"]["labels"].clone()
    };
    let enforced = "pod-security.kubernetes.io/enforce";
    assert_eq!(labels(NAMESPACE, true)[enforced], "restricted");
    assert_eq!(labels("keys", false)[enforced], "restricted");
    for (namespace, stand_in) in [("kube-system", false), ("default", false), ("team", true)] {
        assert_eq!(labels(namespace, stand_in), Value::Null, "{namespace}");
    }
}
