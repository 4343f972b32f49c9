//! Functions of lists and of values that may be missing.

use crate::budget::Meter;
use crate::functions::no_overload;
use crate::value::List;
use crate::{Error, Value};

pub(super) fn call<'a>(name: &str, given: &[Value<'a>], meter: &Meter) -> Result<Value<'a>, Error> {
    match (name, given) {
        ("optional.none", []) => Ok(Value::Optional(None)),
        ("optional.of", [value]) => Ok(Value::some(value.clone())),
        ("optional.ofNonZeroValue", [value]) if value.is_zero() => Ok(Value::Optional(None)),
        ("optional.ofNonZeroValue", [value]) => Ok(Value::some(value.clone())),
        ("value", [Value::Optional(inner)]) => match inner {
            Some(inner) => Ok((**inner).clone()),
            None => Err(Error::new("optional.none() dereference")),
        },
        ("hasValue", [Value::Optional(inner)]) => Ok(Value::Bool(inner.is_some())),
        ("first", [Value::List(list)]) => Ok(end(list, 0)),
        ("last", [Value::List(list)]) => Ok(end(list, list.len().saturating_sub(1))),
        ("optional.unwrap" | "unwrapOpt", [Value::List(list)]) => unwrap(list, meter),
        ("join", [Value::List(list)]) => join(list, "", meter),
        ("join", [Value::List(list), Value::String(between)]) => join(list, between, meter),
        ("sets.contains", [Value::List(all), Value::List(some)]) => {
            contains(all, some, meter).map(Value::Bool)
        }
        ("sets.equivalent", [Value::List(a), Value::List(b)]) => Ok(Value::Bool(
            contains(a, b, meter)? && contains(b, a, meter)?,
        )),
        ("sets.intersects", [Value::List(a), Value::List(b)]) => {
            for item in a.iter() {
                if b.contains(&item, meter)? {
                    return Ok(Value::Bool(true));
                }
            }
            Ok(Value::Bool(false))
        }
        _ => Err(no_overload(name, given)),
    }
}

fn end<'a>(list: &List<'a>, index: usize) -> Value<'a> {
    list.get(index).map_or(Value::Optional(None), Value::some)
}

fn unwrap<'a>(list: &List<'a>, meter: &Meter) -> Result<Value<'a>, Error> {
    meter.elements(list.len())?;
    let mut items = Vec::new();
    for item in list.iter() {
        match item {
            Value::Optional(inner) => items.extend(inner.map(|inner| (*inner).clone())),
            other => return Err(no_overload("unwrapOpt", &[other])),
        }
    }
    Ok(Value::list(items))
}

fn contains<'a>(all: &List<'a>, some: &List<'a>, meter: &Meter) -> Result<bool, Error> {
    for item in some.iter() {
        if !all.contains(&item, meter)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn join<'a>(list: &List<'a>, between: &str, meter: &Meter) -> Result<Value<'a>, Error> {
    let mut out = String::new();
    for (index, item) in list.iter().enumerate() {
        let Value::String(text) = item else {
            return Err(no_overload("join", &[item]));
        };
        let between = if index == 0 { "" } else { between };
        meter.make(between.len() + text.len())?;
        out.push_str(between);
        out.push_str(&text);
    }
    Ok(Value::text(out))
}
