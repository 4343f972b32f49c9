//! Expressions in a text: what stands between them, and what each asks for.
//!
//! | Expression | Value |
//! |---|---|
//! | `${v}` | the variable |
//! | `${#v}` | its length in bytes |
//! | `${v^}` `${v^^}` `${v,}` `${v,,}` | first letter or all of it in upper or lower case |
//! | `${v:n}` `${v:n:len}` | a part, by bytes; negative numbers count from the end |
//! | `${v#p}` `${v##p}` `${v%p}` `${v%%p}` | without the shortest or longest prefix or suffix that fits the pattern |
//! | `${v/p/r}` `${v//p/r}` `${v/#p/r}` `${v/%p/r}` | with the first `p`, all of them, that at the beginning or that at the end replaced |
//! | `${v:-d}` `${v:=d}` `${v=d}` `${v:?d}` `${v:+d}` | the default where the variable is empty or not set |
//! | `$$` | `$`, so that `$${v}` prints `${v}` |
//!
//! Arguments may hold expressions. `$v` without braces is text, and `${v-d}` is an error.

mod eval;
mod glob;
mod letters;
mod parse;
mod scan;

use std::borrow::Cow;

use zeroize::Zeroizing;

use crate::{Reason, Variables};

/// A text with expressions, taken apart.
pub struct Template<'t>(Vec<Node<'t>>);

/// A piece of a template.
pub(crate) enum Node<'t> {
    Text(Cow<'t, str>),
    Call {
        variable: &'t str,
        /// Such as `:-`; empty for the variable alone.
        operator: &'t str,
        arguments: Vec<Node<'t>>,
    },
}

impl<'t> Template<'t> {
    /// Takes a text apart.
    ///
    /// # Errors
    /// An expression is none, or they are too deep inside each other.
    pub fn parse(text: &'t str) -> Result<Self, Reason> {
        parse::parse(text).map(Self)
    }

    /// Whether an expression asks for this variable.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.0.iter().any(|node| node.names(name))
    }

    /// The text with the values of the variables.
    ///
    /// # Errors
    /// A variable is not set while `strict`, its value is no text, or it is too much.
    pub fn render(&self, variables: &Variables, strict: bool) -> Result<Zeroizing<String>, Reason> {
        eval::render(&self.0, variables, strict)
    }
}

impl Node<'_> {
    fn names(&self, name: &str) -> bool {
        match self {
            Self::Text(_) => false,
            Self::Call {
                variable,
                arguments,
                ..
            } => *variable == name || arguments.iter().any(|it| it.names(name)),
        }
    }
}
