//! Every entry of a commit as it stands there: links are not followed, nothing is read.

use gix::ObjectId;
use gix::objs::tree::EntryKind;
use signet_engine::tree::RepoPath;

use super::{DEEPEST, Walk, child, limit};
use crate::error::ReadError;

/// An entry, as an archive could hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaf {
    Directory,
    File { executable: bool },
    Link,
    Submodule,
}

/// An entry and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) path: RepoPath,
    pub(crate) leaf: Leaf,
    pub(crate) id: ObjectId,
}

/// Entries looked at. Trees can be nested so that a small commit seems to hold more than there is
/// time for.
const MOST_ENTRIES: usize = 2_000_000;

/// What is done with an entry; of a directory, whether to go on inside.
pub(crate) type Visit<'a> = dyn FnMut(Item) -> Result<bool, ReadError> + 'a;

impl Walk<'_> {
    /// Shows every entry below the top, each directory before what is in it. Entries whose name
    /// could stand in no path of ours (no UTF-8, a backslash) are passed over.
    ///
    /// # Errors
    ///
    /// A bound on entries or depth, a damaged store, and what `visit` says.
    pub(crate) fn every(&self, visit: &mut Visit<'_>) -> Result<(), ReadError> {
        self.below(self.root, &RepoPath::root(), &mut 0, visit)
    }

    fn below(
        &self,
        id: ObjectId,
        at: &RepoPath,
        seen: &mut usize,
        visit: &mut Visit<'_>,
    ) -> Result<(), ReadError> {
        if at.names().len() >= DEEPEST {
            let what = format!("more than {DEEPEST} directories inside each other");
            return Err(limit(at, what));
        }
        for entry in self.entries(id, at)? {
            *seen += 1;
            if *seen > MOST_ENTRIES {
                return Err(limit(at, format!("more than {MOST_ENTRIES} entries")));
            }
            let Ok(path) = child(at, &entry.name) else {
                continue;
            };
            let leaf = leaf(entry.kind);
            let item = Item {
                path: path.clone(),
                leaf,
                id: entry.id,
            };
            if visit(item)? && leaf == Leaf::Directory {
                self.below(entry.id, &path, seen, visit)?;
            }
        }
        Ok(())
    }

    /// The content of a file, if it has at most `most` bytes.
    pub(crate) fn content(&self, item: &Item, most: u64) -> Result<Vec<u8>, ReadError> {
        let size = self.size(item.id, &item.path)?;
        if size > most {
            let what = format!("{size} bytes (a file may have {most})");
            return Err(limit(&item.path, what));
        }
        self.blob(item.id, &item.path)
    }
}

fn leaf(kind: EntryKind) -> Leaf {
    match kind {
        EntryKind::Tree => Leaf::Directory,
        EntryKind::Blob => Leaf::File { executable: false },
        EntryKind::BlobExecutable => Leaf::File { executable: true },
        EntryKind::Link => Leaf::Link,
        EntryKind::Commit => Leaf::Submodule,
    }
}
