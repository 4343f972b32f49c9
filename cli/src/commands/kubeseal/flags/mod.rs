//! The command line as the peer's library takes it apart (pflag): `--flag value`, `--flag=value`,
//! `-fvalue`, `-f=value`, letters in a row, `--` as the end; switches with or without a value.
//!
//! Pure, and without a word of the rest of the program, so that the fuzzer can have it alone.
//! Values may be secrets (`--token`), so they are wiped and cannot be printed.

use std::collections::{BTreeMap, BTreeSet};

use zeroize::Zeroizing;

mod help;
mod table;
mod values;

pub use help::help;
use table::{FLAGS, Flag};

/// The older name of a flag, which is one flag with it.
const OLD: (&str, &str) = ("rotate", "re-encrypt");

/// What was typed and what the environment says, by flag.
#[derive(Default)]
pub struct Flags {
    texts: BTreeMap<&'static str, Zeroizing<String>>,
    lists: BTreeMap<&'static str, Vec<String>>,
    given: BTreeSet<&'static str>,
    notes: Vec<String>,
}

/// Why there are no flags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// `-h`.
    Help,
    /// It cannot be understood; the words are the library's.
    Bad(String),
}

impl Flags {
    /// Reads the variables, and then the arguments over them. The first argument is not the
    /// program. Words that are no flags are passed over, as the peer does.
    ///
    /// # Errors
    /// [`Stop`], at the first word that stops the peer too.
    pub fn parse(
        arguments: &[String],
        environment: &BTreeMap<String, Zeroizing<String>>,
    ) -> Result<Self, Stop> {
        let mut flags = Self::default();
        flags.read_environment(environment);
        let mut rest = arguments;
        while let Some((word, behind)) = rest.split_first() {
            rest = match word.as_bytes() {
                b"--" => break,
                [b'-', b'-', ..] => flags.long(word, behind)?,
                [b'-', _, ..] => flags.letters(word, behind)?,
                _ => behind,
            };
        }
        Ok(flags)
    }

    /// A text; the flag's own default where nothing was said.
    pub fn text(&self, name: &'static str) -> &str {
        debug_assert!(table::by_name(name).is_some(), "{name} is no flag");
        let default = || table::by_name(name).map_or("", |flag| flag.default);
        self.texts
            .get(name)
            .map_or_else(default, |text| text.as_str())
    }

    /// A text, unless it is empty.
    pub fn some(&self, name: &'static str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Whether a switch is on.
    pub fn is_on(&self, name: &'static str) -> bool {
        self.text(name) == "true"
    }

    /// The texts of a list.
    pub fn list(&self, name: &'static str) -> &[String] {
        debug_assert!(table::by_name(name).is_some(), "{name} is no flag");
        self.lists.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether the flag was typed or set by a variable.
    pub fn is_given(&self, name: &'static str) -> bool {
        self.given.contains(name)
    }

    /// What is to be said about the flags, apart from errors.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// A variable with an impossible value is as if it were not there: so the peer, which does not
    /// say so.
    fn read_environment(&mut self, environment: &BTreeMap<String, Zeroizing<String>>) {
        for flag in FLAGS.iter().filter(|flag| flag.variable) {
            let name = flag.variable_name();
            let Some(value) = environment.get(&name) else {
                continue;
            };
            if let Err(cause) = self.set(flag, value) {
                self.notes.push(format!(
                    "{name} is not heeded, for its value is none: {cause}"
                ));
            }
        }
    }

    fn long<'a>(&mut self, word: &str, behind: &'a [String]) -> Result<&'a [String], Stop> {
        let body = &word[2..];
        if body.starts_with(['-', '=']) {
            return bad(format!("bad flag syntax: {word}"));
        }
        let (name, value) = match body.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (body, None),
        };
        let Some(flag) = table::by_name(name) else {
            return bad(format!("unknown flag: --{name}"));
        };
        if flag.name == OLD.0 {
            let (old, new) = OLD;
            self.notes
                .push(format!("--{old} is the old name of --{new}"));
        }
        match (value, behind.split_first()) {
            (Some(value), _) => self.typed(flag, value).map(|()| behind),
            (None, _) if flag.is_switch() => self.typed(flag, "true").map(|()| behind),
            (None, Some((value, rest))) => self.typed(flag, value).map(|()| rest),
            (None, None) => bad(format!("flag needs an argument: --{name}")),
        }
    }

    /// A letter and its value: every flag with a letter has one, so none follows it.
    fn letters<'a>(&mut self, word: &str, behind: &'a [String]) -> Result<&'a [String], Stop> {
        let letters = &word[1..];
        let Some(letter) = letters.chars().next() else {
            return Ok(behind);
        };
        let Some(flag) = table::by_letter(letter) else {
            return match letter {
                'h' => Err(Stop::Help),
                _ => bad(format!("unknown shorthand flag: {letter:?} in -{letters}")),
            };
        };
        match (&letters[letter.len_utf8()..], behind.split_first()) {
            ("", Some((value, rest))) => self.typed(flag, value).map(|()| rest),
            ("", None) => bad(format!("flag needs an argument: {letter:?} in -{letters}")),
            // The sign alone is a value; before one it only separates.
            ("=", _) => self.typed(flag, "=").map(|()| behind),
            (value, _) => {
                let value = value.strip_prefix('=').unwrap_or(value);
                self.typed(flag, value).map(|()| behind)
            }
        }
    }

    fn typed(&mut self, flag: &'static Flag, value: &str) -> Result<(), Stop> {
        self.set(flag, value).map_err(|cause| {
            let letter = flag
                .short
                .map_or(String::new(), |letter| format!("-{letter}, "));
            Stop::Bad(format!(
                "invalid argument {value:?} for \"{letter}--{}\" flag: {cause}",
                flag.name
            ))
        })
    }

    fn set(&mut self, flag: &'static Flag, value: &str) -> Result<(), String> {
        let mut read = flag.kind.read(value)?;
        let name = if flag.name == OLD.0 { OLD.1 } else { flag.name };
        self.given.insert(name);
        if matches!(flag.kind, values::Kind::List | values::Kind::Array) {
            self.lists.entry(name).or_default().append(&mut read);
        } else if let Some(text) = read.pop() {
            self.texts.insert(name, Zeroizing::new(text));
        }
        Ok(())
    }
}

fn bad<T>(message: String) -> Result<T, Stop> {
    Err(Stop::Bad(message))
}

#[cfg(test)]
mod tests;
