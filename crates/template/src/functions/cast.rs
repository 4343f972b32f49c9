//! spf13/cast: what sprig makes numbers of, and 0 of what is none.

use crate::error::Outcome;
use crate::host::Host;
use crate::numeric::{float_to_int, parse_float, parse_int};
use crate::value::Value;

/// `cast.ToInt64`: of strings in any of Go's notations, `0x1f`, `017` and `1.0` among them.
pub(super) fn to_int(value: &Value) -> i64 {
    match value {
        Value::Int(number) | Value::Int64(number) => *number,
        Value::Uint8(number) => i64::from(*number),
        Value::Uint64(number) => *number as i64, // wraps, as Go's conversion does
        Value::Float(number) => float_to_int(*number),
        Value::Bool(value) => i64::from(*value),
        Value::Month(month) => month.0,
        Value::Weekday(day) => day.0,
        Value::Str(text) => parse_int(without_zero_decimals(text), 0).unwrap_or(0),
        _ => 0,
    }
}

/// `1.00` is the whole number `1`.
fn without_zero_decimals(text: &[u8]) -> &[u8] {
    let zeros = text.iter().rev().take_while(|byte| **byte == b'0').count();
    match text.split_at(text.len() - zeros) {
        ([whole @ .., b'.'], _) if zeros > 0 => whole,
        _ => text,
    }
}

/// `cast.ToFloat64`
pub(super) fn to_float(value: &Value) -> f64 {
    match value {
        Value::Float(number) => *number,
        Value::Uint64(number) => *number as f64,
        Value::Str(text) => parse_float(text).unwrap_or(0.0),
        other => to_int(other) as f64,
    }
}

/// The sum, or whatever `step` makes, of all values as whole numbers.
pub(super) fn fold(
    host: &Host<'_>,
    first: i64,
    values: &[Value],
    step: impl Fn(i64, i64) -> i64,
) -> Outcome<Value> {
    host.meter.steps(values.len())?;
    let all = values.iter().map(to_int);
    Ok(Value::Int64(all.fold(first, step)))
}
