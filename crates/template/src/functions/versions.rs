//! `semver` and `semverCompare`.

use std::rc::Rc;

use super::{Arguments, Function, Type};
use crate::error::Outcome;
use crate::host::Host;
use crate::semver::{self, Version};
use crate::value::Value;

use Type::Text;

pub(super) const ALL: &[Function] = &[
    Function::new("semver", &[Text], parse),
    Function::new("semverCompare", &[Text, Text], compare),
];

fn parse(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let text = arguments.text(0)?;
    host.meter.memory(2 * text.len() + 128)?;
    Ok(Value::Version(Rc::new(Version::read(text)?)))
}

fn compare(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let constraint = arguments.text(0)?;
    // Ranges are looked for everywhere in it.
    host.meter
        .scan(constraint.len().saturating_mul(constraint.len()))?;
    host.meter.memory(8 * constraint.len())?;
    let constraint = str::from_utf8(constraint).map_err(|_| "improper constraint")?;
    let version = Version::read(arguments.text(1)?)?;
    Ok(Value::Bool(semver::check(constraint, &version)?))
}
