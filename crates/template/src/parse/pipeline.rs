//! Pipelines, commands and operands.

use super::{Parser, Parsing, number, unquote};
use crate::error::Fault;
use crate::lex::{Item, Kind};
use crate::tree::{Command, Operand, Pipe, Term};
use crate::value::Text;

impl<'t> Parser<'t, '_> {
    /// Declarations, then commands with bars between them, up to `end`.
    pub(super) fn pipeline(&mut self, context: &str, end: Kind) -> Parsing<Pipe> {
        let meter = self.meter;
        let _deeper = meter.deeper()?;
        let first = self.next_solid();
        let mut pipe = Pipe {
            at: first.at,
            assigns: false,
            variables: Vec::new(),
            commands: Vec::new(),
        };
        self.back(first);
        while self.declaration(&mut pipe, context)? {}
        loop {
            let item = self.next_solid();
            if item.kind == end {
                self.check_pipeline(&pipe, context)?;
                return Ok(pipe);
            }
            if !begins_operand(item.kind) {
                return Err(self.unexpected(&item, context));
            }
            self.back(item);
            pipe.commands.push(self.command()?);
        }
    }

    /// Reads `$x :=`, `$x =` or `$x,` if it stands here. Tells whether another may follow.
    fn declaration(&mut self, pipe: &mut Pipe, context: &str) -> Parsing<bool> {
        let variable = self.next_solid();
        if variable.kind != Kind::Variable {
            self.back(variable);
            return Ok(false);
        }
        let behind = self.next();
        let next = if behind.kind == Kind::Space {
            self.next_solid()
        } else {
            behind.clone()
        };
        let comma = next.kind == Kind::Char && next.text == ",";
        if !comma && !matches!(next.kind, Kind::Assign | Kind::Declare) {
            self.back(next);
            if behind.kind == Kind::Space {
                self.back(behind);
            }
            self.back(variable);
            return Ok(false);
        }
        pipe.variables.push(variable.text.to_owned());
        self.variables.push(variable.text.to_owned());
        if !comma {
            pipe.assigns = next.kind == Kind::Assign;
            return Ok(false);
        }
        if context == "range" && pipe.variables.len() < 2 {
            return match self.peek_solid() {
                Kind::Variable | Kind::RightDelim | Kind::RightParen => Ok(true),
                _ => Err(Fault::from("range can only initialize variables")),
            };
        }
        Err(Fault::from(format!("too many declarations in {context}")))
    }

    fn check_pipeline(&self, pipe: &Pipe, context: &str) -> Parsing<()> {
        if pipe.commands.is_empty() {
            return Err(Fault::from(format!("missing value for {context}")));
        }
        let constant = |command: &Command| {
            let first = command.words.first().map(|word| &word.term);
            matches!(
                first,
                Some(Term::Bool(_) | Term::Dot | Term::Nil | Term::Number(_) | Term::Text { .. })
            )
        };
        match pipe.commands.iter().skip(1).position(constant) {
            Some(index) => Err(Fault::from(format!(
                "non executable command in pipeline stage {}",
                index + 2
            ))),
            None => Ok(()),
        }
    }

    /// Operands with spaces between them.
    fn command(&mut self) -> Parsing<Command> {
        let first = self.next_solid();
        let at = first.at;
        self.back(first);
        let mut words = Vec::new();
        loop {
            self.peek_solid();
            words.extend(self.operand()?);
            let item = self.next();
            match item.kind {
                Kind::Space => continue,
                Kind::RightDelim | Kind::RightParen => self.back(item),
                Kind::Pipe => {}
                _ => return Err(self.unexpected(&item, "operand")),
            }
            if words.is_empty() {
                return Err(Fault::from("empty command"));
            }
            return Ok(Command { at, words });
        }
    }

    /// A term and the fields behind it; `None` if something else stands here.
    fn operand(&mut self) -> Parsing<Option<Operand>> {
        let Some(operand) = self.term()? else {
            return Ok(None);
        };
        let mut names = Vec::new();
        let mut at = operand.at;
        while self.peek() == Kind::Field {
            let item = self.next();
            if names.is_empty() {
                at = item.at;
            }
            names.push(item.text.trim_start_matches('.').to_owned());
        }
        if names.is_empty() {
            return Ok(Some(operand));
        }
        let term = match operand.term {
            Term::Field(mut first) => {
                first.append(&mut names);
                Term::Field(first)
            }
            Term::Variable(name, mut first) => {
                first.append(&mut names);
                Term::Variable(name, first)
            }
            Term::Bool(_) | Term::Text { .. } | Term::Number(_) | Term::Nil | Term::Dot => {
                let shown = operand.to_string();
                return Err(Fault::from(format!("unexpected . after term {shown:?}")));
            }
            _ => Term::Chain(Box::new(operand), names),
        };
        Ok(Some(Operand { at, term }))
    }

    fn term(&mut self) -> Parsing<Option<Operand>> {
        self.meter.steps(1)?;
        let item = self.next_solid();
        let term = match item.kind {
            Kind::Identifier => {
                self.known_function(item.text)?;
                Term::Function(item.text.to_owned())
            }
            Kind::Dot => Term::Dot,
            Kind::Nil => Term::Nil,
            Kind::Variable => self.variable(&item)?,
            Kind::Field => Term::Field(vec![item.text.trim_start_matches('.').to_owned()]),
            Kind::Bool => Term::Bool(item.text == "true"),
            Kind::CharConstant => Term::Number(number::character(item.text)?),
            Kind::Number => Term::Number(number::number(item.text)?),
            Kind::Complex => return Err(number::complex()),
            Kind::LeftParen => {
                let pipe = self.pipeline("parenthesized pipeline", Kind::RightParen)?;
                let at = pipe.at;
                let term = Term::Pipe(pipe);
                return Ok(Some(Operand { at, term }));
            }
            Kind::String | Kind::RawString => Term::Text {
                quoted: item.text.to_owned(),
                text: Text::constant(&unquote::unquote(item.text)?),
            },
            _ => {
                self.back(item);
                return Ok(None);
            }
        };
        Ok(Some(Operand { at: item.at, term }))
    }

    fn variable(&self, item: &Item<'t>) -> Parsing<Term> {
        if self.variables.iter().any(|known| known == item.text) {
            return Ok(Term::Variable(item.text.to_owned(), Vec::new()));
        }
        Err(Fault::from(format!("undefined variable {:?}", item.text)))
    }
}

fn begins_operand(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Bool
            | Kind::CharConstant
            | Kind::Complex
            | Kind::Dot
            | Kind::Field
            | Kind::Identifier
            | Kind::Number
            | Kind::Nil
            | Kind::RawString
            | Kind::String
            | Kind::Variable
            | Kind::LeftParen
    )
}
