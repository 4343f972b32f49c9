//! What rendering reads: places of one commit, whoever keeps it.

use std::collections::BTreeSet;

use signet_engine::tree::{Entry, RepoPath, Tree};

/// A commit, read place by place. Links are followed inside it, and what cannot be read says why in
/// one sentence.
pub trait Commit {
    /// What stands at `path`; none if nothing does.
    ///
    /// # Errors
    /// A link that is not followed, or a store that cannot be read.
    fn entry(&self, path: &RepoPath) -> Result<Option<Entry>, String>;

    /// The content of the file at `path`; none if no file is there.
    ///
    /// # Errors
    /// The file is too large, or cannot be read.
    fn bytes(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, String>;

    /// The directory at `path` with the files below it that `keep` wants.
    ///
    /// # Errors
    /// It holds too much, or something in it cannot be read.
    fn directory(&self, path: &RepoPath, keep: &dyn Fn(&RepoPath) -> bool) -> Result<Tree, String>;
}

/// Everything that was looked at, and what stood there: what a result depends on.
///
/// As long as it [holds](Footprint::holds) of a later commit, rendering that one gives the same,
/// and nothing needs to be read or built.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Footprint {
    seen: BTreeSet<(RepoPath, Seen)>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    Nothing,
    /// A file with this id, really at this place.
    File(String, RepoPath),
    /// A directory, really at this place. Nothing is said of what is in it.
    Directory(RepoPath),
    /// A directory with this id, everything in it included.
    Tree(String),
}

impl Footprint {
    pub(crate) fn note(&mut self, path: &RepoPath, entry: Option<&Entry>) {
        self.seen.insert((path.clone(), seen(entry)));
    }

    pub(crate) fn note_tree(&mut self, path: &RepoPath, id: &str) {
        self.seen.insert((path.clone(), Seen::Tree(id.to_owned())));
    }

    /// Whether everything looked at is the same in `commit`.
    ///
    /// # Errors
    /// As of [`Commit`].
    pub fn holds(&self, commit: &dyn Commit) -> Result<bool, String> {
        for (path, before) in &self.seen {
            let now = match before {
                Seen::Tree(_) => match commit.entry(path)? {
                    Some(Entry::Directory { .. }) => {
                        Seen::Tree(commit.directory(path, &|_| false)?.id)
                    }
                    other => seen(other.as_ref()),
                },
                _ => seen(commit.entry(path)?.as_ref()),
            };
            if now != *before {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn seen(entry: Option<&Entry>) -> Seen {
    match entry {
        None => Seen::Nothing,
        Some(Entry::File { id, at }) => Seen::File(id.clone(), at.clone()),
        Some(Entry::Directory { at }) => Seen::Directory(at.clone()),
    }
}
