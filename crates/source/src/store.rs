//! One bare object store on disk. Only objects and the shallow boundary are in it: no refs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use gix::ObjectId;

use crate::address::Address;

/// A store, shared by the repository that fills it and the snapshots that read it.
///
/// The directory is removed with the last of them, so that a snapshot stays readable while the
/// repository has moved on to a fresh store.
pub(crate) struct Store {
    dir: PathBuf,
    from: Address,
    objects: gix::ThreadSafeRepository,
    /// Commits that are here with all they hold, oldest first.
    heads: Mutex<Vec<ObjectId>>,
    damaged: AtomicBool,
}

/// The names of store directories; others in the same place are left alone.
const PREFIX: &str = "store-";

/// Every fetch that brings something adds a pack. After this many, a fresh store is cheaper to
/// read, and the old one's forgotten history is given back.
const MOST_PACKS: usize = 40;

/// Commits named to the server as already here, the newest ones.
const HAVES: usize = 8;

impl Store {
    /// A fresh store below `parent`, for objects of one repository.
    pub(crate) fn create(parent: &Path, number: u64, from: Address) -> io::Result<Self> {
        let dir = parent.join(format!("{PREFIX}{number}"));
        fs::create_dir(&dir)?;
        let kind = gix::create::Kind::Bare;
        // Isolated: no configuration of the machine or the user, no environment. Each pack takes a
        // slot, and slots do not grow by themselves.
        let slots = gix::odb::store::init::Slots::Given(2 * MOST_PACKS as u16);
        let opened = gix::ThreadSafeRepository::init_opts(
            &dir,
            kind,
            gix::create::Options::default(),
            gix::open::Options::isolated().object_store_slots(slots),
        );
        let objects = opened.map_err(|error| io::Error::other(crate::wire::chain(&error)))?;
        let heads = Mutex::default();
        Ok(Self {
            dir,
            from,
            objects,
            heads,
            damaged: AtomicBool::new(false),
        })
    }

    /// Removes what stores of an earlier process left below `parent`: everything in them can be
    /// fetched again, and half-written parts cannot be told from whole ones.
    pub(crate) fn clear(parent: &Path) -> io::Result<()> {
        for entry in fs::read_dir(parent)? {
            let entry = entry?;
            let ours = entry.file_name().to_str().is_some_and(is_store_name);
            if ours && entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }

    /// A directory for what is needed for a moment.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.dir.join("scratch")
    }

    /// The objects, for the calling thread.
    pub(crate) fn objects(&self) -> gix::Repository {
        self.objects.to_thread_local()
    }

    /// Whether the next pack from `address` may go in here.
    pub(crate) fn takes(&self, address: &Address) -> bool {
        let sound = !self.damaged.load(Ordering::Relaxed);
        sound && self.from == *address && self.heads().len() < MOST_PACKS
    }

    /// Whether a commit of `address` is here with all it holds.
    pub(crate) fn holds(&self, address: &Address, commit: &ObjectId) -> bool {
        let sound = !self.damaged.load(Ordering::Relaxed);
        sound && self.from == *address && self.heads().contains(commit)
    }

    /// Remembers that `commit` is here with all it holds.
    pub(crate) fn received(&self, commit: ObjectId) {
        self.heads().push(commit);
    }

    /// The newest commits here.
    pub(crate) fn haves(&self) -> Vec<ObjectId> {
        self.heads().iter().rev().take(HAVES).copied().collect()
    }

    /// Something that must be here is not: the next fetch starts a fresh store.
    pub(crate) fn give_up(&self) {
        self.damaged.store(true, Ordering::Relaxed);
    }

    fn heads(&self) -> std::sync::MutexGuard<'_, Vec<ObjectId>> {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_store_name(name: &str) -> bool {
    let number = name.strip_prefix(PREFIX);
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit()))
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.dir) {
            tracing::debug!(dir = %self.dir.display(), %error, "old object store not removed");
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failed unwrap is the failed test

    use super::*;

    #[test]
    fn clearing_touches_nothing_but_stores() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["store-1", "store-12", "store-", "store-x", "photos"] {
            fs::create_dir(dir.path().join(name)).unwrap();
        }
        Store::clear(dir.path()).unwrap();
        let mut left: Vec<_> = fs::read_dir(dir.path())
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        left.sort();
        assert_eq!(left, ["photos", "store-", "store-x"]);
    }

    #[test]
    fn a_store_removes_itself() {
        let dir = tempfile::tempdir().unwrap();
        let address = Address::parse("https://host/a").unwrap();
        let store = Store::create(dir.path(), 7, address).unwrap();
        assert!(dir.path().join("store-7/objects").is_dir());
        drop(store);
        assert!(!dir.path().join("store-7").exists());
    }
}
