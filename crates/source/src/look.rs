//! What stands at one place of a source, for readers that follow references from file to file and
//! never need a whole directory.

use signet_engine::tree::{Entry, RepoPath};

use crate::error::ReadError;
use crate::include::Include;
use crate::snapshot::Snapshot;

impl Snapshot {
    /// What stands at `path`; none if nothing does, or if the source leaves it out. Nothing is read
    /// but the directories on the way.
    ///
    /// # Errors
    ///
    /// [`ReadError`]: a link that is not followed, or a damaged store.
    pub fn entry(&self, path: &RepoPath) -> Result<Option<Entry>, ReadError> {
        let found = match self.include_of(path) {
            Some(include) => include.entry(path)?,
            None => self.own_entry(path)?,
        };
        let kept = |entry: &Entry| self.keeps_entry(path, matches!(entry, Entry::Directory { .. }));
        Ok(found.filter(kept))
    }

    /// The content of the file at `path`, if it has at most `most` bytes; none if there is no file,
    /// or the source leaves it out.
    ///
    /// # Errors
    ///
    /// [`ReadError`]: too many bytes, a link that is not followed, or a damaged store.
    pub fn bytes(&self, path: &RepoPath, most: u64) -> Result<Option<Vec<u8>>, ReadError> {
        if !self.keeps(path) {
            return Ok(None);
        }
        match self.include_of(path) {
            Some(include) => include.snapshot.bytes(&include.theirs(path), most),
            None => self.file(path, most),
        }
    }

    fn include_of(&self, path: &RepoPath) -> Option<&Include> {
        self.includes().iter().find(|one| path.starts_with(&one.at))
    }

    /// What the commit itself has there, or the way to what is included further down.
    fn own_entry(&self, path: &RepoPath) -> Result<Option<Entry>, ReadError> {
        let leads = |one: &Include| one.at.starts_with(path);
        let on_the_way = || Entry::Directory { at: path.clone() };
        Ok(match self.place(path)? {
            None => self.includes().iter().any(leads).then(on_the_way),
            found => found,
        })
    }
}

impl Include {
    fn theirs(&self, path: &RepoPath) -> RepoPath {
        self.from.join(&path.below(&self.at).unwrap_or_default())
    }

    /// What the other source has there, as it is shown in this one. What a link leads to beyond the
    /// part that is included stands where the link does.
    fn entry(&self, path: &RepoPath) -> Result<Option<Entry>, ReadError> {
        let here = |at: &RepoPath| self.shown(at).unwrap_or_else(|| path.clone());
        let found = self.snapshot.entry(&self.theirs(path))?;
        Ok(found.map(|entry| match entry {
            Entry::File { id, at } => Entry::File { id, at: here(&at) },
            Entry::Directory { at } => Entry::Directory { at: here(&at) },
        }))
    }
}
