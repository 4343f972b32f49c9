//! Every request of this crate against a real API server.
//!
//! `SIGNET_TEST_KUBECONFIG` names a kubeconfig of an administrator; each test makes a namespace of
//! its own there. Without a server there is nothing to learn here, so the tests are ignored unless
//! asked for: `cargo test -p signet-cluster -- --ignored`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use futures::{Stream, StreamExt as _};
use serde_json::{Value, json};
use signet_api::ObjectId;
use signet_cluster::{
    ApiError, Cluster, Connection, Event, Kind, Mode, SecretObject, User, Watched,
};

const CANARY: &str = "canary-7f3a9c";

/// A cluster and a namespace of the test's own.
struct Place {
    cluster: Cluster,
    namespace: String,
}

impl Place {
    async fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let kubeconfig = std::env::var_os("SIGNET_TEST_KUBECONFIG")
            .expect("SIGNET_TEST_KUBECONFIG names a kubeconfig");
        let connection = Connection {
            kubeconfig: Some(PathBuf::from(kubeconfig)),
            ..Connection::default()
        };
        let cluster = Cluster::connect(&connection).await.unwrap();
        let namespace = format!(
            "cluster-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let place = Self { cluster, namespace };
        let body =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": place.namespace}});
        place
            .cluster
            .apply(&place.kind("v1", "Namespace").await, &body, Mode::Apply)
            .await
            .unwrap();
        place
    }

    async fn kind(&self, api_version: &str, kind: &str) -> Kind {
        let (group, version) = signet_api::object_id::split_api_version(api_version);
        self.cluster
            .kind(group, version, kind)
            .await
            .unwrap()
            .expect("the server knows this kind")
    }

    async fn config_maps(&self) -> Kind {
        self.kind("v1", "ConfigMap").await
    }

    fn config_map(&self, name: &str, value: &str) -> Value {
        let metadata =
            json!({"name": name, "namespace": self.namespace, "labels": {"of": self.namespace}});
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"k": value}})
    }

    fn id(&self, kind: &str, name: &str) -> ObjectId {
        ObjectId {
            group: String::new(),
            version: "v1".to_owned(),
            kind: kind.to_owned(),
            namespace: Some(self.namespace.clone()),
            name: name.to_owned(),
        }
    }

    /// Lets a service account do everything with ConfigMaps here.
    async fn allow(&self, service_account: &str) {
        let group = "rbac.authorization.k8s.io";
        let metadata = json!({"name": "editor", "namespace": self.namespace});
        let role = json!({
            "apiVersion": format!("{group}/v1"), "kind": "Role", "metadata": metadata,
            "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["*"]}],
        });
        let binding = json!({
            "apiVersion": format!("{group}/v1"), "kind": "RoleBinding", "metadata": metadata,
            "roleRef": {"apiGroup": group, "kind": "Role", "name": "editor"},
            "subjects": [{"kind": "ServiceAccount", "name": service_account, "namespace": self.namespace}],
        });
        for body in [role, binding] {
            let kind = self
                .kind(&format!("{group}/v1"), body["kind"].as_str().unwrap())
                .await;
            self.cluster.apply(&kind, &body, Mode::Apply).await.unwrap();
        }
    }
}

/// Reads a watch until its list is complete; returns what was listed.
async fn listed(watch: &mut (impl Stream<Item = Watched<Value>> + Unpin)) -> Vec<Value> {
    let mut objects = Vec::new();
    loop {
        match next(watch).await {
            Watched::Restart => objects.clear(),
            Watched::Listed(object) => objects.push(object),
            Watched::Ready => return objects,
            other => panic!("{other:?} before the list was complete"),
        }
    }
}

async fn next(watch: &mut (impl Stream<Item = Watched<Value>> + Unpin)) -> Watched<Value> {
    tokio::time::timeout(Duration::from_secs(20), watch.next())
        .await
        .expect("something happens")
        .unwrap()
}

fn no_canary(error: &ApiError) {
    let encoded = "Y2FuYXJ5LTdmM2E5Y";
    let text = format!("{error} {error:?}");
    assert!(!text.contains(CANARY) && !text.contains(encoded), "{text}");
}

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
async fn a_watch_sees_a_manual_change_at_once() {
    let place = Place::new().await;
    let (cluster, kind) = (&place.cluster, place.config_maps().await);
    cluster
        .apply(&kind, &place.config_map("a", "1"), Mode::Apply)
        .await
        .unwrap();
    let label = format!("of={}", place.namespace);
    let mut metadata = Box::pin(cluster.watch_metadata(&kind, None, Some(&label)));
    let mut objects = Box::pin(cluster.watch(&kind, Some(&place.namespace), Some(&label)));
    let listed_metadata = listed(&mut metadata).await;
    assert_eq!(listed_metadata[0]["kind"], "ConfigMap");
    assert_eq!(
        (listed_metadata.len(), listed_metadata[0].get("data")),
        (1, None)
    );
    assert_eq!(listed(&mut objects).await[0]["data"]["k"], "1");

    let started = Instant::now();
    let drift = json!({"data": {"k": "drifted"}});
    cluster
        .merge_patch(
            &kind,
            Some(&place.namespace),
            "a",
            &drift,
            false,
            "kubectl-edit",
        )
        .await
        .unwrap();
    let Watched::Applied(seen) = next(&mut metadata).await else {
        panic!("a change was expected")
    };
    assert!(
        started.elapsed() < Duration::from_secs(1),
        "seen after {:?}",
        started.elapsed()
    );
    let managers = seen["metadata"]["managedFields"].to_string();
    assert!(
        managers.contains("kubectl-edit") && seen.get("data").is_none(),
        "{managers}"
    );
    let Watched::Applied(seen) = next(&mut objects).await else {
        panic!("a change was expected")
    };
    assert_eq!(seen["data"]["k"], "drifted");

    assert_eq!(
        cluster
            .delete(&kind, &place.id("ConfigMap", "a"), None)
            .await,
        Ok(true)
    );
    assert!(
        matches!(next(&mut metadata).await, Watched::Deleted(gone) if gone["metadata"]["name"] == "a")
    );
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
async fn a_service_account_has_its_own_rights_and_no_others() {
    let place = Place::new().await;
    let kind = place.config_maps().await;
    let tenant = place
        .cluster
        .as_service_account(&place.namespace, "deployer")
        .unwrap();
    let refused = tenant
        .apply(&kind, &place.config_map("a", "1"), Mode::Apply)
        .await
        .unwrap_err();
    let name = format!("system:serviceaccount:{}:deployer", place.namespace);
    assert!(
        refused.is_forbidden() && refused.message.contains(&name),
        "{refused}"
    );
    let mut watch = Box::pin(tenant.watch_metadata(&kind, Some(&place.namespace), None));
    assert!(matches!(next(&mut watch).await, Watched::Failed(error) if error.is_forbidden()));

    place.allow("deployer").await;
    let applied = tenant
        .apply(&kind, &place.config_map("a", "1"), Mode::Apply)
        .await
        .unwrap();
    assert!(applied.created);
    assert!(
        tenant
            .get_secret(&place.namespace, "any")
            .await
            .is_err_and(|e| e.is_forbidden())
    );
    // The watch that was refused goes on by itself once it is allowed.
    let first = loop {
        match next(&mut watch).await {
            Watched::Listed(object) => break object,
            Watched::Failed(_) | Watched::Restart => {}
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(first["metadata"]["name"], "a");
}

#[tokio::test]
#[ignore = "needs a real API server: SIGNET_TEST_KUBECONFIG"]
async fn a_token_has_an_owner_whose_rights_can_be_asked() {
    let place = Place::new().await;
    let cluster = &place.cluster;
    let token = cluster
        .bearer_token()
        .expect("the test's kubeconfig holds a token");
    let user = cluster
        .review_token(&token)
        .await
        .unwrap()
        .expect("the token is somebody's");
    assert!(
        user.groups.iter().any(|group| group == "system:masters"),
        "{user:?}"
    );
    assert_eq!(cluster.review_token("nobody's token").await, Ok(None));
    assert_eq!(cluster.review_token("").await, Ok(None));

    place.allow("deployer").await;
    let name = format!("system:serviceaccount:{}:deployer", place.namespace);
    let tenant = User {
        name,
        ..User::default()
    };
    let may = async |user: &User, resource: &str| {
        cluster
            .may(user, "get", "", resource, &place.namespace, "a")
            .await
            .unwrap()
    };
    assert!(may(&user, "secrets").await);
    assert!(may(&tenant, "configmaps").await);
    assert!(!may(&tenant, "secrets").await);
    assert!(!may(&User::default(), "configmaps").await);
}

#[tokio::test]
#[ignore = "needs a real API server: SIGNET_TEST_KUBECONFIG"]
async fn an_event_is_found_at_its_object() {
    let place = Place::new().await;
    let (cluster, kind) = (&place.cluster, place.config_maps().await);
    let applied = cluster
        .apply(&kind, &place.config_map("a", "1"), Mode::Apply)
        .await
        .unwrap();
    let event = Event {
        regarding: applied.body,
        warning: false,
        reason: "Unsealed".to_owned(),
        message: "x".repeat(3_000),
        component: "signet".to_owned(),
        annotations: BTreeMap::from([("signet.dev/revision".to_owned(), "main@sha1:0".to_owned())]),
        now: jiff::Timestamp::UNIX_EPOCH,
    };
    cluster.record(&event).await.unwrap();
    let cluster_scoped =
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": place.namespace}});
    cluster
        .record(&Event {
            regarding: cluster_scoped,
            ..event
        })
        .await
        .unwrap();

    let events = place.kind("v1", "Event").await;
    let mut watch = Box::pin(cluster.watch(&events, Some(&place.namespace), None));
    let found = listed(&mut watch).await;
    assert_eq!(found.len(), 1);
    assert_eq!(
        (&found[0]["reason"], &found[0]["involvedObject"]["uid"]),
        (&json!("Unsealed"), &json!(applied.seen.uid))
    );
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
        secret(json!({"stringData": {CANARY.to_owned() + "/": "x"}})),
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
