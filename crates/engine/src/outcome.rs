//! The outcome of a run, and the folds that turn it into status and events.
//!
//! Reasons and messages are Flux's where Flux has them: `flux`, dashboards and alerts read them.

mod events;
mod history;

use std::time::Duration;

use jiff::Timestamp;
use signet_api::condition::{self, Truth};
use signet_api::duration;
use signet_api::kustomization::{Inventory, KustomizationStatus};

use crate::changeset::ChangeSet;

pub use events::{events, finished};

/// What came of a run: what was worked on, what happened, and how it ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Such as `main@sha1:…`; `None` if the run did not come that far.
    pub revision: Option<String>,
    /// [`crate::manifest::digest_of_all`] of what was rendered, if it came that far.
    pub digest: Option<String>,
    /// Why it is not the newest commit, if a rollback holds; a sentence.
    pub rolled_back: Option<String>,
    /// What it changed, also if it failed in the end.
    pub changes: ChangeSet,
    /// How long it took; with waiting, since the first attempt at this revision.
    pub took: Duration,
    /// How it ended.
    pub end: End,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// The cluster is as declared.
    Applied(Applied),
    /// All is applied that can be so far, and something has to become healthy, or to go, first.
    /// No worker is held meanwhile.
    Waiting {
        /// For what, for how long; a sentence.
        why: String,
        /// Whether it is the health checks that are waited for.
        checks: bool,
    },
    /// Something was in the way.
    Failed {
        /// One of Flux's reasons, such as `BuildFailed`.
        reason: &'static str,
        /// File, line, object, cause and remedy, as far as they are known.
        message: String,
        /// Whether trying again soon may help.
        transient: bool,
        /// Whether trying again is of no use before something is changed.
        terminal: bool,
    },
    /// All is applied, but the brake holds the deletion of what left the repository: why, what, and
    /// how to confirm.
    Held(String),
}

/// The cluster is as declared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Applied {
    /// What is owned now.
    pub inventory: Inventory,
    /// What a person should know although it was applied.
    pub warnings: Vec<String>,
    /// [`crate::record::of`] what was applied, so that a restart need not apply it again.
    pub record: String,
    /// How long the health checks took to pass; `None` if there are none.
    pub healthy: Option<Duration>,
}

impl Default for End {
    fn default() -> Self {
        Self::Applied(Applied::default())
    }
}

/// Reason of a success.
pub const SUCCEEDED: &str = "ReconciliationSucceeded";
/// Reason of a run whose deletions wait for a word; ours, Flux has no brake.
pub const HELD: &str = "PruneHeld";
/// Reason and status while a run goes on or is tried again.
const PROGRESSING: &str = "Progressing";
/// Condition of ours: applied, but not without a word.
const WARNINGS: &str = "Warnings";
/// Condition of ours that holds [`Applied::record`]: a field would be dropped where the definition is
/// Flux's own.
const RECORDED: &str = "Recorded";
/// Condition of ours, and its reason: an earlier commit than the newest is what was asked for.
const ROLLED_BACK: &str = "RolledBack";
/// Condition of the health checks, where there are any.
const HEALTHY: &str = "Healthy";
/// Reason of a run whose objects did not become healthy.
pub const UNHEALTHY: &str = "HealthCheckFailed";

/// Bytes of a message in a condition; the API server refuses more than 32,768.
const MESSAGE_MAX: usize = 16_384;

/// The status after a run: a fold of the status before it and the outcome.
///
/// `requested` is the value of the `requestedAt` annotation that this run answers. Equal to `old`
/// if nothing happened that a reader would want to know, so that a quiet interval writes nothing:
/// the times of the history then move once an hour at most.
#[must_use]
pub fn kustomization_status(
    old: &KustomizationStatus,
    generation: i64,
    requested: Option<&str>,
    outcome: &Outcome,
    now: Timestamp,
) -> KustomizationStatus {
    let mut status = old.clone();
    let waits = matches!(outcome.end, End::Waiting { .. });
    if let Some(token) = requested.filter(|_| !waits) {
        status.last_handled_reconcile_at = Some(token.to_owned());
    }
    let asked = old.last_handled_reconcile_at != status.last_handled_reconcile_at;
    let mut fold = Fold {
        status: &mut status,
        generation,
        now,
    };
    match &outcome.rolled_back {
        Some(why) => fold.set(ROLLED_BACK, Truth::True, ROLLED_BACK, why),
        // Whoever did not come as far as a commit knows nothing of it.
        None if outcome.revision.is_some() => fold.remove(ROLLED_BACK),
        None => {}
    }
    let revision = outcome.revision.as_deref();
    match &outcome.end {
        End::Applied(applied) => fold.applied(revision.unwrap_or_default(), applied),
        End::Waiting { why, checks } => fold.waiting(why, *checks),
        End::Failed {
            reason,
            message,
            terminal,
            ..
        } => fold.failed(reason, message, *terminal),
        End::Held(message) => fold.failed(HELD, message, true),
    }
    if let Some(revision) = revision {
        status.last_attempted_revision = Some(revision.to_owned());
    }
    history::record(&mut status.history, outcome, asked, now);
    status
}

/// What the status has as [`Applied::record`].
#[must_use]
pub fn record(status: &KustomizationStatus) -> Option<&str> {
    let mut conditions = status.conditions.iter();
    conditions
        .find(|condition| condition.type_ == RECORDED)
        .map(|condition| condition.message.as_str())
}

/// The status while the objects of a run are applied: `Ready` is unknown, `Reconciling` says what is
/// going on.
#[must_use]
pub fn progressing_status(
    old: &KustomizationStatus,
    generation: i64,
    what: &str,
    now: Timestamp,
) -> KustomizationStatus {
    let mut status = old.clone();
    let mut fold = Fold {
        status: &mut status,
        generation,
        now,
    };
    fold.waiting(what, false);
    status
}

struct Fold<'a> {
    status: &'a mut KustomizationStatus,
    generation: i64,
    now: Timestamp,
}

impl Fold<'_> {
    fn applied(&mut self, revision: &str, applied: &Applied) {
        self.set(
            "Ready",
            Truth::True,
            SUCCEEDED,
            &format!("Applied revision: {revision}"),
        );
        self.remove("Reconciling");
        self.remove("Stalled");
        self.healthy(applied.healthy);
        if applied.warnings.is_empty() {
            self.remove(WARNINGS);
        } else {
            self.set(WARNINGS, Truth::True, "Found", &applied.warnings.join("\n"));
        }
        if applied.record.is_empty() {
            self.remove(RECORDED);
        } else {
            self.set(RECORDED, Truth::True, "Applied", &applied.record);
        }
        self.status.last_applied_revision = Some(revision.to_owned());
        self.status.observed_generation = Some(self.generation);
        self.status.inventory = Some(applied.inventory.clone());
    }

    /// How long the checks took is said once, when they pass: it would change at every interval.
    fn healthy(&mut self, took: Option<Duration>) {
        let known = self.status.conditions.iter().any(|condition| {
            condition.type_ == HEALTHY
                && condition.status == Truth::True.as_str()
                && condition.observed_generation == Some(self.generation)
        });
        match took {
            None => self.remove(HEALTHY),
            Some(_) if known => {}
            Some(took) => {
                let took = duration::format(took);
                let message = format!("Health check passed in {took}");
                self.set(HEALTHY, Truth::True, "Succeeded", &message);
            }
        }
    }

    fn waiting(&mut self, why: &str, checks: bool) {
        self.set(
            "Ready",
            Truth::Unknown,
            PROGRESSING,
            "Reconciliation in progress",
        );
        self.set("Reconciling", Truth::True, PROGRESSING, why);
        self.remove("Stalled");
        if checks {
            self.set(HEALTHY, Truth::Unknown, PROGRESSING, why);
        }
    }

    /// A terminal failure is `Stalled` and observed: nobody needs to wait for more. Another one
    /// is `Reconciling` still, and not observed, as Flux has it.
    fn failed(&mut self, reason: &str, message: &str, terminal: bool) {
        self.set("Ready", Truth::False, reason, message);
        if terminal {
            self.remove("Reconciling");
            self.set("Stalled", Truth::True, reason, message);
            self.status.observed_generation = Some(self.generation);
        } else {
            self.remove("Stalled");
            self.set("Reconciling", Truth::True, "ProgressingWithRetry", message);
        }
        if reason == UNHEALTHY {
            self.set(HEALTHY, Truth::False, reason, message);
        }
    }

    fn set(&mut self, kind: &str, truth: Truth, reason: &str, message: &str) {
        let conditions = &mut self.status.conditions;
        let message = capped(message, MESSAGE_MAX);
        condition::set(
            conditions,
            kind,
            truth,
            reason,
            &message,
            self.generation,
            self.now,
        );
    }

    fn remove(&mut self, kind: &str) {
        condition::remove(&mut self.status.conditions, kind);
    }
}

/// At most about `max` bytes, cut after a line if there are several, and saying so.
#[must_use]
pub fn capped(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(max);
    let end = text[..end].rfind('\n').unwrap_or(end);
    let left = text[end..].trim_start().lines().count();
    format!("{}\n… and {left} more", &text[..end])
}

#[cfg(test)]
mod tests;
