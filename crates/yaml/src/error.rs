//! What can be wrong with a YAML source, and where.
//!
//! No message repeats a scalar's text: the source may be a Secret.

/// Why a source was refused; the caller adds the name of the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {kind}")]
pub struct Error {
    /// The line, counted from 1.
    pub line: u32,
    /// The column in characters, counted from 1.
    pub column: u32,
    /// What is wrong there.
    pub kind: ErrorKind,
}

/// What is wrong with a source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes are not UTF-8 (UTF-16, Latin-1, or not text at all).
    #[error("this is not UTF-8 text; save the file as UTF-8")]
    NotUtf8,
    /// A character that YAML does not allow, such as NUL or DEL.
    #[error(
        "the control character U+{0:04X} is not allowed in YAML; write it as an escape in double quotes"
    )]
    ControlCharacter(u32),
    /// The text is not well-formed YAML.
    #[error("not valid YAML: {0}")]
    Syntax(String),
    /// One mapping gives the same key twice. Go would keep the last and say nothing.
    #[error(
        "the key {key:?} is given twice in one mapping, first on line {first_line}; remove one of them"
    )]
    DuplicateKey {
        /// The key, as Kubernetes reads it (`yes` is `true`).
        key: String,
        /// The line of the first of the two.
        first_line: u32,
    },
    /// A key that cannot become a JSON string.
    #[error("a key must be a string, a number or a boolean, not {0}")]
    Key(&'static str),
    /// An explicit tag that the value does not fit, such as `!!int red`.
    #[error("the value does not fit its tag {0}")]
    Tag(&'static str),
    /// A number that JSON cannot hold: infinite, or not a number.
    #[error(
        "infinity and NaN do not exist in Kubernetes objects; quote the value if a string is meant"
    )]
    NotFinite,
    /// What follows `<<` is not something that can be merged.
    #[error("a merge key (<<) takes a mapping, an alias of one, or a list of these")]
    Merge,
    /// An alias without an anchor before it. Its name is left out: it may be an unquoted password.
    #[error(
        "this alias has no anchor before it; if the value is a string that starts with '*', quote it"
    )]
    UnknownAlias,
    /// An alias inside what its own anchor names.
    #[error("this alias stands inside the value that its anchor names")]
    SelfReference,
    /// The source would cost more than the reader may spend.
    #[error("the source has more than {limit} {what}, which is the limit")]
    Budget {
        /// What there is too much of.
        what: Limit,
        /// How much is allowed.
        limit: usize,
    },
}

/// The quantities that a [`Budget`](crate::Budget) limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Length of the source.
    Bytes,
    /// Keys and values, copies made by aliases included.
    Nodes,
    /// Collections inside collections.
    Depth,
    /// Nodes copied for anchors and aliases.
    AliasNodes,
    /// Documents, empty ones included.
    Documents,
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Bytes => "bytes",
            Self::Nodes => "keys and values",
            Self::Depth => "levels of nesting",
            Self::AliasNodes => "nodes copied by anchors and aliases",
            Self::Documents => "documents",
        })
    }
}
