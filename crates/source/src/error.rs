//! What can go wrong, told apart as far as a user can act on it.
//!
//! No text holds credentials or the userinfo or query of a URL: addresses print without them, and
//! whatever a server says goes through [`quoted`], which also takes out the secrets of the fetch.

use std::io;
use std::time::Duration;

use signet_engine::tree::RepoPath;
use zeroize::Zeroizing;

use crate::address::UrlError;

/// Why there is no snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The URL is not one to speak to; nothing was started.
    #[error("invalid URL: {0}")]
    UnsupportedUrl(#[from] UrlError),
    /// The server does not accept who we are, or wants to know and was not told.
    #[error("authentication failed at {at}: {why}")]
    Authentication {
        /// The repository, without credentials.
        at: String,
        /// What the server or `ssh` said.
        why: String,
    },
    /// The server knows no such repository (or hides it from us).
    #[error(
        "repository not found at {at}: check spec.url, and that the credentials may read it ({why})"
    )]
    NotFound {
        /// The repository.
        at: String,
        /// What the server said.
        why: String,
    },
    /// The repository has no such ref or commit.
    #[error("{reference} not found in {at}{hint}")]
    NoSuchReference {
        /// The repository.
        at: String,
        /// What was asked for.
        reference: String,
        /// What is there instead, as the end of the sentence.
        hint: String,
    },
    /// The host's key is not the pinned one.
    #[error(
        "host key of {at} not accepted: {why}; check it and pin it in \"known_hosts\" of the Secret"
    )]
    HostKey {
        /// The repository.
        at: String,
        /// What `ssh` said.
        why: String,
    },
    /// The host's certificate is not trusted, or ours cannot be used.
    #[error(
        "TLS failed at {at}: {why}; if a private authority signed it, put that into \"ca.crt\" of the Secret"
    )]
    Tls {
        /// The repository.
        at: String,
        /// What is wrong with the certificate.
        why: String,
    },
    /// The time asked for was over.
    #[error("no answer in time from {at}: gave up after {after:?} (spec.timeout)")]
    Timeout {
        /// The repository.
        at: String,
        /// The time that was given.
        after: Duration,
    },
    /// The repository has no commit.
    #[error("the repository at {at} is empty: push a commit")]
    Empty {
        /// The repository.
        at: String,
    },
    /// A submodule.
    #[error("submodule {path}: {why}")]
    Submodule {
        /// Where it stands.
        path: RepoPath,
        /// What is wrong with it.
        why: Box<FetchError>,
    },
    /// What of the commit is wanted cannot be told.
    #[error("{why}; check spec.sparseCheckout, spec.ignore and the .sourceignore files")]
    Selection {
        /// What is missing or too much.
        why: ReadError,
    },
    /// The server sent more than is taken.
    #[error("{at} sent more than is accepted: {what}")]
    Limit {
        /// The repository.
        at: String,
        /// Which bound was met, with its number.
        what: String,
    },
    /// Anything else: the network, the protocol, the disk.
    #[error("cannot fetch from {at}: {why}")]
    Other {
        /// The repository.
        at: String,
        /// The cause.
        why: String,
    },
}

impl FetchError {
    /// The reason Flux gives this in the `FetchFailed` condition.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::UnsupportedUrl(_) => "URLInvalid",
            Self::Authentication { .. } | Self::HostKey { .. } => "AuthenticationFailed",
            Self::Empty { .. } => "EmptyGitRepository",
            Self::Submodule { why, .. } if !why.is_terminal() => why.reason(),
            _ => "GitOperationFailed",
        }
    }

    /// Whether trying again is useless until someone edits the object (Flux: `Stalled`).
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::UnsupportedUrl(_))
    }
}

/// Why a store directory cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use {dir} for Git objects: {cause}")]
pub struct OpenError {
    /// The directory handed in.
    pub dir: String,
    /// What failed.
    #[source]
    pub cause: io::Error,
}

/// Why a directory of a commit cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The commit has nothing there.
    #[error("path {0} does not exist in the commit")]
    NoSuchPath(RepoPath),
    /// A directory was asked for and a file is there.
    #[error("path {0} is a file: name the directory it stands in")]
    NotADirectory(RepoPath),
    /// A symbolic link that is not followed.
    #[error("symbolic link {link} -> {target:?} is not followed: {why}")]
    Link {
        /// The link.
        link: RepoPath,
        /// What it says (shortened).
        target: String,
        /// Why it is not followed.
        why: &'static str,
    },
    /// Where another source is to stand is something already, or it is the whole.
    #[error("{0} is taken: spec.include cannot put another source there; choose another toPath")]
    Taken(RepoPath),
    /// A name no file of a commit should have.
    #[error(
        "directory {directory} of the commit holds the name {name:?}, which is not allowed: rename it"
    )]
    Name {
        /// Where it stands.
        directory: RepoPath,
        /// The name (shortened).
        name: String,
    },
    /// A bound on what is read.
    #[error("{path}: {what}")]
    Limit {
        /// Where the bound was met.
        path: RepoPath,
        /// Which bound, with its number.
        what: String,
    },
    /// The object store is incomplete or damaged; the next fetch starts a new one.
    #[error("cannot read {path} of the commit: {why}; it will be fetched anew")]
    Damaged {
        /// What was being read.
        path: RepoPath,
        /// The cause.
        why: String,
    },
}

/// Texts from outside are cut to this many characters.
const LONGEST: usize = 300;

/// Text from outside, fit for one line of a condition: no control characters, not long, and
/// without the secrets of this fetch, should a server send them back.
pub(crate) fn quoted(text: &str, secrets: &[Zeroizing<String>]) -> String {
    let mut text: String = text
        .split(|c: char| c.is_control())
        .filter(|piece| !piece.trim().is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret.as_str(), "***");
    }
    text.chars()
        .take(LONGEST)
        .collect::<String>()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_is_one_short_line_without_our_secret() {
        let secrets = [Zeroizing::new("t0ken".to_owned())];
        let said = format!("bad\ttoken\r\n t0ken {}", "x".repeat(1000));
        let shown = quoted(&said, &secrets);
        assert!(shown.starts_with("bad token  *** xxx"), "{shown}");
        assert_eq!(shown.chars().count(), LONGEST);
    }

    #[test]
    fn reasons_are_flux_words() {
        let at = || "https://h".to_owned();
        assert_eq!(FetchError::from(UrlError::NoHost).reason(), "URLInvalid");
        assert_eq!(
            FetchError::Empty { at: at() }.reason(),
            "EmptyGitRepository"
        );
        let denied = FetchError::Authentication {
            at: at(),
            why: String::new(),
        };
        assert_eq!(denied.reason(), "AuthenticationFailed");
        let other = FetchError::Other {
            at: at(),
            why: String::new(),
        };
        assert_eq!(other.reason(), "GitOperationFailed");
    }
}
