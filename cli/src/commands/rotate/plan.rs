//! What one file becomes: only the bytes of the values that changed are others.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rand_chacha::ChaCha20Rng;
use signet_seal::rotation::Resealed;
use signet_yaml::Node;
use signet_yaml::edit::{self, Edit};

use super::opening::Opening;
use super::sealed::Sealed;
use crate::documents::{self, Manifests};
use crate::error::Result;
use crate::io;
use crate::report::Row;

/// A file that changes.
pub struct Plan {
    /// Which.
    pub path: PathBuf,
    /// All of its new bytes.
    pub contents: Vec<u8>,
}

/// What there is to do for a file.
pub enum Outcome {
    /// No SealedSecret in it.
    Nothing,
    /// It cannot be read as YAML, and that is all right; says why.
    Skipped(String),
    /// There are SealedSecrets in it, or it cannot be dealt with.
    Planned {
        /// The change, if there is one.
        plan: Option<Plan>,
        /// Each SealedSecret.
        rows: Vec<Row>,
        /// What went wrong, as `file:line: cause`. A SealedSecret that is named here is as it was.
        failures: Vec<String>,
    },
}

/// Reads the file and plans it. Writes nothing.
///
/// # Errors
/// What makes every other file fail too, such as a controller that does not answer.
pub fn plan(
    path: &Path,
    namespace: Option<&str>,
    opening: &Opening,
    rng: &mut ChaCha20Rng,
) -> Result<Outcome> {
    let input = match io::read_file(path) {
        Ok(input) => input,
        Err(cause) => return Ok(failed(cause.message().to_owned())),
    };
    let documents = match documents::manifests(&input, "rotate what it is rendered from") {
        Manifests::None => return Ok(Outcome::Nothing),
        Manifests::Template(reason) => return Ok(Outcome::Skipped(reason)),
        Manifests::Broken(cause) => return Ok(failed(cause)),
        Manifests::Read(documents) => documents,
    };
    let mut draft = Draft {
        path,
        source: &input.bytes,
        opening,
        namespace,
        edits: HashMap::new(),
        rows: vec![],
        failures: vec![],
    };
    for document in &documents {
        for object in documents::objects(&document.root)
            .into_iter()
            .filter(|o| documents::is_sealed_secret(o))
        {
            draft.add(object, rng)?;
        }
    }
    Ok(draft.finish())
}

fn failed(message: String) -> Outcome {
    Outcome::Planned {
        plan: None,
        rows: Vec::new(),
        failures: vec![message],
    }
}

/// A file on its way.
struct Draft<'a> {
    path: &'a Path,
    source: &'a [u8],
    opening: &'a Opening,
    namespace: Option<&'a str>,
    /// By place: a value that several merge keys copy stands in one place and changes once.
    edits: HashMap<(usize, usize), Edit>,
    rows: Vec<Row>,
    failures: Vec<String>,
}

impl Draft<'_> {
    fn add(&mut self, object: &Node, rng: &mut ChaCha20Rng) -> Result<()> {
        let place = format!("{}:{}", self.path.display(), object.span.line);
        let sealed = match Sealed::of(object, self.namespace) {
            Ok(sealed) => sealed,
            Err(cause) => {
                self.failures.push(format!("{place}: {}", cause.message()));
                return Ok(());
            }
        };
        match self.opening.reseal(&sealed, rng)? {
            Ok(moved) => self.take(&sealed, &moved),
            Err(cause) => self
                .failures
                .push(format!("{place}: SealedSecret {}: {cause}", sealed.id())),
        }
        Ok(())
    }

    fn take(&mut self, sealed: &Sealed<'_>, moved: &Resealed) {
        for (key, cause) in &moved.failed {
            let line = sealed
                .items
                .iter()
                .find(|(name, _)| name == key)
                .map_or(sealed.node.span.line, |(_, n)| n.span.line);
            self.failures.push(format!(
                "{}:{line}: SealedSecret {}: {cause} ({key})",
                self.path.display(),
                sealed.id()
            ));
        }
        let changed = sealed
            .items
            .iter()
            .filter_map(|(name, node)| Some((*node, moved.items.get(*name)?)));
        let note = sealed
            .note_node
            .zip(moved.note.as_ref())
            .filter(|_| !moved.items.is_empty());
        for (node, text) in changed.chain(note) {
            let place = (node.span.start, node.span.end);
            self.edits
                .entry(place)
                .or_insert_with(|| edit::set_scalar(self.source, node, text));
        }
        self.rows.push(Row {
            file: self.path.to_owned(),
            line: sealed.node.span.line,
            name: sealed.id(),
            values: sealed.items.len(),
            resealed: moved.items.keys().cloned().collect(),
        });
    }

    fn finish(mut self) -> Outcome {
        let edits: Vec<_> = std::mem::take(&mut self.edits).into_values().collect();
        let mut plan = None;
        if !edits.is_empty() {
            match edit::apply(self.source, edits) {
                Ok(contents) => {
                    plan = Some(Plan {
                        path: self.path.to_owned(),
                        contents,
                    });
                }
                Err(cause) => self
                    .failures
                    .push(format!("{}: {cause}", self.path.display())),
            }
        }
        if self.rows.is_empty() && self.failures.is_empty() {
            return Outcome::Nothing;
        }
        Outcome::Planned {
            plan,
            rows: self.rows,
            failures: self.failures,
        }
    }
}
