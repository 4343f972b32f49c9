//! Functions of texts, whose places count characters.

use crate::budget::Meter;
use crate::functions::no_overload;
use crate::value::Text;
use crate::{Error, Value};

pub(super) fn call<'a>(name: &str, given: &[Value<'a>], meter: &Meter) -> Result<Value<'a>, Error> {
    let [Value::String(text), rest @ ..] = given else {
        return Err(no_overload(name, given));
    };
    meter.walk(text.len())?;
    match (name, rest) {
        (
            "contains" | "startsWith" | "endsWith" | "indexOf" | "lastIndexOf" | "charAt"
            | "substring",
            _,
        ) => look(name, text, rest),
        ("lowerAscii", []) => made(text.to_ascii_lowercase(), meter),
        ("upperAscii", []) => made(text.to_ascii_uppercase(), meter),
        ("trim", []) => made(text.trim_matches(is_space).to_owned(), meter),
        ("reverse", []) => made(text.chars().rev().collect(), meter),
        ("strings.quote", []) => made(quote(text), meter),
        ("replace", [Value::String(old), Value::String(new)]) => replace(text, old, new, -1, meter),
        ("replace", [Value::String(old), Value::String(new), Value::Int(most)]) => {
            replace(text, old, new, *most, meter)
        }
        ("split", [Value::String(at)]) => split(text, at, -1, meter),
        ("split", [Value::String(at), Value::Int(most)]) => split(text, at, *most, meter),
        _ => None,
    }
    .unwrap_or_else(|| Err(no_overload(name, given)))
}

type Found<'a> = Option<Result<Value<'a>, Error>>;

/// Functions that only look, and whose cost is the length of the text.
fn look<'a>(name: &str, text: &Text<'a>, rest: &[Value<'a>]) -> Found<'a> {
    let place = |found: i64| Some(Ok(Value::Int(found)));
    match (name, rest) {
        ("contains", [Value::String(part)]) => Some(Ok(Value::Bool(text.contains(&**part)))),
        ("startsWith", [Value::String(part)]) => Some(Ok(Value::Bool(text.starts_with(&**part)))),
        ("endsWith", [Value::String(part)]) => Some(Ok(Value::Bool(text.ends_with(&**part)))),
        ("indexOf", [Value::String(part)]) => place(first(text, part, 0)),
        ("indexOf", [Value::String(part), Value::Int(from)]) => {
            Some(index(text, part, *from, first))
        }
        ("lastIndexOf", [Value::String(part)]) => place(last(text, part, i64::MAX)),
        ("lastIndexOf", [Value::String(part), Value::Int(from)]) => {
            Some(index(text, part, *from, last))
        }
        ("charAt", [Value::Int(at)]) => Some(char_at(text, *at)),
        ("substring", [Value::Int(from)]) => Some(substring(text, *from, None)),
        ("substring", [Value::Int(from), Value::Int(to)]) => {
            Some(substring(text, *from, Some(*to)))
        }
        _ => None,
    }
}

fn made<'a>(text: String, meter: &Meter) -> Found<'a> {
    Some(meter.make(text.len()).map(|()| Value::text(text)))
}

/// The first place at or behind `from`, or -1.
fn first(text: &str, part: &str, from: i64) -> i64 {
    if part.is_empty() {
        return from;
    }
    let Some(start) = byte(text, from) else {
        return -1;
    };
    let found = text.get(start..).and_then(|rest| rest.find(part));
    found.map_or(-1, |at| chars(text, start + at))
}

/// The last place at or before `from`, or -1.
fn last(text: &str, part: &str, from: i64) -> i64 {
    if part.is_empty() {
        return if from == i64::MAX {
            chars(text, text.len())
        } else {
            from
        };
    }
    let end = byte(text, from).map_or(text.len(), |start| (start + part.len()).min(text.len()));
    // The text that may hold it ends behind the last place where it may begin.
    let end = (end..=text.len())
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or(text.len());
    let found = text.get(..end).and_then(|head| head.rfind(part));
    found.map_or(-1, |at| chars(text, at))
}

/// A search from a place that the text must have, the end apart.
fn index<'a>(
    text: &str,
    part: &str,
    from: i64,
    search: fn(&str, &str, i64) -> i64,
) -> Result<Value<'a>, Error> {
    if !part.is_empty() && from < 0 {
        return Err(Error::new(format!("index out of range: {from}")));
    }
    if !part.is_empty() && byte(text, from).is_none_or(|at| at == text.len()) {
        return Ok(Value::Int(-1));
    }
    Ok(Value::Int(search(text, part, from)))
}

fn char_at<'a>(text: &str, at: i64) -> Result<Value<'a>, Error> {
    let start = byte(text, at).ok_or_else(|| Error::new(format!("index out of range: {at}")))?;
    let found = text.get(start..).and_then(|rest| rest.chars().next());
    Ok(Value::text(found.map(String::from).unwrap_or_default()))
}

fn substring<'a>(text: &Text<'a>, from: i64, to: Option<i64>) -> Result<Value<'a>, Error> {
    if let Some(to) = to
        && from > to
    {
        return Err(Error::new(format!(
            "invalid substring range. start: {from}, end: {to}"
        )));
    }
    let place =
        |at: i64| byte(text, at).ok_or_else(|| Error::new(format!("index out of range: {at}")));
    let start = place(from)?;
    let end = to.map_or(Ok(text.len()), place)?;
    Ok(match text {
        Text::Borrowed(whole) => {
            Value::String(Text::Borrowed(whole.get(start..end).unwrap_or_default()))
        }
        Text::Made(whole) => Value::text(whole.get(start..end).unwrap_or_default()),
    })
}

/// Where the character with this number begins, the end being one more.
fn byte(text: &str, number: i64) -> Option<usize> {
    let number = usize::try_from(number).ok()?;
    let starts = text.char_indices().map(|(at, _)| at);
    starts.chain([text.len()]).nth(number)
}

#[allow(
    clippy::cast_possible_wrap,
    reason = "nothing that is in memory is that long"
)]
fn chars(text: &str, byte: usize) -> i64 {
    text.get(..byte).unwrap_or_default().chars().count() as i64
}

/// At most so many; all of them if it is negative.
fn most(limit: i64) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

fn replace<'a>(text: &str, old: &str, new: &str, limit: i64, meter: &Meter) -> Found<'a> {
    let places = if old.is_empty() {
        text.chars().count() + 1
    } else {
        text.matches(old).count()
    };
    let length = text.len() + places.min(most(limit)).saturating_mul(new.len());
    Some(
        meter
            .make(length)
            .map(|()| Value::text(text.replacen(old, new, most(limit)))),
    )
}

fn split<'a>(text: &str, at: &str, limit: i64, meter: &Meter) -> Found<'a> {
    let parts: Vec<&str> = match (at, most(limit)) {
        (_, 0) => Vec::new(),
        ("", limit) => characters(text, limit),
        (at, limit) => text.splitn(limit, at).collect(),
    };
    let paid = meter
        .elements(parts.len())
        .and_then(|()| meter.make(text.len()));
    Some(paid.map(|()| Value::list(parts.into_iter().map(Value::text).collect())))
}

/// Character by character, the last part being the rest.
fn characters(text: &str, limit: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (head, tail) = rest.split_at(if parts.len() + 1 == limit {
            rest.len()
        } else {
            c.len_utf8()
        });
        parts.push(head);
        rest = tail;
    }
    parts
}

/// What Go's `strings.TrimSpace` takes away.
fn is_space(c: char) -> bool {
    c.is_whitespace()
}

fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
