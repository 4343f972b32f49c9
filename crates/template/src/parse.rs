//! Items become trees, as Go's parser makes them.

mod control;
mod number;
mod pipeline;
mod unquote;

use std::collections::BTreeMap;

use crate::budget::Meter;
use crate::error::{Error, Fault};
use crate::functions;
use crate::lex::{Item, Kind, Lexer};
use crate::tree::{List, Node};

/// A parsed text: the template of the name it was given, and those that it defines.
pub(crate) struct Parsed {
    /// By name.
    pub(crate) templates: BTreeMap<String, List>,
}

/// Parses a text under a name.
///
/// # Errors
/// As Go's parser, in its words; a function that is not known is refused here.
pub(crate) fn parse(meter: &Meter, name: &str, text: &str) -> Result<Parsed, Error> {
    let mut parser = Parser {
        meter,
        name,
        lexer: Lexer::new(text),
        ahead: Vec::new(),
        line: 1,
        action_line: 0,
        variables: vec!["$".to_owned()],
        ranges: 0,
        templates: BTreeMap::new(),
    };
    let whole = match meter.text(text.len()) {
        Ok(()) => parser.whole(),
        Err(fault) => Err(fault),
    };
    let added = whole.and_then(|list| parser.add(name.to_owned(), list));
    match added {
        Ok(()) => Ok(Parsed {
            templates: parser.templates,
        }),
        Err(fault) => Err(Error::at(&format!("{name}:{}", parser.line), &fault)),
    }
}

/// The parser, at one place of the text.
struct Parser<'t, 'm> {
    meter: &'m Meter,
    name: &'t str,
    lexer: Lexer<'t>,
    /// Items that were read and put back, the next one last.
    ahead: Vec<Item<'t>>,
    /// Line of the last item.
    line: usize,
    /// Line on which the action at hand began.
    action_line: usize,
    /// Variables that may be used here.
    variables: Vec<String>,
    /// How many ranges this is inside of.
    ranges: usize,
    templates: BTreeMap<String, List>,
}

/// What ends a list.
enum End {
    End,
    /// `{{else}}`, or the word behind it that is still to be read.
    Else(Option<Kind>),
}

/// An action, or the end of the list it would stand in.
enum Action {
    Node(Node),
    End(End),
}

type Parsing<T> = Result<T, Fault>;

impl<'t> Parser<'t, '_> {
    fn next(&mut self) -> Item<'t> {
        self.ahead.pop().unwrap_or_else(|| {
            let item = self.lexer.next();
            self.line = item.line;
            item
        })
    }

    fn back(&mut self, item: Item<'t>) {
        self.ahead.push(item);
    }

    fn peek(&mut self) -> Kind {
        let item = self.next();
        let kind = item.kind;
        self.back(item);
        kind
    }

    fn next_solid(&mut self) -> Item<'t> {
        loop {
            let item = self.next();
            if item.kind != Kind::Space {
                return item;
            }
        }
    }

    fn peek_solid(&mut self) -> Kind {
        let item = self.next_solid();
        let kind = item.kind;
        self.back(item);
        kind
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Parsing<Item<'t>> {
        let item = self.next_solid();
        if item.kind == kind {
            return Ok(item);
        }
        Err(self.unexpected(&item, context))
    }

    fn unexpected(&self, item: &Item<'t>, context: &str) -> Fault {
        if item.kind != Kind::Error {
            return Fault::from(format!("unexpected {} in {context}", told(item)));
        }
        let mut extra = String::new();
        if self.action_line != 0 && self.action_line != item.line {
            let (name, line) = (self.name, self.action_line);
            let doubled = item.error.ends_with(" action");
            let word = if doubled { "" } else { " in action" };
            extra = format!("{word} started at {name}:{line}");
        }
        Fault::from(format!("{}{extra}", item.error))
    }

    /// Everything up to the end of the text.
    fn whole(&mut self) -> Parsing<List> {
        let mut list = List::default();
        loop {
            match self.peek() {
                Kind::Eof => return Ok(list),
                Kind::LeftDelim => {
                    let delim = self.next();
                    let word = self.next_solid();
                    if word.kind == Kind::Define {
                        self.definition()?;
                        continue;
                    }
                    self.back(word);
                    self.back(delim);
                }
                _ => {}
            }
            match self.text_or_action()? {
                Action::Node(node) => list.nodes.push(node),
                Action::End(end) => return Err(Fault::from(format!("unexpected {}", end.text()))),
            }
        }
    }

    /// `{{define "name"}} ... {{end}}`
    fn definition(&mut self) -> Parsing<()> {
        const CONTEXT: &str = "define clause";
        let item = self.next_solid();
        let name = self.template_name(&item, CONTEXT)?;
        self.expect(Kind::RightDelim, CONTEXT)?;
        let list = self.apart(CONTEXT)?;
        self.add(name, list)
    }

    /// A list that sees no variables of where it stands.
    fn apart(&mut self, context: &str) -> Parsing<List> {
        let variables = std::mem::replace(&mut self.variables, vec!["$".to_owned()]);
        let ranges = std::mem::take(&mut self.ranges);
        let (list, end) = self.list()?;
        self.variables = variables;
        self.ranges = ranges;
        match end {
            End::End => Ok(list),
            end => Err(Fault::from(format!(
                "unexpected {} in {context}",
                end.text()
            ))),
        }
    }

    /// Nodes up to `{{end}}` or `{{else}}`.
    fn list(&mut self) -> Parsing<(List, End)> {
        let mut list = List::default();
        while self.peek_solid() != Kind::Eof {
            match self.text_or_action()? {
                Action::Node(node) => list.nodes.push(node),
                Action::End(end) => return Ok((list, end)),
            }
        }
        Err(Fault::from("unexpected EOF"))
    }

    fn text_or_action(&mut self) -> Parsing<Action> {
        self.meter.steps(1)?;
        let item = self.next_solid();
        match item.kind {
            Kind::Text => Ok(Action::Node(Node::Text {
                at: item.at,
                text: item.text.to_owned(),
            })),
            Kind::LeftDelim => {
                self.action_line = item.line;
                let action = self.action();
                if action.is_ok() {
                    self.action_line = 0;
                }
                action
            }
            _ => Err(self.unexpected(&item, "input")),
        }
    }

    /// Adds a template; one that is empty neither replaces nor is replaced by error.
    fn add(&mut self, name: String, list: List) -> Parsing<()> {
        match self.templates.get(&name) {
            Some(known) if !is_empty(known) => {
                if is_empty(&list) {
                    return Ok(());
                }
                Err(Fault::from(format!(
                    "template: multiple definition of template {name:?}"
                )))
            }
            _ => {
                self.templates.insert(name, list);
                Ok(())
            }
        }
    }

    fn known_function(&self, name: &str) -> Parsing<()> {
        match functions::find(name) {
            Some(_) => Ok(()),
            None => Err(Fault::from(format!("function {name:?} not defined"))),
        }
    }
}

/// Whether a template is space and comments alone.
fn is_empty(list: &List) -> bool {
    let blank = |node: &Node| match node {
        Node::Text { text, .. } => text.trim().is_empty(),
        _ => false,
    };
    list.nodes.iter().all(blank)
}

impl End {
    fn text(&self) -> &'static str {
        match self {
            Self::End => "{{end}}",
            Self::Else(_) => "{{else}}",
        }
    }
}

/// An item as Go's `%s` shows it.
fn told(item: &Item<'_>) -> String {
    match item.kind {
        Kind::Eof => "EOF".to_owned(),
        Kind::Block
        | Kind::Break
        | Kind::Continue
        | Kind::Define
        | Kind::Else
        | Kind::End
        | Kind::If
        | Kind::Nil
        | Kind::Range
        | Kind::Template
        | Kind::With => {
            format!("<{}>", item.text)
        }
        _ => match item.text.char_indices().nth(10) {
            Some((at, _)) => format!("{:?}...", item.text.get(..at).unwrap_or_default()),
            None => format!("{:?}", item.text),
        },
    }
}
