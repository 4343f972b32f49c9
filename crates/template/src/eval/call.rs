//! Calls of functions and methods.

use super::Execution;
use super::operand::validate;
use crate::error::{Fault, Outcome};
use crate::functions::{self, Arguments, Function, Type};
use crate::tree::{Operand, Place};
use crate::value::Value;

impl<'t> Execution<'t, '_> {
    /// Calls the function of a name.
    pub(super) fn function(
        &mut self,
        dot: &Value,
        name: &str,
        place: Place<'t>,
        arguments: &'t [Operand],
        piped: Option<Value>,
    ) -> Outcome<Value> {
        match functions::find(name) {
            Some(function) => self.call(dot, function, None, place, arguments, piped),
            None => Err(Fault::from(format!("{name:?} is not a defined function"))),
        }
    }

    /// Calls a function with its receiver, if it is a method, its arguments and the value piped in.
    pub(super) fn call(
        &mut self,
        dot: &Value,
        function: &'static Function,
        receiver: Option<Value>,
        place: Place<'t>,
        arguments: &'t [Operand],
        piped: Option<Value>,
    ) -> Outcome<Value> {
        let count = arguments.len() + usize::from(piped.is_some());
        check_count(function, arguments.len(), count)?;
        if matches!(function.name, "and" | "or") && receiver.is_none() {
            return self.decide(dot, function.name == "or", arguments, piped);
        }
        let mut values: Vec<Value> = receiver.into_iter().collect();
        for (index, operand) in arguments.iter().enumerate() {
            let value = self.argument(dot, function.parameter(index), operand)?;
            values.push(value);
        }
        if let Some(piped) = piped {
            values.push(validate(piped, function.parameter(count - 1))?);
        }
        for value in &values {
            self.charge(value)?;
        }
        let result = (function.body)(self.host, &Arguments(&values));
        result.map_err(|fault| {
            self.at = Some(place);
            fault.within(&format!("error calling {}", function.name))
        })
    }

    /// `and` and `or`, which look no further than they must.
    fn decide(
        &mut self,
        dot: &Value,
        or: bool,
        arguments: &'t [Operand],
        piped: Option<Value>,
    ) -> Outcome<Value> {
        let mut value = Value::Nil;
        for operand in arguments {
            value = self.argument(dot, Type::Reflect, operand)?;
            if value.truth() == or {
                return Ok(value);
            }
        }
        Ok(piped.unwrap_or(value))
    }

    /// What it costs to look at an argument from end to end.
    fn charge(&self, value: &Value) -> Outcome<()> {
        let meter = self.host.meter;
        match value {
            Value::Str(text) => meter.scan(text.len()),
            Value::Map(map) => meter.steps(map.len()),
            Value::StringMap(map) => meter.steps(map.len()),
            slice => meter.steps(slice.slice_len().unwrap_or(0)),
        }
    }
}

impl Function {
    /// The type of a parameter, of which there are enough.
    fn parameter(&self, index: usize) -> Type {
        let fixed = self.parameters.get(index).copied();
        fixed.or(self.rest).unwrap_or(Type::Any)
    }
}

fn check_count(function: &Function, written: usize, count: usize) -> Outcome<()> {
    let (name, wanted) = (function.name, function.parameters.len());
    let fault = match function.rest {
        Some(_) if count < wanted => {
            format!("wrong number of args for {name}: want at least {wanted} got {written}")
        }
        None if count != wanted => {
            format!("wrong number of args for {name}: want {wanted} got {count}")
        }
        _ => return Ok(()),
    };
    Err(Fault::from(fault))
}
