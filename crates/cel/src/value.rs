//! Values: what an object holds, borrowed, and what an evaluation makes.

use std::cmp::Ordering;
use std::ops::Deref;
use std::rc::Rc;

use cel::common::ast::LiteralValue;
use serde_json::{Map as Fields, Value as Json};

use crate::Error;
use crate::budget::Meter;
use crate::number;
use crate::time::Moment;

/// A value of the language. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number without a sign.
    Uint(u64),
    /// A number with a fraction.
    Double(f64),
    /// A text.
    String(Text<'a>),
    /// Bytes.
    Bytes(Rc<[u8]>),
    /// A list.
    List(List<'a>),
    /// A map.
    Map(Map<'a>),
    /// A point in time.
    Timestamp(Moment),
    /// A length of time in nanoseconds.
    Duration(i64),
    /// A type, by its name.
    Type(&'static str),
    /// A value that may be missing.
    Optional(Option<Rc<Value<'a>>>),
}

/// A text of the object or of the expression, or one that was made.
#[derive(Clone, Debug)]
pub enum Text<'a> {
    /// Of the object or of the expression.
    Borrowed(&'a str),
    /// One that was made.
    Made(Rc<str>),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Made(text) => text,
        }
    }
}

/// A list of the object, or one that was made.
#[derive(Clone, Debug)]
pub enum List<'a> {
    /// Of the object.
    Json(&'a [Json]),
    /// One that was made.
    Made(Rc<Vec<Value<'a>>>),
}

/// A map of the object, or one that was made.
#[derive(Clone, Debug)]
pub enum Map<'a> {
    /// Of the object.
    Json(&'a Fields<String, Json>),
    /// One that was made; keys are unique.
    Made(Rc<Vec<(Value<'a>, Value<'a>)>>),
}

impl<'a> Value<'a> {
    /// A value of an object. Whole numbers beyond 64 bits are read as Kubernetes reads them.
    #[must_use]
    pub fn of(json: &'a Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(yes) => Self::Bool(*yes),
            Json::Number(number) => match number.as_i64() {
                Some(whole) => Self::Int(whole),
                None => Self::Double(number.as_f64().unwrap_or(f64::NAN)),
            },
            Json::String(text) => Self::String(Text::Borrowed(text)),
            Json::Array(items) => Self::List(List::Json(items)),
            Json::Object(fields) => Self::Map(Map::Json(fields)),
        }
    }

    /// A value that stands in the expression.
    pub(crate) fn constant(literal: &'a LiteralValue) -> Self {
        match literal {
            LiteralValue::Null => Self::Null,
            LiteralValue::Boolean(yes) => Self::Bool(*yes.inner()),
            LiteralValue::Int(number) => Self::Int(*number.inner()),
            LiteralValue::UInt(number) => Self::Uint(*number.inner()),
            LiteralValue::Double(number) => Self::Double(*number.inner()),
            LiteralValue::String(text) => Self::String(Text::Borrowed(text.inner())),
            LiteralValue::Bytes(bytes) => Self::Bytes(bytes.inner().into()),
        }
    }

    pub(crate) fn text(text: impl Into<Rc<str>>) -> Self {
        Self::String(Text::Made(text.into()))
    }

    pub(crate) fn list(items: Vec<Value<'a>>) -> Self {
        Self::List(List::Made(Rc::new(items)))
    }

    pub(crate) fn some(value: Value<'a>) -> Self {
        Self::Optional(Some(Rc::new(value)))
    }

    /// The name of its type.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null_type",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Uint(_) => "uint",
            Self::Double(_) => "double",
            Self::String(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Timestamp(_) => "google.protobuf.Timestamp",
            Self::Duration(_) => "google.protobuf.Duration",
            Self::Type(_) => "type",
            Self::Optional(_) => "optional_type",
        }
    }

    /// Whether two values are equal. Numbers are compared by what they are worth, values of other
    /// types that differ are not equal, and NaN equals nothing.
    pub(crate) fn equals(&self, other: &Self, meter: &Meter) -> Result<bool, Error> {
        meter.steps(1)?;
        Ok(match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::String(a), Self::String(b)) => {
                meter.walk(a.len().min(b.len()))?;
                **a == **b
            }
            (Self::Bytes(a), Self::Bytes(b)) => {
                meter.walk(a.len().min(b.len()))?;
                a == b
            }
            (Self::Timestamp(a), Self::Timestamp(b)) => a == b,
            (Self::Duration(a), Self::Duration(b)) => a == b,
            (Self::Type(a), Self::Type(b)) => a == b,
            (Self::List(a), Self::List(b)) => a.equals(b, meter)?,
            (Self::Map(a), Self::Map(b)) => a.equals(b, meter)?,
            (Self::Optional(a), Self::Optional(b)) => match (a, b) {
                (Some(a), Some(b)) => a.equals(b, meter)?,
                (a, b) => a.is_none() && b.is_none(),
            },
            (a, b) => number::compare(a, b) == Some(Some(Ordering::Equal)),
        })
    }

    /// Whether it is the zero of its type: what `optional.ofNonZeroValue` takes for nothing.
    pub(crate) fn is_zero(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Bool(yes) => !yes,
            Self::Int(number) => *number == 0,
            Self::Uint(number) => *number == 0,
            Self::Double(number) => *number == 0.0,
            Self::String(text) => text.is_empty(),
            Self::Bytes(bytes) => bytes.is_empty(),
            Self::List(list) => list.len() == 0,
            Self::Map(map) => map.len() == 0,
            Self::Duration(length) => *length == 0,
            Self::Optional(inner) => inner.is_none(),
            Self::Timestamp(_) | Self::Type(_) => false,
        }
    }
}

impl<'a> List<'a> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Json(items) => items.len(),
            Self::Made(items) => items.len(),
        }
    }

    pub(crate) fn get(&self, index: usize) -> Option<Value<'a>> {
        match self {
            Self::Json(items) => items.get(index).map(Value::of),
            Self::Made(items) => items.get(index).cloned(),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Value<'a>> + '_ {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    pub(crate) fn contains(&self, wanted: &Value<'a>, meter: &Meter) -> Result<bool, Error> {
        for item in self.iter() {
            if item.equals(wanted, meter)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn equals(&self, other: &Self, meter: &Meter) -> Result<bool, Error> {
        if self.len() != other.len() {
            return Ok(false);
        }
        for (a, b) in self.iter().zip(other.iter()) {
            if !a.equals(&b, meter)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl<'a> Map<'a> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Json(fields) => fields.len(),
            Self::Made(entries) => entries.len(),
        }
    }

    pub(crate) fn get(&self, key: &Value<'a>, meter: &Meter) -> Result<Option<Value<'a>>, Error> {
        match self {
            Self::Json(fields) => Ok(match key {
                Value::String(key) => fields.get(&**key).map(Value::of),
                _ => None,
            }),
            Self::Made(entries) => {
                for (own, value) in entries.iter() {
                    // A fraction is found by a fraction alone.
                    let apart = matches!(own, Value::Double(_)) && !matches!(key, Value::Double(_));
                    if !apart && own.equals(key, meter)? {
                        return Ok(Some(value.clone()));
                    }
                }
                Ok(None)
            }
        }
    }

    pub(crate) fn keys(&self) -> Vec<Value<'a>> {
        match self {
            Self::Json(fields) => {
                let key = |key: &'a String| Value::String(Text::Borrowed(key));
                fields.keys().map(key).collect()
            }
            Self::Made(entries) => entries.iter().map(|(key, _)| key.clone()).collect(),
        }
    }

    fn equals(&self, other: &Self, meter: &Meter) -> Result<bool, Error> {
        if self.len() != other.len() {
            return Ok(false);
        }
        for key in self.keys() {
            let (Some(a), Some(b)) = (self.get(&key, meter)?, other.get(&key, meter)?) else {
                return Ok(false);
            };
            if !a.equals(&b, meter)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
