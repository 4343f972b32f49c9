//! What can wake a reconciler: a closed list, so that a log line can always say why.

use std::fmt;

/// Namespace and name of the object that is to be reconciled.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl Key {
    /// From its two parts.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// Why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// It was there when the controller started, or when a watch began again.
    Listed,
    /// Its declaration or its request annotation changed.
    Changed,
    /// Its interval has passed.
    Interval,
    /// The last attempt failed.
    Retry,
    /// Its source has a new revision.
    Source,
    /// An object that it owns was changed by somebody else.
    Drift,
    /// Something it waits for became ready.
    Dependency,
    /// A ConfigMap or Secret that it reads was changed.
    Input,
    /// The Secret with its credentials was changed.
    Credentials,
    /// The set of sealing keys changed.
    Keys,
    /// A namespace that is copied to came, or takes copies from others than before.
    Namespace,
}

impl Wake {
    /// Whether somebody waits for it: then it overtakes what only has to be looked at again.
    pub fn is_urgent(self) -> bool {
        match self {
            Self::Changed
            | Self::Source
            | Self::Drift
            | Self::Dependency
            | Self::Input
            | Self::Credentials
            | Self::Namespace => true,
            Self::Listed | Self::Interval | Self::Retry | Self::Keys => false,
        }
    }
}
