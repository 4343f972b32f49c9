//! Actions: `if`, `range`, `with`, `template`, `block`, `break`, `continue`, `else`, `end`.

use super::{Action, End, Parser, Parsing};
use crate::error::Fault;
use crate::lex::{Item, Kind};
use crate::tree::{Branch, Call, List, Node};

impl<'t> Parser<'t, '_> {
    /// What stands behind `{{`.
    pub(super) fn action(&mut self) -> Parsing<Action> {
        let item = self.next_solid();
        let node = match item.kind {
            Kind::Block => self.block()?,
            Kind::Break => self.turn(item.at, "{{break}}", Node::Break)?,
            Kind::Continue => self.turn(item.at, "{{continue}}", Node::Continue)?,
            Kind::Else => return self.otherwise().map(Action::End),
            Kind::End => {
                self.expect(Kind::RightDelim, "end")?;
                return Ok(Action::End(End::End));
            }
            Kind::If => Node::If(self.branch("if", Kind::If)?),
            Kind::Range => Node::Range(self.branch("range", Kind::Range)?),
            Kind::With => Node::With(self.branch("with", Kind::With)?),
            Kind::Template => self.call()?,
            _ => {
                self.back(item);
                Node::Action(self.pipeline("command", Kind::RightDelim)?)
            }
        };
        Ok(Action::Node(node))
    }

    fn turn(&mut self, at: usize, word: &str, node: fn(usize) -> Node) -> Parsing<Node> {
        self.expect(Kind::RightDelim, word)?;
        if self.ranges == 0 {
            return Err(Fault::from(format!("{word} outside {{{{range}}}}")));
        }
        Ok(node(at))
    }

    /// `{{else}}`; of `{{else if ...}}` the `if` is left for who asked.
    fn otherwise(&mut self) -> Parsing<End> {
        match self.peek_solid() {
            word @ (Kind::If | Kind::With) => Ok(End::Else(Some(word))),
            _ => {
                self.expect(Kind::RightDelim, "else")?;
                Ok(End::Else(None))
            }
        }
    }

    fn branch(&mut self, context: &str, word: Kind) -> Parsing<Branch> {
        let meter = self.meter;
        let _deeper = meter.deeper()?;
        let variables = self.variables.len();
        let pipe = self.pipeline(context, Kind::RightDelim)?;
        self.ranges += usize::from(word == Kind::Range);
        let (list, end) = self.list()?;
        self.ranges -= usize::from(word == Kind::Range);
        let otherwise = match end {
            End::End => None,
            // `{{else if}}` is `{{else}}{{if}}` that shares its `{{end}}`.
            End::Else(Some(next)) if next == word => Some(self.chained(context, word)?),
            End::Else(_) => {
                let (list, end) = self.list()?;
                match end {
                    End::End => Some(list),
                    end => {
                        let found = end.text();
                        return Err(Fault::from(format!("expected end; found {found}")));
                    }
                }
            }
        };
        self.variables.truncate(variables);
        Ok(Branch {
            pipe,
            list,
            otherwise,
        })
    }

    fn chained(&mut self, context: &str, word: Kind) -> Parsing<List> {
        self.next_solid();
        let branch = self.branch(context, word)?;
        let node = if word == Kind::If {
            Node::If(branch)
        } else {
            Node::With(branch)
        };
        Ok(List { nodes: vec![node] })
    }

    /// `{{template "name" pipeline}}`
    fn call(&mut self) -> Parsing<Node> {
        const CONTEXT: &str = "template clause";
        let item = self.next_solid();
        let name = self.template_name(&item, CONTEXT)?;
        let next = self.next_solid();
        let pipe = if next.kind == Kind::RightDelim {
            None
        } else {
            self.back(next);
            Some(self.pipeline(CONTEXT, Kind::RightDelim)?)
        };
        let at = item.at;
        Ok(Node::Template(Call { at, name, pipe }))
    }

    /// `{{block "name" pipeline}} ... {{end}}`: a definition and a call of it.
    fn block(&mut self) -> Parsing<Node> {
        const CONTEXT: &str = "block clause";
        let meter = self.meter;
        let _deeper = meter.deeper()?;
        let item = self.next_solid();
        let name = self.template_name(&item, CONTEXT)?;
        let pipe = Some(self.pipeline(CONTEXT, Kind::RightDelim)?);
        let list = self.apart(CONTEXT)?;
        self.add(name.clone(), list)?;
        let at = item.at;
        Ok(Node::Template(Call { at, name, pipe }))
    }

    pub(super) fn template_name(&mut self, item: &Item<'t>, context: &str) -> Parsing<String> {
        match item.kind {
            Kind::String | Kind::RawString => {
                let name = super::unquote::unquote(item.text)?;
                Ok(String::from_utf8_lossy(&name).into_owned())
            }
            _ => Err(self.unexpected(item, context)),
        }
    }
}
