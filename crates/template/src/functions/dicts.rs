//! sprig's dictionaries.

mod merge;

use super::{Arguments, Function, Type};
use crate::error::{Fault, Outcome};
use crate::host::Host;
use crate::value::{Map as Dict, Value};

use Type::{Any, Map, Text};

pub(super) const ALL: &[Function] = &[
    Function::new("deepCopy", &[Any], deep_copy),
    Function::new("dict", &[], dict).and(Any),
    Function::new("dig", &[], dig).and(Any),
    Function::new("get", &[Map, Text], get),
    Function::new("hasKey", &[Map, Text], has_key),
    Function::new("keys", &[], keys).and(Map),
    Function::new("merge", &[Map], |host, arguments| {
        merge::merge(host, arguments, false)
    })
    .and(Map),
    Function::new("mergeOverwrite", &[Map], |host, arguments| {
        merge::merge(host, arguments, true)
    })
    .and(Map),
    Function::new("mustDeepCopy", &[Any], deep_copy),
    Function::new("mustMerge", &[Map], |host, arguments| {
        merge::merge(host, arguments, false)
    })
    .and(Map),
    Function::new("mustMergeOverwrite", &[Map], |host, arguments| {
        merge::merge(host, arguments, true)
    })
    .and(Map),
    Function::new("omit", &[Map], omit).and(Text),
    Function::new("pick", &[Map], pick).and(Text),
    Function::new("pluck", &[Text], pluck).and(Map),
    Function::new("set", &[Map, Text, Any], set),
    Function::new("unset", &[Map, Text], unset),
    Function::new("values", &[Map], values),
];

fn dict(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let dict = host.map()?;
    for pair in arguments.from(0).chunks(2) {
        let [key, value @ ..] = pair else { break };
        let value = match value.first() {
            Some(value) => value.clone(),
            None => host.text(b"")?,
        };
        dict.set(host.meter, key.to_text(host.meter)?, value)?;
    }
    Ok(Value::Map(dict))
}

fn get(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    match arguments.map(0)?.get(arguments.text(1)?) {
        Some(value) => Ok(value),
        None => host.text(b""),
    }
}

fn set(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let (dict, key) = (arguments.map(0)?, arguments.text(1)?);
    dict.set(host.meter, key.clone(), arguments.any(2)?.clone())?;
    Ok(Value::Map(dict.clone()))
}

fn unset(_: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let dict = arguments.map(0)?;
    dict.remove(arguments.text(1)?);
    Ok(Value::Map(dict.clone()))
}

fn has_key(_: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    Ok(Value::Bool(arguments.map(0)?.has(arguments.text(1)?)))
}

fn pluck(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let key = arguments.text(0)?;
    let mut found = Vec::new();
    for index in 1..arguments.len() {
        found.extend(arguments.map(index)?.get(key));
    }
    host.list(found)
}

/// The keys in order, where Go's are in none.
fn keys(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let mut keys = Vec::new();
    for index in 0..arguments.len() {
        let dict = arguments.map(index)?;
        keys.extend(dict.entries().into_iter().map(|(key, _)| key));
    }
    host.strings(keys)
}

/// The values in the order of their keys, where Go's are in none.
fn values(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let entries = arguments.map(0)?.entries();
    host.list(entries.into_iter().map(|(_, value)| value).collect())
}

fn pick(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let (dict, picked) = (arguments.map(0)?, host.map()?);
    for index in 1..arguments.len() {
        let key = arguments.text(index)?;
        if let Some(value) = dict.get(key) {
            picked.set(host.meter, key.clone(), value)?;
        }
    }
    Ok(Value::Map(picked))
}

fn omit(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let left = host.map()?;
    for (key, value) in arguments.map(0)?.entries() {
        left.set(host.meter, key, value)?;
    }
    for index in 1..arguments.len() {
        left.remove(arguments.text(index)?);
    }
    Ok(Value::Map(left))
}

/// `dig "a" "b" default dict`: down along the keys, or the default where one is missing.
fn dig(_: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let [keys @ .., default, dict] = arguments.from(0) else {
        return Err(Fault::from("dig needs at least three arguments"));
    };
    if keys.is_empty() {
        return Err(Fault::from("dig needs at least three arguments"));
    }
    if keys.iter().any(|key| !matches!(key, Value::Str(_))) {
        return Err(Fault::from("interface conversion: a key is not a string"));
    }
    let mut value = dict.clone();
    for key in keys {
        let (Value::Map(dict), Value::Str(key)) = (&value, key) else {
            let name = value.type_name();
            return Err(Fault::from(format!(
                "interface conversion: interface {{}} is {name}, not map[string]interface {{}}"
            )));
        };
        match dict.get(key) {
            Some(found) => value = found,
            None => return Ok(default.clone()),
        }
    }
    Ok(value)
}

fn deep_copy(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    match arguments.any(0)? {
        Value::Nil | Value::NilInterface => Err(Fault::from("nothing to copy")),
        value => copy(host, value),
    }
}

fn copy(host: &Host<'_>, value: &Value) -> Outcome<Value> {
    let _deeper = host.meter.deeper()?;
    host.meter.steps(1)?;
    Ok(match value {
        Value::Map(dict) if dict.is_nil() => Value::Map(Dict::nil()),
        Value::Map(dict) => {
            let copied = host.map()?;
            for (key, value) in dict.entries() {
                copied.set(host.meter, key, copy(host, &value)?)?;
            }
            Value::Map(copied)
        }
        Value::List(items) if !items.is_nil() => {
            let items = items.to_vec();
            let items: Outcome<Vec<_>> = items.iter().map(|item| copy(host, item)).collect();
            host.list(items?)?
        }
        Value::Strings(items) if !items.is_nil() => host.strings(items.to_vec())?,
        // Nothing can change the others.
        other => other.clone(),
    })
}
