//! Going into a value: `a.b`, `has(a.b)`, `a.?b`, `a[i]`, `a[?i]`.

use crate::budget::Meter;
use crate::functions::no_overload;
use crate::value::{List, Text};
use crate::{Error, Value};

/// `operand.name`, or `has(operand.name)` if only asked for.
pub(crate) fn field<'a>(
    operand: &Value<'a>,
    name: &'a str,
    asked: bool,
    meter: &Meter,
) -> Result<Value<'a>, Error> {
    let key = Value::String(Text::Borrowed(name));
    match operand {
        Value::Map(map) if asked => Ok(Value::Bool(map.get(&key, meter)?.is_some())),
        Value::Map(map) => map
            .get(&key, meter)?
            .ok_or_else(|| Error::new(format!("no such key: {name}"))),
        Value::Optional(None) if asked => Ok(Value::Bool(false)),
        Value::Optional(None) => Ok(Value::Optional(None)),
        Value::Optional(Some(inner)) if asked => field(inner, name, asked, meter),
        Value::Optional(Some(inner)) => optional(inner, &key, meter),
        Value::List(_) => Err(no_overload("_._", std::slice::from_ref(operand))),
        _ if asked => Ok(Value::Bool(false)),
        other => Err(no_overload("_._", std::slice::from_ref(other))),
    }
}

/// `operand[key]`.
pub(crate) fn index<'a>(
    operand: &Value<'a>,
    key: &Value<'a>,
    meter: &Meter,
) -> Result<Value<'a>, Error> {
    must_be_key(operand, key)?;
    match operand {
        Value::Map(map) => map.get(key, meter)?.ok_or_else(missing),
        Value::List(list) => {
            let index = position(key)?;
            of_list(list, index).ok_or_else(|| Error::new(format!("index out of bounds: {index}")))
        }
        Value::Optional(None) => Ok(Value::Optional(None)),
        Value::Optional(Some(inner)) => optional(inner, key, meter),
        other => Err(no_overload("_[_]", &[other.clone(), key.clone()])),
    }
}

/// `operand.?name` and `operand[?key]`.
pub(crate) fn optional<'a>(
    operand: &Value<'a>,
    key: &Value<'a>,
    meter: &Meter,
) -> Result<Value<'a>, Error> {
    must_be_key(operand, key)?;
    let found = match operand {
        Value::Map(map) => map.get(key, meter)?,
        Value::List(list) => of_list(list, position(key)?),
        Value::Optional(None) => None,
        Value::Optional(Some(inner)) => return optional(inner, key, meter),
        _ => None,
    };
    Ok(found.map_or(Value::Optional(None), Value::some))
}

fn must_be_key(operand: &Value<'_>, key: &Value<'_>) -> Result<(), Error> {
    if is_key(key) && !matches!(key, Value::Null) {
        return Ok(());
    }
    Err(no_overload("_[_]", &[operand.clone(), key.clone()]))
}

/// Whether a map may have such a key.
pub(crate) fn is_key(value: &Value<'_>) -> bool {
    matches!(
        value,
        Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Uint(_)
            | Value::Double(_)
            | Value::String(_)
    )
}

fn of_list<'a>(list: &List<'a>, index: i64) -> Option<Value<'a>> {
    usize::try_from(index)
        .ok()
        .and_then(|index| list.get(index))
}

/// A place in a list, which may be written as any number that is whole.
#[allow(
    clippy::cast_possible_truncation,
    reason = "only whole numbers in reach are taken"
)]
fn position(key: &Value<'_>) -> Result<i64, Error> {
    match key {
        Value::Int(index) => Ok(*index),
        Value::Uint(index) => i64::try_from(*index).map_err(|_| missing()),
        Value::Double(index) if index.fract() == 0.0 && index.abs() < 9e15 => Ok(*index as i64),
        other => Err(no_overload("_[_]", std::slice::from_ref(other))),
    }
}

/// The key may be a value of the object, so it is not told.
fn missing() -> Error {
    Error::new("no such key")
}
