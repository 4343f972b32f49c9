//! What a commit holds, as values: paths that cannot leave the repository, and the files read.
//!
//! A [`RepoPath`] is a list of plain names. It cannot express `..`, an absolute path or a foreign
//! separator, so whatever takes one needs no check of its own (threat T2: path traversal).

use std::fmt;
use std::str::FromStr;

/// A place inside a repository, as the names that lead to it from the top.
///
/// The top itself has no names and prints as `.`. Order is by names, so a directory's files stand
/// together. No name is empty, `.` or `..`, and none holds `/`, `\` or NUL.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath {
    names: Vec<String>,
}

/// Why a text is not a path inside a repository. Each says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// `..` would lead out of the directory it stands in.
    #[error(
        "path {0:?} contains \"..\": a path may not climb; write it from the top of the repository"
    )]
    Climbs(String),
    /// A leading `/`: repositories have no absolute paths.
    #[error(
        "path {0:?} is absolute: write it relative to the top of the repository, like \"./apps\""
    )]
    Absolute(String),
    /// NUL ends names on every file system.
    #[error("path {0:?} contains a NUL character: remove it")]
    Nul(String),
    /// `\` is a separator elsewhere and would hide names from checks.
    #[error("path {0:?} contains a backslash: separate names with \"/\"")]
    Backslash(String),
}

impl RepoPath {
    /// The top of the repository.
    pub fn root() -> Self {
        Self::default()
    }

    /// Reads a path as people write it: `./apps/x/`, `apps//x` and `apps/x` are the same place;
    /// an empty text, `.` and `./` are the top.
    ///
    /// # Errors
    ///
    /// [`PathError`] if the text climbs, is absolute, or holds NUL or a backslash.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        if text.starts_with('/') {
            return Err(PathError::Absolute(text.to_owned()));
        }
        let mut path = Self::root();
        for name in text.split('/').filter(|name| !matches!(*name, "" | ".")) {
            path.names
                .push(checked(name).map_err(|why| why(text.to_owned()))?);
        }
        Ok(path)
    }

    /// This place, then `below` it.
    #[must_use]
    pub fn join(&self, below: &RepoPath) -> Self {
        let names = self.names.iter().chain(&below.names).cloned().collect();
        Self { names }
    }

    /// The entry called `name` in this directory.
    ///
    /// # Errors
    ///
    /// [`PathError`] if `name` is not one plain name (`.` and the empty name count as climbing:
    /// they lead nowhere below).
    pub fn child(&self, name: &str) -> Result<Self, PathError> {
        if matches!(name, "" | ".") || name.contains('/') {
            return Err(PathError::Climbs(name.to_owned()));
        }
        let name = checked(name).map_err(|why| why(name.to_owned()))?;
        let mut names = self.names.clone();
        names.push(name);
        Ok(Self { names })
    }

    /// The directory this stands in; none for the top.
    pub fn parent(&self) -> Option<Self> {
        let (_, above) = self.names.split_last()?;
        Some(Self {
            names: above.to_vec(),
        })
    }

    /// The last name; none for the top.
    pub fn file_name(&self) -> Option<&str> {
        self.names.last().map(String::as_str)
    }

    /// The names from the top down.
    pub fn names(&self) -> impl DoubleEndedIterator<Item = &str> + ExactSizeIterator {
        self.names.iter().map(String::as_str)
    }

    /// Whether this is the top of the repository.
    pub fn is_root(&self) -> bool {
        self.names.is_empty()
    }

    /// The way from `above` to here; none if this does not lie at or below it.
    pub fn below(&self, above: &RepoPath) -> Option<Self> {
        let names = self.names.strip_prefix(above.names.as_slice())?;
        Some(Self {
            names: names.to_vec(),
        })
    }

    /// Whether this is `above` or lies somewhere below it. Whole names count: `apps2` is not
    /// below `apps`.
    pub fn starts_with(&self, above: &RepoPath) -> bool {
        self.names.starts_with(&above.names)
    }
}

/// Refuses the names no repository path may hold; the error still wants the whole text.
fn checked(name: &str) -> Result<String, fn(String) -> PathError> {
    match name {
        ".." => Err(PathError::Climbs),
        name if name.contains('\0') => Err(PathError::Nul),
        name if name.contains('\\') => Err(PathError::Backslash),
        name => Ok(name.to_owned()),
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_root() {
            return f.write_str(".");
        }
        f.write_str(&self.names.join("/"))
    }
}

impl FromStr for RepoPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// One file as the commit holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Where it stands, from the top of the repository.
    pub path: RepoPath,
    /// Its content, unchanged.
    pub bytes: Vec<u8>,
}

/// What a path of a commit names, links followed inside the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A file.
    File {
        /// Its Git id (hex): equal ids mean equal content, whatever the commit.
        id: String,
        /// Where it really is.
        at: RepoPath,
    },
    /// A directory.
    Directory {
        /// Where it really is.
        at: RepoPath,
    },
}

/// A directory of a commit, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// The Git id (hex) of the directory: equal ids mean equal content, whatever the commit.
    pub id: String,
    /// The files, sorted by path.
    pub files: Vec<File>,
}

/// What was fetched: which ref was asked for, and the commit it stood at.
///
/// Prints as Flux's revision (RFC-0005): `main@sha1:<hex>`, or `sha1:<hex>` for a bare commit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Revision {
    /// The ref as printed: branch and tag names without `refs/heads/` and `refs/tags/`.
    pub reference: Option<String>,
    /// The commit id in hex; its length names the algorithm.
    pub hash: String,
}

impl Revision {
    /// A branch or tag at a commit; `refs/heads/` and `refs/tags/` are taken off.
    pub fn of(reference: &str, hash: impl Into<String>) -> Self {
        let short = reference
            .strip_prefix("refs/heads/")
            .or_else(|| reference.strip_prefix("refs/tags/"))
            .unwrap_or(reference);
        Self::of_name(short, hash)
    }

    /// A ref whose name is kept whole, as `spec.ref.name` asks.
    pub fn of_name(reference: &str, hash: impl Into<String>) -> Self {
        Self {
            reference: Some(reference.to_owned()),
            hash: hash.into(),
        }
    }

    /// A commit without a ref.
    pub fn of_commit(hash: impl Into<String>) -> Self {
        Self {
            reference: None,
            hash: hash.into(),
        }
    }
}

/// Hex digits of a SHA-256 id; every shorter id is SHA-1's.
const SHA256_HEX: usize = 64;

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(reference) = &self.reference {
            write!(f, "{reference}@")?;
        }
        let algorithm = match self.hash.len() {
            SHA256_HEX => "sha256",
            _ => "sha1",
        };
        write!(f, "{algorithm}:{}", self.hash)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failed unwrap is the failed test

    use super::*;
    use proptest::prelude::*;

    fn path(text: &str) -> RepoPath {
        RepoPath::parse(text).unwrap()
    }

    #[test]
    fn spellings_of_one_place_are_equal() {
        for spelling in ["apps/x", "./apps/x/", "apps//x", "././apps/./x"] {
            assert_eq!(path(spelling), path("apps/x"), "{spelling}");
        }
        for spelling in ["", ".", "./", ".//"] {
            assert_eq!(path(spelling), RepoPath::root(), "{spelling}");
        }
        assert_eq!(RepoPath::root().to_string(), ".");
    }

    #[test]
    fn what_could_leave_the_repository_is_refused_with_the_reason() {
        let reason = |text: &str| RepoPath::parse(text).unwrap_err().to_string();
        assert!(reason("apps/../../etc").contains("may not climb"));
        assert!(reason("..").contains("may not climb"));
        assert!(reason("/etc/passwd").contains("is absolute"));
        assert!(reason("apps\\..\\x").contains("backslash"));
        assert!(reason("apps/\0").contains("NUL"));
    }

    #[test]
    fn names_that_only_look_like_climbing_are_names() {
        assert_eq!(path("..x/x../...").to_string(), "..x/x../...");
    }

    #[test]
    fn a_child_is_one_name() {
        assert_eq!(path("a").child("b").unwrap(), path("a/b"));
        for bad in ["", ".", "..", "b/c", "b\\c", "b\0"] {
            assert!(path("a").child(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn below_counts_whole_names() {
        assert!(path("apps/x").starts_with(&path("apps")));
        assert!(!path("apps2").starts_with(&path("apps")));
        assert!(path("apps").starts_with(&RepoPath::root()));
        assert_eq!(path("a/b").parent(), Some(path("a")));
        assert_eq!(path("a/b/c").below(&path("a")), Some(path("b/c")));
        assert_eq!(path("a").below(&path("a")), Some(RepoPath::root()));
        assert_eq!(path("apps2/x").below(&path("apps")), None);
        assert_eq!(RepoPath::root().parent(), None);
    }

    #[test]
    fn revisions_print_as_flux_prints_them() {
        let hash = "0123456789abcdef0123456789abcdef01234567";
        let shown = |revision: Revision| revision.to_string();
        assert_eq!(
            shown(Revision::of("refs/heads/feature/x", hash)),
            format!("feature/x@sha1:{hash}")
        );
        assert_eq!(
            shown(Revision::of("refs/tags/v1", hash)),
            format!("v1@sha1:{hash}")
        );
        assert_eq!(
            shown(Revision::of_name("refs/pull/420/head", hash)),
            format!("refs/pull/420/head@sha1:{hash}")
        );
        assert_eq!(shown(Revision::of_commit(hash)), format!("sha1:{hash}"));
    }

    proptest! {
        #[test]
        fn what_parses_prints_and_parses_to_itself(text in "[a-z./\\\\\0]{0,24}") {
            if let Ok(path) = RepoPath::parse(&text) {
                prop_assert_eq!(RepoPath::parse(&path.to_string()), Ok(path));
            }
        }

        #[test]
        fn no_path_ever_holds_a_name_that_climbs(text in any::<String>()) {
            if let Ok(path) = RepoPath::parse(&text) {
                let plain = |name: &str| {
                    !matches!(name, "" | "." | "..") && !name.contains(['/', '\\', '\0'])
                };
                prop_assert!(path.names().all(plain));
            }
        }
    }
}
