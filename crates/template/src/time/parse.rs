//! A moment read from a text by a layout.

use std::rc::Rc;

use super::layout::{Element, Offset, next};
use super::zone::{Fixed, Zone};
use super::{DAYS, MONTHS, Time, civil};
use crate::value::Text;

/// Why a text is no time; the text itself is not told.
pub(crate) type Unreadable = &'static str;

const CANNOT: Unreadable = "parsing time: the text is not as the layout wants it";

/// What has been read so far.
#[derive(Default)]
struct Read<'t> {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanoseconds: u32,
    half: Option<bool>,
    utc: bool,
    offset: Option<i64>,
    zone: &'t [u8],
}

/// `time.ParseInLocation` with `time.Local`.
pub(crate) fn parse(layout: &[u8], text: &[u8]) -> Result<Time, Unreadable> {
    let (mut layout, mut text) = (layout, text);
    let mut read = Read::default();
    loop {
        let (before, element, rest) = next(layout);
        text = skip(text, before).ok_or(CANNOT)?;
        let Some(element) = element else {
            return match text {
                [] => read.time(),
                _ => Err("parsing time: extra text"),
            };
        };
        text = read.element(element, text, rest)?;
        layout = rest;
    }
}

/// Passes over what stands between elements; a space stands for any number of them.
fn skip<'t>(mut text: &'t [u8], mut literal: &[u8]) -> Option<&'t [u8]> {
    while let Some((first, rest)) = literal.split_first() {
        if *first == b' ' {
            if text.first().is_some_and(|byte| *byte != b' ') {
                return None;
            }
            (literal, text) = (spaces(literal), spaces(text));
            continue;
        }
        text = text.strip_prefix(&[*first])?;
        literal = rest;
    }
    Some(text)
}

fn spaces(text: &[u8]) -> &[u8] {
    let count = text.iter().take_while(|byte| **byte == b' ').count();
    &text[count..]
}

/// One or two digits; exactly two if `fixed`.
fn number(text: &[u8], fixed: bool) -> Result<(i64, &[u8]), Unreadable> {
    let digits = text.iter().take(2).take_while(|byte| byte.is_ascii_digit());
    match digits.count() {
        0 => Err(CANNOT),
        1 if fixed => Err(CANNOT),
        count => Ok((decimal(&text[..count]), &text[count..])),
    }
}

fn decimal(digits: &[u8]) -> i64 {
    let value = |sum: i64, digit: &u8| sum * 10 + i64::from(digit.wrapping_sub(b'0'));
    digits.iter().fold(0, value)
}

fn name<'t>(names: &[&str], length: Option<usize>, text: &'t [u8]) -> Option<(i64, &'t [u8])> {
    names.iter().zip(0..).find_map(|(name, index)| {
        let name = &name.as_bytes()[..length.unwrap_or(name.len())];
        let (start, rest) = text.split_at_checked(name.len())?;
        start.eq_ignore_ascii_case(name).then_some((index, rest))
    })
}

fn within(value: i64, most: i64, what: Unreadable) -> Result<i64, Unreadable> {
    if (0..=most).contains(&value) {
        Ok(value)
    } else {
        Err(what)
    }
}

impl<'t> Read<'t> {
    /// Reads one element; returns what stands behind it.
    fn element(
        &mut self,
        element: Element,
        text: &'t [u8],
        layout: &[u8],
    ) -> Result<&'t [u8], Unreadable> {
        let rest;
        match element {
            Element::Year | Element::LongYear => {
                let length = if element == Element::Year { 2 } else { 4 };
                let (digits, behind) = text.split_at_checked(length).ok_or(CANNOT)?;
                let signed = |byte: &u8| matches!(byte, b'+' | b'-');
                let sign = element == Element::Year && digits.first().is_some_and(signed);
                let plain = if sign { &digits[1..] } else { digits };
                if !plain.iter().all(u8::is_ascii_digit) {
                    return Err(CANNOT);
                }
                let year = decimal(plain) * if digits.first() == Some(&b'-') { -1 } else { 1 };
                self.year = match element {
                    Element::Year if year >= 69 => 1900 + year,
                    Element::Year => 2000 + year,
                    _ => year,
                };
                rest = behind;
            }
            Element::LongMonth | Element::Month => {
                let length = (element == Element::Month).then_some(3);
                let (month, behind) = name(&MONTHS, length, text).ok_or(CANNOT)?;
                (self.month, rest) = (Some(month + 1), behind);
            }
            Element::LongWeekday | Element::Weekday => {
                let length = (element == Element::Weekday).then_some(3);
                rest = name(&DAYS, length, text).ok_or(CANNOT)?.1;
            }
            Element::NumMonth | Element::ZeroMonth => {
                let (month, behind) = number(text, element == Element::ZeroMonth)?;
                if !(1..=12).contains(&month) {
                    return Err("parsing time: month out of range");
                }
                (self.month, rest) = (Some(month), behind);
            }
            Element::Day | Element::UnderDay | Element::ZeroDay => {
                let spaced = element == Element::UnderDay && text.first() == Some(&b' ');
                let text = if spaced { &text[1..] } else { text };
                let (day, behind) = number(text, element == Element::ZeroDay)?;
                (self.day, rest) = (Some(day), behind);
            }
            Element::UnderYearDay | Element::ZeroYearDay => {
                rest = self.day_of_year(text, element == Element::ZeroYearDay)?;
            }
            Element::Hour => {
                let (hour, behind) = number(text, false)?;
                self.hour = within(hour, 23, "parsing time: hour out of range")?;
                rest = behind;
            }
            Element::Hour12 | Element::ZeroHour12 => {
                let (hour, behind) = number(text, element == Element::ZeroHour12)?;
                self.hour = within(hour, 12, "parsing time: hour out of range")?;
                rest = behind;
            }
            Element::Minute | Element::ZeroMinute => {
                let (minute, behind) = number(text, element == Element::ZeroMinute)?;
                self.minute = within(minute, 59, "parsing time: minute out of range")?;
                rest = behind;
            }
            Element::Second | Element::ZeroSecond => {
                let (second, behind) = number(text, element == Element::ZeroSecond)?;
                self.second = within(second, 59, "parsing time: second out of range")?;
                // A fraction may stand here that the layout does not tell of.
                rest = match next(layout).1 {
                    Some(Element::Fraction { .. }) => behind,
                    _ => self.trailing(behind)?,
                };
            }
            Element::HalfDay { upper } => {
                let (half, behind) = text.split_at_checked(2).ok_or(CANNOT)?;
                self.half = Some(match (half, upper) {
                    (b"PM", true) | (b"pm", false) => true,
                    (b"AM", true) | (b"am", false) => false,
                    _ => return Err(CANNOT),
                });
                rest = behind;
            }
            Element::Offset(form) => rest = self.offset(form, text)?,
            Element::ZoneName => rest = self.zone_name(text)?,
            Element::Fraction {
                digits,
                trim: false,
                ..
            } => {
                let (fraction, behind) = text.split_at_checked(1 + digits).ok_or(CANNOT)?;
                self.fraction(fraction)?;
                rest = behind;
            }
            Element::Fraction { .. } => rest = self.trailing(text)?,
        }
        Ok(rest)
    }

    fn day_of_year(&mut self, text: &'t [u8], fixed: bool) -> Result<&'t [u8], Unreadable> {
        let spaced = text.iter().take(2).take_while(|byte| **byte == b' ');
        let text = if fixed { text } else { &text[spaced.count()..] };
        let count = text
            .iter()
            .take(3)
            .take_while(|b| b.is_ascii_digit())
            .count();
        if count == 0 || (fixed && count != 3) {
            return Err(CANNOT);
        }
        self.year_day = Some(decimal(&text[..count]));
        Ok(&text[count..])
    }

    /// A point or comma with digits behind it, if it stands here.
    fn trailing(&mut self, text: &'t [u8]) -> Result<&'t [u8], Unreadable> {
        let [b'.' | b',', digits @ ..] = text else {
            return Ok(text);
        };
        let count = digits
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if count == 0 {
            return Ok(text);
        }
        let (fraction, rest) = text.split_at(1 + count);
        self.fraction(fraction)?;
        Ok(rest)
    }

    fn fraction(&mut self, text: &[u8]) -> Result<(), Unreadable> {
        let [b'.' | b',', digits @ ..] = text else {
            return Err(CANNOT);
        };
        let digits = &digits[..digits.len().min(9)];
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return Err(CANNOT);
        }
        let scale = 10i64.pow(9 - digits.len() as u32);
        self.nanoseconds = u32::try_from(decimal(digits) * scale).unwrap_or(0);
        Ok(())
    }

    fn offset(&mut self, form: Offset, text: &'t [u8]) -> Result<&'t [u8], Unreadable> {
        if let (true, [b'Z', rest @ ..]) = (form.zulu, text) {
            self.utc = true;
            return Ok(rest);
        }
        let parts = 1 + usize::from(form.minutes) + usize::from(form.seconds);
        let colons = if form.colons { parts - 1 } else { 0 };
        let (written, rest) = text
            .split_at_checked(1 + 2 * parts + colons)
            .ok_or(CANNOT)?;
        let (mut numbers, mut at) = ([0; 3], 1);
        for (index, slot) in numbers.iter_mut().take(parts).enumerate() {
            if form.colons && index > 0 {
                if written.get(at) != Some(&b':') {
                    return Err(CANNOT);
                }
                at += 1;
            }
            *slot = number(written.get(at..at + 2).unwrap_or_default(), true)?.0;
            at += 2;
        }
        let [hours, minutes, seconds] = numbers;
        if hours > 24 || minutes > 60 || seconds > 60 {
            return Err("parsing time: time zone offset out of range");
        }
        let offset = (hours * 60 + minutes) * 60 + seconds;
        self.offset = Some(match written.first() {
            Some(b'+') => offset,
            Some(b'-') => -offset,
            _ => return Err(CANNOT),
        });
        Ok(rest)
    }

    fn zone_name(&mut self, text: &'t [u8]) -> Result<&'t [u8], Unreadable> {
        if let Some(rest) = text.strip_prefix(b"UTC") {
            self.utc = true;
            return Ok(rest);
        }
        let length = zone_length(text).ok_or(CANNOT)?;
        let (zone, rest) = text.split_at_checked(length).ok_or(CANNOT)?;
        self.zone = zone;
        Ok(rest)
    }

    /// What all of it comes to.
    fn time(mut self) -> Result<Time, Unreadable> {
        match self.half {
            Some(true) if self.hour < 12 => self.hour += 12,
            Some(false) if self.hour == 12 => self.hour = 0,
            _ => {}
        }
        let (month, day) = self.month_and_day()?;
        if day < 1 || day > civil::days_in(self.year, month) {
            return Err("parsing time: day out of range");
        }
        let days = civil::days_of(self.year, month, day);
        let seconds = days * civil::DAY + (self.hour * 60 + self.minute) * 60 + self.second;
        let (seconds, zone) = self.place(seconds);
        Ok(Time {
            seconds,
            nanoseconds: self.nanoseconds,
            zone,
        })
    }

    fn month_and_day(&self) -> Result<(i64, i64), Unreadable> {
        let Some(year_day) = self.year_day else {
            return Ok((self.month.unwrap_or(1), self.day.unwrap_or(1)));
        };
        if year_day < 1 || year_day > 365 + i64::from(civil::is_leap(self.year)) {
            return Err("parsing time: day-of-year out of range");
        }
        let date = civil::Date::of_days(civil::days_of(self.year, 1, year_day));
        if self.month.is_some_and(|month| month != date.month) {
            return Err("parsing time: day-of-year does not match month");
        }
        if self.day.is_some_and(|day| day != date.day) {
            return Err("parsing time: day-of-year does not match day");
        }
        Ok((date.month, date.day))
    }

    /// The moment and its zone, from the clock on the wall.
    fn place(&self, wall: i64) -> (i64, Zone) {
        // -1 is what Go marks an offset with that was not given.
        let offset = self.offset.filter(|offset| *offset != -1);
        let fixed = |offset| {
            let name = Text::given(self.zone);
            Zone::Fixed(Rc::new(Fixed { name, offset }))
        };
        match (self.utc, offset, self.zone) {
            (true, ..) => (wall, Zone::Utc),
            (_, Some(0), b"" | b"UTC") => (wall, Zone::Local),
            (_, Some(offset), _) => (wall - offset, fixed(offset)),
            (_, None, b"") => (wall, Zone::Local),
            (_, None, [b'G', b'M', b'T', hours @ ..]) if !hours.is_empty() => {
                let size = decimal(&hours[1..]) * 3600;
                (
                    wall,
                    fixed(if hours.first() == Some(&b'-') {
                        -size
                    } else {
                        size
                    }),
                )
            }
            (_, None, _) => (wall, fixed(0)),
        }
    }
}

/// How long the abbreviation of a zone is that stands here.
fn zone_length(text: &[u8]) -> Option<usize> {
    if text.len() < 3 {
        return None;
    }
    if text.starts_with(b"ChST") || text.starts_with(b"MeST") {
        return Some(4);
    }
    if let Some(behind) = text.strip_prefix(b"GMT") {
        return Some(3 + signed_hours(behind));
    }
    if matches!(text.first(), Some(b'+' | b'-')) {
        return Some(signed_hours(text)).filter(|length| *length > 0);
    }
    let capitals = text.iter().take(6).take_while(|b| b.is_ascii_uppercase());
    match capitals.count() {
        5 if text.get(4) == Some(&b'T') => Some(5),
        4 if text.get(3) == Some(&b'T') || text.starts_with(b"WITA") => Some(4),
        3 => Some(3),
        _ => None,
    }
}

/// Length of an offset such as `+3` or `-11`; 0 if there is none.
fn signed_hours(text: &[u8]) -> usize {
    let [b'+' | b'-', digits @ ..] = text else {
        return 0;
    };
    match super::duration::leading_integer(digits) {
        Some((hours, rest)) if hours <= 23 && rest.len() < digits.len() => text.len() - rest.len(),
        _ => 0,
    }
}
