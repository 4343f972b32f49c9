//! Finding what a path names, following symbolic links among the commit's own trees.
//!
//! A link's text is walked name by name from the directory the link stands in. `..` goes to the
//! real parent, and above the top of the repository there is nothing to go to.

use std::collections::VecDeque;

use gix::ObjectId;
use gix::objs::tree::EntryKind;
use signet_engine::tree::RepoPath;

use super::{Entry, Walk};
use crate::error::ReadError;

/// Links followed on the way to one thing, as many as Linux follows.
const MOST_LINKS: usize = 40;

/// The text of a link, in bytes; Linux allows no longer path.
const LONGEST_TARGET: u64 = 4096;

/// A thing in the commit.
pub(super) enum Node {
    Directory(ObjectId),
    File(ObjectId),
    Submodule,
}

/// What a path named.
pub(super) struct Found {
    pub(super) node: Node,
    /// Where it really is.
    pub(super) real: RepoPath,
    /// Whether the way there led through a directory outside the one watched.
    pub(super) left: bool,
}

/// A walk in progress: where we are, where we still have to go.
struct Way {
    /// The real directories from the top to here.
    here: Vec<(String, ObjectId)>,
    ahead: VecDeque<String>,
    links: usize,
    /// The link last followed and its text, for errors.
    last: Option<(RepoPath, String)>,
    watched: RepoPath,
    left: bool,
}

impl Walk<'_> {
    /// What `path` names; none if nothing is there.
    pub(super) fn locate(&self, path: &RepoPath) -> Result<Option<Found>, ReadError> {
        self.go(path, &RepoPath::root())
    }

    /// What the link at `link` names. `watched` is the directory whose leaving is noted.
    pub(super) fn follow(&self, link: &RepoPath, watched: &RepoPath) -> Result<Found, ReadError> {
        let found = self.go(link, watched)?;
        found.ok_or_else(|| self.refused(link, "nothing is there in the commit"))
    }

    /// The error for a link that is not followed.
    pub(super) fn refused(&self, link: &RepoPath, why: &'static str) -> ReadError {
        let target = self.target_text(link).unwrap_or_default();
        not_followed(link.clone(), &target, why)
    }

    fn go(&self, path: &RepoPath, watched: &RepoPath) -> Result<Option<Found>, ReadError> {
        let mut way = Way::new(path, watched);
        while let Some(name) = way.ahead.pop_front() {
            if name == ".." {
                way.up()?;
                continue;
            }
            way.note()?;
            let Some(entry) = self.entry(&way, &name)? else {
                return Ok(None);
            };
            match entry.kind {
                EntryKind::Tree => way.here.push((name, entry.id)),
                EntryKind::Link => self.turn(&mut way, &name, entry.id)?,
                _ if !way.ahead.is_empty() => return Ok(None),
                EntryKind::Commit => return way.arrived(Node::Submodule, Some(&name)),
                EntryKind::Blob | EntryKind::BlobExecutable => {
                    return way.arrived(Node::File(entry.id), Some(&name));
                }
            }
        }
        let id = way.here.last().map_or(self.root, |(_, id)| *id);
        way.arrived(Node::Directory(id), None)
    }

    /// The entry called `name` where we are.
    fn entry(&self, way: &Way, name: &str) -> Result<Option<Entry>, ReadError> {
        let id = way.here.last().map_or(self.root, |(_, id)| *id);
        let entries = self.entries(id, &way.place(None)?)?;
        Ok(entries
            .into_iter()
            .find(|entry| entry.name == name.as_bytes()))
    }

    /// A link called `name` where we are: its text becomes the way ahead.
    fn turn(&self, way: &mut Way, name: &str, id: ObjectId) -> Result<(), ReadError> {
        let link = way.place(Some(name))?;
        let target = self.text(id, &link)?;
        let refuse = |why| Err(not_followed(link.clone(), &target, why));
        way.links += 1;
        if way.links > MOST_LINKS {
            return refuse("too many links lead to each other, or in a circle");
        }
        if target.starts_with('/') {
            return refuse("it is absolute, and would lead out of the repository");
        }
        if target.is_empty() || target.contains(['\\', '\0']) {
            return refuse("its text is not a path of plain names");
        }
        for name in target
            .split('/')
            .rev()
            .filter(|name| !matches!(*name, "" | "."))
        {
            way.ahead.push_front(name.to_owned());
        }
        way.last = Some((link, target));
        Ok(())
    }

    fn text(&self, id: ObjectId, link: &RepoPath) -> Result<String, ReadError> {
        if self.size(id, link)? > LONGEST_TARGET {
            return Err(not_followed(
                link.clone(),
                "",
                "its text is too long for a path",
            ));
        }
        let bytes = self.blob(id, link)?;
        let text = String::from_utf8(bytes);
        text.map_err(|_| not_followed(link.clone(), "", "its text is not UTF-8"))
    }

    /// The text of the link at `link`, for an error.
    fn target_text(&self, link: &RepoPath) -> Option<String> {
        let Found {
            node: Node::Directory(id),
            ..
        } = self.locate(&link.parent()?).ok()??
        else {
            return None;
        };
        let name = link.file_name()?.as_bytes();
        let entry = self
            .entries(id, link)
            .ok()?
            .into_iter()
            .find(|entry| entry.name == name)?;
        self.text(entry.id, link).ok()
    }
}

impl Way {
    fn new(path: &RepoPath, watched: &RepoPath) -> Self {
        Self {
            here: Vec::new(),
            ahead: path.names().map(str::to_owned).collect(),
            links: 0,
            last: None,
            watched: watched.clone(),
            left: false,
        }
    }

    /// One directory up, which only a link can ask for.
    fn up(&mut self) -> Result<(), ReadError> {
        if self.here.pop().is_some() {
            return Ok(());
        }
        let (link, target) = self.last.clone().unwrap_or_default();
        Err(not_followed(
            link,
            &target,
            "it leads out of the repository",
        ))
    }

    /// Once a link was followed, what it names depends on every directory passed from there on.
    fn note(&mut self) -> Result<(), ReadError> {
        self.left |= self.last.is_some() && !self.place(None)?.starts_with(&self.watched);
        Ok(())
    }

    /// Where we are, or `name` there.
    fn place(&self, name: Option<&str>) -> Result<RepoPath, ReadError> {
        let mut place = RepoPath::root();
        for name in self.here.iter().map(|(name, _)| name.as_str()).chain(name) {
            place = super::child(&place, name.as_bytes())?;
        }
        Ok(place)
    }

    fn arrived(self, node: Node, name: Option<&str>) -> Result<Option<Found>, ReadError> {
        let real = self.place(name)?;
        let left = self.left || !real.starts_with(&self.watched);
        Ok(Some(Found { node, real, left }))
    }
}

fn not_followed(link: RepoPath, target: &str, why: &'static str) -> ReadError {
    ReadError::Link {
        link,
        target: target.chars().take(80).collect(),
        why,
    }
}
