//! What expressions come to.

use std::borrow::Cow;

use zeroize::{Zeroize, Zeroizing};

use super::{Node, glob, letters};
use crate::budget::Meter;
use crate::error::Name;
use crate::{Reason, Variables};

/// The text of the nodes, in memory that is asked for once and erased by whoever drops it.
pub(super) fn render(
    nodes: &[Node<'_>],
    variables: &Variables,
    strict: bool,
) -> Result<Zeroizing<String>, Reason> {
    let run = Run {
        variables,
        strict,
        meter: Meter::new(),
    };
    run.join(nodes)
}

struct Run<'r> {
    variables: &'r Variables,
    strict: bool,
    meter: Meter,
}

/// A text on its way: of the template, of a variable, or made.
enum Piece<'p> {
    Borrowed(&'p str),
    Made(Zeroizing<String>),
}

impl Piece<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Made(text) => text,
        }
    }
}

impl<'r> Run<'r> {
    fn join(&self, nodes: &'r [Node<'r>]) -> Result<Zeroizing<String>, Reason> {
        let mut pieces = Vec::with_capacity(nodes.len());
        for node in nodes {
            let piece = self.piece(node)?;
            self.meter.bytes(piece.text().len())?;
            pieces.push(piece);
        }
        Ok(joined(&pieces))
    }

    fn piece(&self, node: &'r Node<'r>) -> Result<Piece<'r>, Reason> {
        match node {
            Node::Text(text) => Ok(Piece::Borrowed(text)),
            Node::Call {
                variable,
                operator,
                arguments,
            } => self.call(variable, operator, arguments),
        }
    }

    /// Arguments come first, as in Flux: a variable that is missing in a default is missing even
    /// where the default is not used.
    fn call(
        &self,
        variable: &str,
        operator: &str,
        arguments: &'r [Node<'r>],
    ) -> Result<Piece<'r>, Reason> {
        let arguments: Vec<Piece<'r>> = arguments
            .iter()
            .map(|it| self.piece(it))
            .collect::<Result<_, _>>()?;
        let value = match self.variables.get(variable)? {
            Some(value) => value,
            None if self.strict && !takes_default(operator) => {
                return Err(Reason::NotSet(Name::new(variable)));
            }
            None => "",
        };
        let texts: Vec<&str> = arguments.iter().map(Piece::text).collect();
        match self.apply(variable, value, operator, &texts)? {
            Some(made) => Ok(Piece::Made(made)),
            None if value.is_empty() && takes_default(operator) => self.concat(arguments),
            None => Ok(Piece::Borrowed(value)),
        }
    }

    fn concat(&self, mut pieces: Vec<Piece<'r>>) -> Result<Piece<'r>, Reason> {
        if pieces.len() <= 1 {
            return Ok(pieces.pop().unwrap_or(Piece::Borrowed("")));
        }
        self.meter.bytes(length_of(&pieces))?;
        Ok(Piece::Made(joined(&pieces)))
    }

    /// A function of the value; `None` where the value stays, or its default is taken.
    fn apply(
        &self,
        variable: &str,
        value: &str,
        operator: &str,
        arguments: &[&str],
    ) -> Result<Option<Zeroizing<String>>, Reason> {
        let made = match (operator, arguments) {
            ("#", []) => value.len().to_string(),
            (",", _) => letters::first(value, letters::lower_of),
            (",,", _) => letters::lower(value),
            ("^", _) => letters::first(value, letters::upper_of),
            ("^^", _) => letters::upper(value),
            (":", [start, length @ ..]) => {
                let bytes = part(value, start, length.first().copied());
                return self.cut(variable, bytes.to_vec());
            }
            ("#" | "##", [pattern]) => {
                return self.without_prefix(variable, value, pattern, operator == "##");
            }
            ("%" | "%%", [pattern]) => {
                return self.without_suffix(variable, value, pattern, operator == "%%");
            }
            ("/" | "//", [old, new @ ..]) => {
                let new = new.first().copied().unwrap_or_default();
                return self.replace(value, old, new, operator == "//").map(Some);
            }
            ("/#", [old, new]) if value.starts_with(old) => {
                return self.replace(value, old, new, false).map(Some);
            }
            ("/%", [old, new]) => match value.strip_suffix(old) {
                Some(head) => format!("{head}{new}"),
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        self.meter.bytes(made.len())?;
        Ok(Some(Zeroizing::new(made)))
    }

    /// Bytes as a text; a function may have cut a character.
    fn cut(&self, variable: &str, bytes: Vec<u8>) -> Result<Option<Zeroizing<String>>, Reason> {
        self.meter.bytes(bytes.len())?;
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(Zeroizing::new(text))),
            Err(error) => {
                error.into_bytes().zeroize();
                Err(Reason::Cut(Name::new(variable)))
            }
        }
    }

    fn without_prefix(
        &self,
        variable: &str,
        value: &str,
        pattern: &str,
        longest: bool,
    ) -> Result<Option<Zeroizing<String>>, Reason> {
        let text = value.as_bytes();
        let found = glob::prefix(pattern.as_bytes(), text, longest, &self.meter)?;
        let rest = found.and_then(|length| text.get(length..));
        rest.map_or(Ok(None), |rest| self.cut(variable, rest.to_vec()))
    }

    /// A suffix is a prefix of the reversed text, for the reversed pattern.
    fn without_suffix(
        &self,
        variable: &str,
        value: &str,
        pattern: &str,
        longest: bool,
    ) -> Result<Option<Zeroizing<String>>, Reason> {
        let reversed = |text: &str| Zeroizing::new(text.chars().rev().collect::<String>());
        let (pattern, text) = (reversed(pattern), reversed(value));
        let rest = self.without_prefix(variable, &text, &pattern, longest)?;
        Ok(rest.map(|rest| reversed(&rest)))
    }

    fn replace(
        &self,
        value: &str,
        old: &str,
        new: &str,
        all: bool,
    ) -> Result<Zeroizing<String>, Reason> {
        let places = match (old, all) {
            (_, false) => 1,
            ("", true) => value.chars().count() + 1,
            (old, true) => value.matches(old).count(),
        };
        self.meter
            .bytes(value.len() + places.saturating_mul(new.len()))?;
        let made: Cow<'_, str> = if all {
            value.replace(old, new).into()
        } else {
            value.replacen(old, new, 1).into()
        };
        Ok(Zeroizing::new(made.into_owned()))
    }
}

fn length_of(pieces: &[Piece<'_>]) -> usize {
    pieces.iter().map(|piece| piece.text().len()).sum()
}

/// In memory that is asked for once: what grows leaves copies behind.
fn joined(pieces: &[Piece<'_>]) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(length_of(pieces)));
    pieces.iter().for_each(|piece| out.push_str(piece.text()));
    out
}

/// Operators that are about a variable that is not set.
fn takes_default(operator: &str) -> bool {
    matches!(operator, "=" | ":=" | ":-" | ":?" | ":+")
}

/// A part by bytes. What is no number leaves the whole.
fn part<'v>(value: &'v str, start: &str, length: Option<&str>) -> &'v [u8] {
    let bytes = value.as_bytes();
    let (Ok(start), Ok(length)) = (
        start.parse::<i64>(),
        length.map(str::parse::<i64>).transpose(),
    ) else {
        return bytes;
    };
    let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let start = if start < 0 {
        (size + start).max(0)
    } else {
        start
    };
    let end = match length {
        None => size,
        Some(length) if length < 0 => size.saturating_add(length),
        Some(length) => start.saturating_add(length).min(size),
    };
    let place = |at: i64| usize::try_from(at).unwrap_or(0);
    bytes.get(place(start)..place(end)).unwrap_or_default()
}
