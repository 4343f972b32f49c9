//! Outcomes and what becomes of them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use signet_api::ObjectId;
use signet_api::kustomization::{Inventory, KustomizationStatus};

use super::{Applied, End, Outcome, capped, events, kustomization_status, record};
use crate::changeset::{Action, ChangeSet};
use crate::inventory;

fn at(minutes: i64) -> Timestamp {
    "2026-11-24T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
}

fn id(name: &str) -> ObjectId {
    ObjectId::from_inventory(&format!("shop_{name}__ConfigMap"), "v1").unwrap()
}

fn applied(revision: &str, digest: &str, changed: &[&str]) -> Outcome {
    let mut changes = ChangeSet::default();
    changed
        .iter()
        .for_each(|name| changes.push(id(name), Action::Configured));
    Outcome {
        rolled_back: None,
        revision: Some(revision.into()),
        digest: Some(digest.into()),
        changes,
        took: Duration::from_millis(193),
        end: End::Applied(Applied {
            inventory: inventory::entries(&[id("a"), id("b")]),
            ..Applied::default()
        }),
    }
}

fn failed(terminal: bool) -> Outcome {
    ended(End::Failed {
        reason: "BuildFailed",
        message: "apps/web.yaml:3: it is broken; mend it".into(),
        transient: false,
        terminal,
    })
}

fn ended(end: End) -> Outcome {
    Outcome {
        revision: Some("main@sha1:b".into()),
        end,
        ..Outcome::default()
    }
}

fn with(mut outcome: Outcome, change: impl FnOnce(&mut Applied)) -> Outcome {
    if let End::Applied(applied) = &mut outcome.end {
        change(applied);
    }
    outcome
}

fn fold(old: &KustomizationStatus, outcome: &Outcome, minute: i64) -> KustomizationStatus {
    kustomization_status(old, 3, None, outcome, at(minute))
}

fn after(outcomes: &[Outcome]) -> KustomizationStatus {
    let each = outcomes.iter().zip(0..);
    each.fold(KustomizationStatus::default(), |old, (outcome, n)| {
        fold(&old, outcome, n)
    })
}

fn conditions(status: &KustomizationStatus) -> String {
    let shown = status
        .conditions
        .iter()
        .map(|c| format!("{}={} {} {:?}\n", c.type_, c.status, c.reason, c.message));
    shown.collect()
}

#[test]
fn a_success_says_which_revision_and_what_is_owned() {
    let status = after(&[failed(true), applied("main@sha1:a", "d", &["a"])]);
    insta::assert_snapshot!(conditions(&status), @r#"Ready=True ReconciliationSucceeded "Applied revision: main@sha1:a""#);
    assert_eq!(status.last_applied_revision.as_deref(), Some("main@sha1:a"));
    assert_eq!(status.last_attempted_revision, status.last_applied_revision);
    assert_eq!(status.observed_generation, Some(3));
    assert_eq!(status.inventory.unwrap().entries.len(), 2);
}

#[test]
fn a_failure_keeps_what_was_applied_and_is_tried_again() {
    let status = after(&[applied("main@sha1:a", "d", &["a"]), failed(false)]);
    insta::assert_snapshot!(conditions(&status), @r#"
    Ready=False BuildFailed "apps/web.yaml:3: it is broken; mend it"
    Reconciling=True ProgressingWithRetry "apps/web.yaml:3: it is broken; mend it"
    "#);
    assert_eq!(status.last_applied_revision.as_deref(), Some("main@sha1:a"));
    assert_eq!(
        status.last_attempted_revision.as_deref(),
        Some("main@sha1:b")
    );
    assert_eq!(status.inventory.unwrap().entries.len(), 2);
    assert_eq!(
        after(&[failed(false)]).observed_generation,
        None,
        "not observed before a success"
    );
}

#[test]
fn a_terminal_failure_and_a_held_prune_stall() {
    let status = after(&[failed(false), failed(true)]);
    insta::assert_snapshot!(conditions(&status), @r#"
    Ready=False BuildFailed "apps/web.yaml:3: it is broken; mend it"
    Stalled=True BuildFailed "apps/web.yaml:3: it is broken; mend it"
    "#);
    assert_eq!(status.observed_generation, Some(3));
    let held = ended(End::Held("m".into()));
    insta::assert_snapshot!(conditions(&after(&[held])), @r#"
    Ready=False PruneHeld "m"
    Stalled=True PruneHeld "m"
    "#);
}

#[test]
fn warnings_have_a_condition_that_goes_when_they_go() {
    let warned = with(applied("r", "d", &[]), |applied| {
        applied.warnings.push("db.yaml:1: it is plain".into());
    });
    assert!(
        conditions(&after(std::slice::from_ref(&warned)))
            .contains("Warnings=True Found \"db.yaml:1")
    );
    assert!(!conditions(&after(&[warned, applied("r", "d", &[])])).contains("Warnings"));
}

#[test]
fn a_quiet_interval_changes_nothing_for_an_hour() {
    let first = after(&[applied("r", "d", &["a"])]);
    assert_eq!(fold(&first, &applied("r", "d", &[]), 30), first);
    let later = fold(&first, &applied("r", "d", &[]), 61);
    assert_eq!(later.history[0].total_reconciliations, 2);
    assert_eq!(later.conditions, first.conditions);
}

#[test]
fn an_answer_to_a_request_is_always_told() {
    let first = after(&[applied("r", "d", &["a"])]);
    let asked = kustomization_status(&first, 3, Some("token"), &applied("r", "d", &[]), at(1));
    assert_eq!(asked.last_handled_reconcile_at.as_deref(), Some("token"));
    assert_eq!(asked.history[0].total_reconciliations, 2);
    let failed = kustomization_status(&first, 3, Some("token"), &failed(false), at(1));
    assert_eq!(failed.last_handled_reconcile_at.as_deref(), Some("token"));
}

#[test]
fn the_history_has_a_line_for_each_set_newest_first_and_five_at_most() {
    let runs = ["a", "b", "c", "a", "d", "e", "f"].map(|d| applied(d, d, &["x"]));
    let history = after(&runs).history;
    let shown: Vec<_> = history
        .iter()
        .map(|line| (line.digest.as_str(), line.total_reconciliations))
        .collect();
    assert_eq!(shown, [("f", 1), ("e", 1), ("d", 1), ("a", 2), ("c", 1)]);
    let a = &history[3];
    assert_eq!((a.first_reconciled.0, a.last_reconciled.0), (at(0), at(3)));
    assert_eq!(a.last_reconciled_duration, "193ms");
}

fn waiting(why: &str, checks: bool) -> Outcome {
    let why = why.into();
    Outcome {
        digest: Some("d".into()),
        ..ended(End::Waiting { why, checks })
    }
}

#[test]
fn waiting_is_said_answers_nobody_and_is_no_line_of_the_history() {
    let old = KustomizationStatus::default();
    let first = kustomization_status(&old, 3, Some("token"), &waiting("for web", false), at(0));
    insta::assert_snapshot!(conditions(&first), @r#"
    Ready=Unknown Progressing "Reconciliation in progress"
    Reconciling=True Progressing "for web"
    "#);
    assert_eq!(first.last_handled_reconcile_at, None);
    assert_eq!(
        first.last_attempted_revision.as_deref(),
        Some("main@sha1:b")
    );
    assert!(first.history.is_empty());
    let second = fold(&first, &waiting("for another", false), 5);
    assert_eq!(second.conditions[1].last_transition_time.0, at(0));
}

#[test]
fn checks_have_a_condition_while_there_are_checks() {
    let passed = |took| {
        with(applied("r", "d", &[]), |applied| {
            applied.healthy = Some(Duration::from_secs(took));
        })
    };
    let unhealthy = ended(End::Failed {
        reason: super::UNHEALTHY,
        message: "timeout waiting for: [x]".into(),
        transient: false,
        terminal: false,
    });
    let shown = |outcomes: &[Outcome]| {
        let all = conditions(&after(outcomes));
        let healthy = all.lines().find(|line| line.starts_with("Healthy"));
        healthy.unwrap_or("none").to_owned()
    };
    insta::assert_snapshot!([
        shown(&[waiting("Running health checks", true)]),
        shown(&[waiting("x", true), passed(5), passed(0)]),
        shown(&[passed(5), unhealthy.clone()]),
        shown(&[unhealthy, passed(7)]),
        shown(&[passed(5), applied("r", "d", &[])]),
    ].join("\n"), @r#"
    Healthy=Unknown Progressing "Running health checks"
    Healthy=True Succeeded "Health check passed in 5s"
    Healthy=False HealthCheckFailed "timeout waiting for: [x]"
    Healthy=True Succeeded "Health check passed in 7s"
    none
    "#);
}

#[test]
fn what_was_applied_is_on_record() {
    let recorded = with(applied("r", "d", &[]), |applied| {
        applied.record = "0a 1b".into();
    });
    let status = after(&[recorded, failed(true)]);
    assert_eq!(record(&status), Some("0a 1b"), "a failure voids nothing");
    assert_eq!(record(&after(&[applied("r", "d", &[])])), None);
}

#[test]
fn a_failure_of_what_was_rendered_has_its_line_in_the_history() {
    let mut broken = failed(true);
    broken.digest = Some("d2".into());
    let history = after(&[applied("r", "d", &["a"]), broken.clone(), broken]).history;
    let shown: Vec<_> = history
        .iter()
        .map(|line| (line.digest.as_str(), line.last_reconciled_status.as_str()))
        .collect();
    assert_eq!(
        shown,
        [("d2", "BuildFailed"), ("d", "ReconciliationSucceeded")]
    );
}

#[test]
fn events_tell_changes_deletions_and_the_end() {
    let mut outcome = with(applied("r", "d", &["a"]), |applied| {
        applied.warnings.push("db.yaml:1: it is plain".into());
    });
    outcome.changes.push(id("old"), Action::Deleted);
    outcome.changes.push(id("same"), Action::Unchanged);
    insta::assert_snapshot!(said(&outcome, &KustomizationStatus::default()), @r"
    false Progressing ConfigMap/shop/a configured
    false Progressing ConfigMap/shop/old deleted
    true Warning db.yaml:1: it is plain
    false ReconciliationSucceeded Reconciliation finished in 193ms, next run in 10m0s
    ");
    let broken = said(&failed(true), &KustomizationStatus::default());
    insta::assert_snapshot!(broken, @"true BuildFailed apps/web.yaml:3: it is broken; mend it");
}

fn said(outcome: &Outcome, old: &KustomizationStatus) -> String {
    let each = events(outcome, "10m", old);
    each.iter()
        .map(|(w, r, m)| format!("{w} {r} {m}\n"))
        .collect()
}

#[test]
fn health_is_told_when_it_comes_and_when_much_changed() {
    let healthy = |revision: &str, changed: &[&str]| {
        with(applied(revision, "d", changed), |applied| {
            applied.healthy = Some(Duration::from_secs(3));
        })
    };
    let tells = |outcome: &Outcome, old: &KustomizationStatus| {
        said(outcome, old).contains("false Progressing Health check passed in 3s")
    };
    let first = healthy("r", &["a"]);
    assert!(tells(&first, &KustomizationStatus::default()));
    let old = after(&[first]);
    assert!(!tells(&healthy("r", &[]), &old));
    assert!(!tells(&healthy("s", &[]), &old));
    assert!(tells(&healthy("s", &["a"]), &old));
}

#[test]
fn waiting_for_another_calls_nobody() {
    let waits = |reason: &'static str, transient: bool| Outcome {
        end: End::Failed {
            reason,
            message: "not yet".to_owned(),
            transient,
            terminal: false,
        },
        ..Outcome::default()
    };
    let said = |outcome: &Outcome| said(outcome, &KustomizationStatus::default());
    assert_eq!(said(&waits("ArtifactFailed", true)), "");
    assert_eq!(
        said(&waits("DependencyNotReady", false)),
        "false DependencyNotReady not yet\n"
    );
}

#[test]
fn a_long_message_is_cut_after_a_line_and_says_so() {
    assert_eq!(capped("short", 10), "short");
    assert_eq!(capped("one\ntwo\nthree\nfour", 9), "one\ntwo\n… and 2 more");
    assert!(capped(&"ü".repeat(100), 11).starts_with("üüüüü\n"));
}

#[test]
fn an_inventory_of_nothing_is_still_an_inventory() {
    let outcome = with(applied("r", "d", &[]), |applied| {
        applied.inventory = Inventory::default();
    });
    assert_eq!(after(&[outcome]).inventory, Some(Inventory::default()));
}
