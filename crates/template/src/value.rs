//! Values of the Go types that a template can meet, and no others.

mod equal;
mod list;
mod map;
mod speak;
mod text;
mod types;

use std::collections::BTreeMap;
use std::rc::Rc;

pub(crate) use equal::deep_equal;
pub(crate) use list::{List, Slice, afford};
pub(crate) use map::{Map, Maps};
pub(crate) use text::{Buffer, Text};

use crate::error::{Fault, Outcome};
use crate::semver::Version;
use crate::time::{Month, Time, Weekday};

/// A value and its Go type. Two of them differ where Go's types do: `int` and `int64` are added up
/// alike and compared alike, but told apart by `typeOf`.
#[derive(Clone)]
pub(crate) enum Value {
    /// No value: a missing key, the constant `nil` once it has gone through a pipeline.
    Nil,
    /// `nil` inside an `interface {}`, such as an element of a list.
    NilInterface,
    /// `bool`
    Bool(bool),
    /// `int`
    Int(i64),
    /// `int64`
    Int64(i64),
    /// `uint8`: a byte of a string.
    Uint8(u8),
    /// `uint64`: a part of a version.
    Uint64(u64),
    /// `float64`
    Float(f64),
    /// `string`
    Str(Text),
    /// `[]interface {}`
    List(List),
    /// `[]string`
    Strings(Slice<Text>),
    /// `[]int`
    Ints(Slice<i64>),
    /// `[][]interface {}`
    Chunks(Slice<List>),
    /// `map[string]interface {}`
    Map(Map),
    /// `map[string]string`: the context, and what `split` makes.
    StringMap(Rc<BTreeMap<Text, Text>>),
    /// `time.Time`
    Time(Time),
    /// `time.Duration`, in nanoseconds.
    Duration(i64),
    /// `time.Month`
    Month(Month),
    /// `time.Weekday`
    Weekday(Weekday),
    /// `*semver.Version`
    Version(Rc<Version>),
    /// `semver.Version`
    PlainVersion(Rc<Version>),
    /// `sprig.certificate`
    Certificate(Rc<Certificate>),
}

/// A certificate and its key in PEM, as the functions that make them hand them out.
pub(crate) struct Certificate {
    pub(crate) cert: Text,
    pub(crate) key: Text,
}

impl Value {
    /// What is inside an `interface {}`: the same, except for its `nil`.
    pub(crate) fn concrete(self) -> Self {
        match self {
            Self::NilInterface => Self::Nil,
            other => other,
        }
    }

    /// The same value put into an `interface {}`.
    pub(crate) fn boxed(self) -> Self {
        match self {
            Self::Nil => Self::NilInterface,
            other => other,
        }
    }

    pub(crate) fn is_nil(&self) -> bool {
        matches!(self, Self::Nil | Self::NilInterface)
    }

    /// How many elements a slice has; `None` if it is none.
    pub(crate) fn slice_len(&self) -> Option<usize> {
        match self {
            Self::List(items) => Some(items.len()),
            Self::Strings(items) => Some(items.len()),
            Self::Ints(items) => Some(items.len()),
            Self::Chunks(items) => Some(items.len()),
            _ => None,
        }
    }

    /// An element of a slice, as an element of an `interface {}` slice is.
    pub(crate) fn element(&self, index: usize) -> Option<Self> {
        match self {
            Self::List(items) => items.get(index).map(Self::boxed),
            Self::Strings(items) => items.get(index).map(Self::Str),
            Self::Ints(items) => items.get(index).map(Self::Int),
            Self::Chunks(items) => items.get(index).map(Self::List),
            _ => None,
        }
    }

    /// Part of a slice; `None` if the bounds are wrong or it is no slice.
    pub(crate) fn part(&self, from: i64, to: i64) -> Option<Self> {
        match self {
            Self::List(items) => items.part(from, to).map(Self::List),
            Self::Strings(items) => items.part(from, to).map(Self::Strings),
            Self::Ints(items) => items.part(from, to).map(Self::Ints),
            Self::Chunks(items) => items.part(from, to).map(Self::Chunks),
            _ => None,
        }
    }

    /// All elements of a slice.
    pub(crate) fn elements(&self) -> Option<impl Iterator<Item = Self> + '_> {
        let length = self.slice_len()?;
        Some((0..length).filter_map(|index| self.element(index)))
    }

    /// Go's `IsTrue`, of which sprig's `empty` is the opposite but for structs and pointers.
    pub(crate) fn truth(&self) -> bool {
        match self {
            Self::Nil | Self::NilInterface => false,
            Self::Bool(value) => *value,
            Self::Int(value) | Self::Int64(value) | Self::Duration(value) => *value != 0,
            Self::Uint8(value) => *value != 0,
            Self::Uint64(value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::Str(text) => !text.is_empty(),
            Self::List(_) | Self::Strings(_) | Self::Ints(_) | Self::Chunks(_) => {
                self.slice_len() != Some(0)
            }
            Self::Map(map) => map.len() != 0,
            Self::StringMap(map) => !map.is_empty(),
            Self::Month(month) => month.0 != 0,
            Self::Weekday(day) => day.0 != 0,
            Self::Time(_) | Self::Certificate(_) => true,
            Self::Version(_) | Self::PlainVersion(_) => true,
        }
    }

    /// How deep the slices in this value nest. Maps are not counted: they are let go one by one.
    pub(crate) fn depth(&self) -> u32 {
        match self {
            Self::List(items) => items.depth(),
            Self::Chunks(items) => items.depth(),
            Self::Strings(_) | Self::Ints(_) => 1,
            _ => 0,
        }
    }

    /// Fails with Go's words for a type that has no business here.
    pub(crate) fn misfit<T>(&self, doing: &str) -> Outcome<T> {
        Err(Fault::from(format!("{doing} {}", self.kind_name())))
    }
}
