//! Hands: a directory becomes objects.
//!
//! So far the plain way: every YAML or JSON file below the directory, document by document, each
//! object remembering file and line. What would need a builder (kustomize, helm) is refused by
//! name, never applied half-built. All that is wrong is told at once, so that one commit mends it.

mod document;
mod files;
pub mod sandbox;

use signet_engine::guard::Finding;
use signet_engine::manifest::{Manifest, Origin};
use signet_engine::tree::{File, Tree};
use signet_yaml::Budget;

use document::Read;
pub use files::is_manifest;

/// Reads every manifest of a tree, in the order of its files.
///
/// # Errors
///
/// One finding for each file that cannot be read, each document that is no object, and each file
/// that asks for a builder. Nothing is returned if there is one: half a directory must never
/// look like the whole, or pruning would delete the rest (threat T32).
pub fn plain(tree: &Tree) -> Result<Vec<Manifest>, Vec<Finding>> {
    let (mut manifests, mut findings) = (Vec::new(), Vec::new());
    for file in tree.files.iter().filter(|file| is_manifest(&file.path)) {
        for read in read(file) {
            match read {
                Ok(manifest) => manifests.push(manifest),
                Err(finding) => findings.push(*finding),
            }
        }
    }
    if findings.is_empty() {
        Ok(manifests)
    } else {
        Err(findings)
    }
}

fn read(file: &File) -> Vec<Read> {
    let name = file.path.to_string();
    if let Some(finding) = files::unsupported(&file.path) {
        return vec![Err(Box::new(finding))];
    }
    match signet_yaml::read(&file.bytes, &Budget::default()) {
        Ok(documents) => documents
            .iter()
            .filter(|document| !files::is_other_json(&file.path, &document.root))
            .flat_map(|document| document::objects(&name, document))
            .collect(),
        Err(error) => vec![Err(Box::new(unreadable(name, &error)))],
    }
}

fn unreadable(file: String, error: &signet_yaml::Error) -> Finding {
    Finding::at(
        Origin::new(file, error.line),
        format!("column {}: {}", error.column, error.kind),
        "correct the file; until then nothing of its directory is applied",
    )
}

#[cfg(test)]
mod tests;
