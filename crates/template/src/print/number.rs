//! Whole numbers in every base, and floating point with fmt's flags.

use super::quote::rune_of;
use super::{Printer, format_float};
use crate::error::Outcome;
use crate::unicode;

/// The digits, and the letter of the prefix.
pub(super) const LOWER: &[u8; 17] = b"0123456789abcdefx";
pub(super) const UPPER: &[u8; 17] = b"0123456789ABCDEFX";

impl Printer<'_> {
    /// A number of `int`, as the verb wants it; false if the verb does not fit.
    pub(super) fn signed(&mut self, value: i64, verb: char) -> Outcome<bool> {
        self.integer(value.unsigned_abs(), value < 0, verb, true)
    }

    /// A number of `uint8` or `uint64`.
    pub(super) fn unsigned(&mut self, value: u64, verb: char) -> Outcome<bool> {
        self.integer(value, false, verb, false)
    }

    fn integer(&mut self, value: u64, negative: bool, verb: char, signed: bool) -> Outcome<bool> {
        // What the number is as 64 bits, for the verbs that see characters.
        let code = if negative {
            value.wrapping_neg()
        } else {
            value
        };
        match verb {
            'v' if self.flags.sharp_v && !signed => self.hexadecimal(value)?,
            'v' | 'd' => self.based(value, negative, 10, verb)?,
            'b' => self.based(value, negative, 2, verb)?,
            'o' | 'O' => self.based(value, negative, 8, verb)?,
            'x' | 'X' => self.based(value, negative, 16, verb)?,
            'c' => self.pad(rune_of(code).encode_utf8(&mut [0; 4]).as_bytes())?,
            'q' => self.quoted_rune(code)?,
            'U' => self.unicode(code)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn hexadecimal(&mut self, value: u64) -> Outcome<()> {
        let sharp = std::mem::replace(&mut self.flags.sharp, true);
        let done = self.based(value, false, 16, 'v');
        self.flags.sharp = sharp;
        done
    }

    fn based(&mut self, value: u64, negative: bool, base: u64, verb: char) -> Outcome<()> {
        let flags = self.flags;
        let signed = negative || flags.plus || flags.space;
        let least = match (flags.precision, flags.width) {
            (Some(0), _) if value == 0 => {
                return self.out.fill(b' ', flags.width.unwrap_or(0));
            }
            (Some(precision), _) => precision,
            (None, Some(width)) if flags.zero && !flags.minus => {
                width - usize::from(signed && width > 0)
            }
            _ => 0,
        };
        self.out.meter().memory(least)?;
        let mut text = digits(value, base, if verb == 'X' { UPPER } else { LOWER });
        while text.len() < least {
            text.push(b'0');
        }
        if flags.sharp {
            match base {
                2 => text.extend_from_slice(b"b0"),
                8 if text.last() != Some(&b'0') => text.push(b'0'),
                16 => text.extend_from_slice(if verb == 'X' { b"X0" } else { b"x0" }),
                _ => {}
            }
        }
        if verb == 'O' {
            text.extend_from_slice(b"o0");
        }
        match (negative, flags.plus, flags.space) {
            (true, ..) => text.push(b'-'),
            (_, true, _) => text.push(b'+'),
            (_, _, true) => text.push(b' '),
            _ => {}
        }
        text.reverse();
        self.pad_plain(&text)
    }

    /// `%U`
    fn unicode(&mut self, code: u64) -> Outcome<()> {
        let least = self.flags.precision.unwrap_or(4).max(4);
        self.out.meter().memory(least)?;
        let mut text = digits(code, 16, UPPER);
        while text.len() < least {
            text.push(b'0');
        }
        text.extend_from_slice(b"+U");
        text.reverse();
        let rune = u32::try_from(code).ok().and_then(char::from_u32);
        if let Some(rune) = rune.filter(|rune| self.flags.sharp && unicode::is_print(*rune)) {
            text.extend_from_slice(format!(" '{rune}'").as_bytes());
        }
        self.pad_plain(&text)
    }

    /// Floating point; false if the verb does not fit.
    pub(super) fn float(&mut self, value: f64, verb: char) -> Outcome<bool> {
        let (verb, precision) = match verb {
            'v' => ('g', None),
            'b' | 'g' | 'G' | 'x' | 'X' => (verb, None),
            'e' | 'E' | 'f' => (verb, Some(6)),
            'F' => ('f', Some(6)),
            _ => return Ok(false),
        };
        let precision = self.flags.precision.or(precision);
        self.out.meter().memory(precision.unwrap_or(0))?;
        let mut text = format_float(value, verb, precision).into_bytes();
        if !matches!(text.first(), Some(b'-' | b'+')) {
            text.insert(0, b'+');
        }
        if self.flags.space && text.first() == Some(&b'+') && !self.flags.plus {
            text[0] = b' ';
        }
        if matches!(text.get(1), Some(b'I' | b'N')) {
            if text[1] == b'N' && !self.flags.space && !self.flags.plus {
                text.remove(0);
            }
            return self.pad_plain(&text).map(|()| true);
        }
        if self.flags.sharp && verb != 'b' {
            self.out.meter().memory(precision.unwrap_or(6))?;
            text = pointed(&text, verb, precision);
        }
        self.signed_float(&text).map(|()| true)
    }

    fn signed_float(&mut self, text: &[u8]) -> Outcome<()> {
        let flags = self.flags;
        let Some((sign, number)) = text.split_first() else {
            return Ok(());
        };
        if !flags.plus && *sign == b'+' {
            return self.pad(number);
        }
        let width = flags.width.unwrap_or(0);
        if flags.zero && !flags.minus && width > text.len() {
            self.out.push(*sign)?;
            self.padding(width - text.len())?;
            return self.out.extend(number);
        }
        self.pad(text)
    }
}

/// The digits, the last one first.
fn digits(mut value: u64, base: u64, alphabet: &[u8; 17]) -> Vec<u8> {
    let mut text = Vec::with_capacity(64);
    loop {
        text.push(alphabet[(value % base) as usize]);
        value /= base;
        if value == 0 {
            return text;
        }
    }
}

/// The flag `#`: always a decimal point, and for `%g` the zeros behind it.
fn pointed(text: &[u8], verb: char, precision: Option<usize>) -> Vec<u8> {
    let wants_zeros = matches!(verb, 'v' | 'g' | 'G' | 'x');
    let mut left = if wants_zeros {
        precision.unwrap_or(6)
    } else {
        0
    };
    let exponent = text.iter().position(|byte| match byte {
        b'p' | b'P' => true,
        b'e' | b'E' => !matches!(verb, 'x' | 'X'),
        _ => false,
    });
    let (number, tail) = text.split_at(exponent.unwrap_or(text.len()));
    let (mut has_point, mut counting) = (false, false);
    for byte in number.iter().skip(1) {
        if *byte == b'.' {
            has_point = true;
            continue;
        }
        counting |= *byte != b'0';
        left = left.saturating_sub(usize::from(counting));
    }
    let mut whole = number.to_vec();
    if !has_point {
        if number.len() == 2 && number[1] == b'0' {
            left = left.saturating_sub(1);
        }
        whole.push(b'.');
    }
    whole.resize(whole.len() + left, b'0');
    whole.extend_from_slice(tail);
    whole
}
