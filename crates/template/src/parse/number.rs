//! Constants: a number as every type that can hold it.

use super::{Parsing, unquote};
use crate::error::Fault;
use crate::numeric::{ParseError, float_to_int, parse_float, parse_int, parse_uint};
use crate::tree::Number;

/// `'x'`
pub(super) fn character(text: &str) -> Parsing<Number> {
    let code = unquote::unquote_character(text)?;
    Ok(Number {
        text: text.to_owned(),
        int: Some(i64::from(code)),
        uint: Some(u64::from(code)),
        float: Some(f64::from(code)),
    })
}

/// A complex constant, which no function of ours could take.
pub(super) fn complex() -> Fault {
    Fault::from("complex constants are not supported")
}

/// A whole or floating number in any of Go's notations.
pub(super) fn number(text: &str) -> Parsing<Number> {
    if text.ends_with('i') {
        return Err(complex());
    }
    let bytes = text.as_bytes();
    let mut uint = parse_uint(bytes, 0).ok();
    let mut int = parse_int(bytes, 0).ok();
    if int == Some(0) {
        uint = Some(0); // in case of -0
    }
    let float = match (int, uint) {
        (Some(int), _) => Some(int as f64),
        (None, Some(uint)) => Some(uint as f64),
        (None, None) => match parse_float(bytes) {
            // What looks like a whole number and is none is too large to be one.
            Ok(_) if !text.contains(['.', 'e', 'E', 'p', 'P']) => {
                return Err(Fault::from(format!("integer overflow: {text:?}")));
            }
            Ok(float) => Some(float),
            Err(ParseError::Syntax | ParseError::Range) => None,
        },
    };
    if let (None, None, Some(float)) = (int, uint, float) {
        // As a type that does not fit it would be another number.
        int = Some(float_to_int(float)).filter(|int| *int as f64 == float);
        uint = Some(float as u64).filter(|uint| *uint as f64 == float && float >= 0.0);
    }
    if float.is_none() {
        return Err(Fault::from(format!("illegal number syntax: {text:?}")));
    }
    Ok(Number {
        text: text.to_owned(),
        int,
        uint,
        float,
    })
}
