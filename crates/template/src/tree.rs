//! What a template is once it has been parsed.

mod show;

pub(crate) use show::Place;

use crate::value::Text;

/// A sequence of nodes.
#[derive(Default)]
pub(crate) struct List {
    pub(crate) nodes: Vec<Node>,
}

/// Text, or an action.
pub(crate) enum Node {
    Text { at: usize, text: String },
    Action(Pipe),
    If(Branch),
    With(Branch),
    Range(Branch),
    Template(Call),
    Break(usize),
    Continue(usize),
}

/// `if`, `with` or `range`.
pub(crate) struct Branch {
    pub(crate) pipe: Pipe,
    pub(crate) list: List,
    pub(crate) otherwise: Option<List>,
}

/// `{{template "name" pipeline}}`
pub(crate) struct Call {
    pub(crate) at: usize,
    pub(crate) name: String,
    pub(crate) pipe: Option<Pipe>,
}

/// Commands, each given the value of the one before.
pub(crate) struct Pipe {
    pub(crate) at: usize,
    pub(crate) assigns: bool,
    pub(crate) variables: Vec<String>,
    pub(crate) commands: Vec<Command>,
}

/// A word and its arguments.
pub(crate) struct Command {
    pub(crate) at: usize,
    pub(crate) words: Vec<Operand>,
}

/// One word of a command.
pub(crate) struct Operand {
    pub(crate) at: usize,
    pub(crate) term: Term,
}

/// What an operand is.
pub(crate) enum Term {
    Dot,
    Nil,
    Bool(bool),
    Number(Number),
    /// As it is written and as it is meant.
    Text {
        quoted: String,
        text: Text,
    },
    /// `.a.b`
    Field(Vec<String>),
    /// `$x.a.b`
    Variable(String, Vec<String>),
    /// `(pipeline).a.b`
    Chain(Box<Operand>, Vec<String>),
    Function(String),
    Pipe(Pipe),
}

/// A constant, as each type that can hold it.
pub(crate) struct Number {
    pub(crate) text: String,
    pub(crate) int: Option<i64>,
    pub(crate) uint: Option<u64>,
    pub(crate) float: Option<f64>,
}
