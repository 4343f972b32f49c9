//! A moment as a layout shows it.

use super::layout::{Element, Offset, next};
use super::{Month, Time};
use crate::error::Outcome;
use crate::value::Buffer;

pub(super) fn format(time: &Time, out: &mut Buffer<'_>, mut layout: &[u8]) -> Outcome<()> {
    out.meter().scan(layout.len())?;
    while !layout.is_empty() {
        let (before, element, rest) = next(layout);
        out.extend(before)?;
        let Some(element) = element else { break };
        out.meter().steps(1)?;
        show(time, out, element)?;
        layout = rest;
    }
    Ok(())
}

fn show(time: &Time, out: &mut Buffer<'_>, element: Element) -> Outcome<()> {
    let (date, clock) = (time.date(), time.clock());
    let text = match element {
        Element::Year => padded(date.year.wrapping_abs() % 100, 2),
        Element::LongYear => padded(date.year, 4),
        Element::LongMonth => Month(date.month).name(),
        Element::Month => short(Month(date.month).name()),
        Element::NumMonth => padded(date.month, 0),
        Element::ZeroMonth => padded(date.month, 2),
        Element::LongWeekday => time.weekday().name(),
        Element::Weekday => short(time.weekday().name()),
        Element::Day => padded(date.day, 0),
        Element::UnderDay => format!("{:2}", date.day),
        Element::ZeroDay => padded(date.day, 2),
        Element::UnderYearDay => format!("{:3}", date.year_day),
        Element::ZeroYearDay => padded(date.year_day, 3),
        Element::Hour => padded(clock.hour, 2),
        Element::Hour12 => padded(twelve(clock.hour), 0),
        Element::ZeroHour12 => padded(twelve(clock.hour), 2),
        Element::Minute => padded(clock.minute, 0),
        Element::ZeroMinute => padded(clock.minute, 2),
        Element::Second => padded(clock.second, 0),
        Element::ZeroSecond => padded(clock.second, 2),
        Element::HalfDay { upper } => half(clock.hour, upper).to_owned(),
        Element::ZoneName => return zone(time, out),
        Element::Offset(form) => offset(time.zone.at(time.seconds).offset, form),
        Element::Fraction { digits, mark, trim } => {
            fraction(time.nanoseconds, digits, char::from(mark), trim)
        }
    };
    out.extend(text.as_bytes())
}

/// A number with zeros in front, and the sign before those.
fn padded(number: i64, width: usize) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{:0width$}", number.unsigned_abs())
}

fn short(mut name: String) -> String {
    name.truncate(3);
    name
}

fn twelve(hour: i64) -> i64 {
    match hour % 12 {
        0 => 12,
        hour => hour,
    }
}

fn half(hour: i64, upper: bool) -> &'static str {
    match (hour >= 12, upper) {
        (true, true) => "PM",
        (true, false) => "pm",
        (false, true) => "AM",
        (false, false) => "am",
    }
}

fn offset(offset: i64, form: Offset) -> String {
    if form.zulu && offset == 0 {
        return "Z".to_owned();
    }
    let minutes = offset / 60;
    let (sign, seconds) = if minutes < 0 {
        ('-', -offset % 60)
    } else {
        ('+', offset % 60)
    };
    let minutes = minutes.abs();
    let colon = if form.colons { ":" } else { "" };
    let mut text = format!("{sign}{}", padded(minutes / 60, 2));
    if form.minutes {
        text += &format!("{colon}{}", padded(minutes % 60, 2));
    }
    if form.seconds {
        text += &format!("{colon}{}", padded(seconds, 2));
    }
    text
}

/// The abbreviation, or the offset if there is none.
fn zone(time: &Time, out: &mut Buffer<'_>) -> Outcome<()> {
    let zone = time.zone.at(time.seconds);
    if !zone.name.is_empty() {
        return out.extend(&zone.name);
    }
    let plain = Offset {
        zulu: false,
        colons: false,
        minutes: true,
        seconds: false,
    };
    out.extend(offset(zone.offset, plain).as_bytes())
}

fn fraction(nanoseconds: u32, digits: usize, mark: char, trim: bool) -> String {
    if trim && nanoseconds == 0 {
        return String::new();
    }
    let mut text = format!("{nanoseconds:09}");
    text.truncate(digits);
    if trim {
        text.truncate(text.trim_end_matches('0').len());
        if text.is_empty() {
            return text;
        }
    }
    format!("{mark}{text}")
}
