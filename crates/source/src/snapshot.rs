//! A commit that is here: its revision, and its directories as values.

use std::path::PathBuf;
use std::sync::Arc;

use gix::ObjectId;
use signet_engine::tree::{Entry, RepoPath, Revision, Tree};

use crate::artifact::KeepError;
use crate::error::ReadError;
use crate::include::{Include, Listed};
use crate::select::{Filter, IGNORE_FILE, Selection};
use crate::store::Store;
use crate::walk::{Item, Leaf, Walk};
use crate::wire::chain;

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
    filter: Arc<Filter>,
    includes: Arc<[Include]>,
    commit: ObjectId,
    /// The tag that was asked for, and what it points to: an annotated tag, or the commit.
    tag: Option<(String, ObjectId)>,
}

/// What a fetch found.
pub(crate) struct Found {
    pub(crate) store: Arc<Store>,
    pub(crate) commit: ObjectId,
    pub(crate) tag: Option<(String, ObjectId)>,
    pub(crate) revision: Revision,
}

/// A subject is cut to this many characters.
const LONGEST_SUBJECT: usize = 200;

/// Bytes of one `.sourceignore`.
const LONGEST_IGNORE: u64 = 64 << 10;

impl Snapshot {
    pub(crate) fn of(found: Found, filter: Arc<Filter>) -> Result<Self, gix::Error> {
        let Found {
            store,
            commit,
            tag,
            revision,
        } = found;
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
            revision,
            subject,
            store,
            root,
            filter,
            includes: Arc::new([]),
            commit,
            tag,
        })
    }

    /// The same commit, with only what `selection` wants of it.
    pub(crate) fn selected(self, selection: &Selection) -> Result<Self, ReadError> {
        let filter = self.noted(|walk| filter(walk, selection))?;
        Ok(Self {
            filter: Arc::new(filter),
            ..self
        })
    }

    /// The tag that was asked for.
    pub(crate) fn tag_name(&self) -> Option<&str> {
        self.tag.as_ref().map(|(name, _)| name.as_str())
    }

    /// The bytes of the annotated tag that was asked for; none if it is not annotated.
    pub(crate) fn raw_tag(&self) -> Result<Option<Vec<u8>>, String> {
        match &self.tag {
            Some((_, id)) if *id != self.commit => self.raw(*id).map(Some),
            _ => Ok(None),
        }
    }

    /// The bytes of the commit.
    pub(crate) fn commit_object(&self) -> Result<Vec<u8>, String> {
        self.raw(self.commit)
    }

    fn raw(&self, id: ObjectId) -> Result<Vec<u8>, String> {
        let objects = self.store.objects();
        let object = objects.find_object(id).map_err(|error| chain(&error))?;
        Ok(object.detach().data)
    }

    /// A directory for what is needed for a moment; it goes with the store.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.store.scratch()
    }

    /// The filter, for another look at the same commit.
    pub(crate) fn filter(&self) -> Arc<Filter> {
        Arc::clone(&self.filter)
    }

    /// The id [`Snapshot::read`] would give for the directory at `path`; none if nothing is there.
    ///
    /// Equal ids mean equal content, whatever the commit, so a reader that knows the id need not
    /// read. Looks at directories and links only, at no file. Where the source leaves files out,
    /// the rules are part of the id.
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

    pub(crate) fn own_content_id(&self) -> String {
        match self.filter.id() {
            Some(rules) => format!("{}-{rules}", self.root),
            None => self.root.to_string(),
        }
    }

    /// Names the rules of the source; empty if it has none.
    pub(crate) fn rules_id(&self) -> &str {
        self.filter.id().unwrap_or_default()
    }

    pub(crate) fn includes(&self) -> &[Include] {
        &self.includes
    }

    pub(crate) fn with_includes(self, includes: Arc<[Include]>) -> Self {
        Self { includes, ..self }
    }

    /// The content of a file of the commit itself; none if there is none.
    pub(crate) fn file(&self, path: &RepoPath, most: u64) -> Result<Option<Vec<u8>>, ReadError> {
        self.noted(|walk| walk.file(path, most))
    }

    /// Whether the commit itself has anything at `path`.
    pub(crate) fn has(&self, path: &RepoPath) -> Result<bool, ReadError> {
        self.noted(|walk| walk.has(path))
    }

    /// What the commit itself has at `path`, if a reader can use it.
    pub(crate) fn place(&self, path: &RepoPath) -> Result<Option<Entry>, ReadError> {
        self.noted(|walk| walk.place(path))
    }

    /// Whether a file at `path` belongs to the source.
    pub(crate) fn keeps(&self, path: &RepoPath) -> bool {
        self.filter.keeps(path, false)
    }

    /// Whether an entry at `path` belongs to the source.
    pub(crate) fn keeps_entry(&self, path: &RepoPath, is_directory: bool) -> bool {
        self.filter.keeps(path, is_directory)
    }

    /// Reads the directory at `path` and everything below it that `keep` wants.
    ///
    /// Symbolic links are followed inside the commit: what a link names appears under the link's
    /// own path. A link that leads out of the commit, nowhere, or in a circle is an error even if
    /// `keep` would not want it, because what it hides is unknown. Submodules are skipped, and so
    /// is what the source leaves out (`spec.ignore` and the like).
    ///
    /// [`Tree::id`] is the directory's Git id (with the rules, if the source has any); if a link led out of the directory, it is the id of
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
        self.read_with_includes(path, limits, &keep)
    }

    /// As [`Snapshot::read`], of the commit itself.
    pub(crate) fn read_own(
        &self,
        path: &RepoPath,
        limits: &Limits,
        keep: &dyn Fn(&RepoPath) -> bool,
    ) -> Result<Tree, ReadError> {
        let mut tree = self.noted(|walk| walk.read(path, limits, &self.filter, keep))?;
        if let Some(rules) = self.filter.id() {
            tree.id = format!("{}-{rules}", tree.id);
        }
        Ok(tree)
    }

    /// Shows `visit` everything an archive of this commit holds, sorted by path; the second
    /// argument reads the file at hand, up to so many bytes.
    pub(crate) fn each(
        &self,
        mut visit: impl FnMut(
            &Item,
            &dyn Fn(u64) -> Result<Vec<u8>, ReadError>,
        ) -> Result<(), KeepError>,
    ) -> Result<(), KeepError> {
        let listing = self.listing()?;
        let mut open: Option<(Arc<Store>, gix::Repository)> = None;
        for Listed { item, store } in &listing {
            let objects = match open.take() {
                Some((of, objects)) if Arc::ptr_eq(&of, store) => objects,
                _ => store.objects(),
            };
            let walk = Walk::new(&objects, self.root);
            visit(item, &|most| walk.content(item, most))?;
            open = Some((Arc::clone(store), objects));
        }
        Ok(())
    }

    /// The entries of the commit itself that the source has.
    pub(crate) fn own_listing(&self) -> Result<Vec<Listed>, ReadError> {
        let items = self.noted(|walk| kept(walk, &self.filter))?;
        let listed = |item| Listed {
            item,
            store: Arc::clone(&self.store),
        };
        Ok(items.into_iter().map(listed).collect())
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

/// Entries of one archive.
const MOST_KEPT: usize = 200_000;

/// The entries that the source has.
fn kept(walk: &Walk<'_>, filter: &Filter) -> Result<Vec<Item>, ReadError> {
    let mut items = Vec::new();
    walk.every(&mut |item| {
        let go_on = filter.wants(&item.path);
        if filter.keeps(&item.path, item.leaf == Leaf::Directory) {
            if items.len() >= MOST_KEPT {
                let what = format!("more than {MOST_KEPT} files; leave some out with spec.ignore");
                return Err(ReadError::Limit {
                    path: item.path,
                    what,
                });
            }
            items.push(item);
        }
        Ok(go_on)
    })?;
    Ok(items)
}

/// Reads every `.sourceignore` of the commit, and looks for the directories that are wanted.
fn filter(walk: &Walk<'_>, selection: &Selection) -> Result<Filter, ReadError> {
    let (mut found, mut directories) = (Vec::new(), vec![RepoPath::root()]);
    walk.every(&mut |item| {
        let is_rules = item.path.file_name() == Some(IGNORE_FILE);
        if is_rules && matches!(item.leaf, Leaf::File { .. }) {
            let bytes = walk.content(&item, LONGEST_IGNORE)?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            found.push((item.path.parent().unwrap_or_default(), text));
        }
        if item.leaf == Leaf::Directory && selection.sparse.contains(&item.path) {
            directories.push(item.path);
        }
        Ok(true)
    })?;
    let missing = |wanted: &&RepoPath| !directories.contains(wanted);
    if let Some(missing) = selection.sparse.iter().find(missing) {
        return Err(ReadError::NoSuchPath(missing.clone()));
    }
    found.sort();
    Filter::new(selection, &found)
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Snapshot({})", self.revision)
    }
}
