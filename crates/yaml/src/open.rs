//! Collections that are not complete yet, and the nodes that go into them.

use crate::error::{Error, ErrorKind};
use crate::mapping::Mapping;
use crate::node::{Entry, Key, Node, Span, Style};
use crate::spans;

/// A collection whose end has not been seen.
pub(crate) struct Open {
    pub(crate) span: Span,
    pub(crate) style: Style,
    pub(crate) anchor: usize,
    pub(crate) content: Content,
    /// What a copy of it costs, and how deep it is, so far.
    pub(crate) weight: usize,
    pub(crate) height: usize,
}

/// What was read of it so far.
pub(crate) enum Content {
    Sequence(Vec<Node>),
    Mapping(Mapping, Option<PendingKey>),
}

/// A key whose value comes next.
pub(crate) enum PendingKey {
    Named(Key),
    Merge,
}

/// A finished node with what a copy of it costs and how deep it is.
#[derive(Clone)]
pub(crate) struct Built {
    pub(crate) node: Node,
    pub(crate) weight: usize,
    pub(crate) height: usize,
}

impl Content {
    /// Takes the next item, or the value of the key that waits for one.
    pub(crate) fn push(&mut self, node: Node) -> Result<(), Error> {
        match self {
            Self::Sequence(items) => items.push(node),
            Self::Mapping(mapping, pending) => match pending.take() {
                Some(PendingKey::Named(key)) => mapping.push(Entry { key, value: node }),
                Some(PendingKey::Merge) => mapping.merge(node)?,
                // `wants_key` has sent every node without a key elsewhere.
                None => return Err(spans::error(node.span, ErrorKind::Key("a collection"))),
            },
        }
        Ok(())
    }
}
