//! Which characters a YAML source may hold: UTF-8, and only the printable ones.
//!
//! The set is that of YAML 1.1 and 1.2 alike, and of Go's reader, which checks it
//! before it looks at the structure.

use crate::error::{Error, ErrorKind};

/// The source as text, or the first place where it is none.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, Error> {
    let text = std::str::from_utf8(bytes)
        .map_err(|broken| error_at(&bytes[..broken.valid_up_to()], ErrorKind::NotUtf8))?;
    match forbidden(text) {
        None => Ok(text),
        Some((at, c)) => Err(error_at(
            &bytes[..at],
            ErrorKind::ControlCharacter(u32::from(c)),
        )),
    }
}

/// Whether a character may stand in a source as itself.
pub(crate) fn is_printable(c: char) -> bool {
    !matches!(c,
        '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\x7f'..='\u{84}' | '\u{86}'..='\u{9f}'
        | '\u{fffe}' | '\u{ffff}')
}

fn forbidden(text: &str) -> Option<(usize, char)> {
    if text
        .bytes()
        .all(|b| matches!(b, b' '..=b'~' | b'\n' | b'\r' | b'\t'))
    {
        return None; // nearly every manifest, without decoding a character
    }
    text.char_indices().find(|&(_, c)| !is_printable(c))
}

fn error_at(before: &[u8], kind: ErrorKind) -> Error {
    let last_line = before.rsplit(|&b| b == b'\n').next().unwrap_or_default();
    let lines = before.iter().filter(|&&b| b == b'\n').count();
    Error {
        line: count(lines),
        column: count(String::from_utf8_lossy(last_line).chars().count()),
        kind,
    }
}

fn count(before: usize) -> u32 {
    u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;

    #[test]
    fn names_the_place_of_the_first_bad_character() {
        insta::assert_snapshot!(text(b"a: b\nc: \xc3\xa9\x7f").unwrap_err(), @"line 2, column 5: the control character U+007F is not allowed in YAML; write it as an escape in double quotes");
        insta::assert_snapshot!(text(b"a: b\nc: \xff\xfe").unwrap_err(), @"line 2, column 4: this is not UTF-8 text; save the file as UTF-8");
    }

    #[test]
    fn lets_every_printable_character_pass() {
        assert!(text("\u{feff}a: \"é\u{85}\u{2028}🙂\"\t\r\n".as_bytes()).is_ok());
    }
}
