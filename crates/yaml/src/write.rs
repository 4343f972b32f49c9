//! The writer: JSON values as YAML that Go reads back unchanged.
//!
//! The layout is kubectl's: two spaces, lists at the column of their key, text of many
//! lines as a block. Whatever might be misread is quoted.

use serde_json::Value;

use crate::quote;

/// Keys longer than this are written behind `?`: readers look no further for the colon.
const LONGEST_SIMPLE_KEY: usize = 128;

/// One document, its keys in the map's order, ending with a line break.
#[must_use]
pub fn write(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => mapping(&mut out, map, 0),
        Value::Array(items) if !items.is_empty() => sequence(&mut out, items, 0),
        Value::String(text) => out.push_str(&quoted_if_needed(text)),
        other => out.push_str(&other.to_string()),
    }
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out
}

/// Many documents, with `---` between them.
#[must_use]
pub fn write_all<'v>(values: impl IntoIterator<Item = &'v Value>) -> String {
    let documents: Vec<String> = values.into_iter().map(write).collect();
    documents.join("---\n")
}

fn mapping(out: &mut String, map: &serde_json::Map<String, Value>, indent: usize) {
    for (position, (key, value)) in map.iter().enumerate() {
        if position > 0 {
            pad(out, indent);
        }
        write_key(out, key, indent);
        below(out, value, indent);
    }
}

fn write_key(out: &mut String, key: &str, indent: usize) {
    let key = quoted_if_needed(key);
    if key.len() <= LONGEST_SIMPLE_KEY {
        out.push_str(&key);
    } else {
        out.push_str("? ");
        out.push_str(&key);
        out.push('\n');
        pad(out, indent);
    }
    out.push(':');
}

/// The value behind a key's colon.
fn below(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('\n');
            pad(out, indent + 2);
            mapping(out, map, indent + 2);
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            pad(out, indent);
            sequence(out, items, indent);
        }
        other => {
            out.push(' ');
            leaf(out, other, indent);
        }
    }
}

fn sequence(out: &mut String, items: &[Value], indent: usize) {
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            pad(out, indent);
        }
        out.push_str("- ");
        match item {
            Value::Object(map) if !map.is_empty() => mapping(out, map, indent + 2),
            Value::Array(items) if !items.is_empty() => sequence(out, items, indent + 2),
            other => leaf(out, other, indent),
        }
    }
}

/// A value of one line, or a block of text indented two deeper than `indent`.
fn leaf(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::String(text) if text.contains('\n') && quote::fits_block(text) => {
            block(out, text, indent + 2);
        }
        Value::String(text) => {
            out.push_str(&quoted_if_needed(text));
            out.push('\n');
        }
        other => {
            out.push_str(&other.to_string());
            out.push('\n');
        }
    }
}

fn block(out: &mut String, text: &str, indent: usize) {
    let body = text.strip_suffix('\n');
    out.push_str(if body.is_some() { "|\n" } else { "|-\n" });
    for line in body.unwrap_or(text).split('\n') {
        if !line.is_empty() {
            pad(out, indent);
        }
        out.push_str(line);
        out.push('\n');
    }
}

fn quoted_if_needed(text: &str) -> String {
    if quote::is_plain(text) {
        text.to_owned()
    } else {
        quote::double(text)
    }
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}
