//! What a look at a repository means for its status and events. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};
use signet_api::condition::{self, Truth};
use signet_api::git_repository::{Artifact, GitRepositoryStatus};
use signet_api::{GitRepository, names};
use signet_source::Snapshot;

/// What came of a look.
pub enum Look {
    /// The commit is here, and on the shelf.
    Fetched(Box<Fetched>),
    /// It is not, and trying again may help.
    Failed(Trouble),
    /// Trying again cannot help until the declaration changes.
    Stalled(Trouble),
}

/// A commit, ready for its readers.
pub struct Fetched {
    /// For those in this process.
    pub snapshot: Snapshot,
    /// For the others.
    pub artifact: Artifact,
    /// What was signed and by whom, if that was asked for.
    pub verified: Option<Verified>,
    /// The sources that are part of it.
    pub included: Vec<Artifact>,
}

/// A signature that was asked for and is good.
pub struct Verified {
    /// What was asked for, as the status prints it.
    pub mode: &'static str,
    /// What was signed, and with which key.
    pub message: String,
}

/// Which condition says that something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The repository, its Secret or its reference.
    FetchFailed,
    /// Our disk, or a commit that cannot be packed.
    StorageOperationFailed,
    /// Another source that is to be part of this one.
    IncludeUnavailable,
    /// A signature: the one condition here that is good when it is true.
    SourceVerified,
}

impl Condition {
    const ALL: [Self; 4] = [
        Self::IncludeUnavailable,
        Self::FetchFailed,
        Self::StorageOperationFailed,
        Self::SourceVerified,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::FetchFailed => "FetchFailed",
            Self::StorageOperationFailed => "StorageOperationFailed",
            Self::IncludeUnavailable => "IncludeUnavailable",
            Self::SourceVerified => "SourceVerified",
        }
    }

    /// What it says when something is wrong.
    fn bad(self) -> Truth {
        match self {
            Self::SourceVerified => Truth::False,
            Self::FetchFailed | Self::StorageOperationFailed | Self::IncludeUnavailable => {
                Truth::True
            }
        }
    }

    fn is_bad(self, status: &GitRepositoryStatus) -> bool {
        let mut all = status.conditions.iter();
        all.any(|c| c.type_ == self.name() && c.status == self.bad().as_str())
    }
}

/// Why there is no new commit.
#[derive(Debug)]
pub struct Trouble {
    condition: Condition,
    reason: String,
    message: String,
}

impl Trouble {
    /// With a reason of Flux's for that condition, and what to do.
    pub fn new(condition: Condition, reason: impl Into<String>, message: String) -> Self {
        Self {
            condition,
            reason: reason.into(),
            message,
        }
    }
}

impl Look {
    /// What is wrong; empty if nothing is.
    pub fn message(&self) -> &str {
        match self {
            Self::Fetched(_) => "",
            Self::Failed(trouble) | Self::Stalled(trouble) => &trouble.message,
        }
    }

    /// A fetch that failed and is tried again.
    pub fn failed(reason: impl Into<String>, message: String) -> Self {
        Self::Failed(Trouble::new(Condition::FetchFailed, reason, message))
    }

    /// A fetch that is not tried again before the declaration changes.
    pub fn stalled(reason: impl Into<String>, message: String) -> Self {
        Self::Stalled(Trouble::new(Condition::FetchFailed, reason, message))
    }
}

/// The status after a look, with Flux's conditions, reasons and messages.
pub fn next(repository: &GitRepository, look: &Look, now: Timestamp) -> GitRepositoryStatus {
    let generation = repository.metadata.generation.unwrap_or_default();
    let mut status = repository.status.clone().unwrap_or_default();
    let mut says = Says {
        status: &mut status,
        generation,
        now,
    };
    match look {
        Look::Fetched(fetched) => says.fetched(repository, fetched),
        Look::Failed(trouble) => says.failed(trouble),
        Look::Stalled(trouble) => says.stalled(trouble),
    }
    let annotations = repository.metadata.annotations.as_ref();
    if let Some(token) = annotations.and_then(|all| all.get(names::REQUESTED_AT)) {
        status.last_handled_reconcile_at = Some(token.clone());
    }
    status
}

/// The status while a look takes long: in progress, and not ready if there is nothing to show.
pub fn underway(repository: &GitRepository, now: Timestamp) -> GitRepositoryStatus {
    let generation = repository.metadata.generation.unwrap_or_default();
    let mut status = repository.status.clone().unwrap_or_default();
    let is_new = status.artifact.is_none() || status.observed_generation != Some(generation);
    let mut says = Says {
        status: &mut status,
        generation,
        now,
    };
    let message = "reconciliation in progress";
    says.set("Reconciling", Truth::True, "Progressing", message);
    if is_new {
        says.set("Ready", Truth::Unknown, "Progressing", message);
    }
    status
}

/// A status being written.
struct Says<'a> {
    status: &'a mut GitRepositoryStatus,
    generation: i64,
    now: Timestamp,
}

impl Says<'_> {
    fn set(&mut self, kind: &str, truth: Truth, reason: &str, message: &str) {
        let all = &mut self.status.conditions;
        condition::set(all, kind, truth, reason, message, self.generation, self.now);
    }

    fn remove(&mut self, kind: &str) {
        condition::remove(&mut self.status.conditions, kind);
    }

    fn fetched(&mut self, repository: &GitRepository, fetched: &Fetched) {
        let message = format!(
            "stored artifact for revision '{}'",
            fetched.artifact.revision
        );
        self.set("Ready", Truth::True, "Succeeded", &message);
        self.set("ArtifactInStorage", Truth::True, "Succeeded", &message);
        let wrong = Condition::ALL
            .iter()
            .filter(|one| fetched.verified.is_none() || **one != Condition::SourceVerified);
        wrong.for_each(|gone| self.remove(gone.name()));
        self.remove("Reconciling");
        self.remove("Stalled");
        let verified = fetched.verified.as_ref();
        if let Some(Verified { message, .. }) = verified {
            let kind = Condition::SourceVerified.name();
            self.set(kind, Truth::True, "Succeeded", message);
        }
        self.status.source_verification_mode = verified.map(|good| good.mode.to_owned());
        let spec = &repository.spec;
        self.status.artifact = Some(fetched.artifact.clone());
        self.status.included_artifacts = fetched.included.clone();
        self.status.observed_include = spec.include.clone();
        self.status.observed_recurse_submodules = spec.recurse_submodules;
        self.status.observed_ignore = spec.ignore.clone();
        self.status.observed_sparse_checkout = spec.sparse_checkout.clone();
        self.status.observed_generation = Some(self.generation);
    }

    /// What was wrong before and is not what is wrong now goes away.
    fn trouble(&mut self, trouble: &Trouble) {
        let others = Condition::ALL
            .iter()
            .filter(|one| **one != trouble.condition);
        others.for_each(|gone| self.remove(gone.name()));
        let Trouble {
            condition,
            reason,
            message,
        } = trouble;
        self.set("Ready", Truth::False, reason, message);
        self.set(condition.name(), condition.bad(), reason, message);
    }

    fn failed(&mut self, trouble: &Trouble) {
        self.trouble(trouble);
        self.set(
            "Reconciling",
            Truth::True,
            "ProgressingWithRetry",
            &trouble.message,
        );
        self.remove("Stalled");
    }

    fn stalled(&mut self, trouble: &Trouble) {
        self.trouble(trouble);
        self.set("Stalled", Truth::True, &trouble.reason, &trouble.message);
        self.remove("Reconciling");
        self.status.observed_generation = Some(self.generation);
    }
}

/// What turns `old` into `next` on the server: fields that are gone are said to be.
pub fn patch(old: &GitRepositoryStatus, next: &GitRepositoryStatus) -> Value {
    let (old, mut next) = (json!(old), json!(next));
    if let (Some(old), Some(next)) = (old.as_object(), next.as_object_mut()) {
        for name in old.keys() {
            next.entry(name).or_insert(Value::Null);
        }
    }
    json!({ "status": next })
}

/// An event that a change of status deserves.
pub struct News {
    /// Whether it is a warning.
    pub warning: bool,
    /// Whether it is only for who looks here, and not to be passed on.
    pub trace: bool,
    /// Its reason.
    pub reason: String,
    /// Its message.
    pub message: String,
    /// Its annotations, as Flux's notification-controller reads them.
    pub annotations: BTreeMap<String, String>,
}

/// The event that a change of status deserves; none if the news is old.
pub fn news(old: &GitRepositoryStatus, next: &GitRepositoryStatus, look: &Look) -> Option<News> {
    match look {
        Look::Fetched(fetched) => fetched_news(old, &fetched.snapshot, &fetched.artifact)
            .or_else(|| asked_in_vain(old, next, &fetched.artifact)),
        Look::Failed(trouble) | Look::Stalled(trouble) => {
            (ready(old) != ready(next)).then(|| News {
                warning: true,
                trace: false,
                reason: trouble.reason.clone(),
                message: trouble.message.clone(),
                annotations: BTreeMap::new(),
            })
        }
    }
}

fn ready(status: &GitRepositoryStatus) -> Option<(&str, &str)> {
    let found = status.conditions.iter().find(|c| c.type_ == "Ready");
    found.map(|c| (c.reason.as_str(), c.message.as_str()))
}

/// `NewArtifact` for new content, `Succeeded` for a recovery, as Flux tells them apart.
fn fetched_news(
    old: &GitRepositoryStatus,
    snapshot: &Snapshot,
    artifact: &Artifact,
) -> Option<News> {
    let is_new = old.artifact.as_ref().and_then(|a| a.digest.as_ref()) != artifact.digest.as_ref();
    let failing = Condition::ALL.iter().any(|one| one.is_bad(old));
    let reason = match (is_new, failing) {
        (true, _) => "NewArtifact",
        (false, true) => "Succeeded",
        (false, false) => return None,
    };
    let subject: String = snapshot.subject.chars().take(50).collect();
    let annotation =
        |key: &str, value: &str| (format!("source.toolkit.fluxcd.io/{key}"), value.to_owned());
    let digest = artifact.digest.as_deref().unwrap_or_default();
    Some(News {
        warning: false,
        trace: false,
        reason: reason.to_owned(),
        message: format!("stored artifact for commit '{subject}'"),
        annotations: [
            annotation("revision", &artifact.revision),
            annotation("digest", digest),
        ]
        .into(),
    })
}

/// The answer to who asked for a look at which there was nothing new.
fn asked_in_vain(
    old: &GitRepositoryStatus,
    next: &GitRepositoryStatus,
    artifact: &Artifact,
) -> Option<News> {
    let asked = old.last_handled_reconcile_at != next.last_handled_reconcile_at;
    let revision = &artifact.revision;
    asked.then(|| News {
        warning: false,
        trace: true,
        reason: "GitOperationSucceeded".to_owned(),
        message: format!("no changes since last reconciliation: observed revision '{revision}'"),
        annotations: BTreeMap::new(),
    })
}
