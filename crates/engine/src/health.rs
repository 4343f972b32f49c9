//! Health: whether an object has become what was declared, read from the object alone.
//!
//! The rules are those of kstatus as Flux 2.9 uses it (fluxcd/cli-utils 1.2, with Flux's own
//! reader for Jobs), because `flux`, `kubectl wait` scripts and dashboards go by them: statuses and
//! messages are the same words. They stand as one table in `health/table.rs`, from which the page
//! `docs/reference/health.md` is made. Whoever waits asks in this order, as Flux does:
//!
//! 1. the expressions of the Kustomization, where one is for the kind
//!    ([`expressions::HealthExprs`]);
//! 2. [`assess`], which is the table;
//! 3. for a kind that [`wants_pods`], [`with_pods`].
//!
//! An object that is not there is [`Health::not_found`]; a Job that [`expires`] and is gone was
//! done.

pub mod expressions;
mod page;
mod pods;
mod rule;
mod table;
mod view;

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use signet_api::ObjectId;

pub use page::page;
pub use pods::{has_failed as pod_has_failed, pod_selector, wants_pods, with_failed, with_pods};

use rule::Rule;
use view::View;

/// How an object is doing, in kstatus' words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// It is on its way.
    InProgress,
    /// It will not get there without a change.
    Failed,
    /// It is what was declared.
    Current,
    /// It is being deleted.
    Terminating,
    /// It is not there.
    NotFound,
    /// It cannot be told: the object is not of the shape that its rule reads.
    Unknown,
}

impl Status {
    /// The word, such as `InProgress`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Failed => "Failed",
            Self::Current => "Current",
            Self::Terminating => "Terminating",
            Self::NotFound => "NotFound",
            Self::Unknown => "Unknown",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The status of one object, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The status.
    pub status: Status,
    /// kstatus' sentence; of [`Status::Unknown`] the error.
    pub message: String,
    /// After how long the same object is to be judged again, though nothing about it changes.
    pub again: Option<SignedDuration>,
}

impl Health {
    /// A status with its sentence.
    pub fn new(status: Status, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            again: None,
        }
    }

    /// What is to be said about an object that is not there.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(Status::NotFound, "Resource not found")
    }

    /// The object is of no shape that can be judged, or an expression failed.
    pub fn unknown(error: impl Into<String>) -> Self {
        Self::new(Status::Unknown, error)
    }

    /// Whether it is what was declared.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.status == Status::Current
    }

    /// Whether it will not get there without a change.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        self.status == Status::Failed
    }

    /// The part of a message about an object that Flux's users look for:
    /// `Deployment/default/web status: 'InProgress'`, and behind `: ` the error where it could
    /// not be told.
    #[must_use]
    pub fn shown(&self, id: &ObjectId) -> String {
        let error = match self.status {
            Status::Unknown => format!(": {}", self.message),
            _ => String::new(),
        };
        format!("{id} status: '{}'{error}", self.status)
    }
}

/// Judges one live object by its metadata and status.
///
/// `now` decides one rule only: how long a Pod may wait for a node.
#[must_use]
pub fn assess(body: &Value, now: Timestamp) -> Health {
    let view = View(body);
    let rule = table::rule_of(view.group(), view.kind());
    judge(view, rule, now).unwrap_or_else(Health::unknown)
}

/// The generic rules, then the kind's own, else the `Ready` condition.
fn judge(view: View<'_>, rule: Option<&Rule>, now: Timestamp) -> Result<Health, String> {
    let generic = match rule {
        Some(rule) if rule.alone => None,
        _ => rule::first(table::GENERIC, view, now)?,
    };
    if let Some(health) = generic {
        return Ok(health);
    }
    let steps = rule.map_or(table::READY, |rule| rule.steps);
    let found = rule::first(steps, view, now)?;
    found.ok_or_else(|| "no rule fits".to_owned())
}

/// Whether a declared object is a Job that the cluster deletes when it is done: once it has been
/// there, that it is not there any more counts as [`Status::Current`].
#[must_use]
pub fn expires(body: &Value) -> bool {
    let view = View(body);
    view.group() == "batch"
        && view.kind() == "Job"
        && body
            .pointer("/spec/ttlSecondsAfterFinished")
            .is_some_and(Value::is_i64)
}

#[cfg(test)]
mod tests;
