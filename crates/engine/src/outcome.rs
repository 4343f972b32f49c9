//! The outcome of a run, and the folds that turn it into status and events.
//!
//! Reasons and messages are Flux's where Flux has them: `flux`, dashboards and alerts read them.

mod events;
mod history;

use std::time::Duration;

use jiff::Timestamp;
use signet_api::condition::{self, Truth};
use signet_api::kustomization::{Inventory, KustomizationStatus};

use crate::changeset::ChangeSet;

pub use events::events;

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The cluster is as declared.
    Applied {
        /// Such as `main@sha1:…`.
        revision: String,
        /// [`crate::manifest::digest_of_all`] of what was rendered.
        digest: String,
        /// What it took.
        changes: ChangeSet,
        /// What is owned now.
        inventory: Inventory,
        /// What a person should know although it was applied.
        warnings: Vec<String>,
        /// How long it took.
        took: Duration,
    },
    /// Something was in the way.
    Failed {
        /// One of Flux's reasons, such as `BuildFailed`.
        reason: &'static str,
        /// File, line, object, cause and remedy, as far as they are known.
        message: String,
        /// What was attempted, if it came that far.
        revision: Option<String>,
        /// Whether trying again soon may help.
        transient: bool,
        /// Whether trying again is of no use before something is changed.
        terminal: bool,
    },
    /// All is applied, but the brake holds the deletion of what left the repository.
    Held {
        /// Why, what, and how to confirm.
        message: String,
        /// What was applied.
        revision: Option<String>,
        /// What it took.
        changes: ChangeSet,
    },
}

/// Reason of a success.
pub const SUCCEEDED: &str = "ReconciliationSucceeded";
/// Reason of a run whose deletions wait for a word; ours, Flux has no brake.
pub const HELD: &str = "PruneHeld";
/// Reason and status while a run goes on or is tried again.
const PROGRESSING: &str = "Progressing";
/// Condition of ours: applied, but not without a word.
const WARNINGS: &str = "Warnings";

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
    if let Some(token) = requested {
        status.last_handled_reconcile_at = Some(token.to_owned());
    }
    let mut fold = Fold {
        status: &mut status,
        generation,
        now,
    };
    match outcome {
        Outcome::Applied {
            revision,
            inventory,
            warnings,
            ..
        } => {
            fold.applied(revision, inventory, warnings);
            let asked = old.last_handled_reconcile_at != fold.status.last_handled_reconcile_at;
            history::record(&mut fold.status.history, outcome, asked, now);
        }
        Outcome::Failed {
            reason,
            message,
            revision,
            terminal,
            ..
        } => {
            fold.failed(reason, message, revision.as_deref(), *terminal);
        }
        Outcome::Held {
            message, revision, ..
        } => {
            fold.failed(HELD, message, revision.as_deref(), true);
        }
    }
    status
}

/// The status while a run waits for something, such as a stage to become healthy: `Ready` is
/// unknown, `Reconciling` says for what.
#[must_use]
pub fn progressing_status(
    old: &KustomizationStatus,
    generation: i64,
    waits_for: &str,
    now: Timestamp,
) -> KustomizationStatus {
    let mut status = old.clone();
    let mut fold = Fold {
        status: &mut status,
        generation,
        now,
    };
    fold.set(
        "Ready",
        Truth::Unknown,
        PROGRESSING,
        "Reconciliation in progress",
    );
    fold.set("Reconciling", Truth::True, PROGRESSING, waits_for);
    status
}

struct Fold<'a> {
    status: &'a mut KustomizationStatus,
    generation: i64,
    now: Timestamp,
}

impl Fold<'_> {
    fn applied(&mut self, revision: &str, inventory: &Inventory, warnings: &[String]) {
        self.set(
            "Ready",
            Truth::True,
            SUCCEEDED,
            &format!("Applied revision: {revision}"),
        );
        self.remove("Reconciling");
        self.remove("Stalled");
        if warnings.is_empty() {
            self.remove(WARNINGS);
        } else {
            self.set(WARNINGS, Truth::True, "Found", &warnings.join("\n"));
        }
        self.status.last_applied_revision = Some(revision.to_owned());
        self.status.last_attempted_revision = Some(revision.to_owned());
        self.status.observed_generation = Some(self.generation);
        self.status.inventory = Some(inventory.clone());
    }

    /// A terminal failure is `Stalled` and observed: nobody needs to wait for more. Another one
    /// is `Reconciling` still, and not observed, as Flux has it.
    fn failed(&mut self, reason: &str, message: &str, revision: Option<&str>, terminal: bool) {
        self.set("Ready", Truth::False, reason, message);
        if terminal {
            self.remove("Reconciling");
            self.set("Stalled", Truth::True, reason, message);
            self.status.observed_generation = Some(self.generation);
        } else {
            self.remove("Stalled");
            self.set("Reconciling", Truth::True, "ProgressingWithRetry", message);
        }
        if let Some(revision) = revision {
            self.status.last_attempted_revision = Some(revision.to_owned());
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
fn capped(text: &str, max: usize) -> String {
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
