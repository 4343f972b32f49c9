//! Which files of a repository may hold SealedSecrets.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Context, Result};

/// Regular files below `root` whose names end in `.yaml`, `.yml` or `.json`, sorted by path. A
/// `.git` directory is left out and no symbolic link is followed; everything else, hidden or
/// ignored by git, is looked at. `root` may also be a file.
///
/// # Errors
/// A directory that cannot be read.
pub fn files(root: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if fs::metadata(root).at(root.display())?.is_file() {
        return Ok(vec![root.to_owned()]);
    }
    visit(root, &mut found)?;
    found.sort();
    Ok(found)
}

fn visit(directory: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(directory).at(directory.display())? {
        let entry = entry.at(directory.display())?;
        let kind = entry.file_type().at(directory.display())?; // of a link: that it is one
        let path = clean(&entry.path());
        if kind.is_dir() && entry.file_name() != ".git" {
            visit(&path, found)?;
        } else if kind.is_file() && is_manifest(&path) {
            found.push(path);
        }
    }
    Ok(())
}

fn is_manifest(path: &Path) -> bool {
    path.extension().is_some_and(|end| {
        ["yaml", "yml", "json"]
            .iter()
            .any(|known| end.eq_ignore_ascii_case(known))
    })
}

/// `./apps/db.yaml` is shown as `apps/db.yaml`.
fn clean(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_owned()
}
