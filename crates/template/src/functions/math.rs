//! sprig's arithmetic: whole numbers of 64 bits that wrap, and decimals that are exact until they
//! become floats again.

mod decimal;

use super::cast::{fold, to_float, to_int};
use super::{Arguments, Function, Type};
use crate::error::{Fault, Outcome};
use crate::host::Host;
use crate::numeric::{parse_int, parse_int_anyway};
use crate::print;
use crate::value::Value;

use Type::{Any, Float, Int, Text};

pub(super) const ALL: &[Function] = &[
    Function::new("add", &[], |host, arguments| {
        fold(host, 0, arguments.from(0), i64::wrapping_add)
    })
    .and(Any),
    Function::new("add1", &[Any], |_, arguments| {
        Ok(Value::Int64(to_int(arguments.any(0)?).wrapping_add(1)))
    }),
    Function::new("add1f", &[Any], decimal::add1),
    Function::new("addf", &[], decimal::add).and(Any),
    Function::new("atoi", &[Text], |_, arguments| {
        Ok(Value::Int(parse_int_anyway(arguments.text(0)?, 10)))
    }),
    Function::new("biggest", &[Any], max).and(Any),
    Function::new("ceil", &[Any], |_, arguments| {
        Ok(Value::Float(to_float(arguments.any(0)?).ceil()))
    }),
    Function::new("div", &[Any, Any], |_, arguments| {
        divide(arguments, i64::wrapping_div)
    }),
    Function::new("divf", &[Any], decimal::div).and(Any),
    Function::new("float64", &[Any], |_, arguments| {
        Ok(Value::Float(to_float(arguments.any(0)?)))
    }),
    Function::new("floor", &[Any], |_, arguments| {
        Ok(Value::Float(to_float(arguments.any(0)?).floor()))
    }),
    Function::new("int", &[Any], |_, arguments| {
        Ok(Value::Int(to_int(arguments.any(0)?)))
    }),
    Function::new("int64", &[Any], |_, arguments| {
        Ok(Value::Int64(to_int(arguments.any(0)?)))
    }),
    Function::new("max", &[Any], max).and(Any),
    Function::new("maxf", &[Any], |host, arguments| {
        extreme(host, arguments, larger)
    })
    .and(Any),
    Function::new("min", &[Any], |host, arguments| {
        fold(host, to_int(arguments.any(0)?), arguments.from(1), i64::min)
    })
    .and(Any),
    Function::new("minf", &[Any], |host, arguments| {
        extreme(host, arguments, |a, b| -larger(-a, -b))
    })
    .and(Any),
    Function::new("mod", &[Any, Any], |_, arguments| {
        divide(arguments, i64::wrapping_rem)
    }),
    Function::new("mul", &[Any], |host, arguments| {
        let first = to_int(arguments.any(0)?);
        fold(host, first, arguments.from(1), i64::wrapping_mul)
    })
    .and(Any),
    Function::new("mulf", &[Any], decimal::mul).and(Any),
    Function::new("round", &[Any, Int], round).and(Float),
    Function::new("sub", &[Any, Any], |_, arguments| {
        let (one, other) = (to_int(arguments.any(0)?), to_int(arguments.any(1)?));
        Ok(Value::Int64(one.wrapping_sub(other)))
    }),
    Function::new("subf", &[Any], decimal::sub).and(Any),
    Function::new("toDecimal", &[Any], to_decimal),
];

fn max(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    fold(host, to_int(arguments.any(0)?), arguments.from(1), i64::max)
}

fn divide(arguments: &Arguments<'_>, by: fn(i64, i64) -> i64) -> Outcome<Value> {
    let (one, other) = (to_int(arguments.any(0)?), to_int(arguments.any(1)?));
    if other == 0 {
        return Err(Fault::from("runtime error: integer divide by zero"));
    }
    Ok(Value::Int64(by(one, other)))
}

fn extreme(
    host: &Host<'_>,
    arguments: &Arguments<'_>,
    choose: fn(f64, f64) -> f64,
) -> Outcome<Value> {
    host.meter.steps(arguments.len())?;
    let first = to_float(arguments.any(0)?);
    let rest = arguments.from(1).iter().map(to_float);
    Ok(Value::Float(rest.fold(first, choose)))
}

/// `math.Max`: infinity before what is no number, that before all others, and 0 before -0.
fn larger(a: f64, b: f64) -> f64 {
    if a == f64::INFINITY || b == f64::INFINITY {
        return f64::INFINITY;
    }
    if a.is_nan() || b.is_nan() {
        return f64::NAN;
    }
    if a == 0.0 && b == 0.0 {
        return if a.is_sign_negative() { b } else { a };
    }
    if a > b { a } else { b }
}

/// Octal digits as a number.
fn to_decimal(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let text = print::show(host.meter, arguments.any(0)?)?;
    Ok(Value::Int64(parse_int(&text, 8).unwrap_or(0)))
}

/// To so many places; what is left over is rounded up from a half on, or from what a third argument
/// says.
fn round(_: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let up_from = match arguments.from(2) {
        [] => 0.5,
        _ => arguments.float(2)?,
    };
    let power = power_of_ten(arguments.int(1)?);
    let shifted = power * to_float(arguments.any(0)?);
    let rest = if shifted.is_infinite() {
        f64::NAN
    } else {
        shifted - shifted.trunc()
    };
    let rounded = if rest >= up_from {
        shifted.ceil()
    } else {
        shifted.floor()
    };
    Ok(Value::Float(rounded / power))
}

/// `math.Pow(10, exponent)`, by Go's way of squaring, which is exact for as long as others and then
/// differs from them in the last bit.
fn power_of_ten(exponent: i64) -> f64 {
    match exponent {
        0 => return 1.0,
        1 => return 10.0,
        _ => {}
    }
    let (mut mantissa, mut power) = (1.0, 0i64);
    let (mut square, mut square_power) = (0.625, 4i64);
    let mut left = exponent.unsigned_abs();
    while left != 0 {
        if !(-4096..=4096).contains(&square_power) {
            power += square_power;
            break;
        }
        if left & 1 == 1 {
            mantissa *= square;
            power += square_power;
        }
        square *= square;
        square_power *= 2;
        if square < 0.5 {
            square += square;
            square_power -= 1;
        }
        left >>= 1;
    }
    if exponent < 0 {
        (mantissa, power) = (1.0 / mantissa, -power);
    }
    // In two steps, because a power of two that is no float may bring one about.
    let half = (power / 2).clamp(-1100, 1100) as i32;
    let rest = (power - i64::from(half)).clamp(-1100, 1100) as i32;
    mantissa * 2f64.powi(half) * 2f64.powi(rest)
}
