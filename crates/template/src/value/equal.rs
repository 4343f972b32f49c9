//! `reflect.DeepEqual`.

use super::Value;
use crate::budget::Meter;
use crate::error::Outcome;

/// Whether two values are of one type and the same all the way down. A nil slice or map is not an
/// empty one, and a number that is not one equals nothing.
pub(crate) fn deep_equal(meter: &Meter, one: &Value, other: &Value) -> Outcome<bool> {
    let _deeper = meter.deeper()?;
    meter.steps(1)?;
    Ok(match (one, other) {
        (Value::Nil | Value::NilInterface, Value::Nil | Value::NilInterface) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) | (Value::Int64(a), Value::Int64(b)) => a == b,
        (Value::Duration(a), Value::Duration(b)) => a == b,
        (Value::Uint8(a), Value::Uint8(b)) => a == b,
        (Value::Uint64(a), Value::Uint64(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::Month(a), Value::Month(b)) => a == b,
        (Value::Weekday(a), Value::Weekday(b)) => a == b,
        (Value::Time(a), Value::Time(b)) => a.same(b),
        (Value::Str(a), Value::Str(b)) => {
            meter.scan(a.len().min(b.len()))?;
            a == b
        }
        (Value::List(a), Value::List(b)) if a.is(b) => true,
        (Value::List(a), Value::List(b)) => a.is_nil() == b.is_nil() && slices(meter, one, other)?,
        (Value::Strings(a), Value::Strings(b)) => {
            a.is_nil() == b.is_nil() && slices(meter, one, other)?
        }
        (Value::Ints(_), Value::Ints(_)) | (Value::Chunks(_), Value::Chunks(_)) => {
            slices(meter, one, other)?
        }
        (Value::Map(a), Value::Map(b)) if a.is(b) => true,
        (Value::Map(a), Value::Map(b)) if a.is_nil() != b.is_nil() || a.len() != b.len() => false,
        (Value::Map(a), Value::Map(b)) => {
            for (key, value) in a.entries() {
                let Some(other) = b.get(&key) else {
                    return Ok(false);
                };
                if !deep_equal(meter, &value, &other)? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::StringMap(a), Value::StringMap(b)) => {
            meter.steps(a.len())?;
            a == b
        }
        (Value::Version(a), Value::Version(b))
        | (Value::PlainVersion(a), Value::PlainVersion(b)) => a == b,
        (Value::Certificate(a), Value::Certificate(b)) => a.cert == b.cert && a.key == b.key,
        _ => false,
    })
}

fn slices(meter: &Meter, one: &Value, other: &Value) -> Outcome<bool> {
    let (Some(length), Some(same)) = (one.slice_len(), other.slice_len()) else {
        return Ok(false);
    };
    if length != same {
        return Ok(false);
    }
    for index in 0..length {
        let (Some(one), Some(other)) = (one.element(index), other.element(index)) else {
            return Ok(false);
        };
        if !deep_equal(meter, &one, &other)? {
            return Ok(false);
        }
    }
    Ok(true)
}
