//! `range`: over a slice, a map in the order of its keys, or the numbers below one.

use super::{Execution, Flow};
use crate::error::{Fault, Outcome};
use crate::tree::{Branch, Place};
use crate::value::Value;

impl<'t> Execution<'t, '_> {
    pub(super) fn range(&mut self, dot: &Value, branch: &'t Branch) -> Outcome<Flow> {
        let _deeper = self.host.meter.deeper()?;
        let bottom = self.variables.len();
        let value = self.pipeline(dot, &branch.pipe)?;
        let turns = self.turns(&value, branch)?;
        if turns == 0
            && let Some(list) = &branch.otherwise
        {
            let flow = self.walk_list(dot, list)?;
            self.variables.truncate(bottom);
            // A break in here means an outer range and yet ends this one, as in Go.
            return Ok(if flow == Flow::Break {
                Flow::Next
            } else {
                flow
            });
        }
        self.variables.truncate(bottom);
        Ok(Flow::Next)
    }

    /// Walks the list once for each element; returns how many there were.
    fn turns(&mut self, value: &Value, branch: &'t Branch) -> Outcome<usize> {
        let mut turns = 0;
        let mut one = |this: &mut Self, index: Value, element: Value| {
            turns += 1;
            this.turn(branch, index, &element)
        };
        match value {
            Value::Int(_)
            | Value::Int64(_)
            | Value::Uint8(_)
            | Value::Uint64(_)
            | Value::Duration(_)
            | Value::Month(_)
            | Value::Weekday(_) => {
                if branch.pipe.variables.len() > 1 {
                    return Err(Fault::from(
                        "can't use a number to iterate over more than one variable",
                    ));
                }
                for element in numbers(value) {
                    if one(self, Value::Nil, element)? == Flow::Break {
                        break;
                    }
                }
            }
            Value::List(_) | Value::Strings(_) | Value::Ints(_) | Value::Chunks(_) => {
                for index in 0..value.slice_len().unwrap_or(0) {
                    let Some(element) = value.element(index) else {
                        break;
                    };
                    if one(self, Value::Int(index as i64), element)? == Flow::Break {
                        break;
                    }
                }
            }
            Value::Map(map) => {
                self.host.meter.memory(64 * map.len())?;
                for (key, element) in map.entries() {
                    if one(self, Value::Str(key), element)? == Flow::Break {
                        break;
                    }
                }
            }
            Value::StringMap(map) => {
                for (key, text) in map.clone().iter() {
                    let element = Value::Str(text.clone());
                    if one(self, Value::Str(key.clone()), element)? == Flow::Break {
                        break;
                    }
                }
            }
            Value::Nil | Value::NilInterface => {}
            other => {
                let name = other.type_name();
                return Err(Fault::from(format!("range can't iterate over a {name}")));
            }
        }
        Ok(turns)
    }

    /// One turn, with its variables set.
    fn turn(&mut self, branch: &'t Branch, index: Value, element: &Value) -> Outcome<Flow> {
        self.at = Some(Place::Pipe(&branch.pipe));
        self.host.meter.steps(1)?;
        let values = match branch.pipe.variables.len() {
            0 => Vec::new(),
            1 => vec![element.clone()],
            _ => vec![index, element.clone()],
        };
        let mark = self.variables.len();
        for (name, value) in branch.pipe.variables.iter().zip(&values) {
            if branch.pipe.assigns {
                self.assign(name, value)?;
            }
        }
        if !branch.pipe.assigns {
            // The pipeline pushed them, so they are on top.
            let top = self
                .variables
                .iter_mut()
                .rev()
                .zip(values.into_iter().rev());
            top.for_each(|((_, place), value)| *place = value);
        }
        let flow = self.walk_list(element, &branch.list)?;
        self.variables.truncate(mark);
        Ok(flow)
    }
}

/// The numbers from 0 up to one, each of its type.
fn numbers(value: &Value) -> Box<dyn Iterator<Item = Value>> {
    match *value {
        Value::Int(count) => Box::new((0..count).map(Value::Int)),
        Value::Int64(count) => Box::new((0..count).map(Value::Int64)),
        Value::Duration(count) => Box::new((0..count).map(Value::Duration)),
        Value::Uint8(count) => Box::new((0..count).map(Value::Uint8)),
        Value::Uint64(count) => Box::new((0..count).map(Value::Uint64)),
        Value::Month(month) => {
            Box::new((0..month.0).map(|number| Value::Month(crate::time::Month(number))))
        }
        Value::Weekday(day) => {
            Box::new((0..day.0).map(|number| Value::Weekday(crate::time::Weekday(number))))
        }
        _ => Box::new(std::iter::empty()),
    }
}
