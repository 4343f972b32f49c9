//! `merge` and `mergeOverwrite`, as dario.cat/mergo does it for `map[string]interface {}`.

use crate::error::{Fault, Outcome};
use crate::functions::Arguments;
use crate::host::Host;
use crate::value::{Map, Text, Value};

/// Merges each further dictionary into the first one, which is changed and returned. What stands
/// there stays, unless it is empty or `overwrite` is asked for.
pub(super) fn merge(host: &Host<'_>, arguments: &Arguments<'_>, overwrite: bool) -> Outcome<Value> {
    let into = arguments.map(0)?.clone();
    for index in 1..arguments.len() {
        let from = arguments.map(index)?.entries();
        entries(host, &into, from, overwrite)?;
    }
    Ok(Value::Map(into))
}

fn entries(host: &Host<'_>, into: &Map, from: Vec<(Text, Value)>, overwrite: bool) -> Outcome<()> {
    let _deeper = host.meter.deeper()?;
    for (key, value) in from {
        host.meter.steps(1)?;
        let present = into.get(&key);
        let stays = match &present {
            _ if value.is_nil() => !overwrite,
            Some(present) => merged(host, present, &value, overwrite)?,
            None => false,
        };
        if !stays {
            into.set(host.meter, key, value)?;
        }
    }
    Ok(())
}

/// Merges a value into the one that is there, where both are dictionaries; tells whether that one
/// stays.
fn merged(host: &Host<'_>, present: &Value, value: &Value, overwrite: bool) -> Outcome<bool> {
    match (present, value) {
        (Value::Map(inner), Value::Map(value)) => {
            entries(host, inner, value.entries(), overwrite)?;
            return Ok(inner.len() > 0);
        }
        (Value::Map(inner), Value::StringMap(value)) => {
            let texts = value.iter();
            let texts = texts.map(|(key, text)| (key.clone(), Value::Str(text.clone())));
            entries(host, inner, texts.collect(), overwrite)?;
            return Ok(inner.len() > 0);
        }
        (Value::StringMap(_), Value::Map(_) | Value::StringMap(_))
        | (
            Value::Version(_) | Value::PlainVersion(_) | Value::Certificate(_),
            Value::Map(_)
            | Value::StringMap(_)
            | Value::Version(_)
            | Value::PlainVersion(_)
            | Value::Certificate(_)
            | Value::Time(_),
        ) => {
            let name = present.type_name();
            return Err(Fault::from(format!(
                "merging into a {name} is not supported"
            )));
        }
        _ => {}
    }
    Ok(!overwrite && present.truth())
}
