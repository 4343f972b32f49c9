//! `html`, `js`, `urlquery`: text made harmless elsewhere.

use super::{Arguments, Function, Type};
use crate::error::Outcome;
use crate::host::Host;
use crate::print;
use crate::unicode;
use crate::value::{Buffer, Text, Value};

use Type::Any;

pub(super) const ALL: &[Function] = &[
    Function::new("html", &[], html).and(Any),
    Function::new("js", &[], js).and(Any),
    Function::new("urlquery", &[], urlquery).and(Any),
];

/// The arguments as one text, in which a missing value is told.
fn joined(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Text> {
    let told = |value: &Value| match value.is_nil() {
        true => Value::Str(Text::given(b"<no value>")),
        false => value.clone(),
    };
    let all: Vec<_> = arguments.from(0).iter().map(told).collect();
    print::sprint(host.meter, &all)
}

fn html(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let mut out = host.buffer();
    for byte in joined(host, arguments)?.iter() {
        match byte {
            0 => out.rune(unicode::REPLACEMENT)?,
            b'"' => out.extend(b"&#34;")?,
            b'\'' => out.extend(b"&#39;")?,
            b'&' => out.extend(b"&amp;")?,
            b'<' => out.extend(b"&lt;")?,
            b'>' => out.extend(b"&gt;")?,
            byte => out.push(*byte)?,
        }
    }
    out.text().map(Value::Str)
}

fn js(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let text = joined(host, arguments)?;
    let mut out = host.buffer();
    for (at, rune, length) in unicode::runes(&text) {
        match rune {
            '\\' => out.extend(b"\\\\")?,
            '\'' => out.extend(b"\\'")?,
            '"' => out.extend(b"\\\"")?,
            '<' | '>' | '&' | '=' | '\0'..'\u{20}' => {
                out.extend(format!("\\u{:04X}", u32::from(rune)).as_bytes())?;
            }
            rune if rune.is_ascii() || unicode::is_print(rune) => {
                out.extend(text.get(at..at + length).unwrap_or_default())?;
            }
            rune => out.extend(format!("\\u{:04X}", u32::from(rune)).as_bytes())?,
        }
    }
    out.text().map(Value::Str)
}

fn urlquery(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let text = joined(host, arguments)?;
    let mut out = host.buffer();
    for byte in text.iter() {
        match byte {
            b' ' => out.push(b'+')?,
            b'-' | b'_' | b'.' | b'~' => out.push(*byte)?,
            byte if byte.is_ascii_alphanumeric() => out.push(*byte)?,
            byte => percent(&mut out, *byte)?,
        }
    }
    out.text().map(Value::Str)
}

/// `%XX`
pub(super) fn percent(out: &mut Buffer<'_>, byte: u8) -> Outcome<()> {
    out.extend(format!("%{byte:02X}").as_bytes())
}
