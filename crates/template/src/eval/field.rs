//! Fields: keys of maps, parts of structures, and methods.

use super::Execution;
use crate::error::{Fault, Outcome};
use crate::functions::{is_refused_method, method};
use crate::tree::{Operand, Place, Term};
use crate::value::Value;

/// Arguments that a command gives to its first word, and the value piped into it.
pub(super) type Given<'t> = Option<(&'t [Operand], Option<Value>)>;

impl<'t> Execution<'t, '_> {
    /// The value of `.a.b`, `$x.a.b` or `(pipeline).a.b`, of which the last may be a method.
    pub(super) fn chained(
        &mut self,
        dot: &Value,
        operand: &'t Operand,
        given: Given<'t>,
    ) -> Outcome<Value> {
        self.at = Some(Place::Operand(operand));
        let (receiver, names) = match &operand.term {
            Term::Field(names) => (dot.clone(), names),
            Term::Variable(name, names) => (self.variable(name)?, names),
            Term::Chain(inner, names) => (self.value(dot, inner)?, names),
            _ => return self.constant(operand),
        };
        let Some((last, before)) = names.split_last() else {
            if let Some((arguments, piped)) = &given {
                self.no_arguments(operand, arguments.is_empty() && piped.is_none())?;
            }
            return Ok(receiver);
        };
        let mut receiver = receiver;
        for name in before {
            receiver = self.field(dot, name, operand, None, receiver)?;
        }
        self.field(dot, last, operand, given, receiver)
    }

    fn variable(&self, name: &str) -> Outcome<Value> {
        let mut variables = self.variables.iter().rev();
        match variables.find(|(known, _)| *known == name) {
            Some((_, value)) => Ok(value.clone()),
            None => Err(Fault::from(format!("undefined variable: {name}"))),
        }
    }

    fn field(
        &mut self,
        dot: &Value,
        name: &'t str,
        operand: &'t Operand,
        given: Given<'t>,
        receiver: Value,
    ) -> Outcome<Value> {
        self.host.meter.steps(1)?;
        let (arguments, piped) = given.unwrap_or_default();
        let kind = receiver.static_type();
        match &receiver {
            Value::Nil => return Ok(Value::Nil),
            Value::NilInterface => {
                return Err(Fault::from(format!("nil pointer evaluating {kind}.{name}")));
            }
            _ => {}
        }
        if let Some(method) = method(&receiver, name) {
            let place = Place::Operand(operand);
            return self.call(dot, method, Some(receiver), place, arguments, piped);
        }
        if is_refused_method(&receiver, name) {
            return Err(Fault::from(format!(
                "method {name} of {kind} is not supported"
            )));
        }
        let bare = arguments.is_empty() && piped.is_none();
        let found = match &receiver {
            Value::Map(map) => map.get(name.as_bytes()).unwrap_or(Value::Nil),
            Value::StringMap(map) => {
                let text = map.get(name.as_bytes());
                text.map_or(Value::Nil, |text| Value::Str(text.clone()))
            }
            Value::Certificate(certificate) if name == "Cert" => {
                Value::Str(certificate.cert.clone())
            }
            Value::Certificate(certificate) if name == "Key" => Value::Str(certificate.key.clone()),
            _ => {
                return Err(Fault::from(format!(
                    "can't evaluate field {name} in type {kind}"
                )));
            }
        };
        match (bare, &receiver) {
            (true, _) => Ok(found),
            (false, Value::Certificate(_)) => Err(Fault::from(format!(
                "{name} has arguments but cannot be invoked as function"
            ))),
            (false, _) => Err(Fault::from(format!(
                "{name} is not a method but has arguments"
            ))),
        }
    }
}
