//! A node as Go shows it in an error: `at <.a | quote>`.

use std::fmt::{self, Display, Formatter};

use super::{Branch, Call, Command, List, Node, Operand, Pipe, Term};

/// Something that an error can point at: its place in the text, and what is shown.
#[derive(Clone, Copy)]
pub(crate) enum Place<'t> {
    Node(&'t Node),
    Pipe(&'t Pipe),
    Command(&'t Command),
    Operand(&'t Operand),
    Call(&'t Call),
}

/// No more of a node is shown than so many characters.
const SHOWN: usize = 200;

impl Place<'_> {
    /// Byte offset in the text.
    pub(crate) fn at(&self) -> usize {
        match self {
            Self::Node(node) => node.at(),
            Self::Pipe(pipe) => pipe.at,
            Self::Command(command) => command.at,
            Self::Operand(operand) => operand.at,
            Self::Call(call) => call.at,
        }
    }

    /// The node's text, cut where it gets long.
    pub(crate) fn shown(&self) -> String {
        let text = match self {
            Self::Node(node) => node.to_string(),
            Self::Pipe(pipe) => pipe.to_string(),
            Self::Command(command) => command.to_string(),
            Self::Operand(operand) => operand.to_string(),
            Self::Call(call) => call.to_string(),
        };
        match text.char_indices().nth(SHOWN) {
            Some((at, _)) => format!("{}...", text.get(..at).unwrap_or_default()),
            None => text,
        }
    }
}

impl Node {
    /// Byte offset in the text.
    pub(crate) fn at(&self) -> usize {
        match self {
            Self::Text { at, .. } | Self::Break(at) | Self::Continue(at) => *at,
            Self::Action(pipe) => pipe.at,
            Self::If(branch) | Self::With(branch) | Self::Range(branch) => branch.pipe.at,
            Self::Template(call) => call.at,
        }
    }
}

impl Display for List {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.nodes.iter().try_for_each(|node| node.fmt(f))
    }
}

impl Display for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { text, .. } => f.write_str(text),
            Self::Action(pipe) => write!(f, "{{{{{pipe}}}}}"),
            Self::If(branch) => branch.show("if", f),
            Self::With(branch) => branch.show("with", f),
            Self::Range(branch) => branch.show("range", f),
            Self::Template(call) => call.fmt(f),
            Self::Break(_) => f.write_str("{{break}}"),
            Self::Continue(_) => f.write_str("{{continue}}"),
        }
    }
}

impl Branch {
    fn show(&self, word: &str, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{{{{{word} {}}}}}{}", self.pipe, self.list)?;
        if let Some(list) = &self.otherwise {
            write!(f, "{{{{else}}}}{list}")?;
        }
        f.write_str("{{end}}")
    }
}

impl Display for Call {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{{{{template {:?}", self.name)?;
        if let Some(pipe) = &self.pipe {
            write!(f, " {pipe}")?;
        }
        f.write_str("}}")
    }
}

impl Display for Pipe {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if !self.variables.is_empty() {
            let sign = if self.assigns { "=" } else { ":=" };
            write!(f, "{} {sign} ", self.variables.join(", "))?;
        }
        for (index, command) in self.commands.iter().enumerate() {
            let between = if index > 0 { " | " } else { "" };
            write!(f, "{between}{command}")?;
        }
        Ok(())
    }
}

impl Display for Command {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, word) in self.words.iter().enumerate() {
            let between = if index > 0 { " " } else { "" };
            match &word.term {
                Term::Pipe(pipe) => write!(f, "{between}({pipe})")?,
                _ => write!(f, "{between}{word}")?,
            }
        }
        Ok(())
    }
}

impl Display for Operand {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.term {
            Term::Dot => f.write_str("."),
            Term::Nil => f.write_str("nil"),
            Term::Bool(value) => value.fmt(f),
            Term::Number(number) => f.write_str(&number.text),
            Term::Text { quoted, .. } => f.write_str(quoted),
            Term::Function(name) => f.write_str(name),
            Term::Pipe(pipe) => pipe.fmt(f),
            Term::Field(names) => fields(names, f),
            Term::Variable(name, names) => {
                f.write_str(name)?;
                fields(names, f)
            }
            Term::Chain(operand, names) => {
                match &operand.term {
                    Term::Pipe(pipe) => write!(f, "({pipe})")?,
                    _ => operand.fmt(f)?,
                }
                fields(names, f)
            }
        }
    }
}

fn fields(names: &[String], f: &mut Formatter<'_>) -> fmt::Result {
    names.iter().try_for_each(|name| write!(f, ".{name}"))
}
