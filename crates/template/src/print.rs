//! Go's `fmt`, for the values that a template can meet.

mod float;
mod number;
mod pad;
mod printf;
mod quote;
mod values;

pub(crate) use float::{format_float, shortest};
pub(crate) use quote::quote;

use crate::budget::Meter;
use crate::error::Outcome;
use crate::value::{Buffer, Text, Value};

/// A text in the making, and how the next operand is to look.
pub(crate) struct Printer<'m> {
    out: Buffer<'m>,
    flags: Flags,
    /// Whether a verb that does not fit is being reported: then values do not speak for themselves.
    erroring: bool,
}

/// The flags, width and precision of one verb.
#[derive(Clone, Copy, Default)]
struct Flags {
    plus: bool,
    minus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    /// `%+v` and `%#v`, where the flag is not the number's.
    plus_v: bool,
    sharp_v: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

impl<'m> Printer<'m> {
    fn new(meter: &'m Meter) -> Self {
        Self {
            out: Buffer::new(meter),
            flags: Flags::default(),
            erroring: false,
        }
    }
}

/// `fmt.Sprint`: a space between two operands neither of which is a string.
pub(crate) fn sprint(meter: &Meter, operands: &[Value]) -> Outcome<Text> {
    let mut printer = Printer::new(meter);
    let mut behind_string = true;
    for operand in operands {
        let is_string = matches!(operand, Value::Str(_));
        if !is_string && !behind_string {
            printer.out.push(b' ')?;
        }
        printer.operand(operand, 'v')?;
        behind_string = is_string;
    }
    printer.out.text()
}

/// `fmt.Sprintln`: a space between all operands and a line break.
pub(crate) fn sprintln(meter: &Meter, operands: &[Value]) -> Outcome<Text> {
    let mut printer = Printer::new(meter);
    for (index, operand) in operands.iter().enumerate() {
        if index > 0 {
            printer.out.push(b' ')?;
        }
        printer.operand(operand, 'v')?;
    }
    printer.out.push(b'\n')?;
    printer.out.text()
}

/// `fmt.Sprintf`
pub(crate) fn sprintf(meter: &Meter, format: &[u8], operands: &[Value]) -> Outcome<Text> {
    let mut printer = Printer::new(meter);
    printer.printf(format, operands)?;
    printer.out.text()
}

/// What `%v` makes of one value.
pub(crate) fn show(meter: &Meter, value: &Value) -> Outcome<Text> {
    if let Value::Str(text) = value {
        return Ok(text.clone());
    }
    sprint(meter, std::slice::from_ref(value))
}
