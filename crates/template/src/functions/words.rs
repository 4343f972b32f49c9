//! sprig's strings: case, words and lines.

mod separated;

use super::{Arguments, Function, Type};
use crate::error::Outcome;
use crate::host::Host;
use crate::unicode;
use crate::value::Value;

use Type::{Int, Text};

pub(super) const ALL: &[Function] = &[
    Function::new("camelcase", &[Text], separated::pascal),
    Function::new("initials", &[Text], initials),
    Function::new("kebabcase", &[Text], |host, arguments| {
        separated::lower(host, arguments, '-')
    }),
    Function::new("lower", &[Text], lower),
    Function::new("nospace", &[Text], nospace),
    Function::new("snakecase", &[Text], |host, arguments| {
        separated::lower(host, arguments, '_')
    }),
    Function::new("swapcase", &[Text], swapcase),
    Function::new("title", &[Text], title),
    Function::new("untitle", &[Text], untitle),
    Function::new("upper", &[Text], upper),
    Function::new("wrap", &[Int, Text], wrap),
    Function::new("wrapWith", &[Int, Text, Text], wrap_with),
];

/// The text with each character replaced by another. What is no UTF-8 becomes so.
fn mapped(
    host: &Host<'_>,
    arguments: &Arguments<'_>,
    mut change: impl FnMut(char) -> char,
) -> Outcome<Value> {
    let mut out = host.buffer();
    for (_, rune, _) in unicode::runes(arguments.text(0)?) {
        out.rune(change(rune))?;
    }
    out.text().map(Value::Str)
}

fn upper(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    mapped(host, arguments, unicode::to_upper)
}

fn lower(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    mapped(host, arguments, unicode::to_lower)
}

/// `strings.Title`: a letter is one that begins a word where what stands before it separates words.
fn title(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let mut separated = true;
    mapped(host, arguments, |rune| {
        let begins = std::mem::replace(&mut separated, separates(rune));
        if begins {
            unicode::to_title(rune)
        } else {
            rune
        }
    })
}

fn separates(rune: char) -> bool {
    if rune.is_ascii() {
        return !(rune.is_ascii_alphanumeric() || rune == '_');
    }
    !unicode::is_letter(rune) && !unicode::is_digit(rune) && unicode::is_space(rune)
}

fn untitle(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let mut begins = true;
    mapped(host, arguments, |rune| {
        if unicode::is_space(rune) {
            begins = true;
            return rune;
        }
        match std::mem::take(&mut begins) {
            true => unicode::to_lower(rune),
            false => rune,
        }
    })
}

fn swapcase(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let mut behind_space = true;
    mapped(host, arguments, |rune| {
        if unicode::is_upper(rune) || unicode::is_title(rune) {
            behind_space = false;
            unicode::to_lower(rune)
        } else if unicode::is_lower(rune) {
            match std::mem::take(&mut behind_space) {
                true => unicode::to_title(rune),
                false => unicode::to_upper(rune),
            }
        } else {
            behind_space = unicode::is_space(rune);
            rune
        }
    })
}

/// The first byte of each word. Each byte is taken for a character, as in the peer.
fn initials(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let mut out = host.buffer();
    let mut behind_gap = true;
    for byte in arguments.text(0)?.iter() {
        let rune = char::from(*byte);
        if unicode::is_space(rune) {
            behind_gap = true;
        } else if std::mem::take(&mut behind_gap) {
            out.rune(rune)?;
        }
    }
    out.text().map(Value::Str)
}

/// The text without space. Each byte is taken for a character if there is any space, as in the peer.
fn nospace(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let text = arguments.text(0)?;
    let is_space = |byte: &u8| unicode::is_space(char::from(*byte));
    if !text.iter().any(is_space) {
        return Ok(Value::Str(text.clone()));
    }
    let mut out = host.buffer();
    for byte in text.iter().filter(|byte| !is_space(byte)) {
        out.rune(char::from(*byte))?;
    }
    out.text().map(Value::Str)
}

fn wrap(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let (width, text) = (arguments.int(0)?, arguments.text(1)?);
    wrapped(host, text, width, b"\n", false)
}

fn wrap_with(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let (width, text) = (arguments.int(0)?, arguments.text(2)?);
    let newline: &[u8] = arguments.text(1)?;
    let newline = if newline.is_empty() { b"\n" } else { newline };
    wrapped(host, text, width, newline, true)
}

/// Lines of at most `width` bytes, broken at spaces; words that are longer are broken if `hard`.
fn wrapped(host: &Host<'_>, text: &[u8], width: i64, newline: &[u8], hard: bool) -> Outcome<Value> {
    let width = usize::try_from(width.max(1)).unwrap_or(usize::MAX);
    let mut out = host.buffer();
    let mut rest = text;
    while rest.len() > width {
        host.meter.steps(1)?;
        if let Some(behind) = rest.strip_prefix(b" ") {
            rest = behind;
            continue;
        }
        let window = rest.get(..=width).unwrap_or(rest);
        let space = window.iter().rposition(|byte| *byte == b' ');
        let long = || {
            let behind = rest.iter().skip(width).position(|byte| *byte == b' ');
            behind.map(|behind| width + behind)
        };
        let (end, skipped) = match (space, hard) {
            (Some(space), _) => (space, 1),
            (None, true) => (width, 0),
            (None, false) => match long() {
                Some(space) => (space, 1),
                None => break,
            },
        };
        out.extend(rest.get(..end).unwrap_or_default())?;
        out.extend(newline)?;
        rest = rest.get(end + skipped..).unwrap_or_default();
    }
    out.extend(rest)?;
    out.text().map(Value::Str)
}
