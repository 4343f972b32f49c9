//! Label selectors, as `kubectl get -l` takes them: `tier=front,env in (a, b),!canary`.

use std::collections::BTreeSet;
use std::iter::Peekable;

use serde_json::Value;

/// A selector: requirements that must all hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    wants: Wants,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Wants {
    Exists,
    Missing,
    In(BTreeSet<String>),
    NotIn(BTreeSet<String>),
    More(i64),
    Less(i64),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// `in` and `notin` are words too where a key or a value stands.
    Word(String),
    /// `=`, `==`, `!=`, `<`, `>`, `!`, `(`, `)`, `,`
    Sign(&'static str),
    End,
}

impl Selector {
    /// Reads a selector; the empty one selects everything.
    ///
    /// # Errors
    /// It is none; says what was found and what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let tokens = tokens(text)?;
        Parser(tokens.into_iter().peekable()).selector().map(Self)
    }

    /// Whether it selects an object by a map of its metadata, `labels` or `annotations`.
    #[must_use]
    pub fn selects(&self, map: Option<&Value>) -> bool {
        self.0.iter().all(|requirement| {
            let value = map.and_then(|map| map.get(&requirement.key)?.as_str());
            requirement.wants.holds(value)
        })
    }
}

impl Wants {
    fn holds(&self, value: Option<&str>) -> bool {
        let number = || value.and_then(|value| value.parse::<i64>().ok());
        match self {
            Self::Exists => value.is_some(),
            Self::Missing => value.is_none(),
            Self::In(values) => value.is_some_and(|value| values.contains(value)),
            Self::NotIn(values) => value.is_none_or(|value| !values.contains(value)),
            Self::More(least) => number().is_some_and(|number| number > *least),
            Self::Less(most) => number().is_some_and(|number| number < *most),
        }
    }
}

// === Tokens ===

/// The longer sign first.
const SIGNS: [&str; 9] = ["==", "!=", "=", "!", "<", ">", "(", ")", ","];

fn is_special(c: char) -> bool {
    matches!(c, '=' | '!' | '<' | '>' | '(' | ')' | ',')
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start_matches(is_space);
    while !rest.is_empty() {
        let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign));
        let length = match sign {
            Some(sign) => {
                tokens.push(Token::Sign(sign));
                sign.len()
            }
            None => {
                let end = rest
                    .find(|c| is_special(c) || is_space(c))
                    .unwrap_or(rest.len());
                tokens.push(Token::Word(rest.get(..end).unwrap_or_default().to_owned()));
                end
            }
        };
        rest = rest
            .get(length..)
            .unwrap_or_default()
            .trim_start_matches(is_space);
    }
    Ok(tokens)
}

// === Grammar ===

struct Parser<I: Iterator<Item = Token>>(Peekable<I>);

impl<I: Iterator<Item = Token>> Parser<I> {
    fn selector(&mut self) -> Result<Vec<Requirement>, String> {
        let mut requirements = Vec::new();
        if self.0.peek().is_none() {
            return Ok(requirements);
        }
        loop {
            requirements.push(self.requirement()?);
            match self.next() {
                Token::End => return Ok(requirements),
                Token::Sign(",") => {}
                other => return Err(unexpected(&other, "',' or the end")),
            }
        }
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let missing = self.0.next_if_eq(&Token::Sign("!")).is_some();
        let key = match self.next() {
            Token::Word(key) => key,
            other => return Err(unexpected(&other, "a key")),
        };
        if !is_key(&key) {
            return Err(format!("{key:?} is no label key"));
        }
        let wants = match self.0.peek() {
            _ if missing => Wants::Missing,
            None | Some(Token::Sign(",")) => Wants::Exists,
            Some(_) => self.wants()?,
        };
        Ok(Requirement { key, wants })
    }

    fn wants(&mut self) -> Result<Wants, String> {
        match self.next() {
            Token::Sign("=" | "==") => Ok(Wants::In([self.value()?].into())),
            Token::Sign("!=") => Ok(Wants::NotIn([self.value()?].into())),
            Token::Sign(">") => self.number().map(Wants::More),
            Token::Sign("<") => self.number().map(Wants::Less),
            Token::Word(word) if word == "in" => self.values().map(Wants::In),
            Token::Word(word) if word == "notin" => self.values().map(Wants::NotIn),
            other => Err(unexpected(&other, "=, ==, !=, in, notin, < or >")),
        }
    }

    /// What is behind `=`; nothing stands for the empty text.
    fn value(&mut self) -> Result<String, String> {
        match self.0.peek() {
            None | Some(Token::Sign(",")) => Ok(String::new()),
            Some(_) => match self.next() {
                Token::Word(value) => checked(value),
                other => Err(unexpected(&other, "a value")),
            },
        }
    }

    fn number(&mut self) -> Result<i64, String> {
        let value = self.value()?;
        let number = value.parse();
        number.map_err(|_| format!("{value:?} is no whole number, which < and > compare with"))
    }

    /// `(a, b)`, in which a missing value stands for the empty text.
    fn values(&mut self) -> Result<BTreeSet<String>, String> {
        match self.next() {
            Token::Sign("(") => {}
            other => return Err(unexpected(&other, "'('")),
        }
        let mut values = BTreeSet::new();
        let mut last = None;
        loop {
            match (self.next(), last.take()) {
                (Token::Word(value), None | Some(",")) => {
                    values.insert(checked(value)?);
                    last = Some("value");
                }
                (Token::Sign(","), before) => {
                    if before != Some("value") {
                        values.insert(String::new());
                    }
                    last = Some(",");
                }
                (Token::Sign(")"), Some("value")) => return Ok(values),
                (Token::Sign(")"), _) => {
                    values.insert(String::new());
                    return Ok(values);
                }
                (other, _) => return Err(unexpected(&other, "a value, ',' or ')'")),
            }
        }
    }

    fn next(&mut self) -> Token {
        self.0.next().unwrap_or(Token::End)
    }
}

fn unexpected(found: &Token, wanted: &str) -> String {
    match found {
        Token::Word(word) => format!("found '{word}', expected {wanted}"),
        Token::Sign(sign) => format!("found '{sign}', expected {wanted}"),
        Token::End => format!("it ends where {wanted} is expected"),
    }
}

// === What Kubernetes allows ===

fn checked(value: String) -> Result<String, String> {
    if value.is_empty() || is_name(&value) {
        Ok(value)
    } else {
        Err(format!("{value:?} is no label value"))
    }
}

fn is_key(key: &str) -> bool {
    match key.split_once('/') {
        Some((prefix, name)) => is_domain(prefix) && is_name(name),
        None => is_name(key),
    }
}

fn is_name(name: &str) -> bool {
    let end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    name.len() <= 63
        && end(name.chars().next())
        && end(name.chars().last())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

fn is_domain(domain: &str) -> bool {
    let part = |part: &str| {
        let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !part.is_empty()
            && part.chars().all(inside)
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    domain.len() <= 253 && domain.split('.').all(part)
}
