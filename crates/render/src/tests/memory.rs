//! A commit in memory, written as one text.

use std::collections::BTreeMap;

use signet_engine::tree::{Entry, File, RepoPath, Tree};

use crate::commit::Commit;

/// Files and links by their places.
#[derive(Clone, Default)]
pub(super) struct Memory {
    files: BTreeMap<RepoPath, String>,
    links: BTreeMap<RepoPath, RepoPath>,
}

pub(super) fn path(text: &str) -> RepoPath {
    RepoPath::parse(text).unwrap()
}

impl Memory {
    /// `//- path` begins a file, `//- path -> place` is a link to a place of the repository.
    pub(super) fn of(text: &str) -> Self {
        let mut memory = Self::default();
        for part in text.split("//- ").skip(1) {
            let (head, content) = part.split_once('\n').unwrap_or((part, ""));
            match head.split_once(" -> ") {
                Some((link, to)) => drop(memory.links.insert(path(link), path(to))),
                None => drop(memory.files.insert(path(head), content.to_owned())),
            }
        }
        memory
    }

    pub(super) fn with(mut self, at: &str, content: &str) -> Self {
        self.files.insert(path(at), content.to_owned());
        self
    }

    /// The place behind links.
    fn really(&self, path: &RepoPath) -> RepoPath {
        let behind = |(link, to): (&RepoPath, &RepoPath)| Some(to.join(&path.below(link)?));
        match self.links.iter().find_map(behind) {
            Some(next) => self.really(&next),
            None => path.clone(),
        }
    }
}

impl Commit for Memory {
    fn entry(&self, path: &RepoPath) -> Result<Option<Entry>, String> {
        let at = self.really(path);
        if at.names().any(|name| name == "refused") {
            return Err(format!("symbolic link {path} is not followed"));
        }
        Ok(match self.files.get(&at) {
            Some(text) => Some(Entry::File {
                id: format!("id of {text}"),
                at,
            }),
            None => {
                let inside = self.files.keys().any(|file| file.starts_with(&at));
                inside.then_some(Entry::Directory { at })
            }
        })
    }

    fn bytes(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, String> {
        let text = self.files.get(&self.really(path));
        Ok(text.map(|text| text.clone().into_bytes()))
    }

    fn directory(&self, path: &RepoPath, keep: &dyn Fn(&RepoPath) -> bool) -> Result<Tree, String> {
        let top = self.really(path);
        let within = self.files.iter().filter(|(file, _)| file.starts_with(&top));
        let id = within.clone().fold(String::new(), |id, (file, text)| {
            format!("{id}{file}={text}")
        });
        let kept = within
            .filter(|(file, _)| keep(file))
            .map(|(file, text)| File {
                path: file.clone(),
                bytes: text.clone().into_bytes(),
            });
        Ok(Tree {
            id,
            files: kept.collect(),
        })
    }
}
