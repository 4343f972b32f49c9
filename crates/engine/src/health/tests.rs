//! What the vectors of Flux do not show: what is Signet's own, and what time does.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use signet_api::ObjectId;

use super::{Health, Status, assess, expires, page, wants_pods, with_pods};

fn health(body: &Value) -> Health {
    assess(body, Timestamp::UNIX_EPOCH)
}

fn sealed(generation: i64, status: &Value) -> Health {
    health(
        &json!({"apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret",
        "metadata": {"name": "s", "generation": generation}, "status": status}),
    )
}

fn synced(observed: i64, status: &str, message: &str) -> Value {
    json!({"observedGeneration": observed,
        "conditions": [{"type": "Synced", "status": status, "message": message}]})
}

#[test]
fn a_sealed_secret_is_current_when_this_generation_is_open() {
    let status = |health: Health| health.status;
    assert_eq!(status(sealed(2, &json!({}))), Status::InProgress);
    assert_eq!(
        status(sealed(2, &synced(1, "True", ""))),
        Status::InProgress
    );
    assert_eq!(status(sealed(2, &synced(2, "True", ""))), Status::Current);
    assert_eq!(
        status(sealed(2, &json!({"observedGeneration": 2}))),
        Status::InProgress
    );
    let old = json!({"conditions": [{"type": "Synced", "status": "True"}]});
    assert_eq!(status(sealed(2, &old)), Status::InProgress);
    let failed = sealed(2, &synced(2, "False", "no key opens it"));
    assert_eq!(failed, Health::new(Status::Failed, "no key opens it"));
}

#[test]
fn a_pod_that_waits_for_a_node_is_looked_at_again_in_time() {
    let pod = json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"},
        "status": {"phase": "Pending", "conditions": [
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}]}});
    let created: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap_or_default();
    let at = |seconds: i64| assess(&pod, created + SignedDuration::from_secs(seconds));
    assert_eq!(at(5).status, Status::InProgress);
    assert_eq!(at(5).again, Some(SignedDuration::from_secs(10)));
    assert_eq!(at(15).status, Status::Failed);
    assert_eq!(at(15).again, None);
}

#[test]
fn an_object_of_no_shape_is_unknown_and_its_value_is_not_told() {
    let body = json!({"apiVersion": "v1", "kind": "Secret",
        "metadata": {"generation": "CANARY"}, "status": {}});
    let health = health(&body);
    assert_eq!(health.status, Status::Unknown);
    assert!(!health.message.contains("CANARY"), "{}", health.message);
}

#[test]
fn only_what_is_under_way_is_failed_by_its_pods() {
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "status": {"phase": "Running",
        "containerStatuses": [{"name": "a", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}});
    let pods = [&pod, &pod];
    let after = |status| with_pods(Health::new(status, "m"), pods, Timestamp::UNIX_EPOCH);
    assert_eq!(
        after(Status::InProgress),
        Health::new(Status::Failed, "2 pods have failed")
    );
    assert_eq!(after(Status::Current), Health::new(Status::Current, "m"));
    assert!(wants_pods("apps/v1", "StatefulSet") && !wants_pods("apps/v1", "Deployment"));
}

#[test]
fn a_job_that_the_cluster_deletes_by_itself_expires() {
    let job = |spec: Value| json!({"apiVersion": "batch/v1", "kind": "Job", "spec": spec});
    assert!(expires(&job(json!({"ttlSecondsAfterFinished": 0}))));
    assert!(!expires(&job(json!({}))));
}

#[test]
fn a_health_is_shown_as_flux_shows_it() {
    let body = json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"}});
    let shown = |health: Health| ObjectId::of(&body).map(|id| health.shown(&id));
    let waiting = shown(Health::new(Status::InProgress, "Replicas: 0/1"));
    assert_eq!(
        waiting.as_deref(),
        Some("Deployment/default/web status: 'InProgress'")
    );
    let unknown = shown(Health::unknown("no"));
    assert_eq!(
        unknown.as_deref(),
        Some("Deployment/default/web status: 'Unknown': no")
    );
}

/// The page is made from the table; where they differ, this prints what it should hold.
#[test]
fn the_page_shows_the_table() {
    let reference = include_str!("../../../../docs/reference/health.md");
    let page = page();
    assert!(
        reference.contains(page.trim()),
        "put this into docs/reference/health.md:\n{page}"
    );
}
