//! sprig's JSON, as `encoding/json` reads and writes it.

mod read;
mod write;

use super::{Arguments, Function, Type};
use crate::error::{Fault, Outcome};
use crate::host::Host;
use crate::value::Value;
use write::Style;

use Type::{Any, Text};

pub(super) const ALL: &[Function] = &[
    Function::new("fromJson", &[Text], |host, arguments| {
        // What Go made of the text before it met an error, which for most errors is nothing.
        Ok(read::read(host, arguments.text(0)?)?.value)
    }),
    Function::new("mustFromJson", &[Text], |host, arguments| {
        let read = read::read(host, arguments.text(0)?)?;
        match read.error {
            None => Ok(read.value),
            Some(error) => Err(Fault::from(error)),
        }
    }),
    Function::new("mustToJson", &[Any], |host, arguments| {
        must(host, arguments, Style::Html)
    }),
    Function::new("mustToPrettyJson", &[Any], |host, arguments| {
        must(host, arguments, Style::Pretty)
    }),
    Function::new("mustToRawJson", &[Any], |host, arguments| {
        must(host, arguments, Style::Raw)
    }),
    Function::new("toJson", &[Any], |host, arguments| {
        or_nothing(host, arguments, Style::Html)
    }),
    Function::new("toPrettyJson", &[Any], |host, arguments| {
        or_nothing(host, arguments, Style::Pretty)
    }),
    Function::new("toRawJson", &[Any], |host, arguments| {
        must(host, arguments, Style::Raw)
    }),
];

fn must(host: &Host<'_>, arguments: &Arguments<'_>, style: Style) -> Outcome<Value> {
    write::write(host, arguments.any(0)?, style).map(Value::Str)
}

/// What has no JSON is an empty string; a spent budget stays an error.
fn or_nothing(host: &Host<'_>, arguments: &Arguments<'_>, style: Style) -> Outcome<Value> {
    match write::write(host, arguments.any(0)?, style) {
        Ok(text) => Ok(Value::Str(text)),
        Err(Fault::Says(_)) => host.text(b""),
        Err(spent) => Err(spent),
    }
}
