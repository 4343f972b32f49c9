//! `until`, `untilStep` and `seq`: numbers in a row.

use super::{Arguments, Function, Type};
use crate::error::{Fault, Outcome};
use crate::host::Host;
use crate::value::{Slice, Value, afford};

use Type::Int;

pub(super) const ALL: &[Function] = &[
    Function::new("seq", &[], seq).and(Int),
    Function::new("until", &[Int], until),
    Function::new("untilStep", &[Int, Int, Int], until_step),
];

fn until(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let count = arguments.int(0)?;
    let step = if count < 0 { -1 } else { 1 };
    row(host, 0, count, step).and_then(|row| ints(host, row))
}

fn until_step(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let (start, stop, step) = (arguments.int(0)?, arguments.int(1)?, arguments.int(2)?);
    row(host, start, stop, step).and_then(|row| ints(host, row))
}

fn ints(host: &Host<'_>, row: Vec<i64>) -> Outcome<Value> {
    Slice::new(host.meter, row).map(Value::Ints)
}

/// The numbers from `start` on, before `stop`; none if the step leads away from it.
fn row(host: &Host<'_>, start: i64, stop: i64, step: i64) -> Outcome<Vec<i64>> {
    let distance = i128::from(stop) - i128::from(start);
    if distance == 0 || step == 0 || (distance < 0) != (step < 0) {
        return Ok(Vec::new());
    }
    let (distance, size) = (distance.unsigned_abs(), i128::from(step).unsigned_abs());
    let count = usize::try_from(distance.div_ceil(size)).unwrap_or(usize::MAX);
    afford(host.meter, count)?;
    let behind = i128::from(start) + i128::from(step) * count as i128;
    if i64::try_from(behind).is_err() {
        // Go's loop wraps around here and goes on until it has no memory.
        return Err(Fault::from("the numbers leave the range of int"));
    }
    let numbers = (0..count as i64).map(|index| start + index * step);
    Ok(numbers.collect())
}

/// As the program `seq` counts, both ends included, in one string.
fn seq(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let int = |index| arguments.int(index);
    let (start, end, step) = match arguments.len() {
        1 => (1, int(0)?, None),
        2 => (int(0)?, int(1)?, None),
        3 => (int(0)?, int(2)?, Some(int(1)?)),
        _ => return host.text(b""),
    };
    let down = end < start;
    if down && step.is_some_and(|step| step > 0) {
        return host.text(b"");
    }
    let toward = if down { -1 } else { 1 };
    let row = row(
        host,
        start,
        end.wrapping_add(toward),
        step.unwrap_or(toward),
    )?;
    let mut out = host.buffer();
    for (index, number) in row.iter().enumerate() {
        if index > 0 {
            out.push(b' ')?;
        }
        out.extend(number.to_string().as_bytes())?;
    }
    out.text().map(Value::Str)
}
