//! A value in the notation that SOPS' writer of YAML gives it, `go.yaml.in/yaml/v3`.
//!
//! Which of plain, `'`, `"` and `|` it takes follows from the characters. On top of its rules, what
//! stands unquoted has to be that text to Kubernetes too.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use signet_yaml::{Budget, ErrorKind, Value};
use zeroize::Zeroizing;

use crate::number;
use crate::plaintext::{Buffer, Secret};
use crate::time;
use crate::tree::Leaf;

use super::read::is_old_boolean;

/// Where a value is to stand.
#[derive(Clone, Copy)]
pub(super) struct Room {
    /// Inside of brackets, where commas and brackets mean something and blocks are not allowed.
    pub(super) flow: bool,
    /// The columns of a block of text, if there may be one.
    pub(super) block: Option<Indent>,
    pub(super) is_last: bool,
}

/// How a block of text is indented.
#[derive(Clone, Copy)]
pub(super) struct Indent {
    /// Columns before the text.
    pub(super) text: usize,
    /// How many of them are beyond the collection that it stands in.
    pub(super) beyond: usize,
}

/// The value as it is written, without the line break behind it. `None` for what YAML has no notation
/// for.
pub(super) fn write(leaf: &Leaf, room: Room) -> Option<Secret> {
    let mut out = Buffer::with_capacity(64);
    match leaf {
        Leaf::Null => out.push("null"),
        Leaf::Bool(yes) => out.push(yes.to_string()),
        Leaf::Int(value) => out.push(value.to_string()),
        Leaf::Float(value) => out.push(number::general(*value)),
        Leaf::Time(text) => out.push(text.as_bytes()),
        Leaf::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => return Some(string(text, room)),
            Err(_) => {
                out.push("!!binary ");
                out.push(&*Zeroizing::new(STANDARD.encode(text)));
            }
        },
        Leaf::Comment(_) => return None,
    }
    Some(out.finish())
}

fn string(text: &str, room: Room) -> Secret {
    let shape = Shape::of(text);
    let mut out = Buffer::with_capacity(text.len() + 16);
    if text.contains('\n') {
        match room.block.filter(|_| shape.block && !room.flow) {
            Some(indent) => block(&mut out, text, indent, room.is_last),
            None => double(&mut out, text),
        }
    } else if !is_text(text) {
        double(&mut out, text);
    } else if shape.plain && !(room.flow && shape.flow_indicators) {
        out.push(text);
    } else if shape.single {
        out.push("'");
        out.push(&*Zeroizing::new(text.replace('\'', "''")));
        out.push("'");
    } else {
        double(&mut out, text);
    }
    out.finish()
}

/// A key in quotes, whatever it is.
pub(super) fn quoted(text: &str) -> Secret {
    let mut out = Buffer::with_capacity(text.len() + 16);
    double(&mut out, text);
    out.finish()
}

/// Whether an unquoted scalar of this text is a text, to SOPS and to Kubernetes. What has a structure
/// in YAML is one here: its characters speak against leaving it unquoted.
fn is_text(text: &str) -> bool {
    let may_be_more =
        text.starts_with(|c: char| c.is_ascii_digit() || "+-.~yYnNtTfFoO".contains(c));
    if !may_be_more {
        return !matches!(text, "" | "<<");
    }
    let is_null = matches!(text, "~" | "null" | "Null" | "NULL");
    let is_time = || time::canonical(text).is_some();
    if is_null || is_old_boolean(text) || is_time() || is_sexagesimal(text) {
        return false;
    }
    match signet_yaml::read(text.as_bytes(), &Budget::default()) {
        Ok(documents) => !documents
            .iter()
            .any(|document| matches!(document.root.value, Value::Bool(_) | Value::Number(_))),
        Err(error) => error.kind != ErrorKind::NotFinite,
    }
}

/// `190:20:30`, which YAML 1.1 took for a number.
fn is_sexagesimal(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or_default();
    let sixtieth = |part: &str| {
        (1..=2).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_digit())
            && (part.len() == 1 || part < "60")
    };
    whole.contains(':')
        && first.starts_with(|c: char| c.is_ascii_digit())
        && digits(first)
        && digits(fraction)
        && parts.all(sixtieth)
}

/// What notations a text allows, as `yaml_emitter_analyze_scalar` finds out.
struct Shape {
    plain: bool,
    single: bool,
    block: bool,
    /// Characters that mean something inside of brackets.
    flow_indicators: bool,
}

impl Shape {
    fn of(text: &str) -> Self {
        let is_break = |c: char| matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
        let special = text.chars().any(|c| c != '\t' && !is_printable(c));
        let odd_break = text.chars().any(|c| c != '\n' && is_break(c));
        let tabs = text.contains('\t');
        let space_break = text.contains(" \n");
        let break_space = text.contains("\n ");
        let edges = text.starts_with([' ', '\n']) || text.ends_with([' ', '\n']);
        let indicators = has_indicators(text);
        Self {
            plain: !(special || odd_break || tabs || edges || indicators || text.contains('\n')),
            single: !(special || odd_break || tabs || space_break || break_space),
            block: !(special || odd_break || space_break || text.ends_with(' ')),
            flow_indicators: text.contains([',', '?', '[', ']', '{', '}', ':']),
        }
    }
}

/// What an unquoted scalar must not have outside of brackets.
fn has_indicators(text: &str) -> bool {
    let blank_or_end = |c: Option<char>| c.is_none_or(|c| c == ' ' || c == '\t');
    let mut chars = text.chars();
    let first = chars.next().unwrap_or_default();
    let begins = match first {
        '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
        | '@' | '`' => true,
        '?' | ':' | '-' => blank_or_end(chars.next()),
        _ => false,
    };
    let colon = text.ends_with(':') || text.contains(": ") || text.contains(":\t");
    let hash = text.contains(" #") || text.contains("\t#");
    begins || colon || hash || text.starts_with("---") || text.starts_with("...")
}

/// Printable to libyaml: no character beyond U+FFFF is.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

fn double(out: &mut Buffer, text: &str) {
    out.push("\"");
    for c in text.chars() {
        let code = u32::from(c);
        match c {
            '\0' => out.push("\\0"),
            '\u{7}' => out.push("\\a"),
            '\u{8}' => out.push("\\b"),
            '\t' => out.push("\\t"),
            '\n' => out.push("\\n"),
            '\u{b}' => out.push("\\v"),
            '\u{c}' => out.push("\\f"),
            '\r' => out.push("\\r"),
            '\u{1b}' => out.push("\\e"),
            '"' => out.push("\\\""),
            '\\' => out.push("\\\\"),
            '\u{85}' => out.push("\\N"),
            '\u{2028}' => out.push("\\L"),
            '\u{2029}' => out.push("\\P"),
            c if is_printable(c) => out.push(c.encode_utf8(&mut [0; 4]).as_bytes()),
            _ if code <= 0xff => out.push(format!("\\x{code:02X}")),
            _ if code <= 0xffff => out.push(format!("\\u{code:04X}")),
            _ => out.push(format!("\\U{code:08X}")),
        }
    }
    out.push("\"");
}

fn block(out: &mut Buffer, text: &str, indent: Indent, is_last: bool) {
    out.push("|");
    if text.starts_with([' ', '\n']) {
        out.push(indent.beyond.to_string());
    }
    let body = text.strip_suffix('\n');
    out.push(match body {
        None => "-",
        Some(body) if body.is_empty() || body.ends_with('\n') => "+",
        Some(_) => "",
    });
    for line in body.unwrap_or(text).split('\n') {
        out.push("\n");
        if !line.is_empty() {
            out.push(" ".repeat(indent.text));
        }
        out.push(line);
    }
    if is_last && body.is_some() {
        out.push("\n");
    }
}
