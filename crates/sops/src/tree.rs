//! A file as SOPS sees it: mappings in their order, lists, and values with a type.

use signet_yaml::{Span, Style};
use zeroize::Zeroizing;

use crate::plaintext::Secret;

/// A value with its place in the file.
pub(crate) struct Node {
    pub(crate) content: Content,
    pub(crate) place: Place,
    /// Whether the file is to say something else here than it did.
    pub(crate) changed: bool,
}

/// What a node holds.
pub(crate) enum Content {
    Leaf(Leaf),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// One member of a mapping.
pub(crate) enum Entry {
    Pair(Key, Node),
    /// A comment between the pairs; only dotenv files have it here.
    Comment(Node),
}

/// The key of a pair.
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) span: Span,
    /// Whether Kubernetes would read another key than SOPS does, unless it is quoted.
    pub(crate) changed: bool,
}

/// A value without members.
pub(crate) enum Leaf {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Secret),
    /// A point in time, as RFC 3339 writes it.
    Time(Zeroizing<String>),
    Comment(Secret),
}

/// Where a node stands and how it is written there.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) span: Span,
    pub(crate) style: Style,
}

impl Place {
    /// Of what has only a line, or (0) not even that.
    pub(crate) fn line(line: u32) -> Self {
        let span = Span {
            line,
            ..Span::default()
        };
        Self {
            span,
            style: Style::Plain,
        }
    }
}

impl Node {
    pub(crate) fn new(content: Content, place: Place) -> Self {
        Self {
            content,
            place,
            changed: false,
        }
    }

    pub(crate) fn leaf(leaf: Leaf, place: Place) -> Self {
        Self::new(Content::Leaf(leaf), place)
    }

    pub(crate) fn text(text: impl Into<Vec<u8>>, place: Place) -> Self {
        Self::leaf(Leaf::Text(Zeroizing::new(text.into())), place)
    }

    /// The value of a key, if this is a mapping that has it.
    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        self.pairs()
            .find(|(key, _)| key.name == name)
            .map(|(_, node)| node)
    }

    /// The pairs of a mapping; none of anything else.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&Key, &Node)> {
        let entries = match &self.content {
            Content::Map(entries) => entries.as_slice(),
            _ => &[],
        };
        entries.iter().filter_map(|entry| match entry {
            Entry::Pair(key, node) => Some((key, node)),
            Entry::Comment(_) => None,
        })
    }

    /// The items of a list, comments left out; none of anything else.
    pub(crate) fn items(&self) -> impl Iterator<Item = &Node> {
        let items = match &self.content {
            Content::List(items) => items.as_slice(),
            _ => &[],
        };
        items.iter().filter(|item| !item.is_comment())
    }

    pub(crate) fn is_comment(&self) -> bool {
        matches!(self.content, Content::Leaf(Leaf::Comment(_)))
    }

    /// The text, if this is a string of UTF-8.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match &self.content {
            Content::Leaf(Leaf::Text(text)) => std::str::from_utf8(text).ok(),
            _ => None,
        }
    }

    /// Takes a pair out of a mapping.
    pub(crate) fn remove(&mut self, name: &str) -> Option<(Key, Node)> {
        let Content::Map(entries) = &mut self.content else {
            return None;
        };
        let named = |entry: &Entry| matches!(entry, Entry::Pair(key, _) if key.name == name);
        let at = entries.iter().position(named)?;
        match entries.remove(at) {
            Entry::Pair(key, node) => Some((key, node)),
            Entry::Comment(_) => None,
        }
    }
}

impl Key {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            span: Span::default(),
            changed: false,
        }
    }
}
