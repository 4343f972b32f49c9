//! sprig's regular expressions. A function and its `must` sister differ only where the expression is
//! wrong: in `regexMatch`, which then does not match.

use super::{Arguments, Function, Type};
use crate::error::{Fault, Outcome};
use crate::host::Host;
use crate::regex::Regex;
use crate::value::{Buffer, Slice, Text, Value};

use Type::{Int, Text as Str};

pub(super) const ALL: &[Function] = &[
    Function::new("mustRegexFind", &[Str, Str], find),
    Function::new("mustRegexFindAll", &[Str, Str, Int], find_all),
    Function::new("mustRegexMatch", &[Str, Str], matches),
    Function::new("mustRegexReplaceAll", &[Str, Str, Str], replace),
    Function::new(
        "mustRegexReplaceAllLiteral",
        &[Str, Str, Str],
        replace_literally,
    ),
    Function::new("mustRegexSplit", &[Str, Str, Int], split),
    Function::new("regexFind", &[Str, Str], find),
    Function::new("regexFindAll", &[Str, Str, Int], find_all),
    Function::new(
        "regexMatch",
        &[Str, Str],
        |host, arguments| match Regex::new(host.meter, arguments.text(0)?) {
            Err(Fault::Says(_)) => Ok(Value::Bool(false)),
            Err(spent) => Err(spent),
            Ok(regex) => regex.is_match(arguments.text(1)?).map(Value::Bool),
        },
    ),
    Function::new("regexQuoteMeta", &[Str], quote_meta),
    Function::new("regexReplaceAll", &[Str, Str, Str], replace),
    Function::new(
        "regexReplaceAllLiteral",
        &[Str, Str, Str],
        replace_literally,
    ),
    Function::new("regexSplit", &[Str, Str, Int], split),
];

fn regex<'h>(host: &Host<'h>, arguments: &Arguments<'_>) -> Outcome<Regex<'h>> {
    Regex::new(host.meter, arguments.text(0)?)
}

fn matches(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let regex = regex(host, arguments)?;
    regex.is_match(arguments.text(1)?).map(Value::Bool)
}

fn find(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let regex = regex(host, arguments)?;
    host.text(regex.find(arguments.text(1)?)?.unwrap_or_default())
}

fn find_all(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let (regex, text) = (regex(host, arguments)?, arguments.text(1)?);
    let found = regex.find_all(text, arguments.int(2)?)?;
    strings(host, text, &found)
}

/// Parts of a text; the nil slice if there are none.
fn strings(host: &Host<'_>, text: &[u8], parts: &[(usize, usize)]) -> Outcome<Value> {
    if parts.is_empty() {
        return Ok(Value::Strings(Slice::nil()));
    }
    let part = |range: &(usize, usize)| {
        Text::secret(host.meter, text.get(range.0..range.1).unwrap_or_default())
    };
    let parts: Outcome<Vec<_>> = parts.iter().map(part).collect();
    host.strings(parts?)
}

fn replaced(
    host: &Host<'_>,
    arguments: &Arguments<'_>,
    by: for<'m> fn(&Regex<'m>, &[u8], &[u8], &mut Buffer<'m>) -> Outcome<()>,
) -> Outcome<Value> {
    let regex = regex(host, arguments)?;
    let mut out = host.buffer();
    by(&regex, arguments.text(1)?, arguments.text(2)?, &mut out)?;
    out.text().map(Value::Str)
}

fn replace(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    replaced(host, arguments, |regex, text, by, out| {
        regex.replace(text, by, out)
    })
}

fn replace_literally(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    replaced(host, arguments, |regex, text, by, out| {
        regex.replace_literally(text, by, out)
    })
}

/// A nil slice where no part was asked for, and an empty one where there is none.
fn split(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let (regex, text) = (regex(host, arguments)?, arguments.text(1)?);
    let most = arguments.int(2)?;
    let parts = regex.split(text, most)?;
    match parts.is_empty() && most != 0 {
        true => host.strings(Vec::new()),
        false => strings(host, text, &parts),
    }
}

/// `regexp.QuoteMeta`
fn quote_meta(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let mut out = host.buffer();
    for byte in arguments.text(0)?.iter() {
        if b"\\.+*?()|[]{}^$".contains(byte) {
            out.push(b'\\')?;
        }
        out.push(*byte)?;
    }
    out.text().map(Value::Str)
}
