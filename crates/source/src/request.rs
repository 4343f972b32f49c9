//! What is asked of a repository.

use std::time::Duration;

use signet_engine::tree::Revision;

use crate::credentials::{Credentials, Proxy, Tls};
use crate::reach::Reach;
use crate::select::Selection;

/// One fetch: where from, which commit, who asks, how long it may take.
#[derive(Clone, Debug)]
pub struct Request {
    /// `http`, `https` or `ssh` URL of the repository.
    pub url: String,
    /// Which commit.
    pub reference: Reference,
    /// What of it.
    pub selection: Selection,
    /// Who asks.
    pub credentials: Credentials,
    /// What https trusts.
    pub tls: Tls,
    /// Through what http and https go; ssh takes none.
    pub proxy: Option<Proxy>,
    /// Whether its submodules come with it.
    pub submodules: bool,
    /// Which hosts may be spoken to.
    pub reach: Reach,
    /// Bounds the whole fetch: connecting, listing refs, receiving, indexing.
    pub timeout: Duration,
}

/// The commit asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// The head of a branch, named without `refs/heads/`.
    Branch(String),
    /// A tag, named without `refs/tags/`; annotated tags are followed to their commit.
    Tag(String),
    /// The tag with the highest version in a range.
    Semver(String),
    /// A ref by its full name, like `refs/pull/420/head` or `HEAD`.
    Name(String),
    /// A commit by its full id. The branch only names it in the revision: a fetch of one commit
    /// does not learn which branches hold it.
    Commit {
        /// The id in hex, all 40 digits.
        commit: String,
        /// The branch to print.
        branch: Option<String>,
    },
}

impl Reference {
    /// The full ref name to look for; none for a commit, which needs no looking.
    pub(crate) fn full_name(&self) -> Option<String> {
        match self {
            Self::Branch(name) => Some(format!(
                "refs/heads/{}",
                name.trim_start_matches("refs/heads/")
            )),
            Self::Tag(name) => Some(format!(
                "refs/tags/{}",
                name.trim_start_matches("refs/tags/")
            )),
            Self::Name(name) => Some(name.clone()),
            Self::Semver(_) | Self::Commit { .. } => None,
        }
    }

    /// The tag that is asked for, if one is.
    pub(crate) fn tag(&self) -> Option<&str> {
        match self {
            Self::Tag(name) => Some(name.trim_start_matches("refs/tags/")),
            Self::Name(name) => name.strip_prefix("refs/tags/"),
            Self::Branch(_) | Self::Semver(_) | Self::Commit { .. } => None,
        }
    }

    /// The revision this reference prints as at commit `hash`.
    pub(crate) fn revision(&self, hash: String) -> Revision {
        match self {
            Self::Branch(name) | Self::Tag(name) => Revision::of(name, hash),
            // A fetch puts the tag it found in place of the range before it prints.
            Self::Semver(range) => Revision::of_name(range, hash),
            Self::Name(name) => Revision::of_name(name, hash),
            Self::Commit {
                branch: Some(branch),
                ..
            } => Revision::of(branch, hash),
            Self::Commit { branch: None, .. } => Revision::of_commit(hash),
        }
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Branch(name) => write!(f, "branch {name:?}"),
            Self::Tag(name) => write!(f, "tag {name:?}"),
            Self::Semver(range) => write!(f, "a tag in the range {range:?}"),
            Self::Name(name) => write!(f, "ref {name:?}"),
            Self::Commit { commit, .. } => write!(f, "commit {commit:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_print_as_revisions() {
        let at = |reference: Reference| reference.revision("a".repeat(40)).to_string();
        let hash = format!("@sha1:{}", "a".repeat(40));
        assert_eq!(
            at(Reference::Branch("feature/x".into())),
            format!("feature/x{hash}")
        );
        assert_eq!(at(Reference::Tag("v1".into())), format!("v1{hash}"));
        assert_eq!(
            at(Reference::Name("refs/heads/x".into())),
            format!("refs/heads/x{hash}")
        );
        let commit = |branch: Option<&str>| Reference::Commit {
            commit: "a".repeat(40),
            branch: branch.map(str::to_owned),
        };
        assert_eq!(at(commit(None)), hash.trim_start_matches('@'));
        assert_eq!(at(commit(Some("main"))), format!("main{hash}"));
    }
}
