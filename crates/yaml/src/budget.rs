//! What reading one source may cost, charged before anything is allocated.
//!
//! A few hundred bytes of nested aliases stand for billions of nodes, and every
//! manifest comes from somebody else; so the reader counts before it builds.

use crate::error::{ErrorKind, Limit};

/// Depth beyond which no budget goes: trees are walked by recursion.
const DEEPEST: usize = 1_000;

/// One copied node stands for this many bytes of text: a long string costs more.
const BYTES_PER_NODE: usize = 64;

/// The most that one source may cost. The defaults fit any manifest that an API
/// server would take, and hold the reader to some 150 MB at the very worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Length of the source in bytes; 16 MiB by default.
    pub bytes: usize,
    /// Keys and values, copies made by aliases included; 1,000,000 by default.
    pub nodes: usize,
    /// Collections inside collections; 256 by default, never more than 1,000.
    pub depth: usize,
    /// Nodes copied for anchors and aliases; 100,000 by default. An anchored value
    /// costs its nodes once and each alias once more; a string counts as one node,
    /// and one more for each 64 bytes. Zero allows neither anchor nor alias.
    pub alias_nodes: usize,
    /// Documents, empty ones included; 10,000 by default.
    pub documents: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            bytes: 16 << 20,
            nodes: 1_000_000,
            depth: 256,
            alias_nodes: 100_000,
            documents: 10_000,
        }
    }
}

impl Budget {
    /// The depth really allowed.
    pub(crate) fn depth(&self) -> usize {
        self.depth.min(DEEPEST)
    }
}

/// What is left of a budget.
pub(crate) struct Meter<'b> {
    budget: &'b Budget,
    nodes: usize,
    alias_nodes: usize,
    documents: usize,
}

impl<'b> Meter<'b> {
    pub(crate) fn new(budget: &'b Budget) -> Self {
        Self {
            budget,
            nodes: budget.nodes,
            alias_nodes: budget.alias_nodes,
            documents: budget.documents,
        }
    }

    pub(crate) fn bytes(&self, length: usize) -> Result<(), ErrorKind> {
        if length <= self.budget.bytes {
            return Ok(());
        }
        Err(ErrorKind::Budget {
            what: Limit::Bytes,
            limit: self.budget.bytes,
        })
    }

    pub(crate) fn nodes(&mut self, count: usize) -> Result<(), ErrorKind> {
        take(&mut self.nodes, count, Limit::Nodes, self.budget.nodes)
    }

    /// Charges one copy of a subtree, for an anchor that keeps it or an alias that repeats it.
    pub(crate) fn copy(&mut self, weight: usize) -> Result<(), ErrorKind> {
        take(
            &mut self.alias_nodes,
            weight,
            Limit::AliasNodes,
            self.budget.alias_nodes,
        )
    }

    pub(crate) fn document(&mut self) -> Result<(), ErrorKind> {
        take(
            &mut self.documents,
            1,
            Limit::Documents,
            self.budget.documents,
        )
    }

    pub(crate) fn depth(&self, depth: usize) -> Result<(), ErrorKind> {
        if depth <= self.budget.depth() {
            return Ok(());
        }
        Err(ErrorKind::Budget {
            what: Limit::Depth,
            limit: self.budget.depth(),
        })
    }
}

/// What one copy of a scalar costs.
pub(crate) fn weight_of_text(length: usize) -> usize {
    1 + length / BYTES_PER_NODE
}

fn take(left: &mut usize, count: usize, what: Limit, limit: usize) -> Result<(), ErrorKind> {
    *left = left
        .checked_sub(count)
        .ok_or(ErrorKind::Budget { what, limit })?;
    Ok(())
}
