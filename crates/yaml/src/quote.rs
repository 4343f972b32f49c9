//! How a string is written so that every reader takes it for that string.
//!
//! Both the writer and the editor stand on this page. Words are judged by our own
//! resolver, which is held to Go's; beyond it, what other readers of YAML may take for
//! a number, a date or a time is quoted too.

use std::fmt::Write as _;

use crate::characters::is_printable;
use crate::resolve;

/// Whether a string may stand without quotes as a value or key, in brackets or not.
pub(crate) fn is_plain(text: &str) -> bool {
    let Some(first) = text.chars().next() else {
        return false;
    };
    let starts_well = first.is_ascii_alphanumeric() || matches!(first, '/' | '.' | '_');
    starts_well
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.starts_with("...")
        && text.chars().all(|c| c.is_ascii_graphic() || c == ' ')
        && !text.contains(['{', '}', '[', ']', ',', '"', '\'', '`'])
        && !looks_numeric(text)
        && resolve::is_string(text)
}

/// Whether a string stands in single quotes as it is, in one line.
pub(crate) fn is_single_line(text: &str) -> bool {
    text.chars()
        .all(|c| is_printable(c) && !is_break(c) && c != '\u{feff}')
}

/// The string in single quotes; it must be [`is_single_line`].
pub(crate) fn single(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The string in double quotes, with escapes that JSON and YAML share.
pub(crate) fn double(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        push_escaped(&mut quoted, c);
    }
    quoted.push('"');
    quoted
}

/// Whether a string may be the text of a block scalar: it begins with ink, ends with at
/// most one line break, and every character stands for itself.
pub(crate) fn fits_block(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    !body.is_empty()
        && !body.starts_with([' ', '\t', '\n'])
        && !body.ends_with('\n')
        && body
            .split('\n')
            .all(|line| is_single_line(line) && !line.ends_with([' ', '\t']))
}

fn push_escaped(quoted: &mut String, c: char) {
    match c {
        '"' => quoted.push_str("\\\""),
        '\\' => quoted.push_str("\\\\"),
        '\n' => quoted.push_str("\\n"),
        '\r' => quoted.push_str("\\r"),
        '\t' => quoted.push_str("\\t"),
        c if !is_printable(c) || is_break(c) || c == '\u{feff}' => {
            let _ = write!(quoted, "\\u{:04x}", u32::from(c)); // a String takes every write
        }
        c => quoted.push(c),
    }
}

/// Line breaks, those of YAML 1.1 included.
pub(crate) fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Digits with what dates, times, versions and numbers of any YAML are made of.
fn looks_numeric(text: &str) -> bool {
    let digits = text.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    digits
        && text
            .chars()
            .all(|c| c.is_ascii_hexdigit() || "+-.:_ xXoOtTzZ".contains(c))
}
