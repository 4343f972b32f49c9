//! Directories without a kustomization file: read as they are where that gives what kustomize would
//! give, which is nearly always, and else made into what kustomize can build.

mod same;

use signet_api::KustomizationSpec;
use signet_engine::guard::Finding;
use signet_engine::manifest::{Manifest, Origin};
use signet_engine::tree::{File, RepoPath, Tree};
use signet_yaml::Budget;

use crate::document::{self, Read};
use crate::files;
use crate::gather::{GatherError, Gathering};
use crate::kustomize::NAMES;

/// What a directory came to.
pub(crate) enum Scan {
    /// Its objects.
    Done(Vec<Manifest>),
    /// What kustomize is to build: files, and directories that have a kustomization file of their
    /// own, relative to this one.
    Resources(Vec<String>),
}

/// Reads every manifest of a tree, in the order of its files.
///
/// # Errors
///
/// One finding for each file that cannot be read and each document that is no object. Nothing is
/// returned if there is one: half a directory must never look like the whole, or pruning would
/// delete the rest (threat T32).
pub fn plain(tree: &Tree) -> Result<Vec<Manifest>, Vec<Finding>> {
    let mut reading = Reading::default();
    for file in tree
        .files
        .iter()
        .filter(|file| files::is_manifest(&file.path))
    {
        reading.file(file, None);
    }
    reading.finish().map(|(manifests, _)| manifests)
}

/// Reads the directory `root`, which the declaration names `path`.
///
/// # Errors
/// As [`plain`], or the commit cannot be read.
pub(crate) fn scan(
    gathering: &mut Gathering<'_>,
    path: &RepoPath,
    root: &RepoPath,
    spec: &KustomizationSpec,
    components: &[String],
) -> Result<Scan, GatherError> {
    let keep = |path: &RepoPath| files::is_manifest(path) || is_kustomization(path);
    let tree = gathering.commit.directory(root, &keep);
    let tree = tree.map_err(GatherError::Unreadable)?;
    gathering.footprint.note_tree(path, &tree.id);
    let directories = built_directories(&tree, root);
    let within = |file: &&File| !directories.iter().any(|one| file.path.starts_with(one));
    let mut reading = Reading::default();
    let manifests = tree
        .files
        .iter()
        .filter(|file| !is_kustomization(&file.path));
    let manifests: Vec<&File> = manifests.filter(within).collect();
    for file in &manifests {
        reading.file(file, spec.target_namespace.as_deref());
    }
    let (objects, same) = reading.finish().map_err(GatherError::Refused)?;
    if same && directories.is_empty() && !asks_kustomize(spec, components) {
        return Ok(Scan::Done(objects));
    }
    let mut resources: Vec<&RepoPath> = manifests.iter().map(|file| &file.path).collect();
    resources.extend(&directories);
    resources.sort();
    let relative = |path: &RepoPath| Some(format!("./{}", path.below(root)?));
    Ok(Scan::Resources(
        resources.into_iter().filter_map(relative).collect(),
    ))
}

/// The topmost directories below `root` that have a kustomization file.
fn built_directories(tree: &Tree, root: &RepoPath) -> Vec<RepoPath> {
    let mut found: Vec<RepoPath> = Vec::new();
    // Sorted, a directory stands before those in it.
    let files = tree
        .files
        .iter()
        .filter(|file| is_kustomization(&file.path));
    let mut directories: Vec<RepoPath> = files.filter_map(|file| file.path.parent()).collect();
    directories.sort();
    for directory in directories {
        let known = found.iter().any(|one| directory.starts_with(one));
        if !known && directory != *root {
            found.push(directory);
        }
    }
    found
}

fn is_kustomization(path: &RepoPath) -> bool {
    let named = path.file_name().is_some_and(|name| NAMES.contains(&name));
    named && !files::is_of_others(path)
}

/// Whether the declaration wants something that kustomize alone does.
fn asks_kustomize(spec: &KustomizationSpec, components: &[String]) -> bool {
    !components.is_empty()
        || !spec.patches.is_empty()
        || !spec.images.is_empty()
        || spec.name_prefix.is_some()
        || spec.name_suffix.is_some()
        || !spec.build_metadata.is_empty()
}

#[derive(Default)]
struct Reading {
    manifests: Vec<Manifest>,
    findings: Vec<Finding>,
    /// Whether kustomize would give something else.
    other: bool,
}

impl Reading {
    fn file(&mut self, file: &File, target: Option<&str>) {
        let name = file.path.to_string();
        let documents = match signet_yaml::read(&file.bytes, &Budget::default()) {
            Ok(documents) => documents,
            Err(error) => return self.findings.push(unreadable(name, &error)),
        };
        let source = str::from_utf8(&file.bytes).unwrap_or_default();
        for document in &documents {
            self.other |= !same::as_built(source, &document.root, target);
            for read in document::objects(&name, document) {
                self.take(read);
            }
        }
    }

    fn take(&mut self, read: Read) {
        match read {
            Ok(manifest) => self.manifests.push(manifest),
            Err(finding) => self.findings.push(*finding),
        }
    }

    fn finish(self) -> Result<(Vec<Manifest>, bool), Vec<Finding>> {
        if self.findings.is_empty() {
            Ok((self.manifests, !self.other))
        } else {
            Err(self.findings)
        }
    }
}

/// A file that is no YAML.
pub(crate) fn unreadable(file: String, error: &signet_yaml::Error) -> Finding {
    Finding::at(
        Origin::new(file, error.line),
        format!("column {}: {}", error.column, error.kind),
        "correct the file; until then nothing of its directory is applied",
    )
}
