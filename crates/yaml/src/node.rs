//! What a source says: documents, nodes and the places where they stand.
//!
//! `Debug` shows shapes and places, never a scalar's text: a source may be a Secret.

use std::fmt;

use serde_json::Number;

/// A place in the source: a range of bytes, and the line and column of its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset just behind the last byte.
    pub end: usize,
    /// Line of the first byte, counted from 1.
    pub line: u32,
    /// Column of the first byte in characters, counted from 1.
    pub column: u32,
}

/// One document of a source; its root is never null.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The outermost value.
    pub root: Node,
    /// The line on which the root begins, counted from 1.
    pub line: u32,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The bytes of the value, without its anchor and tag. A block scalar begins at
    /// its `|` or `>` and ends with its last line of text, before the line break. An
    /// alias has the place of the alias; what is inside of it, the place of the anchor.
    pub span: Span,
    /// How it is written.
    pub style: Style,
    /// What Kubernetes understands.
    pub value: Value,
    /// Bytes from a tag that gives the text another meaning, such as `!!binary`, to the start of
    /// the span; 0 if there is none.
    pub(crate) tag: u32,
}

/// How a node is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A scalar without quotes; also a value left empty.
    Plain,
    /// A scalar in `'`.
    SingleQuoted,
    /// A scalar in `"`.
    DoubleQuoted,
    /// A block scalar behind `|`.
    Literal,
    /// A block scalar behind `>`.
    Folded,
    /// A collection by indentation.
    Block,
    /// A collection in brackets.
    Flow,
    /// A copy of what an anchor names.
    Alias,
}

/// What a node means to Kubernetes: a JSON value, whose keys are strings.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// `null`, `~`, or nothing at all.
    Null,
    /// A boolean, by the words of YAML 1.1.
    Bool(bool),
    /// A finite number; a whole one is an integer however it was written.
    Number(Number),
    /// A string.
    String(String),
    /// A list.
    Sequence(Vec<Node>),
    /// A mapping in the order of the source, merge keys resolved, no key twice.
    Mapping(Vec<Entry>),
}

/// One key of a mapping with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Key,
    /// The value.
    pub value: Node,
}

/// The key of a mapping, as the string that Kubernetes makes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The name: `on` is `true`, `0x10` is `16`.
    pub name: String,
    /// Where the key stands.
    pub span: Span,
}

impl Document {
    /// The node at a path of keys and list positions: `doc.at(&["items", "0", "kind"])`.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter()
            .try_fold(&self.root, |node, step| node.step(step))
    }
}

impl Node {
    /// The value of a key, if this is a mapping that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries()
            .iter()
            .find(|entry| entry.key.name == key)
            .map(|entry| &entry.value)
    }

    /// The entries of a mapping; none if it is something else.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        if let Value::Mapping(entries) = &self.value {
            entries
        } else {
            &[]
        }
    }

    /// The items of a list; none if it is something else.
    #[must_use]
    pub fn items(&self) -> &[Node] {
        if let Value::Sequence(items) = &self.value {
            items
        } else {
            &[]
        }
    }

    /// The text, if this is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Value::String(text) = &self.value {
            Some(text)
        } else {
            None
        }
    }

    pub(crate) fn step(&self, step: &str) -> Option<&Node> {
        match &self.value {
            Value::Sequence(items) => items.get(step.parse::<usize>().ok()?),
            _ => self.get(step),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("Null"),
            Self::Bool(_) => f.write_str("Bool"),
            Self::Number(_) => f.write_str("Number"),
            Self::String(text) => write!(f, "String({} bytes)", text.len()),
            Self::Sequence(items) => f.debug_list().entries(items).finish(),
            Self::Mapping(entries) => f.debug_list().entries(entries).finish(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use crate::{Budget, read};

    #[test]
    fn walks_a_path_of_keys_and_positions() {
        let documents = read(b"a:\n- b: x\n- 2: yoke\n", &Budget::default()).unwrap();
        assert_eq!(
            documents[0].at(&["a", "1", "2"]).unwrap().as_str(),
            Some("yoke")
        );
        assert_eq!(documents[0].at(&["a", "2"]), None);
        assert_eq!(documents[0].at(&["a", "0", "b", "c"]), None);
    }

    #[test]
    fn debug_never_shows_a_value() {
        let documents = read(b"a: hunter2\nb: 12345\nc: [hunter2]\n", &Budget::default()).unwrap();
        let shown = format!("{documents:?}");
        assert!(
            !shown.contains("hunter2") && !shown.contains("12345"),
            "{shown}"
        );
    }
}
