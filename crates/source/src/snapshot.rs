//! A commit that is here: its revision, and its directories as values.

use std::sync::Arc;

use gix::ObjectId;
use signet_engine::tree::{RepoPath, Revision, Tree};

use crate::error::ReadError;
use crate::store::Store;
use crate::walk::Walk;

/// What one reading may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Files kept.
    pub files: usize,
    /// Bytes of all files kept.
    pub bytes: u64,
    /// Bytes of one file kept.
    pub file_bytes: u64,
}

impl Default for Limits {
    /// 50,000 files, 256 MiB in all, 10 MiB each: far beyond what a cluster takes, and within
    /// what a small process can hold.
    fn default() -> Self {
        Self {
            files: 50_000,
            bytes: 256 << 20,
            file_bytes: 10 << 20,
        }
    }
}

/// A fetched commit. Cheap to clone; readable as long as it lives, whatever is fetched later.
#[derive(Clone)]
pub struct Snapshot {
    /// The ref and the commit, as the status prints them.
    pub revision: Revision,
    /// The first line of the commit's message.
    pub subject: String,
    store: Arc<Store>,
    root: ObjectId,
}

/// A subject is cut to this many characters.
const LONGEST_SUBJECT: usize = 200;

impl Snapshot {
    pub(crate) fn of(
        store: Arc<Store>,
        commit: ObjectId,
        revision: impl FnOnce(String) -> Revision,
    ) -> Result<Self, gix::Error> {
        let objects = store.objects();
        let found = objects
            .find_object(commit)?
            .try_into_commit()
            .map_err(gix::Error::from_error)?;
        let message = found.message_raw()?.to_string();
        let subject = message.lines().next().unwrap_or_default().trim();
        let subject = subject
            .chars()
            .filter(|c| !c.is_control())
            .take(LONGEST_SUBJECT)
            .collect();
        let root = found.tree_id()?.detach();
        Ok(Self {
            revision: revision(commit.to_string()),
            subject,
            store,
            root,
        })
    }

    /// The id [`Snapshot::read`] would give for the directory at `path`; none if nothing is there.
    ///
    /// Equal ids mean equal content, whatever the commit, so a reader that knows the id need not
    /// read. Looks at directories and links only, at no file.
    ///
    /// # Errors
    ///
    /// [`ReadError`] as from [`Snapshot::read`], except for bounds on files.
    pub fn tree_id(&self, path: &RepoPath) -> Result<Option<String>, ReadError> {
        match self.read(path, &Limits::default(), |_| false) {
            Ok(tree) => Ok(Some(tree.id)),
            Err(ReadError::NoSuchPath(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads the directory at `path` and everything below it that `keep` wants.
    ///
    /// Symbolic links are followed inside the commit: what a link names appears under the link's
    /// own path. A link that leads out of the commit, nowhere, or in a circle is an error even if
    /// `keep` would not want it, because what it hides is unknown. Submodules are skipped.
    ///
    /// [`Tree::id`] is the directory's Git id; if a link led out of the directory, it is the id of
    /// the commit's top directory instead, which changes with anything the link could name.
    ///
    /// # Errors
    ///
    /// [`ReadError`]: nothing there, a bound met, a hostile name or link, or a damaged store.
    pub fn read(
        &self,
        path: &RepoPath,
        limits: &Limits,
        keep: impl Fn(&RepoPath) -> bool,
    ) -> Result<Tree, ReadError> {
        self.noted(|walk| walk.read(path, limits, &keep))
    }

    /// Does `work`; a damaged store is not used for the next fetch.
    fn noted<T>(
        &self,
        work: impl FnOnce(&Walk<'_>) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let objects = self.store.objects();
        let result = work(&Walk::new(&objects, self.root));
        if matches!(result, Err(ReadError::Damaged { .. })) {
            self.store.give_up();
        }
        result
    }
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Snapshot({})", self.revision)
    }
}
