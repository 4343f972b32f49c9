//! Which files of tests there are, as arguments of `cargo test`.
//!
//! Cargo chooses a target of tests by its name alone, over all packages; so a name stands for one
//! file, and the two lists here never meet.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Where the whole programs are tested.
const WHOLE_PROGRAMS: &str = "tests/tests";

/// The hand that speaks to the API server; it wants a control plane, but no program of ours.
pub(super) const HAND: &str = "--test=real";

/// `--test=NAME` for each file that tests whole programs.
///
/// # Errors
/// When a directory cannot be read.
pub(super) fn whole_programs(root: &Path) -> Result<Vec<String>> {
    Ok(arguments(names(&root.join(WHOLE_PROGRAMS))?))
}

/// `--test=NAME` for each other file of tests, [`HAND`] apart.
///
/// # Errors
/// When a directory cannot be read, or a name stands for two files.
pub(super) fn without_cluster(root: &Path) -> Result<Vec<String>> {
    let mut found: BTreeMap<String, PathBuf> = names(&root.join(WHOLE_PROGRAMS))?
        .into_iter()
        .map(|name| (name, root.join(WHOLE_PROGRAMS)))
        .collect();
    let mut chosen = Vec::new();
    for directory in packages(root)?.map(|package| package.join("tests")) {
        for name in names(&directory)? {
            if let Some(other) = found.insert(name.clone(), directory.clone()) {
                bail!(
                    "{name}: tests of this name are in {} and in {}; rename one of them",
                    other.display(),
                    directory.display()
                );
            }
            chosen.push(name);
        }
    }
    let mut chosen = arguments(chosen);
    chosen.retain(|argument| argument != HAND);
    Ok(chosen)
}

fn arguments(names: Vec<String>) -> Vec<String> {
    names
        .into_iter()
        .map(|name| format!("--test={name}"))
        .collect()
}

/// The directories of the packages, `tests` apart.
fn packages(root: &Path) -> Result<impl Iterator<Item = PathBuf>> {
    let mut packages: Vec<PathBuf> = ["cli", "controller", "xtask"]
        .iter()
        .map(|name| root.join(name))
        .collect();
    packages.extend(entries(&root.join("crates"))?);
    Ok(packages.into_iter())
}

/// The targets in a directory of tests as cargo finds them: `NAME.rs` and `NAME/main.rs`.
fn names(directory: &Path) -> Result<Vec<String>> {
    if !directory.is_dir() {
        return Ok(Vec::new());
    }
    let target = |path: &PathBuf| {
        path.extension().is_some_and(|extension| extension == "rs")
            || path.join("main.rs").is_file()
    };
    let named = |path: &PathBuf| Some(path.file_stem()?.to_str()?.to_owned());
    let entries = entries(directory)?.into_iter();
    Ok(entries
        .filter(target)
        .filter_map(|path| named(&path))
        .collect())
}

fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    let shown = || format!("{}", directory.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).with_context(shown)? {
        found.push(entry.with_context(shown)?.path());
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test ends where something is wrong")]

    use super::*;

    #[test]
    fn every_file_of_tests_is_in_one_list() {
        let root = crate::root();
        let whole = whole_programs(root).unwrap();
        let others = without_cluster(root).unwrap();
        assert!(whole.contains(&"--test=sync".to_owned()));
        assert!(others.contains(&"--test=against_go".to_owned()));
        assert!(!others.contains(&HAND.to_owned()));
        assert!(whole.iter().all(|name| !others.contains(name)));
    }
}
