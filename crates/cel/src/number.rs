//! Numbers: what they are worth beside each other, and arithmetic that never wraps around.

use std::cmp::Ordering;

use crate::{Error, Value};

/// How two numbers compare, whatever their types: `None` if one is no number, `Some(None)` if one
/// is not a number by its own account.
pub(crate) fn compare(a: &Value<'_>, b: &Value<'_>) -> Option<Option<Ordering>> {
    use Value::{Double, Int, Uint};
    Some(match (a, b) {
        (Int(a), Int(b)) => Some(a.cmp(b)),
        (Uint(a), Uint(b)) => Some(a.cmp(b)),
        (Double(a), Double(b)) => a.partial_cmp(b),
        (Int(a), Uint(b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
        (Uint(a), Int(b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
        (Int(a), Double(b)) => whole(i128::from(*a), *b),
        (Uint(a), Double(b)) => whole(i128::from(*a), *b),
        (Double(a), Int(b)) => whole(i128::from(*b), *a).map(Ordering::reverse),
        (Double(a), Uint(b)) => whole(i128::from(*b), *a).map(Ordering::reverse),
        _ => return None,
    })
}

/// As cel-go: beyond the range of the whole number by size alone, else both as fractions.
#[allow(
    clippy::cast_precision_loss,
    reason = "the last digits of a large number have no part in it, as in Go"
)]
fn whole(a: i128, b: f64) -> Option<Ordering> {
    (a as f64).partial_cmp(&b)
}

/// The sum, difference, product, quotient or rest of two numbers of one type; `None` if they are
/// none.
pub(crate) fn arithmetic<'a>(
    operator: &str,
    a: &Value<'a>,
    b: &Value<'a>,
) -> Option<Result<Value<'a>, Error>> {
    Some(match (a, b) {
        (Value::Int(a), Value::Int(b)) => int(operator, *a, *b)?.map(Value::Int),
        (Value::Uint(a), Value::Uint(b)) => uint(operator, *a, *b)?.map(Value::Uint),
        (Value::Double(a), Value::Double(b)) => Ok(Value::Double(double(operator, *a, *b)?)),
        _ => return None,
    })
}

/// The same for both kinds of whole numbers.
macro_rules! whole_numbers {
    ($name:ident, $number:ty) => {
        fn $name(operator: &str, a: $number, b: $number) -> Option<Result<$number, Error>> {
            Some(match operator {
                "_+_" => whole_or(a.checked_add(b)),
                "_-_" => whole_or(a.checked_sub(b)),
                "_*_" => whole_or(a.checked_mul(b)),
                "_/_" if b == 0 => Err(Error::new("division by zero")),
                "_%_" if b == 0 => Err(Error::new("modulus by zero")),
                "_/_" => whole_or(a.checked_div(b)),
                "_%_" => whole_or(a.checked_rem(b)),
                _ => return None,
            })
        }
    };
}

whole_numbers!(int, i64);
whole_numbers!(uint, u64);

fn double(operator: &str, a: f64, b: f64) -> Option<f64> {
    Some(match operator {
        "_+_" => a + b,
        "_-_" => a - b,
        "_*_" => a * b,
        "_/_" => a / b,
        _ => return None,
    })
}

pub(crate) fn whole_or<T>(result: Option<T>) -> Result<T, Error> {
    result.ok_or_else(|| Error::new("integer overflow"))
}
