//! One string at a path, where there may be no entry yet: the mappings on the way are made.
//!
//! A new entry stands behind the last of its mapping, written as that one is: by indentation, in
//! brackets on one line or on several, as JSON. The result is read again before it is handed out,
//! so whatever notation a file has, the one string has changed in it or the file is refused.

use serde_json::{Value as Json, json};

use super::{Edit, EditError, apply, set_scalar};
use crate::budget::Budget;
use crate::error::Error;
use crate::node::{Document, Node, Value};
use crate::read::read;

mod entry;

use entry::Place;

/// Why a string cannot be set at its path. The file is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetError {
    /// The source itself cannot be read.
    #[error(transparent)]
    Read(#[from] Error),
    /// There are fewer documents.
    #[error("there is no document {0}")]
    NoDocument(usize),
    /// A string, a number or a list stands where a mapping is needed, or the other way round.
    #[error("line {line}: {key:?} cannot be set here, because something else stands in its place")]
    Occupied {
        /// The line of what stands there.
        line: u32,
        /// The last step of the path that could be taken.
        key: String,
    },
    /// The entry cannot be written without changing something else too: an anchor that is used
    /// elsewhere, a merge key.
    #[error(
        "line {line}: this cannot be changed alone; write out what is an anchor, an alias or a merge key here"
    )]
    Notation {
        /// The line of the mapping.
        line: u32,
    },
}

/// The source with `text` as the string at `path` of document number `document`, counted from 0.
/// Steps of the path are keys, and positions in lists; at least one.
///
/// Every byte but those of the value, or of the entries that are new, is as it was, and reading the
/// result gives what reading the source gave, with that one string set.
///
/// # Errors
/// [`SetError`]
pub fn set_at(
    source: &[u8],
    document: usize,
    path: &[&str],
    text: &str,
    budget: &Budget,
) -> Result<Vec<u8>, SetError> {
    let documents = read(source, budget)?;
    let root = &documents
        .get(document)
        .ok_or(SetError::NoDocument(document))?
        .root;
    let (edit, line) = edit(source, root, path, text)?;
    let notation = SetError::Notation { line };
    let edited = match apply(source, vec![edit]) {
        Ok(edited) => edited,
        Err(EditError::Overlap { .. } | EditError::Outside { .. }) => return Err(notation),
    };
    let mut wanted: Vec<Json> = documents.iter().map(Document::to_json).collect();
    set_json(&mut wanted[document], path, text);
    match read(&edited, budget) {
        Ok(found) if found.iter().map(Document::to_json).eq(wanted) => Ok(edited),
        _ => Err(notation),
    }
}

/// The edit, and the line it is about.
fn edit(source: &[u8], root: &Node, path: &[&str], text: &str) -> Result<(Edit, u32), SetError> {
    let mut node = root;
    let mut parent = None;
    for (depth, step) in path.iter().enumerate() {
        let Some(child) = node.step(step) else {
            let place = Place::new(source, node, parent);
            let rest = &path[depth..];
            let edit = place.insert(rest, text).ok_or_else(|| SetError::Occupied {
                line: node.span.line,
                key: (*step).to_owned(),
            })?;
            return Ok((edit, node.span.line));
        };
        parent = Some((node, *step));
        node = child;
    }
    match &node.value {
        Value::Sequence(_) | Value::Mapping(_) => Err(SetError::Occupied {
            line: node.span.line,
            key: path.last().copied().unwrap_or_default().to_owned(),
        }),
        _ => Ok((set_scalar(source, node, text), node.span.line)),
    }
}

/// What reading is to give afterwards.
fn set_json(value: &mut Json, path: &[&str], text: &str) {
    let mut at = value;
    for step in path {
        if let Json::Array(items) = at {
            let Some(item) = step.parse::<usize>().ok().and_then(|n| items.get_mut(n)) else {
                return;
            };
            at = item;
            continue;
        }
        if !at.is_object() {
            *at = json!({});
        }
        at = &mut at[*step];
    }
    *at = text.into();
}
