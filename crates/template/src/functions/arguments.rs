//! Arguments, which the evaluator has checked to be of the types that a function asks for.

use std::rc::Rc;

use crate::error::{Fault, Outcome};
use crate::semver::Version;
use crate::time::Time;
use crate::value::{Certificate, Map, Text, Value};

/// The arguments of one call.
pub(crate) struct Arguments<'a>(pub(crate) &'a [Value]);

/// The value of an argument, or a defect of ours that is told as one.
macro_rules! typed {
    ($(#[$doc:meta])* $name:ident -> $result:ty, $pattern:pat => $value:expr) => {
        $(#[$doc])*
        pub(crate) fn $name(&self, index: usize) -> Outcome<$result> {
            match self.any(index)? {
                $pattern => Ok($value),
                other => other.misfit("an argument is of another type than it was checked to be:"),
            }
        }
    };
}

impl<'a> Arguments<'a> {
    pub(crate) fn any(&self, index: usize) -> Outcome<&'a Value> {
        self.0
            .get(index)
            .ok_or_else(|| Fault::from("an argument is missing that was checked to be there"))
    }

    typed!(text -> &'a Text, Value::Str(text) => text);
    typed!(int -> i64, Value::Int(number) | Value::Int64(number) => *number);
    typed!(uint -> u64, Value::Uint64(number) => *number);
    typed!(float -> f64, Value::Float(number) => *number);
    typed!(bool -> bool, Value::Bool(value) => *value);
    typed!(map -> &'a Map, Value::Map(map) => map);
    typed!(time -> &'a Time, Value::Time(time) => time);
    typed!(duration -> i64, Value::Duration(nanoseconds) => *nanoseconds);
    typed!(version -> &'a Rc<Version>, Value::Version(version) | Value::PlainVersion(version) => version);
    typed!(certificate -> &'a Rc<Certificate>, Value::Certificate(certificate) => certificate);

    /// The arguments from `index` on.
    pub(crate) fn from(&self, index: usize) -> &'a [Value] {
        self.0.get(index..).unwrap_or_default()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// A length or a count that is not negative; 0 if it is.
    pub(crate) fn count(&self, index: usize) -> Outcome<usize> {
        Ok(usize::try_from(self.int(index)?).unwrap_or(0))
    }
}
