//! Edits in place: one value changes, every other byte stays as it was.
//!
//! An edit keeps the notation of the value if the new text allows it: quotes stay
//! quotes, a block stays a block at its indentation, JSON stays JSON.

use crate::node::{Node, Span, Style, Value};
use crate::quote;

mod place;

pub use place::{SetError, set_at};

/// One replacement of bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Edit {
    /// The bytes that go.
    pub span: Span,
    /// The text that comes.
    pub text: String,
}

/// Why edits cannot be applied together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// Two edits want different texts in the same place: two aliases of one value, say.
    #[error(
        "two different edits touch line {line}; give each value of its own instead of a shared anchor"
    )]
    Overlap {
        /// The line of the second edit.
        line: u32,
    },
    /// The span does not lie in this source.
    #[error(
        "an edit of line {line} lies outside of the source; the file has changed since it was read"
    )]
    Outside {
        /// The line of the edit.
        line: u32,
    },
}

/// The edit after which this node reads as the string `new`.
///
/// `source` must be the bytes that the node was read from. An anchor or tag before the
/// value stays where it is, but for a tag that would give the text another meaning, such
/// as `!!binary`: that one goes. Of an alias, the alias itself is replaced and the anchored
/// value is left alone. A value that was no string comes out in double quotes; one left
/// empty must stand behind its colon or dash.
#[must_use]
pub fn set_scalar(source: &[u8], node: &Node, new: &str) -> Edit {
    let text = in_style(source, node, new).unwrap_or_else(|| quote::double(new));
    let text = if node.tag == 0 && sticks_to_what_is_before(source, node) {
        format!(" {text}")
    } else {
        text
    };
    without_tag(source, node).map_or_else(
        || Edit {
            span: node.span,
            text: text.clone(),
        },
        |(span, between)| Edit {
            span,
            text: format!("{between}{text}"),
        },
    )
}

/// The bytes from a tag that converts to the end of the value, and what is to be kept of what
/// stands between tag and value: an anchor, a line break.
fn without_tag<'s>(source: &'s [u8], node: &Node) -> Option<(Span, &'s str)> {
    let length = usize::try_from(node.tag)
        .ok()
        .filter(|length| *length > 0)?;
    let start = node.span.start.checked_sub(length)?;
    let before = std::str::from_utf8(source.get(start..node.span.start)?).ok()?;
    let tag = before.find(char::is_whitespace).unwrap_or(before.len());
    let column = u32::try_from(before.chars().count()).ok()?;
    let span = Span {
        start,
        column: node.span.column.saturating_sub(column).max(1),
        ..node.span
    };
    Some((span, before[tag..].trim_start_matches([' ', '\t'])))
}

/// Applies edits, in any order, to the source they were made for. The same edit given
/// twice counts once.
///
/// # Errors
///
/// When two edits overlap, or one lies outside of the source.
pub fn apply(source: &[u8], mut edits: Vec<Edit>) -> Result<Vec<u8>, EditError> {
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    edits.dedup();
    let mut result = Vec::with_capacity(source.len());
    let mut done = 0;
    for edit in &edits {
        let line = edit.span.line;
        let kept = source
            .get(done.min(edit.span.start)..edit.span.start)
            .ok_or(EditError::Outside { line })?;
        if edit.span.start < done {
            return Err(EditError::Overlap { line });
        }
        result.extend_from_slice(kept);
        result.extend_from_slice(edit.text.as_bytes());
        done = edit.span.end;
    }
    let line = edits.last().map_or(1, |edit| edit.span.line);
    result.extend_from_slice(source.get(done..).ok_or(EditError::Outside { line })?);
    Ok(result)
}

/// The new text in the notation of the old, where that notation can hold it.
fn in_style(source: &[u8], node: &Node, new: &str) -> Option<String> {
    let was_string = matches!(node.value, Value::String(_));
    match node.style {
        Style::Plain | Style::Alias if was_string && quote::is_plain(new) => Some(new.to_owned()),
        Style::SingleQuoted if quote::is_single_line(new) => Some(quote::single(new)),
        Style::Literal if quote::fits_block(new) => block(source, node.span, new),
        Style::Folded if quote::fits_block(new) && !has_inner_break(new) => {
            block(source, node.span, new)
        }
        _ => None,
    }
}

/// The header, its comment and the indentation of a block with a new text in it. The
/// header's sign is set so that the text ends as `new` does, wherever the block stands.
fn block(source: &[u8], span: Span, new: &str) -> Option<String> {
    let old = std::str::from_utf8(source.get(span.start..span.end)?).ok()?;
    if old.replace("\r\n", "\n").contains('\r') {
        return None; // breaks its lines as nobody has for long, and as we do not count them
    }
    let (header, body) = old.split_once('\n')?;
    let line_break = if header.ends_with('\r') { "\r\n" } else { "\n" };
    let indent = body
        .lines()
        .find(|line| !line.trim().is_empty())
        .map(indentation)?;
    if indent.is_empty() && new.split('\n').any(is_marker) {
        return None;
    }
    let indicator = old.get(..1)?;
    let comment = header[1..]
        .trim_start_matches(|c: char| c.is_ascii_digit() || "+-".contains(c))
        .trim_end();
    let body = new.strip_suffix('\n');
    let mut text = format!(
        "{indicator}{}{comment}",
        if body.is_some() { "" } else { "-" }
    );
    for line in body.unwrap_or(new).split('\n') {
        text.push_str(line_break);
        if !line.is_empty() {
            text.push_str(indent);
        }
        text.push_str(line);
    }
    if body.is_some() && span.end == source.len() {
        text.push_str(line_break);
    }
    Some(text)
}

/// Whether a line without indentation would begin or end a document.
fn is_marker(line: &str) -> bool {
    line.starts_with("---") || line.starts_with("...")
}

fn indentation(line: &str) -> &str {
    &line[..line.len() - line.trim_start_matches(' ').len()]
}

fn has_inner_break(text: &str) -> bool {
    text.strip_suffix('\n').unwrap_or(text).contains('\n')
}

/// A value left empty begins right behind its colon or dash.
fn sticks_to_what_is_before(source: &[u8], node: &Node) -> bool {
    let before = node.span.start.checked_sub(1).and_then(|at| source.get(at));
    node.span.start == node.span.end && before.is_some_and(|b| !b.is_ascii_whitespace())
}

impl std::fmt::Debug for Edit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Edit({:?}, {} bytes)", self.span, self.text.len())
    }
}
