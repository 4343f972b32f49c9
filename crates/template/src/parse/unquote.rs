//! `strconv.Unquote`: what a string or character constant means.

use super::Parsing;
use crate::error::Fault;

const INVALID: &str = "invalid syntax";

/// The bytes of a string, which stands between double or back quotes.
pub(super) fn unquote(quoted: &str) -> Parsing<Vec<u8>> {
    let inner = |mark| quoted.strip_prefix(mark)?.strip_suffix(mark);
    if let Some(raw) = inner('`') {
        return Ok(raw.replace('\r', "").into_bytes());
    }
    let mut rest = inner('"').ok_or(INVALID)?;
    let mut bytes = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        rest = match escape(rest, '"')? {
            (One::Rune(rune), rest) => {
                bytes.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes());
                rest
            }
            (One::Byte(byte), rest) => {
                bytes.push(byte);
                rest
            }
        };
    }
    Ok(bytes)
}

/// The code of a character between single quotes.
pub(super) fn unquote_character(quoted: &str) -> Parsing<u32> {
    let text = quoted.strip_prefix('\'').ok_or(INVALID)?;
    let (one, rest) = escape(text, '\'')?;
    if rest != "'" {
        return Err(Fault::from(format!(
            "malformed character constant: {quoted}"
        )));
    }
    Ok(match one {
        One::Rune(rune) => u32::from(rune),
        One::Byte(byte) => u32::from(byte),
    })
}

/// A character, or a byte that an escape names.
enum One {
    Rune(char),
    Byte(u8),
}

/// The first character or escape, and what stands behind it.
fn escape(text: &str, quote: char) -> Parsing<(One, &str)> {
    let mut runes = text.chars();
    let first = runes.next().ok_or(INVALID)?;
    if first == quote || first == '\n' {
        return Err(Fault::from(INVALID));
    }
    if first != '\\' {
        return Ok((One::Rune(first), runes.as_str()));
    }
    let code = runes.next().ok_or(INVALID)?;
    let rest = runes.as_str();
    let rune = match code {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '\\' => '\\',
        '\'' | '"' if code == quote => code,
        'x' => return byte(rest, 2, 16),
        '0'..='7' => return byte(text.get(1..).unwrap_or_default(), 3, 8),
        'u' | 'U' => {
            let length = if code == 'u' { 4 } else { 8 };
            let (code, rest) = digits(rest, length, 16)?;
            let rune = char::from_u32(code).ok_or(INVALID)?;
            return Ok((One::Rune(rune), rest));
        }
        _ => return Err(Fault::from(INVALID)),
    };
    Ok((One::Rune(rune), rest))
}

fn byte(text: &str, length: usize, radix: u32) -> Parsing<(One, &str)> {
    let (code, rest) = digits(text, length, radix)?;
    let byte = u8::try_from(code).map_err(|_| INVALID)?;
    Ok((One::Byte(byte), rest))
}

fn digits(text: &str, length: usize, radix: u32) -> Parsing<(u32, &str)> {
    let (digits, rest) = text.split_at_checked(length).ok_or(INVALID)?;
    if !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Err(Fault::from(INVALID));
    }
    let code = u32::from_str_radix(digits, radix).map_err(|_| INVALID)?;
    Ok((code, rest))
}
