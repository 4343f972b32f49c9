//! Objects and kinds: applied, rehearsed, deleted, discovered.

use std::time::{Duration, Instant};

use serde_json::json;
use signet_api::ObjectId;
use signet_cluster::Mode;

use crate::place::Place;

#[tokio::test]
#[ignore = "needs a real API server: SIGNET_TEST_KUBECONFIG"]
async fn an_apply_says_what_it_did() {
    let place = Place::new().await;
    let (cluster, kind) = (&place.cluster, place.config_maps().await);
    let rehearsed = cluster
        .apply(&kind, &place.config_map("a", "1"), Mode::Rehearse)
        .await
        .unwrap();
    assert!(rehearsed.created);
    assert_eq!(
        cluster.get(&kind, Some(&place.namespace), "a").await,
        Ok(None)
    );

    let first = cluster
        .apply(&kind, &place.config_map("a", "1"), Mode::Apply)
        .await
        .unwrap();
    assert!(first.created && first.changed && !first.seen.ownership.is_empty());
    let known = Some(first.seen.resource_version.as_str());
    let second = cluster
        .apply_over(&kind, &place.config_map("a", "1"), Mode::Apply, known)
        .await
        .unwrap();
    assert!(!second.created && !second.changed);
    let third = cluster
        .apply_over(&kind, &place.config_map("a", "2"), Mode::Apply, known)
        .await
        .unwrap();
    assert!(!third.created && third.changed);
    assert_eq!(
        (third.seen.uid, &third.body["data"]["k"]),
        (first.seen.uid, &json!("2"))
    );
}

#[tokio::test]
#[ignore = "needs a real API server: SIGNET_TEST_KUBECONFIG"]
async fn a_bad_object_is_refused_before_anything_is_stored() {
    let place = Place::new().await;
    let cluster = &place.cluster;
    let mut body = place.config_map("a", "1");
    body["dta"] = json!({});
    let unknown = cluster
        .apply(&place.config_maps().await, &body, Mode::Rehearse)
        .await
        .unwrap_err();
    assert!(
        unknown.is_invalid() && unknown.message.contains(".dta: field not declared"),
        "{unknown}"
    );

    let deployments = place.kind("apps/v1", "Deployment").await;
    let metadata = json!({"name": "a", "namespace": place.namespace});
    let body = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {"replicas": 1}});
    let invalid = cluster
        .apply(&deployments, &body, Mode::Rehearse)
        .await
        .unwrap_err();
    assert_eq!((invalid.code, invalid.reason.as_str()), (422, "Invalid"));
    assert!(
        invalid.message.contains("spec.selector") && !invalid.is_transient(),
        "{invalid}"
    );
}

#[tokio::test]
#[ignore = "needs a real API server: SIGNET_TEST_KUBECONFIG"]
async fn an_object_of_a_namespace_to_come_can_be_rehearsed() {
    let place = Place::new().await;
    let (cluster, kind) = (&place.cluster, place.config_maps().await);
    let mut body = place.config_map("a", "1");
    body["metadata"]["namespace"] = json!("not-there-yet");
    let missing = cluster
        .apply(&kind, &body, Mode::Rehearse)
        .await
        .unwrap_err();
    assert!(missing.is_not_found(), "{missing}");
    cluster
        .rehearse_create(&kind, &body, &place.namespace)
        .await
        .unwrap();
    cluster
        .apply(&kind, &place.config_map("a", "1"), Mode::Apply)
        .await
        .unwrap();
    cluster
        .rehearse_create(&kind, &body, &place.namespace)
        .await
        .unwrap();
    body["dta"] = json!({});
    let refused = cluster
        .rehearse_create(&kind, &body, &place.namespace)
        .await
        .unwrap_err();
    assert!(refused.message.contains("dta"), "{refused}");
}

#[tokio::test]
#[ignore = "needs a real API server: SIGNET_TEST_KUBECONFIG"]
async fn a_deletion_means_one_very_object() {
    let place = Place::new().await;
    let (cluster, kind) = (&place.cluster, place.config_maps().await);
    let id = place.id("ConfigMap", "a");
    let applied = cluster
        .apply(&kind, &place.config_map("a", "1"), Mode::Apply)
        .await
        .unwrap();
    let other = cluster
        .delete(&kind, &id, Some("00000000-0000-0000-0000-000000000000"))
        .await
        .unwrap_err();
    assert!(other.is_conflict(), "{other}");
    assert_eq!(
        cluster.delete(&kind, &id, Some(&applied.seen.uid)).await,
        Ok(true)
    );
    assert_eq!(
        cluster.delete(&kind, &id, Some(&applied.seen.uid)).await,
        Ok(false)
    );
}

#[tokio::test]
#[ignore = "needs a real API server: SIGNET_TEST_KUBECONFIG"]
async fn a_missing_kind_and_a_missing_service_say_so() {
    let place = Place::new().await;
    let cluster = &place.cluster;
    assert_eq!(cluster.kind("signet.dev", "v1", "Nothing").await, Ok(None));
    assert_eq!(cluster.kind("", "v1", "Nothing").await, Ok(None));
    assert!(cluster.kind("../v1", "x", "Nothing").await.is_err());
    let nobody = cluster
        .service_proxy(
            "GET",
            &place.namespace,
            "signet",
            None,
            "/v1/cert.pem",
            &[],
            Vec::new(),
        )
        .await;
    assert!(
        nobody
            .as_ref()
            .is_err_and(|e| e.code == 503 && e.message.contains("signet")),
        "{nobody:?}"
    );
}

#[tokio::test]
#[ignore = "needs a real API server: SIGNET_TEST_KUBECONFIG"]
async fn a_definition_makes_a_kind() {
    let place = Place::new().await;
    let cluster = &place.cluster;
    let group = format!("{}.example.org", place.namespace);
    let schema = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("things.{group}")},
        "spec": {
            "group": group, "scope": "Namespaced", "names": {"plural": "things", "singular": "thing", "kind": "Thing"},
            "versions": [{"name": "v1", "served": true, "storage": true, "subresources": {"status": {}}, "schema": {"openAPIV3Schema": schema}}],
        },
    });
    let definitions = place
        .kind("apiextensions.k8s.io/v1", "CustomResourceDefinition")
        .await;
    cluster
        .apply(&definitions, &definition, Mode::Apply)
        .await
        .unwrap();
    let started = Instant::now();
    let kind = loop {
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "the kind never came"
        );
        cluster.forget_kinds().await;
        if let Some(kind) = cluster.kind(&group, "v1", "Thing").await.unwrap() {
            break kind;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let body = json!({"apiVersion": format!("{group}/v1"), "kind": "Thing", "metadata": {"name": "a", "namespace": place.namespace}, "spec": {"x": 1}});
    cluster.apply(&kind, &body, Mode::Apply).await.unwrap();
    let patch = json!({"status": {"ready": true}, "spec": {"x": 2}});
    let patched = cluster
        .merge_patch(&kind, Some(&place.namespace), "a", &patch, true, "signet")
        .await
        .unwrap();
    assert_eq!(
        (&patched["status"]["ready"], &patched["spec"]["x"]),
        (&json!(true), &json!(1))
    );
    let id = ObjectId {
        group: "apiextensions.k8s.io".to_owned(),
        namespace: None,
        ..place.id(
            "CustomResourceDefinition",
            definition["metadata"]["name"].as_str().unwrap(),
        )
    };
    assert_eq!(cluster.delete(&definitions, &id, None).await, Ok(true));
}
