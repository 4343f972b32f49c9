//! Watches, and events, which are read through one.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use futures::{Stream, StreamExt as _};
use serde_json::{Value, json};
use signet_cluster::{Event, Mode, Watched};

use crate::place::Place;

/// Reads a watch until its list is complete; returns what was listed.
pub async fn listed(watch: &mut (impl Stream<Item = Watched<Value>> + Unpin)) -> Vec<Value> {
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

pub async fn next(watch: &mut (impl Stream<Item = Watched<Value>> + Unpin)) -> Watched<Value> {
    tokio::time::timeout(Duration::from_secs(20), watch.next())
        .await
        .expect("something happens")
        .unwrap()
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
