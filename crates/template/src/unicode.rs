//! Characters as Go sees them: decoding of any bytes, categories, and case one character at a time.

use std::sync::LazyLock;

use regex_syntax::hir::{Class, HirKind};

/// What stands for a byte that is no part of UTF-8.
pub(crate) const REPLACEMENT: char = '\u{fffd}';

/// The character that these bytes begin with and its length. A byte that is no part of UTF-8 is
/// [`REPLACEMENT`] of length 1; without bytes it is of length 0.
pub(crate) fn decode(bytes: &[u8]) -> (char, usize) {
    let Some(first) = bytes.first() else {
        return (REPLACEMENT, 0);
    };
    if first.is_ascii() {
        return (char::from(*first), 1);
    }
    for length in 2..=bytes.len().min(4) {
        if let Some(text) = bytes.get(..length).and_then(|b| str::from_utf8(b).ok())
            && let Some(rune) = text.chars().next()
        {
            return (rune, length);
        }
    }
    (REPLACEMENT, 1)
}

/// Each character with its place and its length.
pub(crate) fn runes(bytes: &[u8]) -> impl Iterator<Item = (usize, char, usize)> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (rune, length) = decode(bytes.get(at..)?);
        let found = (length > 0).then_some((at, rune, length));
        at += length;
        found
    })
}

/// How many characters there are.
pub(crate) fn count(bytes: &[u8]) -> usize {
    runes(bytes).count()
}

macro_rules! category {
    ($(#[$doc:meta])* $name:ident, $class:literal) => {
        $(#[$doc])*
        pub(crate) fn $name(rune: char) -> bool {
            static RANGES: LazyLock<Vec<(char, char)>> = LazyLock::new(|| ranges($class));
            within(&RANGES, rune)
        }
    };
}

category!(/** `unicode.IsLetter` */ is_letter, r"\p{L}");
category!(/** `unicode.IsDigit` */ is_digit, r"\p{Nd}");
category!(/** `unicode.IsNumber` */ is_number, r"\p{N}");
category!(/** `unicode.IsUpper` */ is_upper, r"\p{Lu}");
category!(/** `unicode.IsLower` */ is_lower, r"\p{Ll}");
category!(/** `unicode.IsTitle` */ is_title, r"\p{Lt}");
category!(/** `unicode.IsPunct` */ is_punct, r"\p{P}");
category!(/** `unicode.IsPrint` */ is_print, r"[ \p{L}\p{M}\p{N}\p{P}\p{S}]");

/// `unicode.IsSpace`
pub(crate) fn is_space(rune: char) -> bool {
    rune.is_whitespace()
}

fn ranges(class: &str) -> Vec<(char, char)> {
    let parsed = regex_syntax::parse(class).map(regex_syntax::hir::Hir::into_kind);
    match parsed {
        Ok(HirKind::Class(Class::Unicode(class))) => class
            .iter()
            .map(|range| (range.start(), range.end()))
            .collect(),
        _ => Vec::new(),
    }
}

fn within(ranges: &[(char, char)], rune: char) -> bool {
    let behind = ranges.partition_point(|(first, _)| *first <= rune);
    let candidate = behind.checked_sub(1).and_then(|index| ranges.get(index));
    candidate.is_some_and(|(_, last)| rune <= *last)
}

/// `unicode.ToUpper`: one character for one, where Rust follows the rules for whole words.
pub(crate) fn to_upper(rune: char) -> char {
    greek(rune).unwrap_or_else(|| single(rune.to_uppercase(), rune))
}

/// `unicode.ToTitle`
pub(crate) fn to_title(rune: char) -> char {
    match rune {
        '\u{1c4}'..='\u{1c6}' => '\u{1c5}',
        '\u{1c7}'..='\u{1c9}' => '\u{1c8}',
        '\u{1ca}'..='\u{1cc}' => '\u{1cb}',
        '\u{1f1}'..='\u{1f3}' => '\u{1f2}',
        // Georgian has capitals, but none that begin a word.
        '\u{10d0}'..='\u{10fa}' | '\u{10fd}'..='\u{10ff}' => rune,
        _ => to_upper(rune),
    }
}

/// `unicode.ToLower`
pub(crate) fn to_lower(rune: char) -> char {
    match rune {
        '\u{130}' => 'i',
        _ => single(rune.to_lowercase(), rune),
    }
}

fn single(mut mapped: impl Iterator<Item = char>, rune: char) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        _ => rune,
    }
}

/// Greek letters with an iota below: their capital is one character, and two in running text.
fn greek(rune: char) -> Option<char> {
    let code = u32::from(rune);
    let capital = match code {
        0x1f80..=0x1faf if code & 8 == 0 => code + 8,
        0x1fb3 | 0x1fc3 | 0x1ff3 => code + 9,
        _ => return None,
    };
    char::from_u32(capital)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_that_is_no_character_is_one_replacement() {
        let found: Vec<_> = runes(b"a\xc3\xa9\xff\xe2\x82z").collect();
        let expected = [
            (0, 'a', 1),
            (1, '\u{e9}', 2),
            (3, REPLACEMENT, 1),
            (4, REPLACEMENT, 1),
            (5, REPLACEMENT, 1),
            (6, 'z', 1),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn case_is_changed_one_character_for_one() {
        let upper = [
            '\u{df}', '\u{149}', '\u{1f80}', '\u{1fb3}', '\u{1c9}', '\u{10d0}',
        ];
        let expected = [
            '\u{df}', '\u{149}', '\u{1f88}', '\u{1fbc}', '\u{1c7}', '\u{1c90}',
        ];
        assert_eq!(upper.map(to_upper), expected);
        assert_eq!(['\u{130}', '\u{1e9e}'].map(to_lower), ['i', '\u{df}']);
        assert_eq!(to_title('\u{10d0}'), '\u{10d0}');
    }

    #[test]
    fn categories_are_not_empty() {
        assert!(is_letter('\u{e9}') && !is_letter('1') && !is_letter('\u{345}'));
        assert!(is_digit('\u{663}') && is_number('\u{bd}') && !is_digit('\u{bd}'));
        assert!(is_upper('A') && is_lower('a') && is_title('\u{1c5}') && is_punct('_'));
        assert!(is_print(' ') && !is_print('\u{a0}') && !is_print('\u{200b}'));
    }
}
