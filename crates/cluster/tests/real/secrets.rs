//! Secrets: written, read, and never repeated in an error.

use serde_json::{Value, json};
use signet_cluster::{ApiError, Kind, Mode, SecretObject, Selection};

use crate::place::Place;

const CANARY: &str = "canary-7f3a9c";

fn no_canary(error: &ApiError) {
    let encoded = "Y2FuYXJ5LTdmM2E5Y";
    let text = format!("{error} {error:?}");
    assert!(!text.contains(CANARY) && !text.contains(encoded), "{text}");
}

#[tokio::test]
#[ignore = "needs a real API server: SIGNET_TEST_KUBECONFIG"]
async fn secrets_are_written_read_and_never_quoted() {
    let place = Place::new().await;
    let cluster = &place.cluster;
    let metadata = json!({"name": "a", "namespace": place.namespace, "labels": {"l": "1"}});
    let mut secret =
        SecretObject::new(json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata}));
    secret.set_value("k", CANARY.as_bytes());
    let created = cluster
        .create_secret(&secret)
        .await
        .map_err(|e| e.to_string())
        .ok()
        .unwrap();
    assert_eq!(
        created.value("k").as_deref(),
        Some(&CANARY.as_bytes().to_vec())
    );
    let there = cluster.create_secret(&secret).await.err().unwrap();
    assert_eq!((there.code, there.reason.as_str()), (409, "AlreadyExists"));

    let listed = cluster
        .list_secrets(&place.namespace, "l=1")
        .await
        .unwrap_or_default();
    assert_eq!(
        (listed.len(), listed[0].body["kind"].as_str()),
        (1, Some("Secret"))
    );
    assert!(
        cluster
            .list_secrets(&place.namespace, "l=2")
            .await
            .unwrap_or_default()
            .is_empty()
    );

    let mut old = cluster
        .get_secret(&place.namespace, "a")
        .await
        .unwrap()
        .unwrap();
    old.set_value("k", b"new");
    cluster
        .replace_secret(&old)
        .await
        .map_err(|e| e.to_string())
        .ok()
        .unwrap();
    let conflict = cluster.replace_secret(&old).await.err().unwrap();
    assert!(conflict.is_conflict(), "{conflict}");
    assert_eq!(
        cluster
            .get_secret(&place.namespace, "a")
            .await
            .unwrap()
            .unwrap()
            .value("k")
            .as_deref(),
        Some(&b"new".to_vec())
    );
    assert!(
        cluster
            .get_secret(&place.namespace, "b")
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
#[ignore = "needs a real API server: SIGNET_TEST_KUBECONFIG"]
async fn a_refused_secret_is_not_quoted() {
    let place = Place::new().await;
    let metadata = json!({"name": "a", "namespace": place.namespace});
    let secret = |rest: Value| {
        let mut body = json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata});
        body.as_object_mut()
            .unwrap()
            .extend(rest.as_object().unwrap().clone());
        body
    };
    let bad = [
        secret(json!({"data": {"k": CANARY}})),
        secret(json!({"stringData": {"k": {"nested": CANARY}}})),
        secret(json!({"dta": {"k": CANARY}})),
        secret(
            json!({"type": "kubernetes.io/dockerconfigjson", "stringData": {".dockerconfigjson": CANARY}}),
        ),
        secret(json!({"stringData": {"no/key": CANARY}})),
        secret(json!({"stringData": {"k": CANARY.repeat(90_000)}})),
    ];
    for body in bad {
        let applied = place
            .cluster
            .apply(&Kind::secret(), &body, Mode::Rehearse)
            .await
            .unwrap_err();
        no_canary(&applied);
        assert!(!applied.is_transient(), "{applied}");
        let created = place
            .cluster
            .create_secret(&SecretObject::new(body))
            .await
            .err();
        created.iter().for_each(no_canary);
    }
}

#[tokio::test]
#[ignore = "needs a real API server: SIGNET_TEST_KUBECONFIG"]
async fn metadata_comes_without_values() {
    let place = Place::new().await;
    let (cluster, namespace) = (&place.cluster, Some(place.namespace.as_str()));
    let copy = "kubectl.kubernetes.io/last-applied-configuration";
    let metadata =
        json!({"name": "a", "namespace": place.namespace, "annotations": {copy: CANARY}});
    let mut secret =
        SecretObject::new(json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata}));
    secret.set_value("k", CANARY.as_bytes());
    assert!(cluster.create_secret(&secret).await.is_ok());
    let kind = Kind::secret();
    let one = cluster.get_metadata(&kind, namespace, "a").await.unwrap();
    let one = one.unwrap();
    assert_eq!(
        (&one["metadata"]["name"], &one["data"]),
        (&json!("a"), &Value::Null)
    );
    let fields = Selection {
        fields: "metadata.name=a",
        ..Selection::default()
    };
    for namespace in [namespace, None] {
        let all = cluster
            .list_metadata(&kind, namespace, fields)
            .await
            .unwrap();
        assert!(
            all.iter()
                .any(|object| object["metadata"]["uid"] == one["metadata"]["uid"])
        );
        assert!(!json!(all).to_string().contains(CANARY));
    }
    assert!(!one.to_string().contains(CANARY));
    assert_eq!(cluster.get_metadata(&kind, namespace, "b").await, Ok(None));
    let none = Selection {
        labels: "l=1",
        ..Selection::default()
    };
    assert_eq!(cluster.list_where(&kind, namespace, none).await, Ok(vec![]));
}
