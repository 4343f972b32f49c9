//! Reading a directory of a commit, straight from the object store.
//!
//! There is no worktree, so a symbolic link is only a text until we follow it, and we follow it
//! among the commit's own trees alone (`walk/links.rs`): nothing here can open a file of the
//! machine (T1).

mod every;
mod links;

use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::objs::tree::EntryKind;
use signet_engine::tree::{self, File, RepoPath, Tree};

pub(crate) use self::every::{Item, Leaf};
use self::links::{Found, Node};
use crate::error::ReadError;
use crate::select::Filter;
use crate::snapshot::Limits;
use crate::wire::chain;

/// Entries looked at in one reading, wanted or not. Links to directories can multiply what a
/// small commit seems to hold.
const MOST_ENTRIES: usize = 200_000;

/// What following a link counts for among the entries: it is that much more work.
const LINK_ENTRIES: usize = 10;

/// Directories inside each other.
const DEEPEST: usize = 100;

/// One commit's trees.
pub(crate) struct Walk<'a> {
    objects: &'a gix::Repository,
    root: ObjectId,
}

/// One entry of a tree object.
struct Entry {
    name: Vec<u8>,
    kind: EntryKind,
    id: ObjectId,
}

impl<'a> Walk<'a> {
    /// Below the tree `root`.
    pub(crate) fn new(objects: &'a gix::Repository, root: ObjectId) -> Self {
        Self { objects, root }
    }

    /// The directory at `path` and where it really is, links on the way resolved.
    fn open(&self, path: &RepoPath) -> Result<(ObjectId, RepoPath), ReadError> {
        match self.locate(path)? {
            Some(Found {
                node: Node::Directory(id),
                real,
                ..
            }) => Ok((id, real)),
            Some(Found {
                node: Node::File(_),
                ..
            }) => Err(ReadError::NotADirectory(path.clone())),
            Some(Found {
                node: Node::Submodule,
                ..
            })
            | None => Err(ReadError::NoSuchPath(path.clone())),
        }
    }

    /// See [`crate::Snapshot::read`].
    pub(crate) fn read(
        &self,
        path: &RepoPath,
        limits: &Limits,
        filter: &Filter,
        keep: &dyn Fn(&RepoPath) -> bool,
    ) -> Result<Tree, ReadError> {
        let (id, real) = self.open(path)?;
        let mut reading = Reading {
            walk: self,
            limits,
            filter,
            keep,
            top: real.clone(),
            trail: Vec::new(),
            files: Vec::new(),
            bytes: 0,
            entries: 0,
            left: false,
        };
        reading.directory(id, path, &real)?;
        reading.finish(id)
    }

    /// The content of the file at `path`, if it has at most `most` bytes; none if no file is there.
    pub(crate) fn file(&self, path: &RepoPath, most: u64) -> Result<Option<Vec<u8>>, ReadError> {
        let Some(Found {
            node: Node::File(id),
            ..
        }) = self.locate(path)?
        else {
            return Ok(None);
        };
        let leaf = Leaf::File { executable: false };
        let path = path.clone();
        self.content(&Item { path, leaf, id }, most).map(Some)
    }

    /// What is at `path`, submodules apart, which are only names.
    pub(crate) fn place(&self, path: &RepoPath) -> Result<Option<tree::Entry>, ReadError> {
        let found = self.locate(path)?;
        Ok(found.and_then(|Found { node, real, .. }| match node {
            Node::File(id) => Some(tree::Entry::File {
                id: id.to_string(),
                at: real,
            }),
            Node::Directory(_) => Some(tree::Entry::Directory { at: real }),
            Node::Submodule => None,
        }))
    }

    /// Whether anything is at `path`.
    pub(crate) fn has(&self, path: &RepoPath) -> Result<bool, ReadError> {
        self.locate(path).map(|found| found.is_some())
    }

    fn entries(&self, id: ObjectId, at: &RepoPath) -> Result<Vec<Entry>, ReadError> {
        let damaged = |why: String| ReadError::Damaged {
            path: at.clone(),
            why,
        };
        let object = self
            .objects
            .find_object(id)
            .map_err(|error| damaged(chain(&error)))?;
        let tree = object
            .try_into_tree()
            .map_err(|error| damaged(chain(&error)))?;
        tree.iter()
            .map(|entry| {
                let entry = entry.map_err(|error| damaged(chain(&error)))?;
                let name = entry.filename().to_vec();
                Ok(Entry {
                    name,
                    kind: entry.mode().kind(),
                    id: entry.id().detach(),
                })
            })
            .collect()
    }

    /// The size of an object, known without reading it.
    fn size(&self, id: ObjectId, at: &RepoPath) -> Result<u64, ReadError> {
        let header = self.objects.find_header(id);
        header
            .map(|header| header.size())
            .map_err(|error| damaged(at, &error))
    }

    fn blob(&self, id: ObjectId, at: &RepoPath) -> Result<Vec<u8>, ReadError> {
        let mut blob = self
            .objects
            .find_blob(id)
            .map_err(|error| damaged(at, &error))?;
        Ok(blob.take_data())
    }
}

fn damaged(at: &RepoPath, error: &dyn std::error::Error) -> ReadError {
    ReadError::Damaged {
        path: at.clone(),
        why: chain(error),
    }
}

/// The entry's path below `directory`, if its name is one that may stand in a path.
fn child(directory: &RepoPath, name: &[u8]) -> Result<RepoPath, ReadError> {
    let text = std::str::from_utf8(name).ok();
    text.and_then(|text| directory.child(text).ok())
        .ok_or_else(|| ReadError::Name {
            directory: directory.clone(),
            name: name.to_str_lossy().chars().take(80).collect(),
        })
}

/// One reading under way.
struct Reading<'a> {
    walk: &'a Walk<'a>,
    limits: &'a Limits,
    filter: &'a Filter,
    keep: &'a dyn Fn(&RepoPath) -> bool,
    /// Where the directory asked for really is.
    top: RepoPath,
    /// The real places of the directories we are in, outermost first: a link to one of them would
    /// lead in a circle.
    trail: Vec<RepoPath>,
    files: Vec<File>,
    bytes: u64,
    entries: usize,
    /// Whether a link led out of `top`.
    left: bool,
}

impl Reading<'_> {
    /// Everything below the directory `id`, which is shown as `shown` and stands at `real`.
    fn directory(
        &mut self,
        id: ObjectId,
        shown: &RepoPath,
        real: &RepoPath,
    ) -> Result<(), ReadError> {
        if self.trail.len() >= DEEPEST {
            return Err(limit(
                shown,
                format!("more than {DEEPEST} directories inside each other"),
            ));
        }
        let entries = self.walk.entries(id, shown)?;
        self.trail.push(real.clone());
        for entry in entries {
            self.entry(&entry, shown, real)?;
        }
        self.trail.pop();
        Ok(())
    }

    fn entry(&mut self, entry: &Entry, shown: &RepoPath, real: &RepoPath) -> Result<(), ReadError> {
        self.entries += 1;
        if self.entries > MOST_ENTRIES {
            return Err(limit(
                shown,
                format!("more than {MOST_ENTRIES} entries, links followed"),
            ));
        }
        let path = child(shown, &entry.name)?;
        match entry.kind {
            EntryKind::Blob | EntryKind::BlobExecutable => self.file(entry.id, path),
            EntryKind::Tree => self.directory(entry.id, &path, &child(real, &entry.name)?),
            EntryKind::Link => self.link(path, &child(real, &entry.name)?),
            EntryKind::Commit => Ok(()),
        }
    }

    /// A link at `real`: what it names, under the link's own path `shown`.
    fn link(&mut self, shown: RepoPath, real: &RepoPath) -> Result<(), ReadError> {
        if !self.filter.keeps(&shown, true) {
            return Ok(());
        }
        self.entries += LINK_ENTRIES;
        let found = self.walk.follow(real, &self.top)?;
        self.left |= found.left;
        match found.node {
            Node::File(id) => self.file(id, shown),
            Node::Submodule => Ok(()),
            Node::Directory(_) if self.trail.contains(&found.real) => Err(self
                .walk
                .refused(real, "it leads back to a directory it stands in")),
            Node::Directory(id) => self.directory(id, &shown, &found.real),
        }
    }

    fn file(&mut self, id: ObjectId, path: RepoPath) -> Result<(), ReadError> {
        if !(self.keep)(&path) || !self.filter.keeps(&path, false) {
            return Ok(());
        }
        let size = self.walk.size(id, &path)?;
        self.afford(size, &path)?;
        let bytes = self.walk.blob(id, &path)?;
        self.files.push(File { path, bytes });
        Ok(())
    }

    /// Charges a file before it is read.
    fn afford(&mut self, size: u64, path: &RepoPath) -> Result<(), ReadError> {
        let Limits {
            files,
            bytes,
            file_bytes,
        } = *self.limits;
        self.bytes = self.bytes.saturating_add(size);
        if size > file_bytes {
            return Err(limit(
                path,
                format!("{size} bytes (a file may have {file_bytes})"),
            ));
        }
        if self.files.len() >= files {
            return Err(limit(path, format!("more than {files} files")));
        }
        if self.bytes > bytes {
            return Err(limit(
                path,
                format!("the files together have more than {bytes} bytes"),
            ));
        }
        Ok(())
    }

    fn finish(mut self, id: ObjectId) -> Result<Tree, ReadError> {
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
        let twice = self.files.windows(2).find_map(|pair| match pair {
            [a, b] if a.path == b.path => Some(&a.path),
            _ => None,
        });
        if let Some(path) = twice {
            return Err(ReadError::Name {
                directory: path.parent().unwrap_or_default(),
                name: path.file_name().unwrap_or_default().to_owned(),
            });
        }
        let id = if self.left { self.walk.root } else { id };
        Ok(Tree {
            id: id.to_string(),
            files: self.files,
        })
    }
}

fn limit(path: &RepoPath, what: String) -> ReadError {
    ReadError::Limit {
        path: path.clone(),
        what,
    }
}
