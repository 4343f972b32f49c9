//! Content of other sources inside this one (`spec.include`).
//!
//! Nothing is copied: a place in the commit's tree is answered by another snapshot. What is there
//! has passed the other source's own rules, and passes those of this one as well.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use signet_engine::tree::{File, RepoPath, Tree};

use crate::error::ReadError;
use crate::snapshot::{Limits, Snapshot};
use crate::store::Store;
use crate::text::hex;
use crate::walk::{Item, Leaf};

/// A directory of another source, and where it stands in this one.
#[derive(Clone)]
pub struct Include {
    /// Where it stands.
    pub at: RepoPath,
    /// Which directory of the other.
    pub from: RepoPath,
    /// The other.
    pub snapshot: Snapshot,
}

/// An entry of an archive, and the objects it is read from.
pub(crate) struct Listed {
    pub(crate) item: Item,
    pub(crate) store: Arc<Store>,
}

impl Include {
    /// A place of the other source, as it is shown here.
    pub(crate) fn shown(&self, theirs: &RepoPath) -> Option<RepoPath> {
        theirs.below(&self.from).map(|rest| self.at.join(&rest))
    }

    /// What is at `path`, which lies at or below the place of this.
    fn read(
        &self,
        path: &RepoPath,
        limits: &Limits,
        keep: &dyn Fn(&RepoPath) -> bool,
    ) -> Result<Tree, ReadError> {
        let rest = path.below(&self.at).unwrap_or_default();
        let wanted = |theirs: &RepoPath| self.shown(theirs).is_some_and(|shown| keep(&shown));
        let tree = self.snapshot.read(&self.from.join(&rest), limits, wanted)?;
        let here = |file: File| {
            let path = self.shown(&file.path)?;
            Some(File { path, ..file })
        };
        Ok(Tree {
            id: tree.id,
            files: tree.files.into_iter().filter_map(here).collect(),
        })
    }
}

impl Snapshot {
    /// The same commit with directories of other sources in it.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if a directory is not there, or its place is taken.
    pub fn including(self, includes: Vec<Include>) -> Result<Self, ReadError> {
        for one in &includes {
            if one.at.is_root() || self.has(&one.at)? {
                return Err(ReadError::Taken(one.at.clone()));
            }
            if one.snapshot.tree_id(&one.from)?.is_none() {
                return Err(ReadError::NoSuchPath(one.from.clone()));
            }
        }
        let all = self.includes().iter().cloned().chain(includes).collect();
        Ok(self.with_includes(all))
    }

    /// What is read at `path`, the includes in it.
    pub(crate) fn read_with_includes(
        &self,
        path: &RepoPath,
        limits: &Limits,
        keep: &dyn Fn(&RepoPath) -> bool,
    ) -> Result<Tree, ReadError> {
        let keep = |path: &RepoPath| keep(path) && self.keeps(path);
        let mut within = self
            .includes()
            .iter()
            .filter(|one| path.starts_with(&one.at));
        if let Some(include) = within.next() {
            let tree = include.read(path, limits, &keep)?;
            let id = format!("{}-{}", tree.id, self.rules_id());
            return Ok(Tree { id, ..tree });
        }
        let below: Vec<_> = self
            .includes()
            .iter()
            .filter(|one| one.at.starts_with(path))
            .collect();
        let mut tree = match self.read_own(path, limits, &keep) {
            Err(ReadError::NoSuchPath(_)) if !below.is_empty() => Tree {
                id: String::new(),
                files: Vec::new(),
            },
            own => own?,
        };
        let mut ids = vec![tree.id.clone(), self.rules_id().to_owned()];
        for include in &below {
            let part = include.read(&include.at, limits, &keep)?;
            ids.extend([include.at.to_string(), part.id]);
            tree.files.extend(part.files);
        }
        if !below.is_empty() {
            tree.files.sort_by(|a, b| a.path.cmp(&b.path));
            tree.id = hex(&Sha256::digest(ids.join("\n")));
        }
        Ok(tree)
    }

    /// Everything an archive holds, sorted by path.
    pub(crate) fn listing(&self) -> Result<Vec<Listed>, ReadError> {
        let mut all = self.own_listing()?;
        for include in self.includes().iter() {
            let theirs = include.snapshot.listing()?;
            all.extend(theirs.into_iter().filter_map(|listed| {
                let path = include.shown(&listed.item.path)?;
                let kept = self.keeps_entry(&path, listed.item.leaf == Leaf::Directory);
                kept.then_some(Listed {
                    item: Item {
                        path,
                        ..listed.item
                    },
                    ..listed
                })
            }));
        }
        all.sort_by(|a, b| a.item.path.cmp(&b.item.path));
        Ok(all)
    }

    /// Names the whole content of the source at this commit: equal names, equal archives.
    pub fn content_id(&self) -> String {
        let parts = self
            .includes()
            .iter()
            .map(|one| format!("-{}={}:{}", one.at, one.snapshot.content_id(), one.from));
        parts.fold(self.own_content_id(), |all, part| all + &part)
    }
}
