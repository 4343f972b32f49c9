//! Artifacts on disk: of each source the commit as an archive, as Flux's controllers fetch it.
//!
//! Paths, retention and what is in an archive are Flux's, so that a consumer cannot tell the two
//! apart. What is here is a cache: the archive of a commit can always be made again.

mod archive;

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use signet_engine::tree::RepoPath;

use crate::error::{OpenError, ReadError};
use crate::snapshot::{Limits, Snapshot};

/// The directory of all artifacts, and one beside it for those that are being written.
pub struct Artifacts {
    root: PathBuf,
    unfinished: PathBuf,
}

/// An archive that is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Where it is below [`Artifacts::root`], and in the URL it is fetched from.
    pub path: String,
    /// `sha256:` and the digest of its bytes.
    pub digest: String,
    /// Its length in bytes.
    pub size: u64,
}

/// Which archives of a source stay besides the current one.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// The newest ones, the current one counted.
    pub records: usize,
    /// Those that are younger than this.
    pub age: Duration,
}

/// Why there is no archive.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// A file of the commit cannot be read, or there is too much.
    #[error("{0}")]
    Read(#[from] ReadError),
    /// The disk.
    #[error("cannot write the archive of the commit: {0}; look at the disk of --storage-path")]
    Write(#[from] io::Error),
}

/// More than this is not packed: consumers refuse it long before.
const LIMITS: Limits = Limits {
    files: 200_000,
    bytes: 1 << 30,
    file_bytes: 128 << 20,
};

/// How names end here.
const ENDING: &str = ".tar.gz";

impl Artifacts {
    /// In `directory`, which is made if need be; what an earlier process left unfinished goes.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if the disk says so.
    pub fn open(directory: &Path) -> Result<Self, OpenError> {
        let all = Self {
            root: directory.join("artifacts"),
            unfinished: directory.join("unfinished"),
        };
        all.prepare().map_err(|cause| OpenError {
            dir: directory.display().to_string(),
            cause,
        })?;
        Ok(all)
    }

    fn prepare(&self) -> io::Result<()> {
        if self.unfinished.exists() {
            fs::remove_dir_all(&self.unfinished)?;
        }
        fs::create_dir_all(&self.unfinished)?;
        fs::create_dir_all(&self.root)
    }

    /// The directory whose files are served.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Puts the commit on disk as `gitrepository/<namespace>/<name>/<commit>.tar.gz`. It appears
    /// there at once and whole, in place of an older one for the same commit. Blocks.
    ///
    /// # Errors
    ///
    /// [`KeepError`]; nothing is left behind.
    pub fn keep(
        &self,
        namespace: &str,
        name: &str,
        snapshot: &Snapshot,
    ) -> Result<Kept, KeepError> {
        let place = place(namespace, name)?;
        let path = format!("{place}/{}{ENDING}", snapshot.revision.hash);
        let target = self.root.join(&path);
        fs::create_dir_all(self.root.join(&place))?;
        let mut file = tempfile::NamedTempFile::new_in(&self.unfinished)?;
        let written = archive::write(snapshot, file.as_file_mut(), &LIMITS)?;
        file.persist(&target).map_err(|error| error.error)?;
        Ok(Kept {
            path,
            digest: written.digest,
            size: written.size,
        })
    }

    /// Whether `kept` is still there in its full length.
    pub fn has(&self, kept: &Kept) -> bool {
        fs::metadata(self.root.join(&kept.path)).is_ok_and(|found| found.len() == kept.size)
    }

    /// Removes archives of a source that `retention` does not keep; never the one at `current`.
    /// Returns how many went.
    ///
    /// # Errors
    ///
    /// If the disk says so.
    pub fn collect(
        &self,
        namespace: &str,
        name: &str,
        current: &str,
        retention: &Retention,
        now: SystemTime,
    ) -> io::Result<usize> {
        let directory = self.root.join(place(namespace, name)?);
        let current = self.root.join(current);
        let mut found: Vec<(SystemTime, PathBuf)> = Vec::new();
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            if entry.path() != current {
                found.push((entry.metadata()?.modified()?, entry.path()));
            }
        }
        found.sort_by(|a, b| b.cmp(a));
        let old = |made: SystemTime| {
            now.duration_since(made)
                .is_ok_and(|age| age > retention.age)
        };
        let beyond = found.into_iter().skip(retention.records.saturating_sub(1));
        let gone: Vec<_> = beyond.filter(|(made, _)| old(*made)).collect();
        gone.iter()
            .try_for_each(|(_, path)| fs::remove_file(path))?;
        Ok(gone.len())
    }

    /// Removes all archives of a source.
    ///
    /// # Errors
    ///
    /// If the disk says so; it is no error that there are none.
    pub fn forget(&self, namespace: &str, name: &str) -> io::Result<()> {
        match fs::remove_dir_all(self.root.join(place(namespace, name)?)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Removes the archives of sources that are no more, as `exists` says of namespace and name.
    ///
    /// # Errors
    ///
    /// If the disk says so.
    pub fn sweep(&self, exists: impl Fn(&str, &str) -> bool) -> io::Result<()> {
        for namespace in directories(&self.root.join(KIND))? {
            for source in directories(&namespace.path())? {
                let (in_namespace, name) = (namespace.file_name(), source.file_name());
                let names = in_namespace.to_str().zip(name.to_str());
                if !names.is_some_and(|(namespace, name)| exists(namespace, name)) {
                    fs::remove_dir_all(source.path())?;
                }
            }
        }
        Ok(())
    }
}

/// The kind as it stands in paths.
const KIND: &str = "gitrepository";

fn directories(path: &Path) -> io::Result<Vec<DirEntry>> {
    match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        entries => entries?.collect(),
    }
}

/// Names of Kubernetes objects are plain; should one not be, it leads nowhere.
fn place(namespace: &str, name: &str) -> io::Result<String> {
    let kind = RepoPath::root().child(KIND);
    let place = kind
        .and_then(|kind| kind.child(namespace))
        .and_then(|above| above.child(name));
    place
        .map(|place| place.to_string())
        .map_err(io::Error::other)
}
