//! `snakecase`, `kebabcase` and `camelcase`, as huandu/xstrings cuts text into words.

use crate::error::Outcome;
use crate::functions::Arguments;
use crate::host::Host;
use crate::unicode;
use crate::value::{Buffer, Value};

/// What a word is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Invalid,
    Number,
    /// Capitals, or a capital and the small letters behind it.
    Upper,
    Letters,
    Connector,
    Punctuation,
    Other,
}

fn is_connector(rune: char) -> bool {
    matches!(rune, '-' | '_') || unicode::is_space(rune)
}

/// Letters of alphabets, and not the characters of Chinese.
fn is_alphabetic(rune: char) -> bool {
    let ideograph = matches!(rune, '\u{3400}'..='\u{4d85}' | '\u{4e00}'..='\u{9fcc}' | '\u{20000}'..='\u{2b81d}');
    unicode::is_letter(rune) && !ideograph
}

/// The next character that is one, with the length of what is passed over on the way; at the end
/// `before` once more.
fn valid(text: &[u8], before: char) -> (char, usize) {
    let mut passed = 0;
    for (_, rune, length) in unicode::runes(text) {
        passed += length;
        if rune != unicode::REPLACEMENT {
            return (rune, passed);
        }
    }
    (before, passed)
}

/// Length of what goes on as it began, as long as `goes_on`; and the character that ended it.
fn run(text: &[u8], from: usize, first: char, goes_on: impl Fn(char) -> bool) -> usize {
    let (mut at, mut rune) = (from, first);
    while at < text.len() {
        let (next, length) = valid(text.get(at..).unwrap_or_default(), rune);
        rune = next;
        if !goes_on(rune) {
            break;
        }
        at += length;
    }
    at
}

/// The kind and the length of the word at the beginning.
fn word(text: &[u8]) -> (Kind, usize) {
    let (rune, length) = valid(text, unicode::REPLACEMENT);
    let is_small = |rune| is_alphabetic(rune) && !unicode::is_upper(rune);
    match rune {
        unicode::REPLACEMENT => (Kind::Invalid, length),
        _ if is_connector(rune) => (Kind::Connector, run(text, length, rune, is_connector)),
        _ if unicode::is_punct(rune) => (
            Kind::Punctuation,
            run(text, length, rune, unicode::is_punct),
        ),
        _ if unicode::is_upper(rune) => (Kind::Upper, capitals(text, rune, length)),
        _ if is_alphabetic(rune) => (Kind::Letters, run(text, length, rune, is_small)),
        _ if unicode::is_number(rune) => {
            (Kind::Number, run(text, length, rune, unicode::is_number))
        }
        _ => {
            let is_other = |rune| {
                let known = is_connector(rune) || is_alphabetic(rune);
                !known && !unicode::is_number(rune) && !unicode::is_punct(rune)
            };
            (Kind::Other, run(text, length, rune, is_other))
        }
    }
}

/// `HTTP` of `HTTPStatus`, and `Status` of `StatusCode`.
fn capitals(text: &[u8], first: char, length: usize) -> usize {
    let (mut at, mut rune) = (length, first);
    let mut last = 0;
    while at < text.len() {
        let (next, size) = valid(text.get(at..).unwrap_or_default(), rune);
        rune = next;
        if !unicode::is_upper(rune) {
            let is_small = |rune| is_alphabetic(rune) && !unicode::is_upper(rune);
            return match (last, is_alphabetic(rune)) {
                (0, true) => run(text, at + size, rune, is_small),
                (_, true) => at - last, // the last capital begins the next word
                (_, false) => at,
            };
        }
        (at, last) = (at + size, size);
    }
    at
}

/// Words being taken one by one.
struct Words<'t> {
    kind: Kind,
    word: &'t [u8],
    rest: &'t [u8],
}

impl<'t> Words<'t> {
    fn of(text: &'t [u8]) -> Self {
        let mut words = Self {
            kind: Kind::Invalid,
            word: &[],
            rest: text,
        };
        words.next();
        words
    }

    fn next(&mut self) {
        if self.rest.is_empty() {
            (self.kind, self.word) = (Kind::Invalid, &[]);
            return;
        }
        let (kind, length) = word(self.rest);
        let (word, rest) = self.rest.split_at(length.min(self.rest.len()));
        (self.kind, self.word, self.rest) = (kind, word, rest);
    }

    fn is_number_or_letters(&self) -> bool {
        matches!(self.kind, Kind::Letters | Kind::Number)
    }
}

/// Words in small letters with `connector` between them.
pub(super) fn lower(host: &Host<'_>, arguments: &Arguments<'_>, connector: char) -> Outcome<Value> {
    let mut out = Lowered {
        out: host.buffer(),
        connector,
    };
    let text = arguments.text(0)?;
    if text.is_empty() {
        return out.out.text().map(Value::Str);
    }
    let mut words = Words::of(text);
    while !words.rest.is_empty() {
        host.meter.steps(1)?;
        if words.kind != Kind::Connector {
            out.add(words.kind, words.word)?;
        }
        let (before, last) = (words.kind, words.word);
        words.next();
        match before {
            Kind::Number => out.behind_number(&mut words)?,
            Kind::Connector => out.add(before, last)?,
            Kind::Punctuation => {}
            _ => out.behind_word(&mut words)?,
        }
    }
    out.add(words.kind, words.word)?;
    out.out.text().map(Value::Str)
}

struct Lowered<'m> {
    out: Buffer<'m>,
    connector: char,
}

impl Lowered<'_> {
    fn add(&mut self, kind: Kind, word: &[u8]) -> Outcome<()> {
        if !matches!(kind, Kind::Upper | Kind::Connector) {
            return self.out.extend(word);
        }
        for (_, rune, _) in unicode::runes(word) {
            let rune = match rune {
                rune if is_connector(rune) => self.connector,
                rune if unicode::is_upper(rune) => unicode::to_lower(rune),
                rune => rune,
            };
            self.out.rune(rune)?;
        }
        Ok(())
    }

    /// Letters behind a number belong to it.
    fn behind_number(&mut self, words: &mut Words<'_>) -> Outcome<()> {
        while words.is_number_or_letters() {
            self.add(words.kind, words.word)?;
            words.next();
        }
        self.connect(words.kind, true)
    }

    fn behind_word(&mut self, words: &mut Words<'_>) -> Outcome<()> {
        if words.kind != Kind::Number {
            return self.connect(words.kind, false);
        }
        if words.rest.is_empty() {
            return Ok(());
        }
        let number = words.word;
        words.next();
        if words.kind != Kind::Letters {
            self.add(Kind::Number, number)?;
            return self.connect(words.kind, false);
        }
        // Small letters follow, so the number begins a word: `http_2xx`.
        self.out.rune(self.connector)?;
        self.add(Kind::Number, number)?;
        self.behind_number(words)
    }

    fn connect(&mut self, next: Kind, not_at_end: bool) -> Outcome<()> {
        let connected = matches!(next, Kind::Connector | Kind::Punctuation)
            || (not_at_end && next == Kind::Invalid);
        if connected {
            return Ok(());
        }
        self.out.rune(self.connector)
    }
}

/// Words that begin with a capital, with nothing between them.
pub(super) fn pascal(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let mut out = host.buffer();
    let mut runes = unicode::runes(arguments.text(0)?)
        .map(|(_, rune, _)| rune)
        .peekable();
    let mut current = None;
    // What connects nothing stays.
    while let Some(rune) = runes.next() {
        if !is_connector(rune) {
            current = Some((unicode::to_upper(rune), unicode::is_upper(rune)));
            break;
        }
        out.rune(rune)?;
        if runes.peek().is_none() {
            out.rune(rune)?; // twice, as the peer does it
        }
    }
    let Some((mut last, mut shouting)) = current else {
        return out.text().map(Value::Str);
    };
    for mut rune in runes {
        if is_connector(rune) && is_connector(last) {
            out.rune(last)?;
            last = rune;
            continue;
        }
        if is_connector(last) {
            shouting = unicode::is_upper(rune);
            rune = unicode::to_upper(rune);
        } else {
            if shouting && unicode::is_upper(rune) {
                rune = unicode::to_lower(rune);
            } else {
                shouting = false;
            }
            out.rune(last)?;
        }
        last = rune;
    }
    out.rune(last)?;
    out.text().map(Value::Str)
}
