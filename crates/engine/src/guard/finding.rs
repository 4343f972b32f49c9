//! Findings: what is wrong with a document, where, and what to do about it.

use std::fmt;

use signet_api::ObjectId;

use crate::manifest::{Manifest, Origin};

/// One thing wrong with one document. Never holds a value of a Secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// File and line.
    pub origin: Origin,
    /// The object, if the document says which.
    pub object: Option<ObjectId>,
    /// What is wrong, a clause without a full stop.
    pub cause: String,
    /// What to do, a clause without a full stop.
    pub remedy: String,
}

impl Finding {
    /// A finding about an object.
    #[must_use]
    pub fn new(about: &Manifest, cause: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            object: Some(about.id.clone()),
            ..Self::at(about.origin.clone(), cause, remedy)
        }
    }

    /// A finding about a place that names no object.
    #[must_use]
    pub fn at(origin: Origin, cause: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            origin,
            object: None,
            cause: cause.into(),
            remedy: remedy.into(),
        }
    }
}

/// `apps/db.yaml:3: Secret/shop/db: what is wrong; what to do`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.origin)?;
        if let Some(object) = &self.object {
            write!(f, "{object}: ")?;
        }
        write!(f, "{}; {}", self.cause, self.remedy)
    }
}
