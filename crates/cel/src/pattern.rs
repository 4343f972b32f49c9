//! Patterns as Go reads them, compiled for a matcher that takes time linear in the text.
//!
//! Go's and Rust's dialects share their ancestor and differ in small things that a user meets:
//! `\w` and its siblings are of ASCII in Go, a bracket or `&&` inside a class is itself, a brace that
//! counts nothing is a brace, and `\Q` quotes up to `\E`.

use std::iter::Peekable;
use std::str::Chars;

use regex::{Regex, RegexBuilder};

/// Compiled size of a pattern, in bytes.
pub const LARGEST: usize = 1 << 18;

/// Compiles a pattern.
///
/// # Errors
/// It is none, or needs more memory than [`LARGEST`].
pub fn compile(written: &str) -> Result<Regex, String> {
    let mut builder = RegexBuilder::new(&translate(written));
    let built = builder
        .size_limit(LARGEST)
        .dfa_size_limit(LARGEST)
        .nest_limit(100)
        .build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => {
            format!("the pattern needs more than {LARGEST} bytes: make it smaller")
        }
        // Without the lines with a caret, which would be about our translation.
        other => format!("the pattern is none: {}", last_line(&other.to_string())),
    })
}

/// Compiles a pattern that must match the whole text.
///
/// # Errors
/// As [`compile`].
pub fn anchored(written: &str) -> Result<Regex, String> {
    compile(written)?; // `a)(b` would be a pattern between other brackets
    compile(&format!("^(?:{written})$"))
}

fn last_line(text: &str) -> &str {
    let last = text.lines().last().unwrap_or_default();
    last.strip_prefix("error: ").unwrap_or(last)
}

fn translate(written: &str) -> String {
    let mut out = String::with_capacity(written.len() + 16);
    let mut rest = written.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => escape(&mut out, &mut rest),
            '[' => class(&mut out, &mut rest),
            '{' if !is_count(rest.clone()) => out.push_str("\\{"),
            c => out.push(c),
        }
    }
    out
}

/// What is behind a backslash.
fn escape(out: &mut String, rest: &mut Peekable<Chars<'_>>) {
    match rest.next() {
        Some('Q') => quoted(out, rest),
        Some('w') => out.push_str("[0-9A-Za-z_]"),
        Some('W') => out.push_str("[^0-9A-Za-z_]"),
        Some('d') => out.push_str("[0-9]"),
        Some('D') => out.push_str("[^0-9]"),
        Some('s') => out.push_str("[\\t\\n\\x0C\\r ]"),
        Some('S') => out.push_str("[^\\t\\n\\x0C\\r ]"),
        Some('b') => out.push_str("(?-u:\\b)"),
        Some(c @ ('<' | '>')) => out.push(c),
        Some(c) => {
            out.push('\\');
            out.push(c);
        }
        None => out.push('\\'),
    }
}

/// Everything up to `\E`, or to the end, as it is.
fn quoted(out: &mut String, rest: &mut Peekable<Chars<'_>>) {
    while let Some(c) = rest.next() {
        if c == '\\' && rest.peek() == Some(&'E') {
            rest.next();
            return;
        }
        out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
    }
}

/// A class, of which only `[:alpha:]` and escapes are more than characters.
fn class(out: &mut String, rest: &mut Peekable<Chars<'_>>) {
    out.push('[');
    if rest.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    if rest.next_if_eq(&']').is_some() {
        out.push_str("\\]");
    }
    while let Some(c) = rest.next() {
        match c {
            ']' => {
                out.push(']');
                return;
            }
            '[' if rest.peek() == Some(&':') => named_class(out, rest),
            c => member(out, c, rest),
        }
        let mut ahead = rest.clone();
        // Between two characters; a hyphen in front of the end is itself.
        if ahead.next() == Some('-')
            && let Some(end) = ahead.next().filter(|end| *end != ']')
        {
            *rest = ahead;
            out.push('-');
            member(out, end, rest);
        }
    }
}

/// One character of a class.
fn member(out: &mut String, c: char, rest: &mut Peekable<Chars<'_>>) {
    match c {
        '\\' => escape(out, rest),
        '[' | '&' | '~' | '-' => {
            out.push('\\');
            out.push(c);
        }
        c => out.push(c),
    }
}

/// `[:alpha:]` is copied up to its end.
fn named_class(out: &mut String, rest: &mut Peekable<Chars<'_>>) {
    out.push('[');
    while let Some(c) = rest.next() {
        out.push(c);
        if c == ':' && rest.peek() == Some(&']') {
            out.extend(rest.next());
            return;
        }
        if c == ']' {
            return;
        }
    }
}

/// Whether what is behind a brace is `n}`, `n,}` or `n,m}`.
fn is_count(rest: Peekable<Chars<'_>>) -> bool {
    let inside: String = rest.take(12).collect();
    let Some((inside, _)) = inside.split_once('}') else {
        return false;
    };
    let number = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    match inside.split_once(',') {
        Some((least, most)) => !least.is_empty() && number(least) && number(most),
        None => !inside.is_empty() && number(inside),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> Option<bool> {
        compile(pattern).ok().map(|pattern| pattern.is_match(text))
    }

    #[test]
    fn what_go_takes_literally_is_literal() {
        assert_eq!(matches(r"^a{,2}$", "a{,2}"), Some(true));
        assert_eq!(matches(r"^a{2}$", "aa"), Some(true));
        assert_eq!(matches("^[[a]+$", "[a"), Some(true));
        assert_eq!(matches("^[a&&b]+$", "&"), Some(true));
        assert_eq!(matches("^[[:digit:]x]+$", "1x"), Some(true));
        assert_eq!(matches("^[]a]+$", "]"), Some(true));
        assert_eq!(matches("^[+--b]+$", "-b,"), Some(true));
        assert_eq!(matches("^[a-c-]+$", "b-"), Some(true));
        assert_eq!(matches(r"^\Q.*\E.$", ".*x"), Some(true));
        assert_eq!(matches(r"^\<$", "<"), Some(true));
        assert_eq!(matches(r"^[\w.-]+$", "a_1.-"), Some(true));
        assert_eq!(matches(r"^\w$", "ä"), Some(false));
        assert_eq!(matches("(", ""), None);
    }

    #[test]
    fn a_pattern_that_would_be_huge_is_refused() {
        let error = compile("((a{100}){100}){100}").unwrap_err();
        assert!(error.contains("make it smaller"), "{error}");
        assert!(compile(&"(".repeat(10_000)).is_err());
    }

    #[test]
    fn an_anchored_pattern_matches_the_whole_text_or_nothing() {
        let pattern = anchored("web|api").unwrap();
        assert!(pattern.is_match("api"));
        assert!(!pattern.is_match("webs") && !pattern.is_match("an-api"));
        assert!(anchored("a)|(b").is_err());
    }
}
