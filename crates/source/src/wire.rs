//! What both ways out share: the deadline, the byte budget, and what went wrong first.
//!
//! The Git protocol code above sees only I/O errors. The transport knows better (a status, a
//! line of `ssh`), so it leaves the typed error here, and the fetch reports that one.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::deadline::Deadline;
use crate::error::{FetchError, quoted};
use zeroize::Zeroizing;

/// Shared by the parts of one fetch; cloning shares.
#[derive(Clone)]
pub(crate) struct Wire {
    /// The repository as it may be printed.
    pub(crate) at: Arc<str>,
    /// When the fetch must be over.
    pub(crate) deadline: Deadline,
    timeout: Duration,
    budget: Arc<AtomicU64>,
    complaint: Arc<Mutex<Option<FetchError>>>,
    secrets: Arc<Vec<Zeroizing<String>>>,
}

impl Wire {
    /// For one fetch from `at`, over within `timeout`. The `secrets` are taken out of what others
    /// say.
    pub(crate) fn new(at: String, timeout: Duration, secrets: Vec<Zeroizing<String>>) -> Self {
        Self {
            at: at.into(),
            deadline: Deadline::after(timeout),
            timeout,
            budget: Arc::default(),
            complaint: Arc::default(),
            secrets: Arc::new(secrets),
        }
    }

    /// The bytes the server may send from here on.
    pub(crate) fn allow(&self, bytes: u64) {
        self.budget.store(bytes, Ordering::Relaxed);
    }

    /// Counts bytes received.
    ///
    /// # Errors
    ///
    /// An I/O error, with [`FetchError::Limit`] left as the complaint, when the budget is spent.
    pub(crate) fn spend(&self, bytes: usize) -> io::Result<()> {
        let bytes = bytes as u64;
        let spent = |left: u64| left.checked_sub(bytes);
        match self
            .budget
            .try_update(Ordering::Relaxed, Ordering::Relaxed, spent)
        {
            Ok(_) => Ok(()),
            Err(_) => Err(self.complain(self.limit("too many bytes in one answer"))),
        }
    }

    /// Keeps `error` as what went wrong, unless something is kept already, and gives an I/O error
    /// to stop the protocol with.
    pub(crate) fn complain(&self, error: FetchError) -> io::Error {
        let text = error.to_string();
        let mut complaint = self
            .complaint
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        complaint.get_or_insert(error);
        io::Error::other(text)
    }

    /// What to report for `error`: the deadline if it is over, else the first complaint, else
    /// the error's own text.
    pub(crate) fn verdict(&self, error: &dyn std::error::Error) -> FetchError {
        let mut complaint = self
            .complaint
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if self.deadline.left().is_none() {
            return self.timed_out();
        }
        complaint
            .take()
            .unwrap_or_else(|| self.other(&chain(error)))
    }

    /// The time is over.
    pub(crate) fn timed_out(&self) -> FetchError {
        FetchError::Timeout {
            at: self.at.to_string(),
            after: self.timeout,
        }
    }

    /// A bound was met.
    pub(crate) fn limit(&self, what: impl Into<String>) -> FetchError {
        FetchError::Limit {
            at: self.at.to_string(),
            what: what.into(),
        }
    }

    /// The server does not accept us.
    pub(crate) fn denied(&self, why: &str) -> FetchError {
        FetchError::Authentication {
            at: self.at.to_string(),
            why: self.quoted(why),
        }
    }

    /// There is no repository.
    pub(crate) fn not_found(&self, why: &str) -> FetchError {
        FetchError::NotFound {
            at: self.at.to_string(),
            why: self.quoted(why),
        }
    }

    /// TLS failed.
    pub(crate) fn tls(&self, why: &str) -> FetchError {
        FetchError::Tls {
            at: self.at.to_string(),
            why: self.quoted(why),
        }
    }

    /// The host key is not the pinned one.
    pub(crate) fn host_key(&self, why: &str) -> FetchError {
        FetchError::HostKey {
            at: self.at.to_string(),
            why: self.quoted(why),
        }
    }

    /// Anything else.
    pub(crate) fn other(&self, why: &str) -> FetchError {
        FetchError::Other {
            at: self.at.to_string(),
            why: self.quoted(why),
        }
    }

    fn quoted(&self, text: &str) -> String {
        quoted(text, &self.secrets)
    }
}

/// An error with its causes on one line, each text once.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}
