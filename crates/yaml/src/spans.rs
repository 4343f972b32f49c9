//! Where values stand: from the parser's marks to the bytes an editor may replace.

use granit_parser::Marker;

use crate::error::{Error, ErrorKind};
use crate::node::Span;

/// The start of a span at a mark of the parser; its end is still the same place. Marks
/// count from the beginning of the parser's input, which is `from` in the source.
pub(crate) fn at(mark: Marker, from: Span) -> Span {
    let start = from.start + mark.byte_offset().unwrap_or_default();
    let columns_before = if mark.line() <= 1 { from.column - 1 } else { 0 };
    Span {
        start,
        end: start,
        line: number(mark.line()).max(1).saturating_add(from.line - 1),
        column: number(mark.col())
            .saturating_add(1)
            .saturating_add(columns_before),
    }
}

/// The span of an event as the parser gives it.
pub(crate) fn of(span: &granit_parser::Span, from: Span) -> Span {
    let start = at(span.start, from);
    Span {
        end: at(span.end, from).start.max(start.start),
        ..start
    }
}

/// The empty span at an offset behind `from`.
pub(crate) fn later(source: &str, from: Span, start: usize) -> Span {
    let between = &source[from.start..start];
    let lines = between.bytes().filter(|&b| b == b'\n').count();
    let columns = between
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count();
    let columns_before = if lines == 0 { from.column - 1 } else { 0 };
    Span {
        start,
        end: start,
        line: from.line.saturating_add(number(lines)),
        column: number(columns)
            .saturating_add(1)
            .saturating_add(columns_before),
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The span of a value left empty: the parser marks it before its colon, we behind it.
pub(crate) fn empty(source: &str, span: Span) -> Span {
    let rest = source.get(span.start..).unwrap_or_default();
    let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    if !rest[blanks..].starts_with(':') {
        return span;
    }
    let behind = span.start + blanks + 1;
    let moved = u32::try_from(blanks + 1).unwrap_or(u32::MAX);
    Span {
        start: behind,
        end: behind,
        column: span.column.saturating_add(moved),
        ..span
    }
}

/// An error at the start of a span.
pub(crate) fn error(span: Span, kind: ErrorKind) -> Error {
    Error {
        line: span.line,
        column: span.column,
        kind,
    }
}

/// The span of a block scalar, from its `|` or `>` to the end of its last line of text.
///
/// The parser marks the text only, and runs on over empty lines and into the indentation
/// of what follows. The header is looked for from `behind`, where the event before ended:
/// only anchors, tags, indicators and comments can stand in between.
pub(crate) fn block_scalar(source: &str, text: Span, indent: usize, behind: usize) -> Span {
    let header = header(source, behind, text.start);
    let end = last_line(source, header, text.end, indent);
    let line_start = line_start(source, header);
    let breaks = breaks(&source[header..text.start]);
    let lines_up = u32::try_from(breaks).unwrap_or(u32::MAX);
    let before = source[line_start..header]
        .trim_start_matches('\u{feff}')
        .chars()
        .count();
    Span {
        start: header,
        end,
        line: text.line.saturating_sub(lines_up).max(1),
        column: u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1),
    }
}

/// Whether a character only separates: whitespace, or the mark at the start of a file.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

/// How many bytes before a value its tag begins; 0 if it has none. It is looked for from `behind`,
/// as the header of a block is.
pub(crate) fn tag(source: &str, behind: usize, value: Span) -> u32 {
    let between = source.get(behind..value.start).unwrap_or_default();
    let (mut at, mut found) = (0, None);
    while at < between.len() {
        let rest = &between[at..];
        let token = rest.len() - rest.trim_start_matches(is_blank).len();
        if token > 0 {
            at += token;
        } else if rest.starts_with(['[', '{', ',', ':']) {
            at += 1;
        } else if rest.starts_with('#') {
            at += rest.find(['\r', '\n']).unwrap_or(rest.len());
        } else {
            if rest.starts_with('!') {
                found = Some(between.len() - at);
            }
            at += rest.find(char::is_whitespace).unwrap_or(rest.len());
        }
    }
    found.map_or(0, number)
}

fn header(source: &str, behind: usize, text: usize) -> usize {
    let between = source.get(behind..text).unwrap_or_default();
    let mut at = 0;
    while at < between.len() {
        let rest = &between[at..];
        let token = rest.len() - rest.trim_start_matches(is_blank).len();
        if token > 0 {
            at += token;
        } else if rest.starts_with(['|', '>']) {
            return behind + at;
        } else if rest.starts_with('#') {
            at += rest.find(['\r', '\n']).unwrap_or(rest.len());
        } else {
            at += rest.find(char::is_whitespace).unwrap_or(rest.len());
        }
    }
    text
}

/// Where the line that holds `at` begins. YAML lets a carriage return alone end a line too.
fn line_start(source: &str, at: usize) -> usize {
    source[..at]
        .rfind(['\r', '\n'])
        .map_or(0, |before| before + 1)
}

fn breaks(text: &str) -> usize {
    let ends = text.bytes().filter(|byte| matches!(byte, b'\r' | b'\n'));
    ends.count() - text.matches("\r\n").count()
}

/// The end of the last line that is more than indentation, without its line break.
fn last_line(source: &str, header: usize, end: usize, indent: usize) -> usize {
    let header_end = source[header..]
        .find(['\r', '\n'])
        .map_or(source.len(), |at| header + at);
    let mut end = end.max(header_end);
    loop {
        let line_start = line_start(source, end);
        let line = source[line_start..end].trim_end_matches('\r');
        // Behind blanks that do not reach the end of their line stands what follows the block; of
        // a block without text the parser does not know the indentation.
        let is_cut = !matches!(source.as_bytes().get(end), None | Some(b'\n' | b'\r'));
        let is_blank = (line.len() <= indent || is_cut) && line.bytes().all(|b| b == b' ');
        if line_start <= header || !is_blank {
            return line_start.max(header)
                + source[line_start.max(header)..end]
                    .trim_end_matches('\r')
                    .len();
        }
        end = line_start - 1;
    }
}
