//! Something that a look found wrong, and where.

use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It opens, but not as whoever wrote it may think.
    Warning,
    /// It will not open, or will not be taken.
    Error,
}

impl Level {
    /// The word at the front of a line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Something found. Never holds a value: what stands in a wrong place may be one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad.
    pub level: Level,
    /// One word for programs, such as `not-base64`.
    pub code: &'static str,
    /// Where in the object, from the outermost key.
    #[serde(skip)]
    pub path: Vec<String>,
    /// What, and what to do.
    pub message: String,
}

impl Finding {
    /// Something that keeps it from opening, at `path`.
    pub fn error(code: &'static str, path: &[&str], message: impl Into<String>) -> Self {
        Self::new(Level::Error, code, path, message.into())
    }

    /// Something that surprises, at `path`.
    pub fn warning(code: &'static str, path: &[&str], message: impl Into<String>) -> Self {
        Self::new(Level::Warning, code, path, message.into())
    }

    fn new(level: Level, code: &'static str, path: &[&str], message: String) -> Self {
        Self {
            level,
            code,
            path: path.iter().map(|step| (*step).to_owned()).collect(),
            message,
        }
    }
}
