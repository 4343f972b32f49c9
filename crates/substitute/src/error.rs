//! What can go wrong, in words that tell names and never a value.

use std::fmt;

use crate::budget::{BYTES, DEPTH};

/// Why variables cannot be put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Whose error it is: an object such as `Deployment/default/web`, or where a variable is
    /// defined, such as `ConfigMap/settings`.
    pub place: String,
    /// Where in the object, as a JSON pointer, if that can be told.
    pub path: Option<String>,
    /// What is wrong.
    pub reason: Reason,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// A variable that nobody defined, without a default.
    #[error(
        "variable not set (strict mode): {0}; define it in spec.postBuild, give it a default as in ${{name:=value}}, or write $${{name}} to keep the text"
    )]
    NotSet(Name),
    /// `${` that begins no expression.
    #[error("{what} in an expression of {near}; write $${{ to keep the text")]
    Syntax {
        /// Flux's words.
        what: &'static str,
        /// The name that was read before, if any.
        near: Name,
    },
    /// Expressions too deep inside each other.
    #[error("there are more than {DEPTH} expressions inside each other")]
    Depth,
    /// A name that no expression could use.
    #[error("{0:?} var name is invalid, must match '^[_a-zA-Z][_a-zA-Z0-9]*$'; rename the key")]
    Key(String),
    /// A Secret's data that is not base64, which no API server stores.
    #[error("the data of {0:?} is not base64")]
    Encoding(String),
    /// A value that is no text, and is used.
    #[error("the value of {0} is no UTF-8 text, and so cannot be put in")]
    NotText(Name),
    /// A function that cuts a character in two.
    #[error("an expression of {0} cuts a character in two; positions count bytes")]
    Cut(Name),
    /// What comes out is no YAML any more.
    #[error(
        "with the variables put in, it is no object any more: {0}; quote the expression, or the value with a variable that holds a quote"
    )]
    Result(String),
    /// It would be too much.
    #[error("with the variables put in, it is more than {BYTES} bytes, or takes too long to match")]
    Budget,
}

/// The name of a variable, where it can be told. What stands in a Secret is not repeated, though it
/// looks like a name: it may be a part of a password.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name(pub(crate) Option<String>);

impl Name {
    pub(crate) fn new(name: &str) -> Self {
        Self(Some(name.to_owned()))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(name) => write!(f, "{name:?}"),
            None => f.write_str("a variable without a name here"),
        }
    }
}

impl Reason {
    /// The same without the name that it tells.
    pub(crate) fn without_name(self) -> Self {
        match self {
            Self::NotSet(_) => Self::NotSet(Name(None)),
            Self::NotText(_) => Self::NotText(Name(None)),
            Self::Cut(_) => Self::Cut(Name(None)),
            Self::Syntax { what, .. } => Self::Syntax {
                what,
                near: Name(None),
            },
            other => other,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: variable substitution failed", self.place)?;
        if let Some(path) = &self.path {
            write!(f, " at {path}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

impl std::error::Error for Error {}
