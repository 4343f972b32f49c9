//! Percent signs in URLs: which bytes stand for themselves in which part.

use crate::error::Outcome;
use crate::functions::escape::percent;
use crate::value::Buffer;

/// A part of a URL.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Path,
    Host,
    Zone,
    User,
    Fragment,
}

impl Part {
    fn keeps(self, byte: u8) -> bool {
        let more: &[u8] = match self {
            Self::Path => b"$&+,/:;=@",
            Self::Host | Self::Zone => b"!\"$&'()*+,:;<=>[]",
            Self::User => b"$&+,;=",
            Self::Fragment => b"!$&()*+,/:;=?@",
        };
        byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || more.contains(&byte)
    }
}

/// Writes a part, escaped where it must be.
pub(super) fn escape(out: &mut Buffer<'_>, text: &[u8], part: Part) -> Outcome<()> {
    for byte in text {
        if part.keeps(*byte) {
            out.push(*byte)?;
        } else {
            percent(out, *byte)?;
        }
    }
    Ok(())
}

/// What a part says.
pub(super) fn unescape(text: &[u8], part: Part) -> Result<Vec<u8>, &'static str> {
    const INVALID: &str = "invalid URL escape";
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    let is_host = matches!(part, Part::Host | Part::Zone);
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        if *first != b'%' {
            if is_host && first.is_ascii() && !part.keeps(*first) {
                return Err("invalid character in host name");
            }
            bytes.push(*first);
            continue;
        }
        let (digits, behind) = rest.split_at_checked(2).ok_or(INVALID)?;
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let (high, low) = digit(digits[0]).zip(digit(digits[1])).ok_or(INVALID)?;
        let byte = (high << 4 | low) as u8;
        let percent = digits == b"25";
        let allowed = match part {
            Part::Host => high >= 8 || percent,
            Part::Zone => percent || byte == b' ' || Part::Host.keeps(byte),
            _ => true,
        };
        if !allowed {
            return Err(INVALID);
        }
        bytes.push(byte);
        rest = behind;
    }
    Ok(bytes)
}
