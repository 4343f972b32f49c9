//! Conversions between types, with Go's ways of writing numbers and times.

use crate::budget::Meter;
use crate::functions::no_overload;
use crate::value::Text;
use crate::{Error, Value, time};

/// The conversions, `type` and `dyn` apart, which take anything.
pub(crate) const FUNCTIONS: [&str; 8] = [
    "bool",
    "bytes",
    "double",
    "duration",
    "int",
    "string",
    "timestamp",
    "uint",
];

/// The value as another type.
pub(crate) fn to<'a>(name: &str, value: &Value<'a>, meter: &Meter) -> Result<Value<'a>, Error> {
    let converted = match name {
        "dyn" => Some(Ok(value.clone())),
        "type" => Some(Ok(Value::Type(value.type_name()))),
        "bool" => bool(value),
        "bytes" => bytes(value, meter),
        "double" => double(value),
        "duration" => duration(value),
        "int" => int(value),
        "string" => string(value, meter),
        "timestamp" => timestamp(value),
        "uint" => uint(value),
        _ => None,
    };
    converted.unwrap_or_else(|| Err(no_overload(name, std::slice::from_ref(value))))
}

type Converted<'a> = Option<Result<Value<'a>, Error>>;

fn bool<'a>(value: &Value<'a>) -> Converted<'a> {
    Some(Ok(Value::Bool(match value {
        Value::Bool(yes) => *yes,
        Value::String(text) => match &**text {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => true,
            "0" | "f" | "F" | "false" | "FALSE" | "False" => false,
            _ => return Some(Err(Error::new("the text is neither true nor false"))),
        },
        _ => return None,
    })))
}

fn bytes<'a>(value: &Value<'a>, meter: &Meter) -> Converted<'a> {
    match value {
        Value::Bytes(_) => Some(Ok(value.clone())),
        Value::String(text) => {
            let paid = meter.make(text.len());
            Some(paid.map(|()| Value::Bytes(text.as_bytes().into())))
        }
        _ => None,
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "the last digits of a large number have no part in it, as in Go"
)]
fn double<'a>(value: &Value<'a>) -> Converted<'a> {
    Some(Ok(Value::Double(match value {
        Value::Double(number) => *number,
        Value::Int(number) => *number as f64,
        Value::Uint(number) => *number as f64,
        Value::String(text) => match go_double(text) {
            Some(number) => number,
            None => return Some(Err(Error::new("the text is no number"))),
        },
        _ => return None,
    })))
}

/// What Go's `strconv.ParseFloat` reads, hexadecimal fractions apart.
fn go_double(text: &str) -> Option<f64> {
    let digits = text.trim_start_matches(['+', '-']);
    match digits.to_ascii_lowercase().as_str() {
        "inf" | "infinity" => text.parse().ok(),
        "nan" => text.eq_ignore_ascii_case("nan").then_some(f64::NAN),
        _ => {
            let plain = without_underscores(text)?;
            plain.parse().ok().filter(|number: &f64| number.is_finite())
        }
    }
}

/// Underscores may stand between digits, and nowhere else.
fn without_underscores(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split('_').collect();
    let joints = parts.windows(2).all(|pair| {
        pair[0].ends_with(|c: char| c.is_ascii_digit())
            && pair[1].starts_with(|c: char| c.is_ascii_digit())
    });
    joints.then(|| parts.concat())
}

fn duration<'a>(value: &Value<'a>) -> Converted<'a> {
    match value {
        Value::Duration(_) => Some(Ok(value.clone())),
        Value::String(text) => Some(time::read_duration(text).map(Value::Duration)),
        _ => None,
    }
}

fn timestamp<'a>(value: &Value<'a>) -> Converted<'a> {
    match value {
        Value::Timestamp(_) => Some(Ok(value.clone())),
        Value::Int(seconds) => Some(time::Moment::at_second(*seconds).map(Value::Timestamp)),
        Value::String(text) => Some(time::read_timestamp(text).map(Value::Timestamp)),
        _ => None,
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "the range is checked before"
)]
fn int<'a>(value: &Value<'a>) -> Converted<'a> {
    let number = match value {
        Value::Int(number) => Ok(*number),
        Value::Uint(number) => i64::try_from(*number).map_err(|_| overflow()),
        // The bounds themselves are not exact as fractions.
        Value::Double(number)
            if *number > -9.223_372_036_854_776e18 && *number < 9.223_372_036_854_776e18 =>
        {
            Ok(*number as i64)
        }
        Value::Double(_) => Err(overflow()),
        Value::Duration(length) => Ok(*length),
        Value::Timestamp(time) => Ok(time.second()),
        Value::String(text) => text.parse().map_err(|_| no_number()),
        _ => return None,
    };
    Some(number.map(Value::Int))
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked before"
)]
fn uint<'a>(value: &Value<'a>) -> Converted<'a> {
    let number = match value {
        Value::Uint(number) => Ok(*number),
        Value::Int(number) => u64::try_from(*number).map_err(|_| overflow()),
        Value::Double(number) if *number >= 0.0 && *number < 1.844_674_407_370_955_2e19 => {
            Ok(*number as u64)
        }
        Value::Double(_) => Err(overflow()),
        // Go reads no sign here.
        Value::String(text) if text.starts_with('+') => Err(no_number()),
        Value::String(text) => text.parse().map_err(|_| no_number()),
        _ => return None,
    };
    Some(number.map(Value::Uint))
}

fn string<'a>(value: &Value<'a>, meter: &Meter) -> Converted<'a> {
    let text = match value {
        Value::String(_) => return Some(Ok(value.clone())),
        Value::Bool(yes) => yes.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Uint(number) => number.to_string(),
        Value::Double(number) => go_general(*number),
        Value::Duration(length) => time::write_duration(*length),
        Value::Timestamp(time) => time.to_string(),
        Value::Bytes(bytes) => {
            if let Err(error) = meter.make(bytes.len()) {
                return Some(Err(error));
            }
            match std::str::from_utf8(bytes) {
                Ok(text) => text.to_owned(),
                Err(_) => return Some(Err(Error::new("the bytes are no text"))),
            }
        }
        _ => return None,
    };
    Some(Ok(Value::String(Text::Made(text.into()))))
}

/// A number as Go's `%g` writes it: with an exponent below 0.0001 and from 1e+06 on.
fn go_general(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return number.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

fn overflow() -> Error {
    Error::new("integer overflow")
}

fn no_number() -> Error {
    Error::new("the text is no whole number")
}
