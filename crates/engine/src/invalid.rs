//! What is said about a field of a declaration that cannot be used.

use std::fmt;

/// A field, and why it cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// Where, such as `spec.healthCheckExprs[0].current`.
    pub field: String,
    /// Why, in words for whoever wrote it.
    pub cause: String,
}

impl Invalid {
    /// A field with its cause.
    pub fn new(field: impl Into<String>, cause: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            cause: cause.into(),
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.cause)
    }
}

impl std::error::Error for Invalid {}
