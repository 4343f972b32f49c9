//! One scalar: in which of four notations Go writes it, and how.

use crate::quote::is_break;
use crate::resolve;

use super::{WIDTH, Writer};

/// Where a node stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Root,
    Sequence,
    Mapping,
    SimpleKey,
}

/// A scalar, and what may be done with it.
pub(super) struct Scalar<'a> {
    text: &'a str,
    /// What it is to look like, if nothing forbids that.
    wanted: Notation,
    allowed: Allowed,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Notation {
    Plain,
    Single,
    Double,
    Literal,
}

/// What its characters allow.
#[derive(Clone, Copy)]
struct Allowed {
    multiline: bool,
    plain: bool,
    single: bool,
    block: bool,
}

impl<'a> Scalar<'a> {
    /// A number, a truth value, null.
    pub(super) fn plain(text: &'a str) -> Self {
        Self {
            text,
            wanted: Notation::Plain,
            allowed: analyze(text),
        }
    }

    pub(super) fn text(text: &'a str) -> Self {
        let wanted = if text.contains('\n') {
            Notation::Literal
        } else if reads_as_text(text) {
            Notation::Plain
        } else {
            Notation::Double
        };
        Self {
            text,
            wanted,
            allowed: analyze(text),
        }
    }

    /// Whether it may stand in front of a colon.
    pub(super) fn is_simple_key(&self) -> bool {
        !self.allowed.multiline && self.text.len() <= 128
    }

    fn notation(&self, place: Place) -> Notation {
        let key = place == Place::SimpleKey;
        let mut notation = self.wanted;
        if notation == Notation::Plain && (!self.allowed.plain || self.text.is_empty() && key) {
            notation = Notation::Single;
        }
        if notation == Notation::Single && !self.allowed.single {
            notation = Notation::Double;
        }
        if notation == Notation::Literal && (!self.allowed.block || key) {
            notation = Notation::Double;
        }
        notation
    }

    pub(super) fn write(&self, out: &mut Writer, place: Place) {
        let may_break = place != Place::SimpleKey;
        match self.notation(place) {
            Notation::Plain => plain(out, self.text, may_break),
            Notation::Single => single(out, self.text, may_break),
            Notation::Double => double(out, self.text, may_break),
            Notation::Literal => literal(out, self.text),
        }
    }
}

/// Whether Go takes the text for a string if it stands there without quotes.
fn reads_as_text(text: &str) -> bool {
    resolve::is_string(text) && !resolve::is_timestamp(text) && !is_base_60(text)
}

/// `190:20:30`, which older readers took for a number.
fn is_base_60(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or_default();
    let is_first = first.starts_with(|c: char| c.is_ascii_digit());
    let is_part = |part: &str| {
        let sixty = part.len() == 1 || part.len() == 2 && part.as_bytes()[0] < b'6';
        sixty && part.bytes().all(|c| c.is_ascii_digit())
    };
    let loose = |text: &str| text.bytes().all(|c| c.is_ascii_digit() || c == b'_');
    let mut rest = parts.peekable();
    is_first && loose(first) && loose(fraction) && rest.peek().is_some() && rest.all(is_part)
}

/// Looks at each character once, with its neighbours.
fn analyze(text: &str) -> Allowed {
    let mut seen = Seen {
        indicators: text.starts_with("---") || text.starts_with("..."),
        ..Seen::default()
    };
    let mut before = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        seen.character(before, c, rest.peek().copied());
        before = Some(c);
    }
    let edges = seen.leading || seen.trailing_space || seen.trailing_break;
    let broken = seen.space_break || seen.special;
    Allowed {
        multiline: seen.breaks,
        plain: !(edges || seen.break_space || broken || seen.breaks || seen.indicators),
        single: !(seen.break_space || broken),
        block: !(seen.trailing_space || broken || text.is_empty()),
    }
}

#[derive(Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a question that Go asks of a text"
)]
struct Seen {
    indicators: bool,
    special: bool,
    breaks: bool,
    leading: bool,
    trailing_space: bool,
    trailing_break: bool,
    break_space: bool,
    space_break: bool,
}

impl Seen {
    fn character(&mut self, before: Option<char>, c: char, behind: Option<char>) {
        let blank_behind = behind.is_none_or(|c| matches!(c, ' ' | '\t'));
        let blank_before = before.is_none_or(|c| matches!(c, ' ' | '\t' | '\0') || is_break(c));
        self.indicators |= match c {
            '#' => blank_before,
            ':' => blank_behind,
            '?' | '-' if before.is_none() => blank_behind,
            ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@'
            | '`' => before.is_none(),
            _ => false,
        };
        self.special |= !is_printable(c);
        if c == ' ' {
            self.leading |= before.is_none();
            self.trailing_space |= behind.is_none();
            self.break_space |= before.is_some_and(is_break);
        } else if is_break(c) {
            self.breaks = true;
            self.leading |= before.is_none();
            self.trailing_break |= behind.is_none();
            self.space_break |= before == Some(' ');
        }
    }
}

/// What Go prints as it is: no tab, and nothing beyond 16 bits.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{fffd}') && c != '\u{feff}'
}

fn plain(out: &mut Writer, text: &str, may_break: bool) {
    if !out.whitespace {
        out.put(' ');
    }
    folded(out, text, may_break, false);
    out.whitespace = false;
    out.indention = false;
}

fn single(out: &mut Writer, text: &str, may_break: bool) {
    out.indicator("'", true, false, false);
    folded(out, text, may_break, true);
    out.indicator("'", false, false, false);
    out.whitespace = false;
    out.indention = false;
}

/// The text of a plain or a single-quoted scalar, its long lines broken at spaces.
fn folded(out: &mut Writer, text: &str, may_break: bool, quoted: bool) {
    let (mut spaces, mut breaks) = (false, false);
    let last = text.len().saturating_sub(1);
    for (at, c) in text.char_indices() {
        let behind = text[at + c.len_utf8()..].chars().next();
        if c == ' ' {
            let inside = !quoted || at > 0 && at < last;
            let long = may_break && !spaces && out.column > WIDTH && inside;
            if long && behind != Some(' ') {
                out.write_indent();
            } else {
                out.put(c);
            }
            spaces = true;
        } else if is_break(c) {
            if !breaks && c == '\n' {
                out.line_break();
            }
            out.copy_break(c);
            out.indention = true;
            breaks = true;
        } else {
            if breaks {
                out.write_indent();
            }
            if quoted && c == '\'' {
                out.put('\'');
            }
            out.put(c);
            out.indention = false;
            (spaces, breaks) = (false, false);
        }
    }
}

fn double(out: &mut Writer, text: &str, may_break: bool) {
    out.indicator("\"", true, false, false);
    let mut spaces = false;
    let last = text.len().saturating_sub(1);
    // Go looks for the mark at the beginning, whichever character it is at.
    let marked = text.starts_with('\u{feff}');
    for (at, c) in text.char_indices() {
        if marked || !is_printable(c) || is_break(c) || matches!(c, '"' | '\\') {
            escape(out, c);
            spaces = false;
        } else if c == ' ' {
            if may_break && !spaces && out.column > WIDTH && at > 0 && at < last {
                out.write_indent();
                if text[at + 1..].starts_with(' ') {
                    out.put('\\');
                }
            } else {
                out.put(c);
            }
            spaces = true;
        } else {
            out.put(c);
            spaces = false;
        }
    }
    out.indicator("\"", false, false, false);
    out.whitespace = false;
    out.indention = false;
}

fn escape(out: &mut Writer, c: char) {
    out.put('\\');
    let short = match c {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' | '\\' => c,
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => {
            let code = u32::from(c);
            let long = match code {
                ..=0xff => format!("x{code:02X}"),
                0x100..=0xffff => format!("u{code:04X}"),
                _ => format!("U{code:08X}"),
            };
            long.chars().for_each(|digit| out.put(digit));
            return;
        }
    };
    out.put(short);
}

fn literal(out: &mut Writer, text: &str) {
    out.indicator("|", true, false, false);
    if text.starts_with(|c| c == ' ' || is_break(c)) {
        out.indicator("2", false, false, false);
    }
    let mut end = text.chars().rev();
    match (end.next().map(is_break), end.next().map(is_break)) {
        (Some(true), Some(false)) => {}
        (Some(true), _) => out.indicator("+", false, false, false),
        _ => out.indicator("-", false, false, false),
    }
    out.line_break();
    out.indention = true;
    out.whitespace = true;
    let mut breaks = true;
    for c in text.chars() {
        if is_break(c) {
            out.copy_break(c);
            out.indention = true;
            breaks = true;
        } else {
            if breaks {
                out.write_indent();
            }
            out.put(c);
            out.indention = false;
            breaks = false;
        }
    }
}
