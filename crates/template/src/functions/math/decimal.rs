//! shopspring/decimal: digits and a power of ten.
//!
//! sprig makes a decimal of each float (the shortest that is the float), calculates, and makes a
//! float of the result: so 0.1 and 0.2 add up to 0.3.

use num_bigint::{BigInt, Sign};

use crate::budget::Meter;
use crate::error::{Fault, Outcome};
use crate::functions::Arguments;
use crate::functions::cast::to_float;
use crate::host::Host;
use crate::print::shortest;
use crate::value::Value;

/// Digits that a quotient has behind its point.
const PRECISION: i64 = 16;

/// `digits * 10^exponent`
#[derive(Clone)]
struct Decimal {
    digits: BigInt,
    exponent: i64,
}

impl Decimal {
    fn of(value: f64) -> Outcome<Self> {
        if !value.is_finite() {
            return Err(Fault::from(
                "cannot create a Decimal from what is not finite",
            ));
        }
        let text = shortest(value);
        let (number, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let behind = number.split_once('.').map_or(0, |(_, behind)| behind.len());
        let number = number.replace('.', "");
        let exponent = exponent.parse::<i64>().unwrap_or(0) - behind as i64;
        Ok(Self {
            digits: number.parse().unwrap_or_default(),
            exponent,
        })
    }

    /// The same number with a smaller exponent.
    fn rescaled(&self, meter: &Meter, exponent: i64) -> Outcome<BigInt> {
        Ok(&self.digits * power(meter, self.exponent - exponent)?)
    }

    fn sum(&self, meter: &Meter, other: &Self, sign: i8) -> Outcome<Self> {
        let exponent = self.exponent.min(other.exponent);
        let (one, other) = (
            self.rescaled(meter, exponent)?,
            other.rescaled(meter, exponent)?,
        );
        Ok(Self {
            digits: one + other * sign,
            exponent,
        })
    }

    fn product(&self, other: &Self) -> Self {
        Self {
            digits: &self.digits * &other.digits,
            exponent: self.exponent + other.exponent,
        }
    }

    /// Rounded to 16 places, halves away from zero.
    fn quotient(&self, meter: &Meter, other: &Self) -> Outcome<Self> {
        if other.digits.sign() == Sign::NoSign {
            return Err(Fault::from("decimal division by 0"));
        }
        let shift = self.exponent - other.exponent + PRECISION;
        let (dividend, divisor) = if shift < 0 {
            (self.digits.clone(), &other.digits * power(meter, -shift)?)
        } else {
            (&self.digits * power(meter, shift)?, other.digits.clone())
        };
        let (whole, rest) = (&dividend / &divisor, &dividend % &divisor);
        let twice = BigInt::from(rest.magnitude() * 2u8);
        let away = match (
            twice < BigInt::from(divisor.magnitude().clone()),
            dividend.sign() == divisor.sign(),
        ) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => -1,
        };
        Ok(Self {
            digits: whole + away,
            exponent: -PRECISION,
        })
    }

    /// The float next to it.
    fn float(&self) -> f64 {
        let text = format!("{}e{}", self.digits, self.exponent);
        text.parse().unwrap_or(0.0)
    }
}

/// Ten to a power, which is paid for by its digits.
fn power(meter: &Meter, exponent: i64) -> Outcome<BigInt> {
    let exponent = u32::try_from(exponent).map_err(|_| Fault::from("exponent overflows"))?;
    meter.scan(exponent as usize * 8)?;
    meter.memory(exponent as usize)?;
    Ok(BigInt::from(10).pow(exponent))
}

type Step = fn(&Meter, &Decimal, &Decimal) -> Outcome<Decimal>;

fn calculate(host: &Host<'_>, first: f64, others: &[Value], step: Step) -> Outcome<Value> {
    let mut result = Decimal::of(first)?;
    for other in others {
        // Numbers only grow as long as the arguments are many, and each step costs what they are.
        let size = usize::try_from(result.digits.bits()).unwrap_or(usize::MAX);
        host.meter.scan(size)?;
        result = step(host.meter, &result, &Decimal::of(to_float(other))?)?;
    }
    Ok(Value::Float(result.float()))
}

pub(super) fn add1(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let one = [Value::Int(1)];
    calculate(host, to_float(arguments.any(0)?), &one, |meter, a, b| {
        a.sum(meter, b, 1)
    })
}

pub(super) fn add(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    calculate(host, 0.0, arguments.from(0), |meter, a, b| {
        a.sum(meter, b, 1)
    })
}

pub(super) fn sub(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let first = to_float(arguments.any(0)?);
    calculate(host, first, arguments.from(1), |meter, a, b| {
        a.sum(meter, b, -1)
    })
}

pub(super) fn mul(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let first = to_float(arguments.any(0)?);
    calculate(host, first, arguments.from(1), |_, a, b| Ok(a.product(b)))
}

pub(super) fn div(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let first = to_float(arguments.any(0)?);
    calculate(host, first, arguments.from(1), |meter, a, b| {
        a.quotient(meter, b)
    })
}
