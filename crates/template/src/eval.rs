//! A template walks over its context, as Go's `exec.go` does it.

mod call;
mod field;
mod operand;
mod range;

use std::collections::BTreeMap;

use crate::error::{Error, Fault, Outcome};
use crate::host::Host;
use crate::print;
use crate::tree::{Branch, Call, Command, List, Node, Operand, Pipe, Place, Term};
use crate::value::{Buffer, Value};

/// One execution.
pub(crate) struct Execution<'t, 'h> {
    host: &'h Host<'h>,
    templates: &'t BTreeMap<String, List>,
    /// The text all places are in, and its name.
    text: &'t str,
    file: &'t str,
    /// The template at work.
    name: &'t str,
    /// The variables in sight, the last one on top.
    variables: Vec<(&'t str, Value)>,
    /// What is being done, for errors.
    at: Option<Place<'t>>,
    out: Buffer<'h>,
}

/// How a list ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
}

/// Whether `if` or `with` looks at a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Test {
    If,
    With,
}

/// Renders the template `name` of a parsed text.
///
/// # Errors
/// As Go's engine, in its words as far as they tell no value.
pub(crate) fn execute<'t, 'h>(
    host: &'h Host<'h>,
    templates: &'t BTreeMap<String, List>,
    (name, text): (&'t str, &'t str),
    context: &Value,
) -> Result<Buffer<'h>, Error> {
    let mut execution = Execution {
        host,
        templates,
        text,
        file: name,
        name,
        variables: vec![("$", context.clone())],
        at: None,
        out: host.buffer(),
    };
    let walked = match templates.get(name) {
        Some(list) => execution.walk_list(context, list),
        None => Err(Fault::from("this is an incomplete or empty template")),
    };
    match walked {
        Ok(_) => Ok(execution.out),
        Err(fault) => Err(execution.error(&fault)),
    }
}

impl<'t, 'h> Execution<'t, 'h> {
    fn error(&self, fault: &Fault) -> Error {
        let Some(at) = self.at else {
            return Error::at(self.file, fault);
        };
        let before = self.text.get(..at.at()).unwrap_or_default();
        let line = 1 + before.matches('\n').count();
        let column = before.len() - before.rfind('\n').map_or(0, |end| end + 1);
        let (file, name, shown) = (self.file, self.name, at.shown());
        Error::at(
            &format!("{file}:{line}:{column}: executing {name:?} at <{shown}>"),
            fault,
        )
    }

    fn walk_list(&mut self, dot: &Value, list: &'t List) -> Outcome<Flow> {
        for node in &list.nodes {
            let flow = self.walk(dot, node)?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn walk(&mut self, dot: &Value, node: &'t Node) -> Outcome<Flow> {
        self.at = Some(Place::Node(node));
        self.host.meter.steps(1)?;
        match node {
            Node::Text { text, .. } => self.write(text.as_bytes())?,
            Node::Action(pipe) => {
                // Variables stay until the next end; what declares one prints nothing.
                let value = self.pipeline(dot, pipe)?;
                if pipe.variables.is_empty() {
                    self.at = Some(Place::Node(node));
                    self.print(&value)?;
                }
            }
            Node::If(branch) => return self.test(Test::If, dot, branch),
            Node::With(branch) => return self.test(Test::With, dot, branch),
            Node::Range(branch) => return self.range(dot, branch),
            Node::Template(call) => self.template(dot, call)?,
            Node::Break(_) => return Ok(Flow::Break),
            Node::Continue(_) => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    fn write(&mut self, bytes: &[u8]) -> Outcome<()> {
        self.host.meter.output(bytes.len())?;
        self.out.extend(bytes)
    }

    fn print(&mut self, value: &Value) -> Outcome<()> {
        match value {
            Value::Nil => self.write(b"<no value>"),
            Value::Str(text) => self.write(text),
            value => {
                let shown = print::show(self.host.meter, value)?;
                self.write(&shown)
            }
        }
    }

    fn test(&mut self, test: Test, dot: &Value, branch: &'t Branch) -> Outcome<Flow> {
        let _deeper = self.host.meter.deeper()?;
        let mark = self.variables.len();
        let value = self.pipeline(dot, &branch.pipe)?;
        let flow = if value.truth() {
            let dot = if test == Test::With { &value } else { dot };
            self.walk_list(dot, &branch.list)?
        } else if let Some(list) = &branch.otherwise {
            self.walk_list(dot, list)?
        } else {
            Flow::Next
        };
        self.variables.truncate(mark);
        Ok(flow)
    }

    /// `{{template}}`: it sees its argument and none of our variables.
    fn template(&mut self, dot: &Value, call: &'t Call) -> Outcome<()> {
        self.at = Some(Place::Call(call));
        let _deeper = self.host.meter.deeper()?;
        let Some((name, list)) = self.templates.get_key_value(&call.name) else {
            return Err(Fault::from(format!("template {:?} not defined", call.name)));
        };
        let dot = match &call.pipe {
            Some(pipe) => self.pipeline(dot, pipe)?,
            None => Value::Nil,
        };
        let inner = vec![("$", dot.clone())];
        let variables = std::mem::replace(&mut self.variables, inner);
        let outer = std::mem::replace(&mut self.name, name);
        self.walk_list(&dot, list)?;
        (self.variables, self.name) = (variables, outer);
        Ok(())
    }

    /// The value of a pipeline, which its variables get too.
    fn pipeline(&mut self, dot: &Value, pipe: &'t Pipe) -> Outcome<Value> {
        let _deeper = self.host.meter.deeper()?;
        self.at = Some(Place::Pipe(pipe));
        let mut value = None;
        for command in &pipe.commands {
            self.host.meter.steps(1)?;
            value = Some(self.command(dot, command, value)?.concrete());
        }
        let value = value.unwrap_or(Value::Nil);
        for name in &pipe.variables {
            if pipe.assigns {
                self.assign(name, &value)?;
            } else {
                self.host.meter.memory(size_of::<(&str, Value)>())?;
                self.variables.push((name, value.clone()));
            }
        }
        Ok(value)
    }

    fn assign(&mut self, name: &str, value: &Value) -> Outcome<()> {
        let mut variables = self.variables.iter_mut().rev();
        match variables.find(|(known, _)| *known == name) {
            Some((_, place)) => *place = value.clone(),
            None => return Err(Fault::from(format!("undefined variable: {name}"))),
        }
        Ok(())
    }

    /// The value of a command; `last` is that of the one before.
    fn command(
        &mut self,
        dot: &Value,
        command: &'t Command,
        last: Option<Value>,
    ) -> Outcome<Value> {
        let Some((first, arguments)) = command.words.split_first() else {
            return Err(Fault::from("empty command"));
        };
        let bare = arguments.is_empty() && last.is_none();
        match &first.term {
            Term::Field(_) | Term::Chain(..) | Term::Variable(..) => {
                return self.chained(dot, first, Some((arguments, last)));
            }
            Term::Function(name) => {
                self.at = Some(Place::Operand(first));
                let place = Place::Command(command);
                return self.function(dot, name, place, arguments, last);
            }
            Term::Pipe(pipe) => {
                self.no_arguments(first, bare)?;
                return self.pipeline(dot, pipe);
            }
            _ => {}
        }
        self.at = Some(Place::Operand(first));
        self.no_arguments(first, bare)?;
        match &first.term {
            Term::Nil => Err(Fault::from("nil is not a command")),
            Term::Dot => Ok(dot.clone()),
            _ => self.constant(first),
        }
    }

    fn no_arguments(&self, operand: &Operand, bare: bool) -> Outcome<()> {
        if bare {
            return Ok(());
        }
        Err(Fault::from(format!(
            "can't give argument to non-function {operand}"
        )))
    }
}
