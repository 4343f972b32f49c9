//! The file with what was encrypted replaced, and every other byte as it was.

use std::collections::BTreeSet;

use signet_yaml::Style;

use crate::decrypt::Opened;
use crate::plaintext::{Buffer, Secret};
use crate::tree::{Content, Entry, Leaf, Node};

use super::scalar::{self, Indent, Room};
use super::{Cut, comments};

/// SOPS' writer indents by this many columns.
const STEP: usize = 4;

/// A replacement of bytes.
pub(super) struct Splice {
    start: usize,
    end: usize,
    text: Secret,
}

impl Splice {
    pub(super) fn new(start: usize, end: usize, text: Buffer) -> Self {
        let text = text.finish();
        Self { start, end, text }
    }
}

/// The file as it is once it is opened. `None` when its layout is none that SOPS writes and that this
/// page can change.
pub(super) fn write(source: &str, opened: &Opened, cuts: &[Cut]) -> Option<Secret> {
    let mut taken = Vec::new();
    opened
        .documents
        .iter()
        .for_each(|document| scalars(document, &mut taken));
    let mut editor = Editor {
        source,
        splices: comments::open(source, &opened.cipher, &opened.members, &taken),
        removed: BTreeSet::new(),
    };
    let emptied = editor
        .splices
        .iter()
        .filter(|splice| splice.text.is_empty());
    editor.removed = emptied.map(|splice| splice.start).collect();
    for cut in cuts {
        editor.cut(cut)?;
    }
    for document in &opened.documents {
        editor.node(document, false, None)?;
    }
    apply(source, editor.splices)
}

/// Where keys and values stand.
fn scalars(node: &Node, taken: &mut Vec<(usize, usize)>) {
    let mut take = |span: signet_yaml::Span| taken.push((span.start, span.end));
    match &node.content {
        Content::Leaf(_) => take(node.place.span),
        Content::List(items) => items.iter().for_each(|item| scalars(item, taken)),
        Content::Map(_) => {
            for (key, value) in node.pairs() {
                taken.push((key.span.start, key.span.end));
                scalars(value, taken);
            }
        }
    }
}

fn apply(source: &str, mut splices: Vec<Splice>) -> Option<Secret> {
    splices.sort_by_key(|splice| (splice.start, splice.end));
    let grown: usize = splices.iter().map(|splice| splice.text.len()).sum();
    let mut out = Buffer::with_capacity(source.len() + grown);
    let mut done = 0;
    for splice in &splices {
        out.push(source.get(done..splice.start)?);
        out.push(&*splice.text);
        done = splice.end;
    }
    out.push(source.get(done..)?);
    Some(out.finish())
}

struct Editor<'s> {
    source: &'s str,
    splices: Vec<Splice>,
    /// Where comments behind values were taken away.
    removed: BTreeSet<usize>,
}

impl Editor<'_> {
    /// Takes the metadata out, whole lines of it.
    fn cut(&mut self, cut: &Cut) -> Option<()> {
        let start = self.line_start(cut.span.start);
        let indented = self.source.get(start..cut.span.start)?;
        if !cut.block || !indented.trim().is_empty() {
            return None;
        }
        let rest = self.source.get(cut.span.end..)?;
        let end = rest
            .find('\n')
            .map_or(self.source.len(), |at| cut.span.end + at + 1);
        let mut text = Buffer::with_capacity(3);
        text.push(if cut.alone { "{}\n" } else { "" });
        self.splices.push(Splice::new(start, end, text));
        Some(())
    }

    fn node(&mut self, node: &Node, flow: bool, block: Option<Indent>) -> Option<()> {
        let flow = flow || node.place.style == Style::Flow;
        match &node.content {
            Content::Leaf(leaf) if node.changed => self.leaf(node, leaf, flow, block),
            Content::Leaf(_) => Some(()),
            Content::List(items) => self.list(node, items, flow),
            Content::Map(entries) => entries.iter().try_for_each(|entry| self.entry(entry, flow)),
        }
    }

    fn entry(&mut self, entry: &Entry, flow: bool) -> Option<()> {
        let Entry::Pair(key, value) = entry else {
            return Some(());
        };
        if key.changed {
            let text = scalar::quoted(&key.name);
            let (start, end) = (key.span.start, key.span.end);
            self.splices.push(Splice { start, end, text });
        }
        let column = usize::try_from(key.span.column).ok()?.checked_sub(1)?;
        let text = STEP * (column / STEP + 1);
        let beyond = text - column;
        self.node(value, flow, Some(Indent { text, beyond }))
    }

    /// SOPS has encrypted comments of a list as items of it.
    fn list(&mut self, node: &Node, items: &[Node], flow: bool) -> Option<()> {
        let comments = items.iter().any(Node::is_comment);
        if comments && flow {
            return None;
        }
        if comments && node.items().next().is_none() {
            let mut text = Buffer::with_capacity(2);
            text.push("[]");
            let span = node.place.span;
            self.splices.push(Splice::new(span.start, span.end, text));
            return Some(());
        }
        for item in items {
            let dash = if flow { None } else { self.dash(item) };
            let column = dash.map(|dash| dash - self.line_start(dash));
            if let Content::Leaf(Leaf::Comment(text)) = &item.content {
                let text = comments::lines(text, column?);
                self.splices
                    .push(Splice::new(dash?, item.place.span.end, text));
                continue;
            }
            let block = column.map(|column| Indent {
                text: column + 2,
                beyond: 2,
            });
            self.node(item, flow, block)?;
        }
        Some(())
    }

    /// The place of the dash before an item of the same line.
    fn dash(&self, item: &Node) -> Option<usize> {
        let before = self.source.get(..item.place.span.start)?;
        let before = before.trim_end_matches(' ');
        before.ends_with('-').then(|| before.len() - 1)
    }

    fn leaf(&mut self, node: &Node, leaf: &Leaf, flow: bool, block: Option<Indent>) -> Option<()> {
        let (start, end) = (node.place.span.start, node.place.span.end);
        let rest = self.source.get(end..)?;
        let line = rest.split('\n').next().unwrap_or_default();
        let free = line.trim().is_empty() || self.removed.contains(&end);
        let room = Room {
            flow,
            block: block.filter(|_| free),
            is_last: rest.is_empty(),
        };
        let text = scalar::write(leaf, room)?;
        self.splices.push(Splice { start, end, text });
        Some(())
    }

    fn line_start(&self, at: usize) -> usize {
        self.source[..at].rfind('\n').map_or(0, |at| at + 1)
    }
}
