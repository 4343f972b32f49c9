//! Classes of characters.

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};

use super::parse::{Flags, error};
use crate::budget::Meter;
use crate::error::Outcome;

/// A class and what stands behind it.
type Read<'p> = (ClassUnicode, &'p str);

pub(super) fn range(first: char, last: char) -> ClassUnicode {
    ClassUnicode::new([ClassUnicodeRange::new(first, last)])
}

/// `.`
pub(super) fn any(with_newline: bool) -> ClassUnicode {
    if with_newline {
        return range('\0', char::MAX);
    }
    let mut class = range('\n', '\n');
    class.negate();
    class
}

/// Adds the other cases of each character.
pub(super) fn fold(class: &mut ClassUnicode) {
    // Fails only without the tables, which the crate's features bring.
    let _ = class.try_case_fold_simple();
}

fn of(ranges: &[(char, char)]) -> ClassUnicode {
    let ranges = ranges.iter();
    ClassUnicode::new(ranges.map(|(first, last)| ClassUnicodeRange::new(*first, *last)))
}

fn finished(mut class: ClassUnicode, negated: bool, folded: bool) -> ClassUnicode {
    if folded {
        fold(&mut class);
    }
    if negated {
        class.negate();
    }
    class
}

const DIGIT: &[(char, char)] = &[('0', '9')];
const SPACE: &[(char, char)] = &[('\t', '\n'), ('\u{c}', '\r'), (' ', ' ')];
const WORD: &[(char, char)] = &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];

/// `\d`, `\s`, `\w`, their opposites, and `\p`; `None` if the escape is none of these.
pub(super) fn escaped(text: &str, flags: Flags) -> Outcome<Option<Read<'_>>> {
    let mut runes = text.chars();
    let code = runes.next().unwrap_or_default();
    let ranges = match code {
        'd' | 'D' => DIGIT,
        's' | 'S' => SPACE,
        'w' | 'W' => WORD,
        'p' | 'P' => return property(runes.as_str(), code == 'P', flags).map(Some),
        _ => return Ok(None),
    };
    let class = finished(of(ranges), code.is_ascii_uppercase(), flags.fold);
    Ok(Some((class, runes.as_str())))
}

/// A category or script, by one letter or in braces.
fn property(text: &str, mut negated: bool, flags: Flags) -> Outcome<Read<'_>> {
    let bad = || error("invalid character class range");
    let (mut name, rest) = match text.strip_prefix('{') {
        Some(inner) => inner.split_once('}').ok_or_else(bad)?,
        None => {
            let length = text.chars().next().ok_or_else(bad)?.len_utf8();
            text.split_at_checked(length).ok_or_else(bad)?
        }
    };
    if let Some(inner) = name.strip_prefix('^') {
        name = inner;
        negated = !negated;
    }
    let is_name = |rune: char| rune.is_ascii_alphanumeric() || rune == '_';
    if name.is_empty() || !name.chars().all(is_name) {
        return Err(bad());
    }
    let class = named_property(name).ok_or_else(bad)?;
    Ok((finished(class, negated, flags.fold), rest))
}

fn named_property(name: &str) -> Option<ClassUnicode> {
    ["gc", "sc"].iter().find_map(|kind| {
        let parsed = regex_syntax::parse(&format!("\\p{{{kind}={name}}}")).ok()?;
        match parsed.into_kind() {
            HirKind::Class(Class::Unicode(class)) => Some(class),
            _ => None,
        }
    })
}

/// `[...]`, behind its opening bracket.
pub(super) fn bracketed<'p>(meter: &Meter, text: &'p str, flags: Flags) -> Outcome<Read<'p>> {
    let missing = || error("missing closing ]");
    let (negated, mut rest) = match text.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut class = ClassUnicode::empty();
    let mut ranges = Vec::new();
    let mut first = true;
    while first || !rest.starts_with(']') {
        first = false;
        meter.steps(1)?;
        if let Some((named, behind)) = posix(rest, flags)? {
            class.union(&named);
            rest = behind;
            continue;
        }
        if let Some(inner) = rest.strip_prefix('\\')
            && let Some((named, behind)) = escaped(inner, flags)?
        {
            class.union(&named);
            rest = behind;
            continue;
        }
        let (low, behind) = one(rest).ok_or_else(missing)??;
        let (high, behind) = match behind.strip_prefix('-') {
            Some(behind) if !behind.is_empty() && !behind.starts_with(']') => {
                one(behind).ok_or_else(missing)??
            }
            _ => (low, behind),
        };
        if high < low {
            return Err(error("invalid character class range"));
        }
        ranges.extend(between(low, high));
        rest = behind;
    }
    let mut single = ClassUnicode::new(ranges);
    if flags.fold {
        fold(&mut single);
    }
    class.union(&single);
    Ok((
        finished(class, negated, false),
        rest.get(1..).unwrap_or_default(),
    ))
}

/// A range of codes, less those that are no characters.
fn between(low: u32, high: u32) -> Option<ClassUnicodeRange> {
    let low = if (0xd800..0xe000).contains(&low) {
        0xe000
    } else {
        low
    };
    let high = if (0xd800..0xe000).contains(&high) {
        0xd7ff
    } else {
        high
    };
    let (first, last) = (char::from_u32(low)?, char::from_u32(high)?);
    (first <= last).then(|| ClassUnicodeRange::new(first, last))
}

/// A character of a class; `None` at the end.
fn one(text: &str) -> Option<Outcome<(u32, &str)>> {
    let mut runes = text.chars();
    let first = runes.next()?;
    Some(match first {
        '\\' => character(runes.as_str()),
        rune => Ok((u32::from(rune), runes.as_str())),
    })
}

/// `[:alpha:]`, if it stands here.
fn posix(text: &str, flags: Flags) -> Outcome<Option<Read<'_>>> {
    let Some((name, rest)) = text
        .strip_prefix("[:")
        .and_then(|inner| inner.split_once(":]"))
    else {
        return Ok(None);
    };
    let (negated, name) = match name.strip_prefix('^') {
        Some(name) => (true, name),
        None => (false, name),
    };
    let ranges: &[(char, char)] = match name {
        "alnum" => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        "alpha" => &[('A', 'Z'), ('a', 'z')],
        "ascii" => &[('\0', '\u{7f}')],
        "blank" => &[('\t', '\t'), (' ', ' ')],
        "cntrl" => &[('\0', '\u{1f}'), ('\u{7f}', '\u{7f}')],
        "digit" => DIGIT,
        "graph" => &[('!', '~')],
        "lower" => &[('a', 'z')],
        "print" => &[(' ', '~')],
        "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "space" => &[('\t', '\r'), (' ', ' ')],
        "upper" => &[('A', 'Z')],
        "word" => WORD,
        "xdigit" => &[('0', '9'), ('A', 'F'), ('a', 'f')],
        _ => return Err(error("invalid character class range")),
    };
    Ok(Some((finished(of(ranges), negated, flags.fold), rest)))
}

/// The code of an escaped character, behind its backslash.
pub(super) fn character(text: &str) -> Outcome<(u32, &str)> {
    let bad = || error("invalid escape sequence");
    let mut runes = text.chars();
    let first = runes
        .next()
        .ok_or_else(|| error("trailing backslash at end of expression"))?;
    let rest = runes.as_str();
    let code = match first {
        '1'..='7' if !rest.starts_with(|next: char| next.is_digit(8)) => return Err(bad()),
        '0'..='7' => return Ok(octal(text)),
        'x' => return hexadecimal(rest).ok_or_else(bad),
        'a' => 7,
        'f' => 12,
        'n' => 10,
        'r' => 13,
        't' => 9,
        'v' => 11,
        rune if rune.is_ascii() && !rune.is_ascii_alphanumeric() => u32::from(rune),
        _ => return Err(bad()),
    };
    Ok((code, rest))
}

/// Up to three octal digits.
fn octal(text: &str) -> (u32, &str) {
    let digits = text
        .bytes()
        .take(3)
        .take_while(|byte| matches!(byte, b'0'..=b'7'));
    let (digits, rest) = text.split_at(digits.count());
    (u32::from_str_radix(digits, 8).unwrap_or(0), rest)
}

/// Two digits, or any number in braces.
fn hexadecimal(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = match text.strip_prefix('{') {
        Some(inner) => inner.split_once('}')?,
        None => text.split_at_checked(2)?,
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let code = u32::from_str_radix(digits.trim_start_matches('0'), 16);
    let code = if digits.bytes().all(|byte| byte == b'0') {
        0
    } else {
        code.ok()?
    };
    (code <= u32::from(char::MAX)).then_some((code, rest))
}
