//! Many needles, one pass over the hay.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{LIST, forms};

/// Needles are found by their first bytes; the shortest form of a canary is far longer.
const KEY: usize = 8;

/// A canary where it was not to be. The value itself is not shown: this is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The file, or whatever name the text was searched under.
    pub place: PathBuf,
    /// The line, counted from 1.
    pub line: usize,
    /// The form in which it was found: `raw`, `base64`, `hex`, `url`.
    pub form: &'static str,
    /// The label that the canary was made with.
    pub label: String,
}

/// Searches for every form of some canaries.
pub struct Searcher {
    needles: HashMap<[u8; KEY], Vec<Needle>>,
}

struct Needle {
    bytes: Vec<u8>,
    form: &'static str,
    label: String,
}

impl Searcher {
    /// For these values, at least eleven bytes each so that every form of them is told apart.
    #[must_use]
    pub fn new(canaries: &[String]) -> Self {
        let mut needles: HashMap<[u8; KEY], Vec<Needle>> = HashMap::new();
        for canary in canaries {
            for (form, bytes) in forms(canary) {
                if let Some(key) = bytes.first_chunk::<KEY>() {
                    let needle = Needle {
                        form,
                        label: label_of(canary),
                        bytes: bytes.clone(),
                    };
                    needles.entry(*key).or_default().push(needle);
                }
            }
        }
        Self { needles }
    }

    /// Every hit in `hay`, which is called `place` in the answer.
    #[must_use]
    pub fn bytes(&self, place: &Path, hay: &[u8]) -> Vec<Hit> {
        let mut hits = Vec::new();
        for (at, window) in hay.windows(KEY).enumerate() {
            let Some(key) = window.first_chunk::<KEY>() else {
                continue;
            };
            for needle in self.needles.get(key).into_iter().flatten() {
                if hay[at..].starts_with(&needle.bytes) {
                    let line = hay[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
                    let Needle { form, label, .. } = needle;
                    let place = place.to_owned();
                    hits.push(Hit {
                        place,
                        line,
                        form,
                        label: label.clone(),
                    });
                }
            }
        }
        hits
    }

    /// Every hit in every file under `directory`, except in the list of canaries and in what
    /// `leave_out` answers yes for; with the number of files and bytes looked at.
    ///
    /// # Errors
    /// When a file or directory cannot be read: what was not searched is not clean.
    pub fn tree(
        &self,
        directory: &Path,
        leave_out: &dyn Fn(&Path) -> bool,
    ) -> Result<(Vec<Hit>, usize, usize)> {
        let (mut hits, mut files, mut bytes) = (Vec::new(), 0, 0);
        let mut waiting = vec![directory.to_owned()];
        while let Some(path) = waiting.pop() {
            if leave_out(&path) || path.file_name().is_some_and(|name| name == LIST) {
                continue;
            }
            let kind =
                fs::symlink_metadata(&path).with_context(|| format!("{}", path.display()))?;
            if kind.is_dir() {
                for entry in fs::read_dir(&path)? {
                    waiting.push(entry?.path());
                }
            } else if kind.is_file() {
                let content = fs::read(&path).with_context(|| format!("{}", path.display()))?;
                files += 1;
                bytes += content.len();
                hits.extend(self.bytes(&path, &content));
            }
        }
        Ok((hits, files, bytes))
    }
}

/// `canary/<label>+<random>=?` is called by its label.
fn label_of(canary: &str) -> String {
    let label = canary
        .strip_prefix("canary/")
        .and_then(|rest| rest.split('+').next());
    label.unwrap_or("unlabelled").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    #[test]
    fn finds_each_form_in_files_and_names_place_line_and_label() {
        let directory = tempfile::tempdir().unwrap();
        let value = super::super::fresh(directory.path(), "db").unwrap();
        let logged = format!("fine\nfine\nlevel=info value={}\n", STANDARD.encode(&value));
        fs::write(directory.path().join("a.log"), logged).unwrap();
        let canaries = super::super::all(directory.path()).unwrap();
        let (hits, files, _) = Searcher::new(&canaries)
            .tree(directory.path(), &|_| false)
            .unwrap();
        assert_eq!(files, 1, "the list itself is left out");
        let place = directory.path().join("a.log");
        assert_eq!(
            hits,
            [Hit {
                place,
                line: 3,
                form: "base64",
                label: "db".to_owned()
            }]
        );
    }

    #[test]
    fn a_clean_place_is_clean_and_one_canary_is_not_another() {
        let directory = tempfile::tempdir().unwrap();
        let value = super::super::fresh(directory.path(), "db").unwrap();
        let other = super::super::fresh(directory.path(), "db").unwrap();
        let searcher = Searcher::new(&[value]);
        assert_eq!(searcher.bytes(Path::new("x"), other.as_bytes()), []);
    }
}
