//! Why a template was not rendered, without a word of what it was given.
//!
//! Go's engine and sprig often quote the value that they choke on. An error of ours goes into a
//! status, an event and a log, so it names types, places and what stands in the template itself,
//! and never a value.

use std::borrow::Cow;
use std::fmt;

use crate::budget::Limit;

/// Why a template was not rendered. `Display` has Go's form, such as
/// `template: KEY:1:5: executing "KEY" at <.a.b>: can't evaluate field b in type string`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    text: String,
    limit: Option<Limit>,
}

impl Error {
    /// An error found at a place in the template.
    pub(crate) fn at(place: &str, fault: &Fault) -> Self {
        Self {
            text: format!("template: {place}: {fault}"),
            limit: match fault {
                Fault::Exhausted(limit) => Some(*limit),
                Fault::Says(_) => None,
            },
        }
    }

    /// The part of the budget that was not enough, if that is why.
    #[must_use]
    pub fn limit(&self) -> Option<Limit> {
        self.limit
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Error {}

/// What went wrong, before it is known where. Never holds a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The cause, in words.
    Says(Cow<'static, str>),
    /// The budget is spent.
    Exhausted(Limit),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Says(text) => f.write_str(text),
            Self::Exhausted(limit) => write!(f, "the budget is spent: {limit}"),
        }
    }
}

impl Fault {
    /// Behind words that say what was being done; a spent budget stays one.
    pub(crate) fn within(self, doing: &str) -> Self {
        match self {
            Self::Says(text) => Self::Says(format!("{doing}: {text}").into()),
            spent @ Self::Exhausted(_) => spent,
        }
    }
}

impl From<&'static str> for Fault {
    fn from(text: &'static str) -> Self {
        Self::Says(text.into())
    }
}

impl From<String> for Fault {
    fn from(text: String) -> Self {
        Self::Says(text.into())
    }
}

/// What every function and step of evaluation comes to.
pub(crate) type Outcome<T> = Result<T, Fault>;
