//! Following references from one kustomization file to the next, until everything that kustomize
//! will open is gathered or refused.

use std::collections::{BTreeSet, VecDeque};

use signet_engine::manifest::Origin;
use signet_engine::tree::{Entry, RepoPath};
use signet_yaml::{Budget, Node};

use super::place::{self, Refusal};
use super::references::{self, Reference, References, Target};
use super::{document, file_in};
use crate::gather::{GatherError, Gathering};
use crate::sources::Role;

/// The field of the declaration that names components.
const COMPONENTS: &str = "spec.components";

/// Everything from the kustomization file at the root on.
pub(super) fn of_file(
    gathering: &mut Gathering<'_>,
    root: &RepoPath,
    file: &RepoPath,
    document: Option<&Node>,
) -> Result<(), GatherError> {
    let mut walk = Walk::new(gathering);
    walk.visited.insert(root.clone());
    walk.file(root, file, document)?;
    walk.rest()
}

/// Everything from the manifests and directories of a directory without such a file on.
pub(super) fn of_generated(
    gathering: &mut Gathering<'_>,
    root: &RepoPath,
    resources: &[String],
) -> Result<(), GatherError> {
    let mut walk = Walk::new(gathering);
    for text in resources {
        // It is there, so a message about it would be about what is in it.
        let from = Origin::new(text.trim_start_matches("./"), 1);
        walk.follow(root, &from, "resources", text, Target::Resource)?;
    }
    walk.rest()
}

/// Everything from the components of the declaration on.
pub(super) fn of_components(
    gathering: &mut Gathering<'_>,
    root: &RepoPath,
    components: &[String],
) -> Result<(), GatherError> {
    let mut walk = Walk::new(gathering);
    for (number, text) in (1..).zip(components) {
        let from = Origin::new(COMPONENTS, number);
        walk.follow(root, &from, "component", text, Target::Component)?;
    }
    walk.rest()
}

struct Walk<'w, 'c> {
    gathering: &'w mut Gathering<'c>,
    /// Directories whose kustomization file was read.
    visited: BTreeSet<RepoPath>,
    /// Those that are to be, each with the reference that led there.
    ahead: VecDeque<(RepoPath, Origin)>,
}

impl<'w, 'c> Walk<'w, 'c> {
    fn new(gathering: &'w mut Gathering<'c>) -> Self {
        Self {
            gathering,
            visited: BTreeSet::new(),
            ahead: VecDeque::new(),
        }
    }

    fn rest(&mut self) -> Result<(), GatherError> {
        while let Some((directory, via)) = self.ahead.pop_front() {
            if !self.visited.insert(directory.clone()) {
                continue;
            }
            if let Some(file) = file_in(self.gathering, &directory, Some(&via))? {
                let document = document(self.gathering, &file)?;
                self.file(&directory, &file, document.as_ref())?;
            }
        }
        Ok(())
    }

    fn file(
        &mut self,
        directory: &RepoPath,
        file: &RepoPath,
        document: Option<&Node>,
    ) -> Result<(), GatherError> {
        let Some(document) = document else {
            return Ok(());
        };
        let name = file.to_string();
        self.all(directory, &name, references::of(&name, document))
    }

    fn all(
        &mut self,
        directory: &RepoPath,
        file: &str,
        references: References,
    ) -> Result<(), GatherError> {
        self.gathering.refused.extend(references.refused);
        for reference in &references.found {
            let Reference {
                field,
                text,
                line,
                target,
            } = reference;
            let from = Origin::new(file, *line);
            self.follow(directory, &from, field, text, *target)?;
        }
        if references.open_ended {
            self.gathering.everything()?;
        }
        Ok(())
    }

    fn follow(
        &mut self,
        directory: &RepoPath,
        from: &Origin,
        field: &str,
        text: &str,
        target: Target,
    ) -> Result<(), GatherError> {
        match self.find(directory, text, target)? {
            Ok((at, true)) => {
                self.ahead.push_back((at, from.clone()));
                Ok(())
            }
            Ok((at, false)) => self.take(directory, &at, target),
            Err((cause, remedy)) => {
                let cause = format!("{field}: {cause}");
                self.gathering.refuse(from.clone(), cause, remedy);
                Ok(())
            }
        }
    }

    /// Where the thing really is, and whether it is a directory.
    fn find(
        &mut self,
        directory: &RepoPath,
        text: &str,
        target: Target,
    ) -> Result<Result<(RepoPath, bool), Refusal>, GatherError> {
        let remote = place::is_remote(text);
        if text.contains("://") || (remote && target == Target::Component) {
            return Ok(Err(place::remote(text)));
        }
        let place = match place::resolve(directory, text) {
            Ok(place) => place,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let entry = match self.gathering.entry(&place) {
            Err(GatherError::Unreadable(why)) => {
                return Ok(Err((why, "name something that can be read")));
            }
            entry => entry?,
        };
        let directories = !matches!(target, Target::File(_));
        Ok(match entry {
            Some(Entry::File { at, .. }) if target != Target::Component => Ok((at, false)),
            // A file may be called anything; a directory of such a name is another repository.
            _ if remote => Err(place::remote(text)),
            Some(Entry::Directory { at }) if directories => Ok((at, true)),
            Some(Entry::File { .. }) => Err(wrong(text, "is a file", "name a directory")),
            Some(Entry::Directory { .. }) => Err(wrong(text, "is a directory", "name a file")),
            None => Err(wrong(text, "is not in the repository", "correct the path")),
        })
    }

    fn take(
        &mut self,
        directory: &RepoPath,
        at: &RepoPath,
        target: Target,
    ) -> Result<(), GatherError> {
        match target {
            Target::File(role) => self.gathering.file(at, role).map(drop),
            Target::Plugin => self.plugins(directory, at),
            Target::Resource | Target::Component => {
                self.gathering.file(at, Role::Objects).map(drop)
            }
        }
    }

    fn plugins(&mut self, directory: &RepoPath, at: &RepoPath) -> Result<(), GatherError> {
        let bytes = self.gathering.file(at, Role::Other)?;
        // What cannot be read here, kustomize cannot read either, and says so.
        let documents = signet_yaml::read(bytes, &Budget::default()).unwrap_or_default();
        let roots: Vec<&Node> = documents.iter().map(|document| &document.root).collect();
        let name = at.to_string();
        self.all(directory, &name, references::of_plugins(&name, &roots))
    }
}

fn wrong(text: &str, what: &str, remedy: &'static str) -> Refusal {
    (format!("{} {what}", place::shown(text)), remedy)
}
