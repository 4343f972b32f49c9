//! From a declaration and a commit to everything that a build will read.
//!
//! Only what is referred to is read: the kustomization file at the path, what it names, what that
//! names, and so on. So a result depends on no other file of the repository, and a build sees none.

use std::collections::{BTreeMap, BTreeSet};

use signet_api::KustomizationSpec;
use signet_engine::guard::Finding;
use signet_engine::manifest::Origin;
use signet_engine::tree::{Entry, RepoPath};
use zeroize::Zeroizing;

use crate::commit::{Commit, Footprint};
use crate::kustomize;
use crate::sources::{Role, Source, Sources};

/// Files of one build.
const MOST_FILES: usize = 20_000;

/// Bytes of all of them. They are in memory, and once more in the directory that kustomize sees.
const MOST_BYTES: usize = 64 << 20;

/// Why there is nothing to build.
#[derive(Debug)]
pub enum GatherError {
    /// There is no directory at the path.
    NoSuchPath,
    /// The commit cannot be read.
    Unreadable(String),
    /// Something in it is not to be built: every reason, in the order in which they were found.
    Refused(Vec<Finding>),
}

/// Gathers what `spec` asks for at `path`.
///
/// # Errors
/// [`GatherError`]; nothing is returned if there is one, because half a directory must never look
/// like the whole (threat T32).
pub fn gather(
    commit: &dyn Commit,
    path: &RepoPath,
    spec: &KustomizationSpec,
) -> Result<Sources, GatherError> {
    let mut gathering = Gathering {
        commit,
        footprint: Footprint::default(),
        known: BTreeMap::new(),
        files: BTreeMap::new(),
        links: BTreeMap::new(),
        bytes: 0,
        refused: Vec::new(),
    };
    let Some(Entry::Directory { at: root }) = gathering.entry(path)? else {
        return Err(GatherError::NoSuchPath);
    };
    kustomize::sources(gathering, path, root, spec)
}

/// What was read so far.
pub(crate) struct Gathering<'a> {
    pub(crate) commit: &'a dyn Commit,
    pub(crate) footprint: Footprint,
    known: BTreeMap<RepoPath, Option<Entry>>,
    pub(crate) files: BTreeMap<RepoPath, Source>,
    pub(crate) links: BTreeMap<RepoPath, RepoPath>,
    bytes: usize,
    pub(crate) refused: Vec<Finding>,
}

impl Gathering<'_> {
    /// What stands at `path`; noted as something that the result depends on, as are the links on
    /// the way.
    pub(crate) fn entry(&mut self, path: &RepoPath) -> Result<Option<Entry>, GatherError> {
        if let Some(known) = self.known.get(path) {
            return Ok(known.clone());
        }
        let entry = self.commit.entry(path).map_err(GatherError::Unreadable)?;
        self.footprint.note(path, entry.as_ref());
        self.known.insert(path.clone(), entry.clone());
        if let Some(Entry::File { at, .. } | Entry::Directory { at }) = &entry
            && at != path
        {
            self.note_links(path)?;
        }
        Ok(entry)
    }

    /// Every link among the names of `path`, by where it really stands.
    fn note_links(&mut self, path: &RepoPath) -> Result<(), GatherError> {
        let mut place = RepoPath::root();
        for name in path.names() {
            let Ok(here) = place.child(name) else {
                return Ok(());
            };
            let entry = self.commit.entry(&here).map_err(GatherError::Unreadable)?;
            let Some(Entry::File { at, .. } | Entry::Directory { at }) = entry else {
                return Ok(());
            };
            if at != here {
                self.links.insert(here, at.clone());
            }
            place = at;
        }
        Ok(())
    }

    /// The file that really is at `at`, for `role`.
    pub(crate) fn file(&mut self, at: &RepoPath, role: Role) -> Result<&[u8], GatherError> {
        if !self.files.contains_key(at) {
            let bytes = self.commit.bytes(at).map_err(GatherError::Unreadable)?;
            self.add(at, bytes.unwrap_or_default())?;
        }
        let source = self.files.entry(at.clone()).or_insert_with(nothing);
        source.roles.insert(role);
        Ok(&source.bytes)
    }

    /// Everything there is: for what cannot be told file by file.
    pub(crate) fn everything(&mut self) -> Result<(), GatherError> {
        let root = RepoPath::root();
        let all = self.commit.directory(&root, &|_| true);
        let tree = all.map_err(GatherError::Unreadable)?;
        self.footprint.note_tree(&root, &tree.id);
        for file in tree.files {
            if !self.files.contains_key(&file.path) {
                self.add(&file.path, file.bytes)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, at: &RepoPath, bytes: Vec<u8>) -> Result<(), GatherError> {
        self.bytes = self.bytes.saturating_add(bytes.len());
        let mut source = nothing();
        source.bytes = Zeroizing::new(bytes);
        self.files.insert(at.clone(), source);
        let most = if self.files.len() > MOST_FILES {
            format!("more than {MOST_FILES} files")
        } else if self.bytes > MOST_BYTES {
            format!("more than {} MiB", MOST_BYTES >> 20)
        } else {
            return Ok(());
        };
        let cause = format!("with this file, kustomize would have {most} to read");
        self.refuse(
            Origin::new(at.to_string(), 1),
            cause,
            "divide it among several Kustomizations",
        );
        Err(GatherError::Refused(std::mem::take(&mut self.refused)))
    }

    pub(crate) fn refuse(&mut self, origin: Origin, cause: impl Into<String>, remedy: &str) {
        self.refused.push(Finding::at(origin, cause, remedy));
    }
}

fn nothing() -> Source {
    Source {
        bytes: Zeroizing::new(Vec::new()),
        roles: BTreeSet::new(),
    }
}
