//! sprig's defaults, and what it holds for empty.

use super::{Arguments, Function, Type};
use crate::error::Outcome;
use crate::host::Host;
use crate::value::Value;

use Type::{Any, Bool};

pub(super) const ALL: &[Function] = &[
    Function::new("all", &[], |_, arguments| {
        Ok(Value::Bool(!arguments.from(0).iter().any(is_empty)))
    })
    .and(Any),
    Function::new("any", &[], |_, arguments| {
        Ok(Value::Bool(!arguments.from(0).iter().all(is_empty)))
    })
    .and(Any),
    Function::new("coalesce", &[], coalesce).and(Any),
    Function::new("default", &[Any], default).and(Any),
    Function::new("empty", &[Any], |_, arguments| {
        Ok(Value::Bool(is_empty(arguments.any(0)?)))
    }),
    Function::new("ternary", &[Any, Any, Bool], ternary),
];

/// Zero, nothing, or without elements; structures and what is pointed to never are.
pub(super) fn is_empty(value: &Value) -> bool {
    !value.truth()
}

fn coalesce(_: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let first = arguments.from(0).iter().find(|value| !is_empty(value));
    Ok(first.cloned().unwrap_or(Value::NilInterface))
}

fn default(_: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let given = arguments.from(1).first().filter(|given| !is_empty(given));
    Ok(given.unwrap_or(arguments.any(0)?).clone())
}

fn ternary(_: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let which = if arguments.bool(2)? { 0 } else { 1 };
    Ok(arguments.any(which)?.clone())
}
