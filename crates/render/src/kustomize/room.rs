//! The closed directory that kustomize sees: what was gathered, where it stands in the repository,
//! and nothing else. It is gone when the build is over.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, symlink};
use std::path::{Path, PathBuf};

use signet_engine::tree::RepoPath;
use tempfile::TempDir;

use crate::sources::{Recipe, Sources};

/// The names of such directories begin so; what is left of an earlier process can be told by it.
const PREFIX: &str = "room-";

pub(super) struct Room {
    /// Its path as the kernel has it, no link in it: so kustomize prints it.
    pub(super) tree: PathBuf,
    _directory: TempDir,
}

impl Room {
    /// Writes everything. A place is made of plain names, and links are made last, so nothing is
    /// ever written through one.
    pub(super) fn furnish(parent: &Path, sources: &Sources, recipe: &Recipe) -> io::Result<Self> {
        let directory = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
        let tree = directory.path().canonicalize()?.join("tree");
        let room = Self {
            tree,
            _directory: directory,
        };
        room.directory(&RepoPath::root())?;
        room.directory(&sources.root)?;
        let instructions = serde_json::Value::Object(recipe.fields.clone());
        room.file(&recipe.file, signet_yaml::write(&instructions).as_bytes())?;
        for (path, source) in &sources.files {
            if *path != recipe.file {
                room.file(path, &source.bytes)?;
            }
        }
        for (link, to) in &recipe.links {
            if *link != recipe.file {
                room.link(link, to)?;
            }
        }
        Ok(room)
    }

    /// Where a place of the repository is.
    fn path(&self, place: &RepoPath) -> PathBuf {
        let mut path = self.tree.clone();
        path.extend(place.names());
        path
    }

    fn directory(&self, place: &RepoPath) -> io::Result<()> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(self.path(place))
    }

    fn file(&self, place: &RepoPath, bytes: &[u8]) -> io::Result<()> {
        self.directory(&place.parent().unwrap_or_default())?;
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600);
        file.open(self.path(place))?.write_all(bytes)
    }

    /// Relative, so that it leads nowhere but into the directory itself.
    fn link(&self, place: &RepoPath, to: &RepoPath) -> io::Result<()> {
        let parent = place.parent().unwrap_or_default();
        self.directory(&parent)?;
        let mut target: PathBuf = parent.names().map(|_| "..").collect();
        target.push(".");
        target.extend(to.names());
        symlink(target, self.path(place))
    }
}

/// Removes what builds of an earlier process left in `parent`, which may hold values.
///
/// # Errors
/// The directory cannot be made, listed or emptied.
pub(super) fn clear(parent: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(parent)?;
    for entry in std::fs::read_dir(parent)? {
        let entry = entry?;
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|name| name.starts_with(PREFIX));
        if ours && entry.file_type()?.is_dir() {
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}
