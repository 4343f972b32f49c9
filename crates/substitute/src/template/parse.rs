//! The grammar, token by token.

use super::Node;
use super::scan::{Accept, Escapes, Mode, Scanner, Token};
use crate::Reason;
use crate::budget::DEPTH;
use crate::error::Name;

const BAD: &str = "bad substitution";
const NO_END: &str = "missing closing brace";
const NO_NAME: &str = "unable to parse variable name";
const NO_ARGUMENT: &str = "unable to parse substitution within function";

pub(super) fn parse(text: &str) -> Result<Vec<Node<'_>>, Reason> {
    let mut parser = Parser {
        scanner: Scanner::new(text),
        name: None,
    };
    let mut nodes = Vec::new();
    loop {
        let mode = Mode {
            open: true,
            ..text_of(|_, _| true, Escapes::Dollar)
        };
        match parser.scanner.scan(mode) {
            Token::Text => nodes.push(Node::Text(parser.scanner.token())),
            Token::Open => nodes.push(parser.expression(0)?),
            Token::End => return Ok(nodes),
            Token::Illegal | Token::Close => return parser.fail(BAD),
        }
    }
}

struct Parser<'t> {
    scanner: Scanner<'t>,
    /// The last name that was read, for messages.
    name: Option<&'t str>,
}

impl<'t> Parser<'t> {
    /// What is behind `${`, up to its `}`.
    fn expression(&mut self, depth: usize) -> Result<Node<'t>, Reason> {
        if depth >= DEPTH {
            return Err(Reason::Depth);
        }
        self.name = None;
        if self.scanner.peek() == Some('#') {
            return self.length();
        }
        let variable = self.word(is_name, NO_NAME)?;
        self.name = Some(variable);
        let (operator, arguments) = match self.scanner.peek() {
            Some(':') => self.default_or_part(depth)?,
            Some('=') => self.default(depth)?,
            Some(',' | '^') => {
                let operator = self.word(|c, at| matches!(c, ',' | '^') && at < 3, BAD)?;
                self.close(BAD)?;
                (operator, Vec::new())
            }
            Some('/') => self.replacement(depth)?,
            Some('#') => self.removal(|c, at| c == '#' && at < 3, depth)?,
            Some('%') => self.removal(|c, at| c == '%' && at < 3, depth)?,
            _ => {
                self.close(NO_END)?;
                ("", Vec::new())
            }
        };
        Ok(Node::Call {
            variable,
            operator,
            arguments,
        })
    }

    /// `#v`
    fn length(&mut self) -> Result<Node<'t>, Reason> {
        let operator = self.word(|c, at| c == '#' && at == 1, BAD)?;
        let variable = self.word(is_name, BAD)?;
        self.close(BAD)?;
        Ok(Node::Call {
            variable,
            operator,
            arguments: Vec::new(),
        })
    }

    fn default_or_part(&mut self, depth: usize) -> Result<(&'t str, Vec<Node<'t>>), Reason> {
        match self.scanner.peek_second() {
            Some('=' | '-' | '?' | '+') => self.default(depth),
            // Flux goes back by the wrong number of bytes here, and finds no colon.
            Some(c) if c.len_utf8() == 1 => self.part(depth),
            _ => self.fail(BAD),
        }
    }

    /// `:-d` and its like, the default being as many texts and expressions as there are.
    fn default(&mut self, depth: usize) -> Result<(&'t str, Vec<Node<'t>>), Reason> {
        let accept: Accept = if self.scanner.peek() == Some('=') {
            |c, at| c == '=' && at == 1
        } else {
            |c, at| at == 1 && c == ':' || at == 2 && matches!(c, '=' | '-' | '?' | '+')
        };
        let operator = self.word(accept, "unable to parse default function")?;
        let mut arguments = Vec::new();
        while self.scanner.peek() != Some('}') {
            arguments.push(self.argument(not_closing, Escapes::None, depth)?);
        }
        self.close(BAD)?;
        Ok((operator, arguments))
    }

    /// `:n` and `:n:len`
    fn part(&mut self, depth: usize) -> Result<(&'t str, Vec<Node<'t>>), Reason> {
        let operator = self.word(|c, at| c == ':' && at == 1, BAD)?;
        let start = self.argument(|c, _| !matches!(c, ':' | '}'), Escapes::None, depth)?;
        let mut arguments = vec![start];
        let mode = Mode {
            close: true,
            ..text_of(|c, _| c == ':', Escapes::None)
        };
        match self.scanner.scan(mode) {
            Token::Close => return Ok((operator, arguments)),
            Token::Text => {}
            _ => return self.fail(BAD),
        }
        arguments.push(self.argument(not_closing, Escapes::None, depth)?);
        self.close(BAD)?;
        Ok((operator, arguments))
    }

    /// `#p`, `##p`, `%p`, `%%p`
    fn removal(
        &mut self,
        accept: Accept,
        depth: usize,
    ) -> Result<(&'t str, Vec<Node<'t>>), Reason> {
        let operator = self.word(accept, BAD)?;
        let pattern = self.argument(not_closing, Escapes::None, depth)?;
        self.close(BAD)?;
        Ok((operator, vec![pattern]))
    }

    /// `/p/r` and its like. What is searched for goes on up to a slash, whatever it holds.
    fn replacement(&mut self, depth: usize) -> Result<(&'t str, Vec<Node<'t>>), Reason> {
        let operator = self.word(
            |c, at| at == 1 && c == '/' || at == 2 && matches!(c, '/' | '#' | '%'),
            BAD,
        )?;
        let mut arguments = vec![self.argument(|c, _| c != '/', Escapes::All, depth)?];
        self.word(|c, _| c == '/', BAD)?;
        if self.scanner.peek() != Some('}') {
            arguments.push(self.argument(not_closing, Escapes::All, depth)?);
        }
        self.close(BAD)?;
        Ok((operator, arguments))
    }

    /// One text or one expression.
    fn argument(
        &mut self,
        accept: Accept,
        escapes: Escapes,
        depth: usize,
    ) -> Result<Node<'t>, Reason> {
        let mode = Mode {
            open: true,
            ..text_of(accept, escapes)
        };
        match self.scanner.scan(mode) {
            Token::Open => self.expression(depth + 1),
            Token::Text => Ok(Node::Text(self.scanner.token())),
            _ => self.fail(NO_ARGUMENT),
        }
    }

    fn word(&mut self, accept: Accept, missing: &'static str) -> Result<&'t str, Reason> {
        match self.scanner.scan(text_of(accept, Escapes::None)) {
            Token::Text => Ok(self.scanner.plain_token()),
            _ => self.fail(missing),
        }
    }

    fn close(&mut self, missing: &'static str) -> Result<(), Reason> {
        let mode = Mode {
            text: false,
            close: true,
            ..text_of(|_, _| false, Escapes::None)
        };
        match self.scanner.scan(mode) {
            Token::Close => Ok(()),
            _ => self.fail(missing),
        }
    }

    fn fail<T>(&self, what: &'static str) -> Result<T, Reason> {
        let near = Name(self.name.map(str::to_owned));
        Err(Reason::Syntax { what, near })
    }
}

fn text_of(accept: Accept, escapes: Escapes) -> Mode {
    Mode {
        accept,
        text: true,
        open: false,
        close: false,
        escapes,
    }
}

fn is_name(c: char, _: usize) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn not_closing(c: char, _: usize) -> bool {
    c != '}'
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    #[test]
    fn text_without_expressions_is_not_copied() {
        let nodes = parse("a: b\n").unwrap_or_default();
        assert!(matches!(
            nodes.as_slice(),
            [Node::Text(Cow::Borrowed("a: b\n"))]
        ));
    }

    #[test]
    fn an_error_tells_the_name_that_it_is_about() {
        let error = parse("${v-d}").err().map(|reason| reason.to_string());
        assert_eq!(
            error.as_deref(),
            Some("missing closing brace in an expression of \"v\"; write $${ to keep the text")
        );
    }
}
