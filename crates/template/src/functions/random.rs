//! Randomness, all of it from the generator that the caller handed in: with the same seed, a template
//! renders the same bytes.

use super::{Arguments, Function, Type, encoding};
use crate::error::{Fault, Outcome};
use crate::host::Host;
use crate::unicode;
use crate::value::Value;

use Type::{Int, Text};

pub(super) const ALL: &[Function] = &[
    Function::new("randAlpha", &[Int], |host, arguments| {
        drawn(host, arguments, |byte| byte.is_ascii_alphabetic())
    }),
    Function::new("randAlphaNum", &[Int], |host, arguments| {
        drawn(host, arguments, |byte| byte.is_ascii_alphanumeric())
    }),
    Function::new("randAscii", &[Int], |host, arguments| {
        drawn(host, arguments, |byte| (b' '..=b'~').contains(&byte))
    }),
    Function::new("randBytes", &[Int], rand_bytes),
    Function::new("randInt", &[Int, Int], rand_int),
    Function::new("randNumeric", &[Int], |host, arguments| {
        drawn(host, arguments, |byte| byte.is_ascii_digit())
    }),
    Function::new("shuffle", &[Text], shuffle),
    Function::new("uuidv4", &[], uuid),
];

/// So many characters, each drawn from those that `is_in` names.
fn drawn(host: &Host<'_>, arguments: &Arguments<'_>, is_in: fn(u8) -> bool) -> Outcome<Value> {
    let count = arguments.count(0)?;
    let alphabet: Vec<u8> = (0..=127).filter(|byte| is_in(*byte)).collect();
    host.meter.steps(count)?;
    host.meter.memory(count)?;
    let mut out = host.buffer();
    for _ in 0..count {
        let place = host.below(alphabet.len() as u64)?;
        let place = usize::try_from(place).unwrap_or_default();
        out.push(alphabet.get(place).copied().unwrap_or_default())?;
    }
    out.text().map(Value::Str)
}

/// So many bytes, in base 64.
fn rand_bytes(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let count = usize::try_from(arguments.int(0)?);
    let count = count.map_err(|_| Fault::from("runtime error: makeslice: len out of range"))?;
    let bytes = host.random(count)?;
    let mut out = host.buffer();
    encoding::encode64(&mut out, &bytes)?;
    out.text().map(Value::Str)
}

/// A number from the first on, below the second.
fn rand_int(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let (least, bound) = (arguments.int(0)?, arguments.int(1)?);
    let range = u64::try_from(bound.wrapping_sub(least)).unwrap_or(0);
    if range == 0 {
        return Err(Fault::from("invalid argument to Intn"));
    }
    let drawn = host.below(range)?;
    Ok(Value::Int(least.wrapping_add_unsigned(drawn)))
}

/// The characters in another order.
fn shuffle(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let text = arguments.text(0)?;
    host.meter.memory(4 * text.len())?;
    let runes: Vec<char> = unicode::runes(text).map(|(_, rune, _)| rune).collect();
    let mut runes = zeroize::Zeroizing::new(runes);
    for last in (1..runes.len()).rev() {
        let place = usize::try_from(host.below(last as u64 + 1)?).unwrap_or_default();
        runes.swap(last, place.min(last));
    }
    let mut out = host.buffer();
    for rune in runes.iter() {
        out.rune(*rune)?;
    }
    out.text().map(Value::Str)
}

fn uuid(host: &Host<'_>, _: &Arguments<'_>) -> Outcome<Value> {
    let bytes = host.random(16)?;
    let mut out = host.buffer();
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            out.push(b'-')?;
        }
        let byte = match index {
            6 => byte & 0x0f | 0x40, // version 4
            8 => byte & 0x3f | 0x80, // the usual variant
            _ => *byte,
        };
        out.extend(format!("{byte:02x}").as_bytes())?;
    }
    out.text().map(Value::Str)
}
