//! What a failure says and which exit code it ends with.
//!
//! `error:` and `hint:` lines go to stderr. A message names the file, the line, the object and the
//! cause; a hint names the command or flag to try. No value of a Secret is ever part of either.

use std::fmt::Display;

/// Why a command ended without doing what was asked.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    hints: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Failed,
    Usage,
    Found,
    Quiet,
}

/// Result of a command.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Something went wrong: exit code 1.
    pub fn new(message: impl Display) -> Self {
        Self {
            kind: Kind::Failed,
            message: message.to_string(),
            hints: Vec::new(),
        }
    }

    /// The command line asks for something that does not go together: exit code 2.
    pub fn usage(message: impl Display) -> Self {
        Self {
            kind: Kind::Usage,
            ..Self::new(message)
        }
    }

    /// A check found something, and it has been printed: exit code 3, no further line.
    pub fn found() -> Self {
        Self {
            kind: Kind::Found,
            ..Self::new("")
        }
    }

    /// Everything has been said already: exit code 1, no further line.
    pub fn quiet() -> Self {
        Self {
            kind: Kind::Quiet,
            ..Self::new("")
        }
    }

    /// Adds what to try.
    #[must_use]
    pub fn hint(mut self, hint: impl Display) -> Self {
        self.hints.push(hint.to_string());
        self
    }

    /// Puts `place` in front of the message.
    #[must_use]
    pub fn at(mut self, place: impl Display) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    /// The message alone.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The lines for stderr, each with its line feed.
    pub fn lines(&self) -> String {
        let mut lines = match self.kind {
            Kind::Found | Kind::Quiet => String::new(),
            Kind::Failed | Kind::Usage => format!("error: {}\n", self.message),
        };
        for hint in &self.hints {
            lines.push_str(&format!("hint: {hint}\n"));
        }
        lines
    }

    /// 1, 2 or 3; see [`crate::args::Cli`].
    pub fn exit_code(&self) -> u8 {
        match self.kind {
            Kind::Failed | Kind::Quiet => 1,
            Kind::Usage => 2,
            Kind::Found => 3,
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

/// Says with a `Result` of any error which file, object or request it is about.
pub trait Context<T> {
    /// Puts `place` in front of the cause.
    ///
    /// # Errors
    /// The same, as an [`Error`] with the place.
    fn at(self, place: impl Display) -> Result<T>;
}

impl<T, E: Display> Context<T> for std::result::Result<T, E> {
    fn at(self, place: impl Display) -> Result<T> {
        self.map_err(|cause| Error::new(format!("{place}: {cause}")))
    }
}
