//! Judgement: expressions of Flux's objects, evaluated as Flux does and within a budget.
//!
//! Users write them in `spec.healthCheckExprs` and `spec.dependsOn[].readyExpr` of a
//! Kustomization, in CEL. The language is that of cel-go 0.26 in the environment of
//! fluxcd/pkg/runtime: optional values, numbers compared across their types, UTC, and the
//! extensions for strings, sets and encoders. The crate `cel` parses; what it reads is checked and
//! evaluated here, because no evaluator for Rust can be held to a budget, and the answers are to
//! be Go's (`tests/cel_as_flux.rs`).
//!
//! ```
//! use serde_json::json;
//! use signet_cel::{Program, Variables};
//!
//! let program = Program::parse("status.conditions.exists(c, c.type == 'Ready')")?;
//! let object = json!({"status": {"conditions": [{"type": "Ready"}]}});
//! let variables = Variables::Fields(object.as_object().unwrap());
//! assert_eq!(program.holds(variables), Ok(true));
//! # Ok::<(), signet_cel::Invalid>(())
//! ```
//!
//! What differs from Flux, differs on purpose: a function that does not exist is refused when the
//! program is made, not each time it is evaluated; so are `string.format`, messages (`Name{}`) and
//! time zones with a name; and whoever spends the [budget](budget) gets an error.

pub mod budget;
mod check;
mod convert;
mod eval;
mod functions;
mod limits;
mod number;
pub mod pattern;
mod select;
mod signatures;
mod time;
mod types;
pub mod value;

use std::collections::HashMap;
use std::sync::LazyLock;

use cel::parser::Expression;
use regex::Regex;
use serde_json::{Map, Value as Json};

pub use time::Moment;
pub use value::Value;

/// Why a text is no program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(String);

/// Why there is no answer. Tells names and types, never what a variable holds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The expression asks for what is not there, or for what its types do not have.
    #[error("{0}")]
    Failed(String),
    /// It costs too much; see [`budget`].
    #[error("it costs more than an expression may: {0}")]
    Budget(&'static str),
}

impl Error {
    fn new(what: impl Into<String>) -> Self {
        Self::Failed(what.into())
    }
}

/// What an expression can name.
#[derive(Clone, Copy)]
pub enum Variables<'a> {
    /// The fields at the top of one object.
    Fields(&'a Map<String, Json>),
    /// A few objects, each with its name.
    Named(&'a [(&'a str, &'a Json)]),
}

impl<'a> Variables<'a> {
    fn get(self, name: &str) -> Option<&'a Json> {
        match self {
            Self::Fields(fields) => fields.get(name),
            Self::Named(all) => all.iter().find(|(key, _)| *key == name).map(|(_, v)| *v),
        }
    }
}

/// An expression that can be evaluated, as often as one likes.
pub struct Program {
    text: String,
    root: Expression,
    /// Patterns that stand in the text, by the node that matches against them.
    patterns: HashMap<u64, Regex>,
}

/// The environment parses only; what it could evaluate with is not used.
static ENVIRONMENT: LazyLock<cel::Env> = LazyLock::new(cel::Env::stdlib);

impl Program {
    /// Reads an expression of which nothing is known but its text: that its functions exist, and
    /// that its patterns are patterns, is all that is checked.
    ///
    /// # Errors
    /// The text is no expression, too long or too deep, or asks for what there is not.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        limits::of_text(text)?;
        let parsed = ENVIRONMENT.compile(text);
        let parsed = parsed.map_err(|errors| Invalid(errors.to_string()))?;
        let root = parsed.expression().clone();
        limits::of_depth(&root)?;
        let patterns = check::names(&root)?;
        Ok(Self {
            text: text.to_owned(),
            root,
            patterns,
        })
    }

    /// Reads an expression over objects of these names that must be a truth value, and checks its
    /// types as far as they are known.
    ///
    /// # Errors
    /// As [`Program::parse`]; another name, an operation that no type has, or another result.
    pub fn typed(text: &str, variables: &[&str]) -> Result<Self, Invalid> {
        let program = Self::parse(text)?;
        check::is_bool(&program.root, variables)?;
        Ok(program)
    }

    /// The text that was given.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The value of the expression.
    ///
    /// # Errors
    /// Something that it asks for is not there or of another type, or the budget is spent.
    pub fn evaluate<'a>(&'a self, variables: Variables<'a>) -> Result<Value<'a>, Error> {
        eval::evaluate(&self.root, &self.patterns, variables)
    }

    /// Whether the expression is true.
    ///
    /// # Errors
    /// As [`Program::evaluate`], or it is no truth value.
    pub fn holds(&self, variables: Variables<'_>) -> Result<bool, Error> {
        match self.evaluate(variables)? {
            Value::Bool(yes) => Ok(yes),
            other => Err(Error::new(format!(
                "it is a {}, and must be true or false",
                other.type_name()
            ))),
        }
    }
}
