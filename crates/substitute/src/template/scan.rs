//! Tokens, as the scanner of drone's envsubst finds them. What it takes for one depends on who asks,
//! and some of what it does looks like an accident; users rely on it all the same.

use std::borrow::Cow;

/// What a scan found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Something that nobody asked for.
    Illegal,
    End,
    /// What was asked for; the text is [`Scanner::token`].
    Text,
    /// `${`
    Open,
    /// `}`
    Close,
}

/// Whether a character may be at this place of a token; the place is the count of bytes up to its end.
pub(super) type Accept = fn(char, usize) -> bool;

/// What to look for.
#[derive(Clone, Copy)]
pub(super) struct Mode {
    pub(super) accept: Accept,
    pub(super) text: bool,
    pub(super) open: bool,
    pub(super) close: bool,
    /// Whether `$$` stands for `$`, and inside of an expression `\/` and `\\` for what is behind.
    pub(super) escapes: Escapes,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Escapes {
    None,
    Dollar,
    All,
}

pub(super) struct Scanner<'t> {
    text: &'t str,
    at: usize,
    token: Cow<'t, str>,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            token: Cow::Borrowed(""),
        }
    }

    /// The text of the last token.
    pub(super) fn token(&mut self) -> Cow<'t, str> {
        std::mem::take(&mut self.token)
    }

    /// The text of the last token where nothing in it was escaped.
    pub(super) fn plain_token(&mut self) -> &'t str {
        match self.token() {
            Cow::Borrowed(text) => text,
            Cow::Owned(_) => "",
        }
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The character behind the next one.
    pub(super) fn peek_second(&self) -> Option<char> {
        self.rest().chars().nth(1)
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn scan(&mut self, mode: Mode) -> Token {
        let Some(first) = self.peek() else {
            return Token::End;
        };
        if mode.open && self.rest().starts_with("${") {
            self.at += 2;
            return Token::Open;
        }
        if mode.close && first == '}' {
            self.at += 1;
            return Token::Close;
        }
        if mode.text && self.scan_text(mode) {
            return Token::Text;
        }
        Token::Illegal
    }

    /// As much as is accepted, up to an expression.
    fn scan_text(&mut self, mode: Mode) -> bool {
        let start = self.at;
        // Pieces without the characters that only escape; the last one is `piece..self.at`.
        let mut done = String::new();
        let mut piece = start;
        while let Some(c) = self.peek() {
            if self.at > start && mode.open && self.rest().starts_with("${") {
                break;
            }
            let width = c.len_utf8();
            if self.escapes(c, mode) {
                done.push_str(self.text.get(piece..self.at).unwrap_or_default());
                piece = self.at + width;
                // The escaped character is taken, whatever it is.
                self.at = piece + 1;
            } else if (mode.accept)(
                c,
                self.at + width - start - (piece_shift(start, piece, &done)),
            ) {
                self.at += width;
            } else {
                break;
            }
        }
        let last = self.text.get(piece..self.at).unwrap_or_default();
        self.token = if piece == start {
            Cow::Borrowed(last)
        } else {
            Cow::Owned(done + last)
        };
        self.at > start
    }

    fn escapes(&self, c: char, mode: Mode) -> bool {
        let next = self.peek_second();
        match c {
            '$' => mode.escapes != Escapes::None && next == Some('$'),
            '\\' => mode.escapes == Escapes::All && matches!(next, Some('/' | '\\')),
            _ => false,
        }
    }
}

/// How many bytes of the token were left out so far.
fn piece_shift(start: usize, piece: usize, done: &str) -> usize {
    piece - start - done.len()
}
