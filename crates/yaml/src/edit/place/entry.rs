//! How a new entry is written: as those beside it are.

use serde_json::{Value as Json, json};

use crate::edit::Edit;
use crate::node::{Entry, Node, Span, Style, Value};
use crate::quote;
use crate::write::write;

/// A mapping, or what is to become one, and how it is written.
pub(super) struct Place<'s, 'n> {
    source: &'s [u8],
    node: &'n Node,
    /// The entry whose value the node is.
    key: Option<&'n Entry>,
    /// How that entry's mapping is written.
    around: Style,
    /// Whether keys are in double quotes, as JSON wants them.
    json: bool,
}

impl<'s, 'n> Place<'s, 'n> {
    pub(super) fn new(source: &'s [u8], node: &'n Node, parent: Option<(&'n Node, &str)>) -> Self {
        let key = parent.and_then(|(above, step)| {
            let mut entries = above.entries().iter();
            entries.find(|entry| entry.key.name == step)
        });
        let around = parent.map_or(Style::Block, |(above, _)| above.style);
        let quoted = |entry: &Entry| source.get(entry.key.span.start) == Some(&b'"');
        let json = match (own(node).first(), key) {
            (Some(entry), _) => quoted(entry),
            (None, Some(entry)) => quoted(entry),
            (None, None) => true,
        };
        Self {
            source,
            node,
            key,
            around,
            json,
        }
    }

    /// Puts the entry that `rest` leads to here; nothing if this is no place for entries.
    pub(super) fn insert(&self, rest: &[&str], text: &str) -> Option<Edit> {
        let (key, value) = nested(rest, text)?;
        match &self.node.value {
            Value::Mapping(_) if self.node.style == Style::Alias => None,
            Value::Mapping(_) => match own(self.node).last() {
                Some(last) if self.node.style == Style::Block => self.below(last, key, &value),
                Some(last) => self.beside(last, key, &value),
                None => self.instead(key, &value),
            },
            Value::Null => self.instead(key, &value),
            _ => None,
        }
    }

    /// By indentation: on a line of its own behind the last entry.
    fn below(&self, last: &Entry, key: &str, value: &Json) -> Option<Edit> {
        let first = own(self.node).first()?.key.span;
        let indent = usize::try_from(first.column.checked_sub(1)?).ok()?;
        let keeps = matches!(last.value.style, Style::Literal | Style::Folded)
            && self.keeps_blank_lines(&last.value);
        let end = if keeps {
            blank_lines_end(self.source, last.value.span.end)
        } else {
            line_end(self.source, self.end_of(last))
        };
        let text = self.lines(indent, key, value, end);
        Some(self.at(end, end, text))
    }

    /// In brackets: behind the last entry, on a line of its own if that one has one.
    fn beside(&self, last: &Entry, key: &str, value: &Json) -> Option<Edit> {
        let end = self.end_of(last);
        let text = match self.margin(last.key.span.start) {
            Some(margin) => {
                let entry = self.flow_entry(key, value, Some(&margin));
                format!(",{}{margin}{entry}", self.line_break())
            }
            None => format!(", {}", self.flow_entry(key, value, None)),
        };
        Some(self.at(end, end, text))
    }

    /// In the place of `{}`, `null` or nothing.
    fn instead(&self, key: &str, value: &Json) -> Option<Edit> {
        let span = self.node.span;
        let inside = std::str::from_utf8(self.source.get(span.start..span.end)?).ok()?;
        if inside.contains(['#', '<']) {
            return None; // a comment or a merge key would be lost
        }
        let Some(entry) = self.key.filter(|_| self.around == Style::Block) else {
            let margin = self.key.and_then(|entry| self.margin(entry.key.span.start));
            let text = self.flow(&json!({ key: value }), margin.as_deref());
            let sticks = span.start == span.end && !self.blank_before(span.start);
            let text = if sticks { format!(" {text}") } else { text };
            return Some(self.at(span.start, span.end, text));
        };
        let indent = usize::try_from(entry.key.span.column.checked_sub(1)?).ok()? + 2;
        if span.start == span.end {
            let end = line_end(self.source, span.start);
            return Some(self.at(end, end, self.lines(indent, key, value, end)));
        }
        // Only right behind the colon: an anchor in between belongs to the value.
        let before = std::str::from_utf8(self.source.get(..span.start)?).ok()?;
        let colon = before.trim_end_matches([' ', '\t']);
        if !colon.ends_with(':') {
            let text = self.flow(&json!({ key: value }), None);
            return Some(self.at(span.start, span.end, text));
        }
        let text = self.lines(indent, key, value, span.end);
        Some(self.at(colon.len(), span.end, text))
    }

    /// The entry by indentation, each line behind a line break.
    fn lines(&self, indent: usize, key: &str, value: &Json, end: usize) -> String {
        let margin = " ".repeat(indent);
        let written = write(&json!({ key: value }));
        let line_break = self.line_break();
        let mut text = String::new();
        for line in written.lines() {
            text.push_str(line_break);
            if !line.is_empty() {
                text.push_str(&margin);
            }
            text.push_str(line);
        }
        if end == self.source.len() && self.source.ends_with(b"\n") {
            // What was there ended its last line; so does what is there now.
            text = text.split_off(line_break.len());
            text.push_str(line_break);
        }
        text
    }

    fn flow_entry(&self, key: &str, value: &Json, margin: Option<&str>) -> String {
        let key = if !self.json && quote::is_plain(key) {
            key.to_owned()
        } else {
            quote::double(key)
        };
        format!("{key}: {}", self.flow(value, margin))
    }

    /// A string or a mapping in brackets; `margin` is what stands before its key if it has lines.
    fn flow(&self, value: &Json, margin: Option<&str>) -> String {
        let Json::Object(entries) = value else {
            let text = value.as_str().unwrap_or_default();
            let plain = !self.json && quote::is_plain(text);
            return if plain {
                text.to_owned()
            } else {
                quote::double(text)
            };
        };
        let Some(margin) = margin else {
            let all = entries.iter().map(|(key, v)| self.flow_entry(key, v, None));
            return format!("{{{}}}", all.collect::<Vec<_>>().join(", "));
        };
        let step = if margin.ends_with('\t') { "\t" } else { "  " };
        let (line_break, inner) = (self.line_break(), format!("{margin}{step}"));
        let all = entries
            .iter()
            .map(|(key, v)| format!("{inner}{}", self.flow_entry(key, v, Some(&inner))));
        let all = all.collect::<Vec<_>>().join(&format!(",{line_break}"));
        format!("{{{line_break}{all}{line_break}{margin}}}")
    }

    /// Where an entry ends; one without a value ends with its key.
    fn end_of(&self, entry: &Entry) -> usize {
        entry.value.span.end.max(entry.key.span.end)
    }

    /// What a line has before `at`, if that is nothing but blanks.
    fn margin(&self, at: usize) -> Option<String> {
        let before = std::str::from_utf8(self.source.get(..at)?).ok()?;
        let (_, margin) = before.rsplit_once(['\n', '\r'])?;
        let blank = margin.chars().all(|c| c == ' ' || c == '\t');
        blank.then(|| margin.to_owned())
    }

    /// The line break that the source uses first.
    fn line_break(&self) -> &'static str {
        let mut bytes = self.source.iter();
        match bytes.position(|b| matches!(b, b'\n' | b'\r')) {
            Some(at) if self.source[at] == b'\n' => "\n",
            Some(at) if self.source.get(at + 1) == Some(&b'\n') => "\r\n",
            Some(_) => "\r",
            None => "\n",
        }
    }

    fn blank_before(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|at| self.source.get(at));
        before.is_none_or(u8::is_ascii_whitespace)
    }

    /// Whether a block has the sign that makes the empty lines behind it part of its text.
    fn keeps_blank_lines(&self, block: &Node) -> bool {
        let header = self.source[block.span.start..].iter();
        let mut signs = header.take_while(|b| !b.is_ascii_whitespace());
        signs.any(|b| *b == b'+')
    }

    fn at(&self, start: usize, end: usize, text: String) -> Edit {
        Edit {
            span: Span {
                start,
                end,
                ..self.node.span
            },
            text,
        }
    }
}

/// The first key of the path, and everything below it.
fn nested<'p>(path: &[&'p str], text: &str) -> Option<(&'p str, Json)> {
    let (first, rest) = path.split_first()?;
    let value = rest
        .iter()
        .rev()
        .fold(Json::from(text), |inner, key| json!({ *key: inner }));
    Some((first, value))
}

/// The entries that stand in the mapping itself, and not where a merge key has them from, as they
/// follow each other.
fn own(node: &Node) -> Vec<&Entry> {
    let inside = |entry: &&Entry| {
        entry.key.span.start >= node.span.start && entry.key.span.end <= node.span.end
    };
    let mut own: Vec<_> = node.entries().iter().filter(inside).collect();
    own.sort_by_key(|entry| entry.key.span.start);
    own
}

fn line_end(source: &[u8], from: usize) -> usize {
    let rest = source.get(from..).unwrap_or_default().iter();
    let mut rest = rest.copied();
    rest.position(|b| matches!(b, b'\n' | b'\r'))
        .map_or(source.len(), |at| from + at)
}

/// The end of the last of the blank lines that follow the line of `from`.
fn blank_lines_end(source: &[u8], from: usize) -> usize {
    let mut end = line_end(source, from);
    loop {
        let next = match source.get(end..).unwrap_or_default() {
            [b'\r', b'\n', ..] => end + 2,
            [b'\n' | b'\r', ..] => end + 1,
            _ => return end,
        };
        let line = line_end(source, next);
        let blank = source[next..line].iter().all(|b| matches!(b, b' ' | b'\t'));
        if !blank || line == source.len() {
            return end;
        }
        end = line;
    }
}
