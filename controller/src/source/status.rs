//! What a look at a repository means for its status and events. Pure.

use jiff::Timestamp;
use serde_json::Value;
use signet_api::condition::{self, Truth};
use signet_api::git_repository::GitRepositoryStatus;
use signet_api::{GitRepository, GitRepositorySpec, names};
use signet_source::Snapshot;

use crate::unsupported;

/// What came of a look.
pub enum Look {
    /// The commit is here.
    Fetched(Snapshot),
    /// It is not, and trying again may help.
    Failed {
        /// A reason of Flux's `FetchFailed` condition.
        reason: String,
        /// What, and what to do.
        message: String,
    },
    /// Trying again cannot help until the declaration changes.
    Stalled {
        /// A reason.
        reason: &'static str,
        /// What, and what to do.
        message: String,
    },
}

impl Look {
    /// A failure that is tried again.
    pub fn failed(reason: impl Into<String>, message: String) -> Self {
        Self::Failed {
            reason: reason.into(),
            message,
        }
    }
}

/// A declaration that asks for what is not built yet is refused by name, never half done.
pub fn unsupported(spec: &GitRepositorySpec) -> Option<Look> {
    let idle = |name: &str, value: &Value| match name {
        "gitImplementation" => true,
        "provider" => value == "generic",
        _ => *value == Value::Bool(false),
    };
    let mut fields = unsupported::fields(&spec.other, idle);
    let semver = spec.reference.as_ref().and_then(|r| r.semver.as_ref());
    fields.extend(semver.map(|_| "spec.ref.semver".to_owned()));
    unsupported::message(&fields).map(|message| Look::Stalled {
        reason: unsupported::REASON,
        message,
    })
}

/// The status after a look, with Flux's conditions, reasons and messages.
pub fn next(repository: &GitRepository, look: &Look, now: Timestamp) -> GitRepositoryStatus {
    let generation = repository.metadata.generation.unwrap_or_default();
    let mut status = repository.status.clone().unwrap_or_default();
    let all = &mut status.conditions;
    let mut set = |kind: &str, truth, reason: &str, message: &str| {
        condition::set(all, kind, truth, reason, message, generation, now);
    };
    match look {
        Look::Fetched(snapshot) => {
            let message = format!("stored artifact for revision '{}'", snapshot.revision);
            set("Ready", Truth::True, "Succeeded", &message);
            set("ArtifactInStorage", Truth::True, "Succeeded", &message);
            for gone in ["FetchFailed", "Reconciling", "Stalled"] {
                condition::remove(&mut status.conditions, gone);
            }
            status.observed_generation = Some(generation);
        }
        Look::Failed { reason, message } => {
            set("Ready", Truth::False, reason, message);
            set("FetchFailed", Truth::True, reason, message);
            set("Reconciling", Truth::True, "ProgressingWithRetry", message);
            condition::remove(&mut status.conditions, "Stalled");
        }
        Look::Stalled { reason, message } => {
            set("Ready", Truth::False, reason, message);
            set("Stalled", Truth::True, reason, message);
            condition::remove(&mut status.conditions, "Reconciling");
            status.observed_generation = Some(generation);
        }
    }
    if let Some(token) = repository
        .metadata
        .annotations
        .as_ref()
        .and_then(|a| a.get(names::REQUESTED_AT))
    {
        status.last_handled_reconcile_at = Some(token.clone());
    }
    status
}

/// The event that a change of status deserves: warning, reason, message. None if the news is old.
pub fn event(
    old: &GitRepositoryStatus,
    next: &GitRepositoryStatus,
    look: &Look,
) -> Option<(bool, String, String)> {
    let ready = |status: &GitRepositoryStatus| {
        status
            .conditions
            .iter()
            .find(|c| c.type_ == "Ready")
            .map(|c| (c.reason.clone(), c.message.clone()))
    };
    if ready(old) == ready(next) {
        return None;
    }
    Some(match look {
        Look::Fetched(snapshot) => {
            let subject: String = snapshot.subject.chars().take(50).collect();
            (
                false,
                "NewArtifact".to_owned(),
                format!("stored artifact for commit '{subject}'"),
            )
        }
        Look::Failed { reason, message } => (true, reason.clone(), message.clone()),
        Look::Stalled { reason, message } => (true, (*reason).to_owned(), message.clone()),
    })
}
