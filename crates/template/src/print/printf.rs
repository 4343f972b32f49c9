//! Format strings: flags, widths, precisions and the numbers of arguments.

use super::{Flags, Printer};
use crate::error::Outcome;
use crate::unicode;
use crate::value::Value;

/// No width or precision is larger in Go.
const LARGEST: i64 = 1_000_000;

/// A format string being read.
struct Format<'f> {
    format: &'f [u8],
    at: usize,
    operands: &'f [Value],
    next: usize,
    reordered: bool,
    good: bool,
}

impl Format<'_> {
    fn peek(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    fn skip(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// A decimal number, if one stands here. One that is too large swallows the rest, as in Go.
    fn number(&mut self) -> Option<usize> {
        let (mut number, mut found) = (0i64, false);
        while let Some(byte @ b'0'..=b'9') = self.peek() {
            if number > LARGEST {
                self.at = self.format.len();
                return None;
            }
            number = number * 10 + i64::from(byte - b'0');
            self.at += 1;
            found = true;
        }
        found.then(|| usize::try_from(number).unwrap_or(0))
    }

    /// `[3]`: which operand is meant. Tells whether one was written.
    fn index(&mut self) -> bool {
        if self.peek() != Some(b'[') {
            return false;
        }
        self.reordered = true;
        let rest = self.format.get(self.at..).unwrap_or_default();
        let close = rest.iter().position(|byte| *byte == b']');
        let (Some(close), true) = (close, rest.len() >= 3) else {
            self.at += 1;
            self.good = false;
            return false;
        };
        let end = self.at + close;
        let mut inner = Format {
            format: self.format.get(..end).unwrap_or_default(),
            at: self.at + 1,
            ..*self
        };
        let number = inner.number().filter(|_| inner.at == end);
        self.at = end + 1;
        match number {
            Some(number) if (1..=self.operands.len()).contains(&number) => {
                self.next = number - 1;
                true
            }
            Some(_) => {
                self.good = false;
                true
            }
            None => {
                self.good = false;
                false
            }
        }
    }

    /// `*`: a number taken from an operand.
    fn starred(&mut self) -> Option<i64> {
        let operand = self.operands.get(self.next)?;
        self.next += 1;
        let number = match operand {
            Value::Int(number) | Value::Int64(number) | Value::Duration(number) => *number,
            Value::Month(month) => month.0,
            Value::Weekday(day) => day.0,
            Value::Uint8(number) => i64::from(*number),
            Value::Uint64(number) => i64::try_from(*number).ok()?,
            _ => return None,
        };
        (-LARGEST..=LARGEST).contains(&number).then_some(number)
    }
}

impl Printer<'_> {
    /// `fmt.Fprintf`
    pub(super) fn printf(&mut self, format: &[u8], operands: &[Value]) -> Outcome<()> {
        let mut format = Format {
            format,
            at: 0,
            operands,
            next: 0,
            reordered: false,
            good: true,
        };
        self.out.meter().scan(format.format.len())?;
        while format.at < format.format.len() {
            let rest = format.format.get(format.at..).unwrap_or_default();
            let plain = rest.iter().position(|byte| *byte == b'%');
            let plain = plain.unwrap_or(rest.len());
            self.out.extend(rest.get(..plain).unwrap_or_default())?;
            format.at += plain;
            if format.skip(b'%') {
                self.directive(&mut format)?;
            }
        }
        self.extra(&format)
    }

    /// What stands behind a percent sign.
    fn directive(&mut self, format: &mut Format<'_>) -> Outcome<()> {
        self.out.meter().steps(1)?;
        self.flags = Flags::default();
        format.good = true;
        while let Some(byte) = format.peek() {
            match byte {
                b'#' => self.flags.sharp = true,
                b'0' => self.flags.zero = true,
                b'+' => self.flags.plus = true,
                b'-' => self.flags.minus = true,
                b' ' => self.flags.space = true,
                _ => break,
            }
            format.at += 1;
        }
        let mut behind_index = format.index();
        behind_index = self.width(format, behind_index)?;
        behind_index = self.precision(format, behind_index)?;
        if !behind_index {
            format.index();
        }
        let rest = format.format.get(format.at..).unwrap_or_default();
        let (verb, length) = unicode::decode(rest);
        format.at += length;
        match verb {
            _ if length == 0 => self.text("%!(NOVERB)"),
            '%' => self.out.push(b'%'),
            _ if !format.good => self.complaint(verb, "BADINDEX"),
            _ => match format.operands.get(format.next) {
                None => self.complaint(verb, "MISSING"),
                Some(operand) => {
                    format.next += 1;
                    self.verb(operand, verb)
                }
            },
        }
    }

    fn width(&mut self, format: &mut Format<'_>, behind_index: bool) -> Outcome<bool> {
        if !format.skip(b'*') {
            self.flags.width = format.number();
            if behind_index && self.flags.width.is_some() {
                format.good = false;
            }
            return Ok(behind_index);
        }
        let number = format.starred();
        if number.is_none() {
            self.text("%!(BADWIDTH)")?;
        }
        if number.is_some_and(|number| number < 0) {
            self.flags.minus = true;
            self.flags.zero = false;
        }
        let width = number.map(i64::unsigned_abs);
        self.flags.width = width.and_then(|width| usize::try_from(width).ok());
        Ok(false)
    }

    fn precision(&mut self, format: &mut Format<'_>, behind_index: bool) -> Outcome<bool> {
        let more = format.at + 1 < format.format.len();
        if !more || !format.skip(b'.') {
            return Ok(behind_index);
        }
        if behind_index {
            format.good = false;
        }
        let behind_index = format.index();
        if !format.skip(b'*') {
            self.flags.precision = Some(format.number().unwrap_or(0));
            return Ok(behind_index);
        }
        let number = format.starred();
        self.flags.precision = number.and_then(|number| usize::try_from(number).ok());
        if self.flags.precision.is_none() {
            self.text("%!(BADPREC)")?;
        }
        Ok(false)
    }

    fn verb(&mut self, operand: &Value, verb: char) -> Outcome<()> {
        if matches!(verb, 'v' | 'w') {
            self.flags.sharp_v = std::mem::take(&mut self.flags.sharp);
            self.flags.plus_v = std::mem::take(&mut self.flags.plus);
        }
        self.operand(operand, verb)
    }

    fn complaint(&mut self, verb: char, what: &str) -> Outcome<()> {
        self.text("%!")?;
        self.out.rune(verb)?;
        self.text(&format!("({what})"))
    }

    /// Operands that no verb asked for.
    fn extra(&mut self, format: &Format<'_>) -> Outcome<()> {
        let left = format.operands.get(format.next..).unwrap_or_default();
        if format.reordered || left.is_empty() {
            return Ok(());
        }
        self.flags = Flags::default();
        self.text("%!(EXTRA ")?;
        for (index, operand) in left.iter().enumerate() {
            if index > 0 {
                self.text(", ")?;
            }
            if !operand.is_nil() {
                self.text(operand.type_name())?;
                self.out.push(b'=')?;
            }
            self.operand(operand, 'v')?;
        }
        self.out.push(b')')
    }
}
