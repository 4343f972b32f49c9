//! Go's own functions, but for comparing, escaping, and `slice`, which is sprig's.

use super::{Arguments, Function, Type};
use crate::error::{Fault, Outcome};
use crate::host::Host;
use crate::print;
use crate::value::Value;

use Type::{Any, Reflect, Text};

pub(super) const ALL: &[Function] = &[
    Function::new("and", &[Reflect], decided_elsewhere).and(Reflect),
    Function::new("call", &[Reflect], call).and(Reflect),
    Function::new("index", &[Reflect], index).and(Reflect),
    Function::new("len", &[Reflect], len),
    Function::new("not", &[Reflect], not),
    Function::new("or", &[Reflect], decided_elsewhere).and(Reflect),
    Function::new("print", &[], print).and(Any),
    Function::new("printf", &[Text], printf).and(Any),
    Function::new("println", &[], println).and(Any),
];

/// `and` and `or` look at their arguments one by one, so the evaluator decides them.
fn decided_elsewhere(_: &Host<'_>, _: &Arguments<'_>) -> Outcome<Value> {
    Err(Fault::from("it is not called like other functions"))
}

/// No value is a function, so this has nothing that it could call.
fn call(_: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    match arguments.any(0)? {
        Value::Nil | Value::NilInterface => Err(Fault::from("call of nil")),
        other => {
            let name = other.type_name();
            Err(Fault::from(format!("non-function of type {name}")))
        }
    }
}

fn index(_: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let mut item = arguments.any(0)?.clone();
    if item.is_nil() {
        return Err(Fault::from("index of untyped nil"));
    }
    for index in arguments.from(1) {
        item = step(&item, index)?;
    }
    Ok(item)
}

/// `item[index]`
fn step(item: &Value, index: &Value) -> Outcome<Value> {
    match item {
        Value::Nil | Value::NilInterface => Err(Fault::from("index of nil pointer")),
        Value::Map(map) => Ok(map.get(key(index)?).unwrap_or(Value::NilInterface)),
        Value::StringMap(map) => {
            let found = map.get(key(index)?).cloned();
            Ok(Value::Str(
                found.unwrap_or_else(|| crate::value::Text::given(b"")),
            ))
        }
        Value::Str(text) => {
            let byte = text.get(place(index)?).copied();
            byte.map(Value::Uint8).ok_or_else(out_of_range)
        }
        other if other.slice_len().is_some() => {
            other.element(place(index)?).ok_or_else(out_of_range)
        }
        other => {
            let name = other.type_name().trim_start_matches('*');
            Err(Fault::from(format!("can't index item of type {name}")))
        }
    }
}

fn out_of_range() -> Fault {
    Fault::from("index out of range")
}

fn key(index: &Value) -> Outcome<&[u8]> {
    match index {
        Value::Str(key) => Ok(key),
        Value::Nil | Value::NilInterface => {
            Err(Fault::from("value is nil; should be of type string"))
        }
        other => {
            let name = other.type_name();
            Err(Fault::from(format!(
                "value has type {name}; should be string"
            )))
        }
    }
}

fn place(index: &Value) -> Outcome<usize> {
    let place = match index {
        Value::Nil | Value::NilInterface => {
            return Err(Fault::from("cannot index slice/array with nil"));
        }
        other => match super::compare::whole(other) {
            Some(number) => number,
            None => {
                let name = other.type_name();
                return Err(Fault::from(format!(
                    "cannot index slice/array with type {name}"
                )));
            }
        },
    };
    usize::try_from(place).map_err(|_| out_of_range())
}

fn len(_: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let item = arguments.any(0)?;
    let length = match item {
        Value::Nil | Value::NilInterface => return Err(Fault::from("len of nil pointer")),
        Value::Str(text) => Some(text.len()),
        Value::Map(map) => Some(map.len()),
        Value::StringMap(map) => Some(map.len()),
        other => other.slice_len(),
    };
    match length {
        Some(length) => Ok(Value::Int(length as i64)),
        None => {
            let name = item.type_name().trim_start_matches('*');
            Err(Fault::from(format!("len of type {name}")))
        }
    }
}

fn not(_: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    Ok(Value::Bool(!arguments.any(0)?.truth()))
}

fn print(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    print::sprint(host.meter, arguments.from(0)).map(Value::Str)
}

fn printf(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    print::sprintf(host.meter, arguments.text(0)?, arguments.from(1)).map(Value::Str)
}

fn println(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    print::sprintln(host.meter, arguments.from(0)).map(Value::Str)
}
