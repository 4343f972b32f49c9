//! Why a run stopped, on its way to becoming an outcome.

use std::fmt;
use std::time::Duration;

use signet_cluster::ApiError;
use signet_engine::outcome::{End, UNHEALTHY};

use super::hooks;
use crate::places::Unreachable;

/// A run that stopped: how it ends, and when to look again at the latest where that differs from
/// what follows from the end.
pub struct Failure {
    /// What the status will say.
    pub end: End,
    /// When to look again at the latest.
    pub again: Option<Duration>,
}

impl Failure {
    /// Trying again after the retry interval may help. `reason` is a word of Flux's.
    pub fn new(reason: &'static str, message: impl Into<String>) -> Self {
        Self::failed(reason, message, false, false)
    }

    /// Trying again soon may help: something is away that comes back.
    pub fn transient(reason: &'static str, message: impl Into<String>) -> Self {
        Self::failed(reason, message, true, false)
    }

    /// Nothing helps but a change of the declaration or of the commit.
    pub fn terminal(reason: &'static str, message: impl Into<String>) -> Self {
        Self::failed(reason, message, false, true)
    }

    /// Something that we depend on is not ready; it wakes us when it is.
    pub fn dependency(message: String) -> Self {
        Self::new("DependencyNotReady", message)
    }

    /// Objects did not become healthy; they wake us when they do.
    pub fn unhealthy(message: String) -> Self {
        Self::new(UNHEALTHY, message)
    }

    /// What is said of a hook that is no better than this. It is not what wakes us: it would run
    /// again at once.
    #[must_use]
    pub fn of_hook(mut self) -> Self {
        if let End::Failed { reason, .. } = &mut self.end
            && *reason == UNHEALTHY
        {
            *reason = hooks::FAILED;
        }
        self
    }

    /// Everything is applied but a prune that waits for a word.
    pub fn held(message: impl Into<String>) -> Self {
        Self {
            end: End::Held(message.into()),
            again: None,
        }
    }

    /// Nothing is wrong: something has to become healthy, or to go, first. `checks` if it is the
    /// health checks that are waited for.
    pub fn waiting(why: String, checks: bool) -> Self {
        Self {
            end: End::Waiting { why, checks },
            again: None,
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

    /// Look again after this time at the latest.
    #[must_use]
    pub fn until(mut self, again: Duration) -> Self {
        self.again = Some(again);
        self
    }

    /// A cluster that cannot be applied to.
    pub fn unreachable(unreachable: &Unreachable) -> Self {
        let message = unreachable.to_string();
        match unreachable {
            Unreachable::Asked(error) if error.is_transient() => {
                Self::transient("ReconciliationFailed", message)
            }
            _ => Self::new("ReconciliationFailed", message),
        }
    }

    fn failed(
        reason: &'static str,
        message: impl Into<String>,
        transient: bool,
        terminal: bool,
    ) -> Self {
        let message = message.into();
        Self {
            end: End::Failed {
                reason,
                message,
                transient,
                terminal,
            },
            again: None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.end {
            End::Applied(_) => f.write_str("applied"),
            End::Waiting { why, .. } => f.write_str(why),
            End::Failed { message, .. } | End::Held(message) => f.write_str(message),
        }
    }
}
