//! Operands: constants, and arguments of the type that a function asks for.

use super::Execution;
use crate::error::{Fault, Outcome};
use crate::functions::Type;
use crate::tree::{Number, Operand, Place, Term};
use crate::value::{List, Map, Value};

impl<'t> Execution<'t, '_> {
    /// A constant where no type is asked for.
    pub(super) fn constant(&mut self, operand: &'t Operand) -> Outcome<Value> {
        self.at = Some(Place::Operand(operand));
        match &operand.term {
            Term::Bool(value) => Ok(Value::Bool(*value)),
            Term::Text { text, .. } => Ok(Value::Str(text.clone())),
            Term::Number(number) => ideal(number),
            _ => Err(Fault::from(format!(
                "can't evaluate command {operand:?}",
                operand = operand.to_string()
            ))),
        }
    }

    /// An argument for a parameter of this type.
    pub(super) fn argument(
        &mut self,
        dot: &Value,
        kind: Type,
        operand: &'t Operand,
    ) -> Outcome<Value> {
        self.host.meter.steps(1)?;
        self.at = Some(Place::Operand(operand));
        match &operand.term {
            Term::Nil => match nil_of(kind) {
                Some(value) => Ok(value),
                None => Err(Fault::from(format!("cannot assign nil to {}", kind.name()))),
            },
            Term::Bool(_) | Term::Text { .. } | Term::Number(_) => self.literal(kind, operand),
            _ => {
                let value = self.value(dot, operand)?;
                validate(value, kind)
            }
        }
    }

    /// The value of an operand that is no constant.
    pub(super) fn value(&mut self, dot: &Value, operand: &'t Operand) -> Outcome<Value> {
        match &operand.term {
            Term::Dot => Ok(dot.clone()),
            Term::Pipe(pipe) => self.pipeline(dot, pipe),
            Term::Function(name) => {
                self.at = Some(Place::Operand(operand));
                self.function(dot, name, Place::Operand(operand), &[], None)
            }
            Term::Field(_) | Term::Chain(..) | Term::Variable(..) => {
                self.chained(dot, operand, None)
            }
            _ => self.constant(operand),
        }
    }

    /// A constant as the type that is asked for.
    fn literal(&mut self, kind: Type, operand: &'t Operand) -> Outcome<Value> {
        let expected = |what: &str| Err(Fault::from(format!("expected {what}; found {operand}")));
        let number = match &operand.term {
            Term::Number(number) => Some(number),
            _ => None,
        };
        let int = number.and_then(|number| number.int);
        match kind {
            Type::Any | Type::Reflect => self.constant(operand),
            Type::Bool => match operand.term {
                Term::Bool(value) => Ok(Value::Bool(value)),
                _ => expected("bool"),
            },
            Type::Text => match &operand.term {
                Term::Text { text, .. } => Ok(Value::Str(text.clone())),
                _ => expected("string"),
            },
            Type::Int => int.map_or_else(|| expected("integer"), |int| Ok(Value::Int(int))),
            Type::Duration => {
                int.map_or_else(|| expected("integer"), |int| Ok(Value::Duration(int)))
            }
            Type::Uint32 => match number.and_then(|number| number.uint) {
                // Go's reflection cuts it to 32 bits.
                Some(uint) => Ok(Value::Uint64(u64::from(uint as u32))),
                None => expected("unsigned integer"),
            },
            Type::Float => match number.and_then(|number| number.float) {
                Some(float) => Ok(Value::Float(float)),
                None => expected("float"),
            },
            Type::Map | Type::List | Type::Time | Type::Version | Type::Certificate => {
                let name = kind.name();
                Err(Fault::from(format!(
                    "can't handle {operand} for arg of type {name}"
                )))
            }
        }
    }
}

/// The type of a number is in how it is written.
fn ideal(number: &Number) -> Outcome<Value> {
    let text = number.text.as_str();
    let hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    let whole = (hexadecimal && !text.contains(['p', 'P'])) || text.starts_with('\'');
    match (number.float, number.int) {
        (Some(float), _) if !whole && text.contains(['.', 'e', 'E', 'p', 'P']) => {
            Ok(Value::Float(float))
        }
        (_, Some(int)) => Ok(Value::Int(int)),
        _ => Err(Fault::from(format!("{text} overflows int"))),
    }
}

/// `nil` as a value of a type that has one.
fn nil_of(kind: Type) -> Option<Value> {
    match kind {
        Type::Any => Some(Value::NilInterface),
        Type::Reflect => Some(Value::Nil),
        Type::Map => Some(Value::Map(Map::nil())),
        Type::List => Some(Value::List(List::nil())),
        _ => None,
    }
}

/// A value that may be given to a parameter of this type.
pub(super) fn validate(value: Value, kind: Type) -> Outcome<Value> {
    let fits = match (kind, &value) {
        (_, Value::Nil) => {
            let nil = nil_of(kind);
            return nil
                .ok_or_else(|| Fault::from(format!("invalid value; expected {}", kind.name())));
        }
        (Type::Any | Type::Reflect, _) => true,
        (Type::Bool, Value::Bool(_))
        | (Type::Int, Value::Int(_))
        | (Type::Float, Value::Float(_))
        | (Type::Text, Value::Str(_))
        | (Type::Map, Value::Map(_))
        | (Type::List, Value::List(_))
        | (Type::Time, Value::Time(_))
        | (Type::Duration, Value::Duration(_))
        | (Type::Version, Value::Version(_))
        | (Type::Certificate, Value::Certificate(_)) => true,
        _ => false,
    };
    if fits {
        return Ok(value);
    }
    let (wanted, got) = (kind.name(), value.static_type());
    Err(Fault::from(format!(
        "wrong type for value; expected {wanted}; got {got}"
    )))
}
