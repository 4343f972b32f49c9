//! A mapping once all of it is read: no key twice, and `<<` merged.
//!
//! Go merges where the `<<` stands: what it brings replaces the keys before it and is
//! replaced by the keys behind it. Of a list, the first mapping wins.

use std::collections::BTreeMap;

use crate::error::{Error, ErrorKind};
use crate::node::{Entry, Node, Style, Value};
use crate::spans;

/// Mappings up to this size are searched for equal keys without any memory.
const SMALL: usize = 12;

/// The entries of a mapping as they are written.
#[derive(Default)]
pub(crate) struct Mapping {
    entries: Vec<Entry>,
    /// What `<<` brings, and how many entries stand before it.
    merges: Vec<(usize, Vec<Entry>)>,
}

impl Mapping {
    pub(crate) fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Takes the value of a `<<`.
    pub(crate) fn merge(&mut self, value: Node) -> Result<(), Error> {
        let wrong = spans::error(value.span, ErrorKind::Merge);
        let sources = match value.value {
            Value::Mapping(entries) => vec![entries],
            // Go follows an alias to a mapping, but not one to a list of them.
            Value::Sequence(items) if value.style != Style::Alias => items
                .into_iter()
                .map(entries_of)
                .collect::<Option<_>>()
                .ok_or(wrong)?,
            _ => return Err(wrong),
        };
        let before = self.entries.len();
        self.merges
            .extend(sources.into_iter().rev().map(|entries| (before, entries)));
        Ok(())
    }

    /// The entries, each key once.
    pub(crate) fn finish(self) -> Result<Vec<Entry>, Error> {
        refuse_duplicates(&self.entries)?;
        if self.merges.is_empty() {
            Ok(self.entries)
        } else {
            Ok(self.merged())
        }
    }

    fn merged(self) -> Vec<Entry> {
        let mut all = Merged::default();
        let mut merges = self.merges.into_iter().peekable();
        for (position, entry) in self.entries.into_iter().enumerate() {
            while let Some((_, brought)) = merges.next_if(|(before, _)| *before <= position) {
                brought.into_iter().for_each(|entry| all.set(entry));
            }
            all.set(entry);
        }
        merges
            .flat_map(|(_, brought)| brought)
            .for_each(|entry| all.set(entry));
        all.entries
    }
}

#[derive(Default)]
struct Merged {
    entries: Vec<Entry>,
    positions: BTreeMap<String, usize>,
}

impl Merged {
    fn set(&mut self, entry: Entry) {
        if let Some(&position) = self.positions.get(&entry.key.name) {
            self.entries[position] = entry;
        } else {
            self.positions
                .insert(entry.key.name.clone(), self.entries.len());
            self.entries.push(entry);
        }
    }
}

fn entries_of(node: Node) -> Option<Vec<Entry>> {
    if let Value::Mapping(entries) = node.value {
        Some(entries)
    } else {
        None
    }
}

/// Refuses the first key in the source that was there before.
fn refuse_duplicates(entries: &[Entry]) -> Result<(), Error> {
    let twice = if entries.len() <= SMALL {
        small_duplicate(entries)
    } else {
        sorted_duplicate(entries)
    };
    let Some((first, second)) = twice else {
        return Ok(());
    };
    let (first, second) = (&entries[first].key, &entries[second].key);
    let kind = ErrorKind::DuplicateKey {
        key: second.name.clone(),
        first_line: first.span.line,
    };
    Err(spans::error(second.span, kind))
}

fn small_duplicate(entries: &[Entry]) -> Option<(usize, usize)> {
    (1..entries.len()).find_map(|second| {
        let name = &entries[second].key.name;
        let first = entries[..second]
            .iter()
            .position(|entry| entry.key.name == *name)?;
        Some((first, second))
    })
}

fn sorted_duplicate(entries: &[Entry]) -> Option<(usize, usize)> {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by(|&a, &b| entries[a].key.name.cmp(&entries[b].key.name)); // stable: equal keys in file order
    let pairs = order
        .windows(2)
        .filter(|pair| entries[pair[0]].key.name == entries[pair[1]].key.name);
    pairs
        .map(|pair| (pair[0], pair[1]))
        .min_by_key(|&(_, second)| second)
}
