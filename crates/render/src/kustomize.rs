//! Directories that kustomize builds: what it will read, what it is told beyond that, and what
//! comes out.

mod build;
mod closure;
mod explain;
mod merge;
mod origins;
mod place;
mod references;
mod room;
mod schema;
mod values;

use signet_api::KustomizationSpec;
use signet_engine::guard::Finding;
use signet_engine::manifest::Origin;
use signet_engine::tree::{Entry, RepoPath};
use signet_yaml::{Budget, Node};

use crate::gather::{GatherError, Gathering};
use crate::plain::{self, Scan};
use crate::sources::{How, Recipe, Role, Sources};

pub use build::{BuildError, Built, Kustomize};
#[cfg(test)]
pub(crate) use explain::explain;
use merge::Merged;

/// What a kustomization file may be called.
pub(crate) const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Gathers what is asked for in the directory `root`, which the declaration names `path`.
pub(crate) fn sources(
    mut gathering: Gathering<'_>,
    path: &RepoPath,
    root: RepoPath,
    spec: &KustomizationSpec,
) -> Result<Sources, GatherError> {
    let components = components(&mut gathering, &root, spec)?;
    let mut warnings = Vec::new();
    let (file, merged) = match file_in(&mut gathering, &root, None)? {
        Some(file) => {
            let document = document(&mut gathering, &file)?;
            let (fields, changed) = schema::normal(&file.to_string(), document.as_ref());
            warnings = changed;
            closure::of_file(&mut gathering, &root, &file, document.as_ref())?;
            (file, merge::into_file(fields, spec, &components))
        }
        None => match plain::scan(&mut gathering, path, &root, spec, &components)? {
            Scan::Done(manifests) => {
                return finish(gathering, root, How::Plain(manifests), warnings);
            }
            Scan::Resources(resources) => {
                closure::of_generated(&mut gathering, &root, &resources)?;
                let file = root.child(NAMES[0]).unwrap_or_default();
                (file, merge::into_generated(resources, spec, &components))
            }
        },
    };
    closure::of_components(&mut gathering, &root, &components)?;
    let how = How::Kustomize(Box::new(recipe(&mut gathering, file, merged)));
    finish(gathering, root, how, warnings)
}

fn recipe(gathering: &mut Gathering<'_>, file: RepoPath, merged: Merged) -> Recipe {
    Recipe {
        file,
        fields: merged.fields,
        links: std::mem::take(&mut gathering.links),
        shows_origins: merged.shows_origins,
    }
}

fn finish(
    gathering: Gathering<'_>,
    root: RepoPath,
    how: How,
    warnings: Vec<Finding>,
) -> Result<Sources, GatherError> {
    if !gathering.refused.is_empty() {
        let mut refused = gathering.refused;
        refused.sort_by(|a, b| a.origin.cmp(&b.origin));
        return Err(GatherError::Refused(refused));
    }
    Ok(Sources {
        root,
        files: gathering.files,
        footprint: gathering.footprint,
        warnings,
        how,
    })
}

/// The components of the declaration that are there, or are to fail the build if they are not.
fn components(
    gathering: &mut Gathering<'_>,
    root: &RepoPath,
    spec: &KustomizationSpec,
) -> Result<Vec<String>, GatherError> {
    let mut kept = Vec::new();
    for component in &spec.components {
        let there = match place::resolve(root, component) {
            Ok(place) if !place::is_remote(component) => gathering.entry(&place)?.is_some(),
            _ => true,
        };
        if there || !spec.ignore_missing_components {
            kept.push(component.clone());
        }
    }
    Ok(kept)
}

/// The kustomization file in a directory that is looked at because of `via`; the root is looked at
/// because of nothing, and may have none.
fn file_in(
    gathering: &mut Gathering<'_>,
    directory: &RepoPath,
    via: Option<&Origin>,
) -> Result<Option<RepoPath>, GatherError> {
    let mut found = Vec::new();
    for name in NAMES {
        let Ok(path) = directory.child(name) else {
            continue;
        };
        if let Some(Entry::File { .. }) = gathering.entry(&path)? {
            found.push(path);
        }
    }
    if let [first, second, ..] = found.as_slice() {
        let origin = Origin::new(second.to_string(), 1);
        let cause = format!("the directory has {first} too, and may have only one of them");
        gathering.refuse(origin, cause, "remove one");
    } else if let (true, Some(via)) = (found.is_empty(), via) {
        let cause = format!("{directory} has no kustomization file");
        let remedy = "name a file, or a directory with a kustomization.yaml";
        gathering.refuse(via.clone(), cause, remedy);
    }
    Ok(found.into_iter().next())
}

/// The content of a kustomization file; none if it has none, or cannot be read, which is noted.
fn document(gathering: &mut Gathering<'_>, file: &RepoPath) -> Result<Option<Node>, GatherError> {
    let name = file.to_string();
    let Some(Entry::File { at, .. }) = gathering.entry(file)? else {
        return Ok(None);
    };
    let bytes = gathering.file(&at, Role::Kustomization)?;
    let mut documents = match signet_yaml::read(bytes, &Budget::default()) {
        Ok(documents) => documents.into_iter(),
        Err(error) => {
            gathering.refused.push(plain::unreadable(name, &error));
            return Ok(None);
        }
    };
    let first = documents.next().map(|document| document.root);
    if let Some(second) = documents.next() {
        let cause =
            "a kustomization file holds one document, and kustomize would not read this one";
        let origin = Origin::new(name, second.line);
        gathering.refuse(origin, cause, "give it a file of its own");
    }
    Ok(first)
}
