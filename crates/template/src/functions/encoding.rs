//! Base 64 and 32. What cannot be decoded is replaced by a sentence that says where, as in the peer.

use super::{Arguments, Function, Type};
use crate::error::Outcome;
use crate::host::Host;
use crate::value::{Buffer, Value};

use Type::Text;

pub(super) const ALL: &[Function] = &[
    Function::new("b32dec", &[Text], |host, arguments| {
        let text: Vec<u8> = without_breaks(arguments.text(0)?);
        let mut out = host.buffer();
        match decode32(&mut out, &zeroize::Zeroizing::new(text))? {
            Ok(()) => out.text().map(Value::Str),
            Err(at) => host.text(format!("illegal base32 data at input byte {at}").as_bytes()),
        }
    }),
    Function::new("b32enc", &[Text], |host, arguments| {
        encode(host, arguments, BASE32, 5)
    }),
    Function::new("b64dec", &[Text], |host, arguments| {
        let mut out = host.buffer();
        match decode64(&mut out, arguments.text(0)?)? {
            Ok(()) => out.text().map(Value::Str),
            Err(at) => host.text(format!("illegal base64 data at input byte {at}").as_bytes()),
        }
    }),
    Function::new("b64enc", &[Text], |host, arguments| {
        encode(host, arguments, BASE64, 6)
    }),
];

const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Where a text is no longer what it should be, or nothing.
type Decoded = Result<(), usize>;

fn encode(
    host: &Host<'_>,
    arguments: &Arguments<'_>,
    alphabet: &[u8],
    bits: u32,
) -> Outcome<Value> {
    let mut out = host.buffer();
    write(&mut out, arguments.text(0)?, alphabet, bits)?;
    out.text().map(Value::Str)
}

/// Digits of so many bits, filled up with `=` to whole bytes.
fn write(out: &mut Buffer<'_>, bytes: &[u8], alphabet: &[u8], bits: u32) -> Outcome<()> {
    let group = if bits == 5 { 8 } else { 4 };
    let written = digits(out, bytes, alphabet, bits)?;
    out.fill(b'=', written.next_multiple_of(group) - written)
}

/// Digits of so many bits; returns how many.
pub(super) fn digits(
    out: &mut Buffer<'_>,
    bytes: &[u8],
    alphabet: &[u8],
    bits: u32,
) -> Outcome<usize> {
    let digit = |value: u32| {
        let place = (value & ((1 << bits) - 1)) as usize;
        alphabet.get(place).copied().unwrap_or_default()
    };
    let (mut held, mut count, mut written) = (0u32, 0, 0);
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        count += 8;
        while count >= bits {
            count -= bits;
            out.push(digit(held >> count))?;
            written += 1;
        }
        held &= (1 << count) - 1;
    }
    if count > 0 {
        out.push(digit(held << (bits - count)))?;
        written += 1;
    }
    Ok(written)
}

/// `base64.StdEncoding.EncodeToString`
pub(super) fn encode64(out: &mut Buffer<'_>, bytes: &[u8]) -> Outcome<()> {
    write(out, bytes, BASE64, 6)
}

fn value64(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

fn is_break(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// `base64.StdEncoding.DecodeString`: line breaks are passed over, and bits that are left over do
/// not matter.
pub(super) fn decode64(out: &mut Buffer<'_>, text: &[u8]) -> Outcome<Decoded> {
    let mut at = 0;
    loop {
        let (mut held, mut digits) = (0u32, 0);
        while digits < 4 {
            let Some(byte) = text.get(at).copied() else {
                return Ok(match digits {
                    0 => Ok(()),
                    _ => Err(at - digits),
                });
            };
            at += 1;
            match value64(byte) {
                Some(value) => {
                    held = held << 6 | value;
                    digits += 1;
                }
                None if is_break(byte) => {}
                None if byte == b'=' => return padding64(out, text, at, held, digits),
                None => return Ok(Err(at - 1)),
            }
        }
        out.extend(&held.to_be_bytes()[1..])?;
    }
}

/// What stands behind the first `=`.
fn padding64(
    out: &mut Buffer<'_>,
    text: &[u8],
    mut at: usize,
    held: u32,
    digits: usize,
) -> Outcome<Decoded> {
    let pass_breaks = |mut at: usize| {
        while text.get(at).copied().is_some_and(is_break) {
            at += 1;
        }
        at
    };
    if digits < 2 {
        return Ok(Err(at - 1));
    }
    if digits == 2 {
        at = pass_breaks(at);
        match text.get(at) {
            None => return Ok(Err(text.len())),
            Some(b'=') => at += 1,
            Some(_) => return Ok(Err(at - 1)),
        }
    }
    at = pass_breaks(at);
    if at < text.len() {
        return Ok(Err(at));
    }
    let bytes = (held << (6 * (4 - digits))).to_be_bytes();
    out.extend(bytes.get(1..digits).unwrap_or_default())?;
    Ok(Ok(()))
}

fn without_breaks(text: &[u8]) -> Vec<u8> {
    text.iter()
        .copied()
        .filter(|byte| !is_break(*byte))
        .collect()
}

fn value32(byte: u8) -> Option<u64> {
    Some(u64::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'2'..=b'7' => byte - b'2' + 26,
        _ => return None,
    }))
}

/// `base32.StdEncoding.DecodeString`
fn decode32(out: &mut Buffer<'_>, text: &[u8]) -> Outcome<Decoded> {
    let total = text.len();
    let mut rest = text;
    while !rest.is_empty() {
        let (mut held, mut digits) = (0u64, 0usize);
        let mut ends = false;
        while digits < 8 && !ends {
            let Some((byte, behind)) = rest.split_first() else {
                return Ok(Err(total - digits));
            };
            rest = behind;
            if *byte == b'=' && digits >= 2 && rest.len() < 8 {
                if rest.len() + digits < 7 {
                    return Ok(Err(total));
                }
                let wrong = rest.iter().take(7 - digits).position(|byte| *byte != b'=');
                if let Some(place) = wrong {
                    return Ok(Err(total - rest.len() + place - 1));
                }
                if matches!(digits, 3 | 6) {
                    return Ok(Err(total - rest.len() - 1));
                }
                ends = true;
                continue;
            }
            let Some(value) = value32(*byte) else {
                return Ok(Err(total - rest.len() - 1));
            };
            held = held << 5 | value;
            digits += 1;
        }
        let bytes = (held << (5 * (8 - digits))).to_be_bytes();
        let count = digits * 5 / 8;
        out.extend(bytes.get(3..3 + count).unwrap_or_default())?;
        if ends {
            break;
        }
    }
    Ok(Ok(()))
}
