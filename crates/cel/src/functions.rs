//! The functions: which one is meant is told by the types of what it is given.

mod lists;
mod strings;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use regex::Regex;

use crate::budget::Meter;
use crate::{Error, Value, convert, number, pattern, select, time};

/// Calls a function. A member gets what it is called on as its first argument.
pub(crate) fn call<'a>(
    name: &str,
    given: &[Value<'a>],
    compiled: Option<&Regex>,
    meter: &Meter,
) -> Result<Value<'a>, Error> {
    match (name, given) {
        ("matches", [Value::String(text), Value::String(written)]) => match compiled {
            Some(pattern) => matches(pattern, text, meter),
            None => {
                meter.walk(written.len() * 64)?;
                let pattern = pattern::compile(written).map_err(Error::Failed)?;
                matches(&pattern, text, meter)
            }
        },
        ("_==_", [a, b]) => a.equals(b, meter).map(Value::Bool),
        ("_!=_", [a, b]) => a.equals(b, meter).map(|equal| Value::Bool(!equal)),
        ("_<_" | "_<=_" | "_>_" | "_>=_", [a, b]) => compare(name, a, b, meter),
        ("_+_" | "_-_" | "_*_" | "_/_" | "_%_", [a, b]) => arithmetic(name, a, b, meter),
        ("!_", [Value::Bool(yes)]) => Ok(Value::Bool(!yes)),
        ("-_", [Value::Int(a)]) => number::whole_or(a.checked_neg()).map(Value::Int),
        ("-_", [Value::Double(a)]) => Ok(Value::Double(-a)),
        ("_?._", [a, key]) => select::optional(a, key, meter),
        ("@in", [item, Value::List(list)]) => list.contains(item, meter).map(Value::Bool),
        ("@in", [key, Value::Map(map)]) => Ok(Value::Bool(map.get(key, meter)?.is_some())),
        ("size", [value]) => size(value, meter),
        ("base64.encode", [Value::Bytes(bytes)]) => {
            meter.make(bytes.len() * 4 / 3 + 4)?;
            Ok(Value::text(BASE64.encode(bytes)))
        }
        ("base64.decode", [Value::String(text)]) => {
            meter.make(text.len())?;
            let bytes = BASE64.decode(without_breaks(text));
            let bytes = bytes.map_err(|_| Error::new("the text is not base64"))?;
            Ok(Value::Bytes(bytes.into()))
        }
        (
            "bool" | "bytes" | "double" | "duration" | "dyn" | "int" | "string" | "timestamp"
            | "type" | "uint",
            [value],
        ) => convert::to(name, value, meter),
        (name, [Value::Timestamp(_) | Value::Duration(_), ..]) if name.starts_with("get") => {
            time::part(name, given)
        }
        (name, [Value::String(_), ..]) if !name.starts_with("optional.") => {
            strings::call(name, given, meter)
        }
        _ => lists::call(name, given, meter),
    }
}

/// The error where no function of the name takes such arguments.
pub(crate) fn no_overload(name: &str, given: &[Value<'_>]) -> Error {
    let types: Vec<&str> = given.iter().map(Value::type_name).collect();
    Error::new(format!("no such overload: {name}({})", types.join(", ")))
}

fn matches<'a>(pattern: &Regex, text: &str, meter: &Meter) -> Result<Value<'a>, Error> {
    // In the worst case each byte is tried at each place of the pattern.
    let places = 1 + pattern.as_str().len() / 4;
    meter.walk(text.len().saturating_mul(places))?;
    Ok(Value::Bool(pattern.is_match(text)))
}

fn compare<'a>(
    name: &str,
    a: &Value<'a>,
    b: &Value<'a>,
    meter: &Meter,
) -> Result<Value<'a>, Error> {
    let order = match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::String(a), Value::String(b)) => {
            meter.walk(a.len().min(b.len()))?;
            (**a).cmp(&**b)
        }
        (Value::Bytes(a), Value::Bytes(b)) => a.cmp(b),
        (Value::Timestamp(a), Value::Timestamp(b)) => a.cmp(b),
        (Value::Duration(a), Value::Duration(b)) => a.cmp(b),
        (a, b) => number::compare(a, b)
            .ok_or_else(|| no_overload(name, &[a.clone(), b.clone()]))?
            .ok_or_else(|| Error::new("NaN values cannot be ordered"))?,
    };
    Ok(Value::Bool(match name {
        "_<_" => order.is_lt(),
        "_<=_" => order.is_le(),
        "_>_" => order.is_gt(),
        _ => order.is_ge(),
    }))
}

fn arithmetic<'a>(
    name: &str,
    a: &Value<'a>,
    b: &Value<'a>,
    meter: &Meter,
) -> Result<Value<'a>, Error> {
    if let Some(result) = number::arithmetic(name, a, b) {
        return result;
    }
    match (name, a, b) {
        ("_+_", Value::String(a), Value::String(b)) => {
            meter.make(a.len() + b.len())?;
            Ok(Value::text(format!("{}{}", &**a, &**b)))
        }
        ("_+_", Value::Bytes(a), Value::Bytes(b)) => {
            meter.make(a.len() + b.len())?;
            Ok(Value::Bytes([&**a, &**b].concat().into()))
        }
        ("_+_", Value::List(a), Value::List(b)) => {
            meter.elements(a.len() + b.len())?;
            Ok(Value::list(a.iter().chain(b.iter()).collect()))
        }
        _ => time::arithmetic(name, a, b)
            .unwrap_or_else(|| Err(no_overload(name, &[a.clone(), b.clone()]))),
    }
}

#[allow(
    clippy::cast_possible_wrap,
    reason = "nothing that is in memory is that long"
)]
fn size<'a>(value: &Value<'a>, meter: &Meter) -> Result<Value<'a>, Error> {
    let count = match value {
        Value::String(text) => {
            meter.walk(text.len())?;
            text.chars().count()
        }
        Value::Bytes(bytes) => bytes.len(),
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        other => return Err(no_overload("size", std::slice::from_ref(other))),
    };
    Ok(Value::Int(count as i64))
}

/// Reads with or without padding, as the extension does.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Go's decoder passes over line breaks.
fn without_breaks(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect()
}
