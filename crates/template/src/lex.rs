//! The text of a template, cut into items as Go's lexer cuts it.

mod action;

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What cannot be read; the item's error says why.
    Error,
    Eof,
    Text,
    LeftDelim,
    RightDelim,
    Space,
    Assign,
    Declare,
    Pipe,
    LeftParen,
    RightParen,
    Char,
    CharConstant,
    Complex,
    Number,
    String,
    RawString,
    Bool,
    Field,
    Identifier,
    Variable,
    Dot,
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

/// One item: what it is, where it begins, its text and its line.
#[derive(Clone, Debug)]
pub(crate) struct Item<'t> {
    pub(crate) kind: Kind,
    pub(crate) at: usize,
    pub(crate) text: &'t str,
    pub(crate) line: usize,
    /// Why it cannot be read.
    pub(crate) error: String,
}

/// Characters that the trim markers take away.
const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

/// A template being cut.
pub(crate) struct Lexer<'t> {
    text: &'t str,
    at: usize,
    start: usize,
    start_line: usize,
    parens: usize,
    inside: bool,
    broken: bool,
}

impl<'t> Lexer<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            start: 0,
            start_line: 1,
            parens: 0,
            inside: false,
            broken: false,
        }
    }

    /// The next item; [`Kind::Eof`] at the end, and behind an error for ever.
    pub(crate) fn next(&mut self) -> Item<'t> {
        if self.broken {
            return self.item(Kind::Eof);
        }
        if self.inside {
            return self.action();
        }
        loop {
            if let Some(item) = self.plain() {
                return item;
            }
        }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let found = self.peek()?;
        self.at += found.len_utf8();
        Some(found)
    }

    /// What lies between start and here.
    fn item(&mut self, kind: Kind) -> Item<'t> {
        let item = Item {
            kind,
            at: self.start,
            text: self.text.get(self.start..self.at).unwrap_or_default(),
            line: self.start_line,
            error: String::new(),
        };
        self.ignore();
        item
    }

    /// Passes over what lies between start and here.
    fn ignore(&mut self) {
        let passed = self.text.get(self.start..self.at).unwrap_or_default();
        self.start_line += passed.matches('\n').count();
        self.start = self.at;
    }

    fn error(&mut self, error: impl Into<String>) -> Item<'t> {
        self.broken = true;
        Item {
            kind: Kind::Error,
            at: self.start,
            text: "",
            line: self.start_line,
            error: error.into(),
        }
    }

    /// Text up to an action, the beginning of one, or the end. `None` after what gives no item.
    fn plain(&mut self) -> Option<Item<'t>> {
        let Some(length) = self.rest().find("{{") else {
            self.at = self.text.len();
            let kind = if self.at > self.start {
                Kind::Text
            } else {
                Kind::Eof
            };
            return Some(self.item(kind));
        };
        if length > 0 {
            let text = self.rest().get(..length).unwrap_or_default();
            let behind = self.rest().get(length + 2..).unwrap_or_default();
            let kept = if trims_left(behind) {
                text.trim_end_matches(SPACES).len()
            } else {
                length
            };
            self.at += kept;
            let item = self.item(Kind::Text);
            self.at += length - kept;
            self.ignore();
            if kept > 0 {
                return Some(item);
            }
        }
        self.left_delim()
    }

    fn left_delim(&mut self) -> Option<Item<'t>> {
        self.at += 2;
        let marker = if trims_left(self.rest()) { 2 } else { 0 };
        let behind = self.rest().get(marker..).unwrap_or_default();
        if behind.starts_with("/*") {
            self.at += marker;
            self.ignore();
            return self.comment();
        }
        let item = self.item(Kind::LeftDelim);
        self.inside = true;
        self.at += marker;
        self.ignore();
        self.parens = 0;
        Some(item)
    }

    fn comment(&mut self) -> Option<Item<'t>> {
        let behind = self.rest().get(2..).unwrap_or_default();
        let Some(length) = behind.find("*/") else {
            return Some(self.error("unclosed comment"));
        };
        self.at += 2 + length + 2;
        let Some(trims) = self.at_right_delim() else {
            return Some(self.error("comment ends before closing delimiter"));
        };
        self.pass_right_delim(trims);
        self.ignore();
        None
    }

    /// Whether the end of an action stands here, and if so, whether it trims what follows.
    fn at_right_delim(&self) -> Option<bool> {
        let rest = self.rest();
        let marked = rest.strip_prefix(SPACES).and_then(|r| r.strip_prefix('-'));
        if marked.is_some_and(|rest| rest.starts_with("}}")) {
            return Some(true);
        }
        rest.starts_with("}}").then_some(false)
    }

    fn pass_right_delim(&mut self, trims: bool) {
        self.at += if trims { 4 } else { 2 };
        if trims {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start_matches(SPACES).len();
        }
    }
}

fn trims_left(behind: &str) -> bool {
    behind
        .strip_prefix('-')
        .is_some_and(|rest| rest.starts_with(SPACES))
}
