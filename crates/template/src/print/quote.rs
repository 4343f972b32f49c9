//! `strconv.Quote`: text between quotes in which everything can be seen.

use super::Printer;
use crate::error::Outcome;
use crate::unicode;
use crate::value::Buffer;

/// Writes `bytes` between double quotes; with `ascii`, in ASCII alone.
pub(crate) fn quote(out: &mut Buffer<'_>, bytes: &[u8], ascii: bool) -> Outcome<()> {
    out.push(b'"')?;
    for (at, rune, length) in unicode::runes(bytes) {
        if length == 1 && rune == unicode::REPLACEMENT {
            let byte = bytes.get(at).copied().unwrap_or_default();
            out.extend(format!("\\x{byte:02x}").as_bytes())?;
        } else {
            escaped(out, rune, b'"', ascii)?;
        }
    }
    out.push(b'"')
}

fn escaped(out: &mut Buffer<'_>, rune: char, quote: u8, ascii: bool) -> Outcome<()> {
    if rune == char::from(quote) || rune == '\\' {
        out.push(b'\\')?;
        return out.rune(rune);
    }
    if unicode::is_print(rune) && (rune.is_ascii() || !ascii) {
        return out.rune(rune);
    }
    let code = u32::from(rune);
    let escape = match code {
        7 => "\\a".to_owned(),
        8 => "\\b".to_owned(),
        9 => "\\t".to_owned(),
        10 => "\\n".to_owned(),
        11 => "\\v".to_owned(),
        12 => "\\f".to_owned(),
        13 => "\\r".to_owned(),
        0..0x20 | 0x7f => format!("\\x{code:02x}"),
        0x80..0x1_0000 => format!("\\u{code:04x}"),
        _ => format!("\\U{code:08x}"),
    };
    out.extend(escape.as_bytes())
}

impl Printer<'_> {
    /// `%q` of a string.
    pub(super) fn quoted(&mut self, bytes: &[u8]) -> Outcome<()> {
        let bytes = self.cut(bytes);
        let mut out = Buffer::new(self.out.meter());
        if self.flags.sharp && can_backquote(bytes) {
            out.push(b'`')?;
            out.extend(bytes)?;
            out.push(b'`')?;
        } else {
            quote(&mut out, bytes, self.flags.plus)?;
        }
        self.pad(out.bytes())
    }

    /// `%q` of a number: the character of that code.
    pub(super) fn quoted_rune(&mut self, code: u64) -> Outcome<()> {
        let mut out = Buffer::new(self.out.meter());
        out.push(b'\'')?;
        escaped(&mut out, rune_of(code), b'\'', self.flags.plus)?;
        out.push(b'\'')?;
        self.pad(out.bytes())
    }
}

/// The character of a code; what is none is replaced.
pub(super) fn rune_of(code: u64) -> char {
    let code = u32::try_from(code).ok();
    code.and_then(char::from_u32)
        .unwrap_or(unicode::REPLACEMENT)
}

/// Whether a text is one line that could stand between backquotes.
fn can_backquote(bytes: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(bytes) else {
        return false;
    };
    text.chars().all(|rune| match rune {
        '\u{feff}' | '`' | '\u{7f}' => false,
        '\t' => true,
        rune => rune >= ' ',
    })
}
