//! sprig's strings: parts, joins, padding, quoting, and whether one is in another.

use memchr::memmem;

use super::{Arguments, Function, Type};
use crate::error::{Fault, Outcome};
use crate::host::Host;
use crate::print;
use crate::unicode;
use crate::value::{Text, Value};

use Type::{Any, Int, Text as Str};

pub(super) const ALL: &[Function] = &[
    Function::new("abbrev", &[Int, Str], abbrev),
    Function::new("abbrevboth", &[Int, Int, Str], abbrevboth),
    Function::new("cat", &[], cat).and(Any),
    Function::new("contains", &[Str, Str], contains),
    Function::new("hasPrefix", &[Str, Str], has_prefix),
    Function::new("hasSuffix", &[Str, Str], has_suffix),
    Function::new("indent", &[Int, Str], |host, arguments| {
        indent(host, arguments, false)
    }),
    Function::new("join", &[Str, Any], join),
    Function::new("nindent", &[Int, Str], |host, arguments| {
        indent(host, arguments, true)
    }),
    Function::new("plural", &[Str, Str, Int], plural),
    Function::new("quote", &[], quote).and(Any),
    Function::new("repeat", &[Int, Str], repeat),
    Function::new("replace", &[Str, Str, Str], replace),
    Function::new("split", &[Str, Str], split),
    Function::new("splitList", &[Str, Str], split_list),
    Function::new("splitn", &[Str, Int, Str], splitn),
    Function::new("squote", &[], squote).and(Any),
    Function::new("substr", &[Int, Int, Str], substr),
    Function::new("toString", &[Any], to_string),
    Function::new("toStrings", &[Any], to_strings),
    Function::new("trim", &[Str], trim),
    Function::new("trimAll", &[Str, Str], trim_all),
    Function::new("trimPrefix", &[Str, Str], trim_prefix),
    Function::new("trimSuffix", &[Str, Str], trim_suffix),
    Function::new("trimall", &[Str, Str], trim_all),
    Function::new("trunc", &[Int, Str], trunc),
];

fn abbrev(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let (width, text) = (arguments.int(0)?, arguments.text(1)?);
    abbreviated(host, text, 0, width)
}

fn abbrevboth(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let (left, right, text) = (arguments.int(0)?, arguments.int(1)?, arguments.text(2)?);
    if right < 4 || (left > 0 && right < 7) {
        return Ok(Value::Str(text.clone()));
    }
    abbreviated(host, text, left, right)
}

/// At most `width` bytes, of which three dots stand for what is left out at either end; `offset` is
/// in what is left.
fn abbreviated(host: &Host<'_>, text: &Text, offset: i64, width: i64) -> Outcome<Value> {
    let length = text.len() as i64;
    if width < 4 || length <= width {
        return Ok(Value::Str(text.clone()));
    }
    let part = |from: i64, to: i64| {
        let (from, to) = (usize::try_from(from).ok()?, usize::try_from(to).ok()?);
        text.get(from..to)
    };
    let out_of_range = || Fault::from("slice bounds out of range");
    let offset = offset.min(length).min(length - (width - 3));
    let mut out = host.buffer();
    if offset <= 4 {
        out.extend(part(0, width - 3).ok_or_else(out_of_range)?)?;
        out.extend(b"...")?;
        return out.text().map(Value::Str);
    }
    if width < 7 {
        return host.text(b"");
    }
    out.extend(b"...")?;
    if offset + width - 3 < length {
        out.extend(part(offset, offset + width - 6).ok_or_else(out_of_range)?)?;
        out.extend(b"...")?;
    } else {
        out.extend(part(length - (width - 3), length).ok_or_else(out_of_range)?)?;
    }
    out.text().map(Value::Str)
}

fn cat(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let mut out = host.buffer();
    for (index, value) in present(arguments.from(0)).enumerate() {
        if index > 0 {
            out.push(b' ')?;
        }
        out.extend(&print::show(host.meter, value)?)?;
    }
    out.text().map(Value::Str)
}

fn present(values: &[Value]) -> impl Iterator<Item = &Value> {
    values.iter().filter(|value| !value.is_nil())
}

fn contains(_: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let (part, text) = (arguments.text(0)?, arguments.text(1)?);
    Ok(Value::Bool(memmem::find(text, part).is_some()))
}

fn has_prefix(_: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let (part, text) = (arguments.text(0)?, arguments.text(1)?);
    Ok(Value::Bool(text.starts_with(part)))
}

fn has_suffix(_: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let (part, text) = (arguments.text(0)?, arguments.text(1)?);
    Ok(Value::Bool(text.ends_with(part)))
}

fn indent(host: &Host<'_>, arguments: &Arguments<'_>, newline: bool) -> Outcome<Value> {
    let text = arguments.text(1)?;
    let width = repeat_count(arguments.int(0)?)?;
    let mut out = host.buffer();
    if newline {
        out.push(b'\n')?;
    }
    for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
        if index > 0 {
            out.push(b'\n')?;
        }
        out.fill(b' ', width)?;
        out.extend(line)?;
    }
    out.text().map(Value::Str)
}

fn repeat_count(count: i64) -> Outcome<usize> {
    usize::try_from(count).map_err(|_| Fault::from("strings: negative Repeat count"))
}

fn join(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let separator = arguments.text(0)?;
    let mut out = host.buffer();
    for (index, text) in texts(host, arguments.any(1)?)?.iter().enumerate() {
        if index > 0 {
            out.extend(separator)?;
        }
        out.extend(text)?;
    }
    out.text().map(Value::Str)
}

/// sprig's `strslice`: the elements as strings, less those that are nil; what is no list, alone.
pub(super) fn texts(host: &Host<'_>, value: &Value) -> Outcome<Vec<Text>> {
    let Some(elements) = value.elements() else {
        return match value.is_nil() {
            true => Ok(Vec::new()),
            false => Ok(vec![value.to_text(host.meter)?]),
        };
    };
    elements
        .filter(|element| !element.is_nil())
        .map(|element| element.to_text(host.meter))
        .collect()
}

fn plural(_: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let which = if arguments.int(2)? == 1 { 0 } else { 1 };
    Ok(Value::Str(arguments.text(which)?.clone()))
}

fn quote(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let mut out = host.buffer();
    for (index, value) in present(arguments.from(0)).enumerate() {
        if index > 0 {
            out.push(b' ')?;
        }
        print::quote(&mut out, &value.to_text(host.meter)?, false)?;
    }
    out.text().map(Value::Str)
}

fn squote(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let mut out = host.buffer();
    for (index, value) in present(arguments.from(0)).enumerate() {
        out.extend(if index > 0 { b" '" } else { b"'" })?;
        out.extend(&print::show(host.meter, value)?)?;
        out.push(b'\'')?;
    }
    out.text().map(Value::Str)
}

fn repeat(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let (count, text) = (repeat_count(arguments.int(0)?)?, arguments.text(1)?);
    let mut out = host.buffer();
    if text.is_empty() {
        return out.text().map(Value::Str);
    }
    host.meter.memory(count.saturating_mul(text.len()))?;
    for _ in 0..count {
        out.extend(text)?;
    }
    out.text().map(Value::Str)
}

fn replace(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let (old, new, text) = (arguments.text(0)?, arguments.text(1)?, arguments.text(2)?);
    let mut out = host.buffer();
    if old.is_empty() {
        // Before each character, and at the end.
        for (at, _, length) in unicode::runes(text) {
            out.extend(new)?;
            out.extend(text.get(at..at + length).unwrap_or_default())?;
        }
        out.extend(new)?;
        return out.text().map(Value::Str);
    }
    let mut behind = 0;
    for at in memmem::find_iter(text, old.as_ref()) {
        out.extend(text.get(behind..at).unwrap_or_default())?;
        out.extend(new)?;
        behind = at + old.len();
    }
    out.extend(text.get(behind..).unwrap_or_default())?;
    out.text().map(Value::Str)
}

/// `strings.SplitN`; all parts if `most` is negative.
pub(super) fn parts(
    host: &Host<'_>,
    text: &[u8],
    separator: &[u8],
    most: i64,
) -> Outcome<Vec<Text>> {
    let most = match usize::try_from(most) {
        Ok(0) => return Ok(Vec::new()),
        Ok(most) => most,
        Err(_) => usize::MAX,
    };
    let mut parts = Vec::new();
    let mut rest = text;
    while parts.len() + 1 < most && !(separator.is_empty() && rest.is_empty()) {
        let (end, behind) = if separator.is_empty() {
            let length = unicode::decode(rest).1;
            (length, length)
        } else {
            match memmem::find(rest, separator) {
                Some(at) => (at, at + separator.len()),
                None => break,
            }
        };
        parts.push(Text::secret(
            host.meter,
            rest.get(..end).unwrap_or_default(),
        )?);
        rest = rest.get(behind..).unwrap_or_default();
    }
    if !(separator.is_empty() && rest.is_empty()) {
        parts.push(Text::secret(host.meter, rest)?);
    }
    Ok(parts)
}

/// Parts under the keys `_0`, `_1` and so on.
fn numbered(host: &Host<'_>, parts: Vec<Text>) -> Outcome<Value> {
    host.meter.memory(96 * parts.len())?;
    let key = |index: usize| Text::given(format!("_{index}").as_bytes());
    let all = parts.into_iter().enumerate();
    let all = all.map(|(index, part)| (key(index), part)).collect();
    Ok(Value::StringMap(std::rc::Rc::new(all)))
}

fn split(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let parts = parts(host, arguments.text(1)?, arguments.text(0)?, -1)?;
    numbered(host, parts)
}

fn splitn(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let parts = parts(
        host,
        arguments.text(2)?,
        arguments.text(0)?,
        arguments.int(1)?,
    )?;
    numbered(host, parts)
}

fn split_list(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let parts = parts(host, arguments.text(1)?, arguments.text(0)?, -1)?;
    host.strings(parts)
}

fn substr(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let (start, end, text) = (arguments.int(0)?, arguments.int(1)?, arguments.text(2)?);
    let length = text.len() as i64;
    let (start, end) = match (start, end) {
        (..0, end) => (0, end),
        (start, end) if end < 0 || end > length => (start, length),
        both => both,
    };
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    match range.and_then(|(start, end)| text.get(start..end)) {
        Some(part) => host.text(part),
        None => Err(Fault::from("slice bounds out of range")),
    }
}

fn to_string(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    arguments.any(0)?.to_text(host.meter).map(Value::Str)
}

fn to_strings(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    match arguments.any(0)? {
        same @ Value::Strings(_) => Ok(same.clone()),
        other => host.strings(texts(host, other)?),
    }
}

fn trim(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    host.text(trimmed(arguments.text(0)?, unicode::is_space))
}

/// The text less the characters at either end that `is_cut` names.
fn trimmed(text: &[u8], is_cut: impl Fn(char) -> bool) -> &[u8] {
    let kept = unicode::runes(text).filter(|(_, rune, _)| !is_cut(*rune));
    let mut bounds = None;
    for (at, _, length) in kept {
        let start = bounds.map_or(at, |(start, _)| start);
        bounds = Some((start, at + length));
    }
    let (start, end) = bounds.unwrap_or((0, 0));
    text.get(start..end).unwrap_or_default()
}

fn trim_all(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let (cut, text) = (arguments.text(0)?, arguments.text(1)?);
    let cut: std::collections::BTreeSet<char> =
        unicode::runes(cut).map(|(_, rune, _)| rune).collect();
    host.text(trimmed(text, |rune| cut.contains(&rune)))
}

fn trim_prefix(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let (part, text) = (arguments.text(0)?, arguments.text(1)?);
    host.text(text.strip_prefix(&**part).unwrap_or(text))
}

fn trim_suffix(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let (part, text) = (arguments.text(0)?, arguments.text(1)?);
    host.text(text.strip_suffix(&**part).unwrap_or(text))
}

fn trunc(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let (count, text) = (arguments.int(0)?, arguments.text(1)?);
    let size = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    let part = match count {
        ..0 if text.len() > size => text.get(text.len() - size..),
        0.. if text.len() > size => text.get(..size),
        _ => Some(&**text),
    };
    host.text(part.unwrap_or_default())
}
