//! Why a run stopped, on its way to becoming an outcome.

use signet_cluster::ApiError;
use signet_engine::changeset::ChangeSet;
use signet_engine::outcome::Outcome;

/// A run that stopped.
pub struct Failure {
    reason: &'static str,
    message: String,
    revision: Option<String>,
    transient: bool,
    terminal: bool,
    held: bool,
}

impl Failure {
    /// Trying again after the retry interval may help. `reason` is a word of Flux's.
    pub fn new(reason: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            reason,
            message,
            revision: None,
            transient: false,
            terminal: false,
            held: false,
        }
    }

    /// Trying again soon may help: something is away that comes back.
    pub fn transient(reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            transient: true,
            ..Self::new(reason, message)
        }
    }

    /// Nothing helps but a change of the declaration or of the commit.
    pub fn terminal(reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            terminal: true,
            ..Self::new(reason, message)
        }
    }

    /// Everything is applied but a prune that waits for a word.
    pub fn held(message: impl Into<String>) -> Self {
        Self {
            held: true,
            ..Self::new("PruneHeld", message)
        }
    }

    /// An answer of the API server while doing `what`.
    pub fn api(reason: &'static str, what: &str, error: &ApiError) -> Self {
        let message = format!("{what}: {error}");
        if error.is_transient() {
            Self::transient(reason, message)
        } else {
            Self::new(reason, message)
        }
    }

    /// Names the revision that was worked on.
    #[must_use]
    pub fn at(mut self, revision: &str) -> Self {
        self.revision = Some(revision.to_owned());
        self
    }

    /// What the status will say.
    pub fn into_outcome(self) -> Outcome {
        let Self {
            reason,
            message,
            revision,
            transient,
            terminal,
            held,
        } = self;
        if held {
            return Outcome::Held {
                message,
                revision,
                changes: ChangeSet::default(),
            };
        }
        Outcome::Failed {
            reason,
            message,
            revision,
            transient,
            terminal,
        }
    }
}
