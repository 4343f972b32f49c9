//! `eq`, `ne`, `lt`, `le`, `gt`, `ge`: basic kinds with their like, and equality of what else Go can
//! compare.

use std::cmp::Ordering;
use std::rc::Rc;

use super::{Arguments, Function, Type};
use crate::error::{Fault, Outcome};
use crate::host::Host;
use crate::value::Value;

use Type::Reflect;

pub(super) const ALL: &[Function] = &[
    Function::new("eq", &[Reflect], eq).and(Reflect),
    Function::new("ge", &[Reflect, Reflect], ge),
    Function::new("gt", &[Reflect, Reflect], gt),
    Function::new("le", &[Reflect, Reflect], le),
    Function::new("lt", &[Reflect, Reflect], lt),
    Function::new("ne", &[Reflect, Reflect], ne),
];

/// A value as its basic kind; whole numbers are all of one here, because Go compares them so.
enum Basic<'v> {
    Bool(bool),
    Whole(i128),
    Float(f64),
    Text(&'v [u8]),
}

fn basic(value: &Value) -> Option<Basic<'_>> {
    Some(match value {
        Value::Bool(value) => Basic::Bool(*value),
        Value::Float(value) => Basic::Float(*value),
        Value::Str(text) => Basic::Text(text),
        other => Basic::Whole(whole(other)?),
    })
}

/// The number in a value of a kind of whole numbers.
pub(super) fn whole(value: &Value) -> Option<i128> {
    Some(match value {
        Value::Int(number) | Value::Int64(number) | Value::Duration(number) => i128::from(*number),
        Value::Uint8(number) => i128::from(*number),
        Value::Uint64(number) => i128::from(*number),
        Value::Month(month) => i128::from(month.0),
        Value::Weekday(day) => i128::from(day.0),
        _ => return None,
    })
}

fn incompatible(one: &Value, other: &Value) -> Fault {
    let (one, other) = (one.type_name(), other.type_name());
    Fault::from(format!(
        "incompatible types for comparison: {one} and {other}"
    ))
}

fn eq(_: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let one = arguments.any(0)?;
    if arguments.len() == 1 {
        return Err(Fault::from("missing argument for comparison"));
    }
    for other in arguments.from(1) {
        if equal(one, other)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

fn equal(one: &Value, other: &Value) -> Outcome<bool> {
    Ok(match (basic(one), basic(other)) {
        (Some(Basic::Bool(a)), Some(Basic::Bool(b))) => a == b,
        (Some(Basic::Whole(a)), Some(Basic::Whole(b))) => a == b,
        (Some(Basic::Float(a)), Some(Basic::Float(b))) => a == b,
        (Some(Basic::Text(a)), Some(Basic::Text(b))) => a == b,
        (None, None) => return same(one, other),
        _ if one.is_nil() || other.is_nil() => false,
        _ => return Err(incompatible(one, other)),
    })
}

/// Equality of what is not basic.
fn same(one: &Value, other: &Value) -> Outcome<bool> {
    let (first, second) = (one.kind_name(), other.kind_name());
    let is_invalid = |kind| kind == "invalid";
    if first != second && !is_invalid(first) && !is_invalid(second) {
        let (one, other) = (one.type_name(), other.type_name());
        return Err(Fault::from(format!(
            "non-comparable types {one} and {other}"
        )));
    }
    if is_empty_reference(one) || is_empty_reference(other) {
        return Ok(is_empty_reference(one) == is_empty_reference(other));
    }
    Ok(match (one, other) {
        (Value::Version(a), Value::Version(b)) => Rc::ptr_eq(a, b),
        (Value::PlainVersion(a), Value::PlainVersion(b)) => a == b,
        (Value::Certificate(a), Value::Certificate(b)) => a.cert == b.cert && a.key == b.key,
        (Value::Time(a), Value::Time(b)) => a.compare(b).is_eq() && a.zone.is(&b.zone),
        _ if matches!(second, "slice" | "map") => {
            let name = other.type_name();
            return Err(Fault::from(format!("non-comparable type {name}")));
        }
        _ => false,
    })
}

/// `nil`, or a slice or map that is.
fn is_empty_reference(value: &Value) -> bool {
    match value {
        Value::Nil | Value::NilInterface => true,
        Value::List(items) => items.is_nil(),
        Value::Strings(items) => items.is_nil(),
        Value::Map(map) => map.is_nil(),
        _ => false,
    }
}

fn ne(_: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let equal = equal(arguments.any(0)?, arguments.any(1)?)?;
    Ok(Value::Bool(!equal))
}

/// The order of two values; `None` if one is not a number.
fn order(arguments: &Arguments<'_>) -> Outcome<Option<Ordering>> {
    let (one, other) = (arguments.any(0)?, arguments.any(1)?);
    let bad = || Fault::from("invalid type for comparison");
    let (Some(first), Some(second)) = (basic(one), basic(other)) else {
        return Err(bad());
    };
    match (first, second) {
        (Basic::Bool(_), Basic::Bool(_)) => Err(bad()),
        (Basic::Whole(a), Basic::Whole(b)) => Ok(Some(a.cmp(&b))),
        (Basic::Float(a), Basic::Float(b)) => Ok(a.partial_cmp(&b)),
        (Basic::Text(a), Basic::Text(b)) => Ok(Some(a.cmp(b))),
        _ => Err(incompatible(one, other)),
    }
}

fn lt(_: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    Ok(Value::Bool(order(arguments)? == Some(Ordering::Less)))
}

fn le(_: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let order = order(arguments)?;
    Ok(Value::Bool(order.is_some_and(Ordering::is_le)))
}

/// Not `le`, so that it holds of what is not a number, as in Go.
fn gt(_: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let order = order(arguments)?;
    Ok(Value::Bool(!order.is_some_and(Ordering::is_le)))
}

/// Not `lt`.
fn ge(_: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    Ok(Value::Bool(order(arguments)? != Some(Ordering::Less)))
}
