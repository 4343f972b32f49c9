//! What stands between `{{` and `}}`.

use super::{Item, Kind, Lexer, SPACES};
use crate::unicode;

fn is_alphanumeric(rune: char) -> bool {
    rune == '_' || unicode::is_letter(rune) || unicode::is_digit(rune)
}

impl<'t> Lexer<'t> {
    /// The next item of an action.
    pub(super) fn action(&mut self) -> Item<'t> {
        if let Some(trims) = self.at_right_delim() {
            return match self.parens {
                0 => self.right_delim(trims),
                _ => self.error("unclosed left paren"),
            };
        }
        let Some(rune) = self.bump() else {
            return self.error("unclosed action");
        };
        match rune {
            rune if SPACES.contains(&rune) => self.space(),
            '=' => self.item(Kind::Assign),
            ':' if self.bump() == Some('=') => self.item(Kind::Declare),
            ':' => self.error("expected :="),
            '|' => self.item(Kind::Pipe),
            '"' => self.quoted('"', Kind::String, "unterminated quoted string"),
            '\'' => self.quoted('\'', Kind::CharConstant, "unterminated character constant"),
            '`' => self.raw(),
            '$' => self.name(Kind::Variable, Kind::Variable),
            '.' if !self.peek().is_some_and(|next| next.is_ascii_digit()) => {
                self.name(Kind::Field, Kind::Dot)
            }
            '.' | '+' | '-' | '0'..='9' => {
                self.at = self.start;
                self.number()
            }
            rune if is_alphanumeric(rune) => self.identifier(),
            '(' => {
                self.parens += 1;
                self.item(Kind::LeftParen)
            }
            ')' => match self.parens.checked_sub(1) {
                Some(parens) => {
                    self.parens = parens;
                    self.item(Kind::RightParen)
                }
                None => self.error("unexpected right paren"),
            },
            rune if rune.is_ascii_graphic() => self.item(Kind::Char),
            rune => self.error(format!("unrecognized character in action: {}", told(rune))),
        }
    }

    fn right_delim(&mut self, trims: bool) -> Item<'t> {
        if trims {
            self.at += 2;
            self.ignore();
        }
        self.at += 2;
        let item = self.item(Kind::RightDelim);
        if trims {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start_matches(SPACES).len();
            self.ignore();
        }
        self.inside = false;
        item
    }

    /// A run of spaces, less the last one if it belongs to a trim marker.
    fn space(&mut self) -> Item<'t> {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(SPACES).len();
        self.at -= 1; // the last space, one byte like all of them
        if self.at_right_delim() != Some(true) {
            self.at += 1;
        } else if self.at == self.start {
            return self.right_delim(true);
        }
        self.item(Kind::Space)
    }

    fn identifier(&mut self) -> Item<'t> {
        while self.peek().is_some_and(is_alphanumeric) {
            self.bump();
        }
        if !self.at_terminator() {
            return self.bad_character();
        }
        let word = self.text.get(self.start..self.at).unwrap_or_default();
        let kind = match word {
            "block" => Kind::Block,
            "break" => Kind::Break,
            "continue" => Kind::Continue,
            "define" => Kind::Define,
            "else" => Kind::Else,
            "end" => Kind::End,
            "if" => Kind::If,
            "range" => Kind::Range,
            "nil" => Kind::Nil,
            "template" => Kind::Template,
            "with" => Kind::With,
            "true" | "false" => Kind::Bool,
            _ => Kind::Identifier,
        };
        self.item(kind)
    }

    /// A field or variable; `alone` if it has no name.
    fn name(&mut self, kind: Kind, alone: Kind) -> Item<'t> {
        if self.at_terminator() {
            return self.item(alone);
        }
        while self.peek().is_some_and(is_alphanumeric) {
            self.bump();
        }
        if !self.at_terminator() {
            return self.bad_character();
        }
        self.item(kind)
    }

    fn bad_character(&mut self) -> Item<'t> {
        let rune = self.peek().map(told).unwrap_or_default();
        self.error(format!("bad character {rune}"))
    }

    /// Whether what may stand behind a name stands here.
    fn at_terminator(&self) -> bool {
        match self.peek() {
            None | Some(' ' | '\t' | '\r' | '\n' | '.' | ',' | '|' | ':' | ')' | '(') => true,
            Some(_) => self.rest().starts_with("}}"),
        }
    }

    /// A string or character up to its quote, on one line.
    fn quoted(&mut self, quote: char, kind: Kind, open: &str) -> Item<'t> {
        loop {
            match self.bump() {
                Some('\\') if !matches!(self.peek(), None | Some('\n')) => {
                    self.bump();
                }
                None | Some('\n' | '\\') => return self.error(open),
                Some(rune) if rune == quote => return self.item(kind),
                Some(_) => {}
            }
        }
    }

    fn raw(&mut self) -> Item<'t> {
        match self.rest().find('`') {
            None => self.error("unterminated raw quoted string"),
            Some(length) => {
                self.at += length + 1;
                self.item(Kind::RawString)
            }
        }
    }

    fn number(&mut self) -> Item<'t> {
        let mut good = self.scan_number();
        let mut kind = Kind::Number;
        if good && matches!(self.peek(), Some('+' | '-')) {
            kind = Kind::Complex;
            good = self.scan_number() && self.text.as_bytes().get(self.at - 1) == Some(&b'i');
        }
        if good {
            return self.item(kind);
        }
        let text = self.text.get(self.start..self.at).unwrap_or_default();
        self.error(format!("bad number syntax: {text:?}"))
    }

    /// Passes over what may be a number; what is not one is found when it is read.
    fn scan_number(&mut self) -> bool {
        self.accept("+-");
        let mut digits = "0123456789_";
        if self.accept("0") {
            if self.accept("xX") {
                digits = "0123456789abcdefABCDEF_";
            } else if self.accept("oO") {
                digits = "01234567_";
            } else if self.accept("bB") {
                digits = "01_";
            }
        }
        self.accept_run(digits);
        if self.accept(".") {
            self.accept_run(digits);
        }
        let exponent = match digits.len() {
            11 => "eE",
            23 => "pP",
            _ => "",
        };
        if self.accept(exponent) {
            self.accept("+-");
            self.accept_run("0123456789_");
        }
        self.accept("i");
        if self.peek().is_some_and(is_alphanumeric) {
            self.bump();
            return false;
        }
        true
    }

    fn accept(&mut self, valid: &str) -> bool {
        let found = self.peek().is_some_and(|rune| valid.contains(rune));
        if found {
            self.bump();
        }
        found
    }

    fn accept_run(&mut self, valid: &str) {
        while self.accept(valid) {}
    }
}

/// A character and its code, as `%#U` prints it.
fn told(rune: char) -> String {
    let code = u32::from(rune);
    match unicode::is_print(rune) {
        true => format!("U+{code:04X} '{rune}'"),
        false => format!("U+{code:04X}"),
    }
}
