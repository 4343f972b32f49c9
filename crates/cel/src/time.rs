//! Points in time and lengths of time, read and written as Go does.
//!
//! Where no time zone is given it is UTC. Time zones with a name would need a database that changes
//! with the machine; an offset such as `-08:00` says the same.

use std::fmt;

use jiff::SignedDuration;
use jiff::civil::{DateTime, date};

use crate::functions::no_overload;
use crate::{Error, Value};

/// A point in time between the years 1 and 9999.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    utc: DateTime,
    /// In which it was written.
    offset: Offset,
}

/// Minutes ahead of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Offset(i32);

const UTC: Offset = Offset(0);

impl Moment {
    fn new(utc: Option<DateTime>, offset: Offset) -> Result<Self, Error> {
        let utc = utc.filter(|utc| (1..=9999).contains(&utc.year()));
        let utc = utc.ok_or_else(|| Error::new("timestamp out of range"))?;
        Ok(Self { utc, offset })
    }

    /// So many seconds after the year 1970 began.
    pub(crate) fn at_second(second: i64) -> Result<Self, Error> {
        let since = SignedDuration::from_secs(second);
        Self::new(epoch().checked_add(since).ok(), UTC)
    }

    /// Seconds since the year 1970 began, those before it being negative.
    pub(crate) fn second(self) -> i64 {
        let since = self.since_epoch();
        since.as_secs() - i64::from(since.subsec_nanos() < 0)
    }

    fn since_epoch(self) -> SignedDuration {
        self.utc.duration_since(epoch())
    }

    fn moved(self, by: SignedDuration) -> Result<Self, Error> {
        Self::new(self.utc.checked_add(by).ok(), self.offset)
    }

    /// What a clock shows at this offset.
    fn local(self, offset: Offset) -> DateTime {
        let shift = SignedDuration::from_mins(offset.0.into());
        self.utc.saturating_add(shift)
    }
}

impl PartialEq for Moment {
    fn eq(&self, other: &Self) -> bool {
        self.utc == other.utc
    }
}

impl Eq for Moment {}

impl PartialOrd for Moment {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Moment {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.utc.cmp(&other.utc)
    }
}

/// As Go's `RFC3339Nano`: no more digits of the fraction than it has, in the offset in which it
/// was written.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.local(self.offset))?;
        let minutes = self.offset.0.abs();
        match self.offset.0 {
            0 => f.write_str("Z"),
            ahead => {
                let sign = if ahead < 0 { '-' } else { '+' };
                write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

fn epoch() -> DateTime {
    date(1970, 1, 1).at(0, 0, 0, 0)
}

/// A sum or difference of times; `None` if these are none.
pub(crate) fn arithmetic<'a>(
    name: &str,
    a: &Value<'a>,
    b: &Value<'a>,
) -> Option<Result<Value<'a>, Error>> {
    let nanos = |length: i64| SignedDuration::from_nanos(length);
    Some(match (name, a, b) {
        ("_+_", Value::Duration(a), Value::Duration(b)) => length(a.checked_add(*b)),
        ("_-_", Value::Duration(a), Value::Duration(b)) => length(a.checked_sub(*b)),
        ("_+_", Value::Timestamp(at), Value::Duration(by))
        | ("_+_", Value::Duration(by), Value::Timestamp(at)) => {
            at.moved(nanos(*by)).map(Value::Timestamp)
        }
        ("_-_", Value::Timestamp(at), Value::Duration(by)) => {
            at.moved(-nanos(*by)).map(Value::Timestamp)
        }
        ("_-_", Value::Timestamp(a), Value::Timestamp(b)) => {
            let between = a.utc.duration_since(b.utc);
            length(i64::try_from(between.as_nanos()).ok())
        }
        _ => return None,
    })
}

fn length<'a>(nanoseconds: Option<i64>) -> Result<Value<'a>, Error> {
    let length = nanoseconds.ok_or_else(|| Error::new("duration overflow"))?;
    Ok(Value::Duration(length))
}

/// `getFullYear` and its siblings.
pub(crate) fn part<'a>(name: &str, given: &[Value<'a>]) -> Result<Value<'a>, Error> {
    let number = match given {
        [Value::Duration(length)] => of_duration(name, *length),
        [Value::Timestamp(at)] => of_date(name, at.utc),
        [Value::Timestamp(at), Value::String(zone)] => of_date(name, at.local(offset(zone)?)),
        _ => None,
    };
    number
        .map(Value::Int)
        .ok_or_else(|| no_overload(name, given))
}

fn of_duration(name: &str, length: i64) -> Option<i64> {
    const SECOND: i64 = 1_000_000_000;
    Some(match name {
        "getHours" => length / (3600 * SECOND),
        "getMinutes" => length / (60 * SECOND),
        "getSeconds" => length / SECOND,
        "getMilliseconds" => length / 1_000_000,
        _ => return None,
    })
}

/// Months and days count from zero, `getDate` apart; the week begins on Sunday.
fn of_date(name: &str, at: DateTime) -> Option<i64> {
    Some(match name {
        "getFullYear" => i64::from(at.year()),
        "getMonth" => i64::from(at.month()) - 1,
        "getDayOfYear" => i64::from(at.day_of_year()) - 1,
        "getDayOfMonth" => i64::from(at.day()) - 1,
        "getDate" => i64::from(at.day()),
        "getDayOfWeek" => i64::from(at.weekday().to_sunday_zero_offset()),
        "getHours" => i64::from(at.hour()),
        "getMinutes" => i64::from(at.minute()),
        "getSeconds" => i64::from(at.second()),
        "getMilliseconds" => i64::from(at.millisecond()),
        _ => return None,
    })
}

/// `UTC`, or hours and minutes with or without a sign.
pub(crate) fn offset(zone: &str) -> Result<Offset, Error> {
    if matches!(zone, "UTC" | "") {
        return Ok(UTC);
    }
    let read = || {
        let (hours, minutes) = zone.split_once(':')?;
        let behind = hours.starts_with('-');
        let hours: i32 = hours.parse().ok()?;
        let minutes: i32 = minutes.parse().ok()?;
        let minutes = if behind { -minutes } else { minutes };
        let total = hours.checked_mul(60)?.checked_add(minutes)?;
        (total.abs() < 24 * 60).then_some(Offset(total))
    };
    let named = || Error::new("a time zone is written as an offset, such as -08:00, or UTC");
    read().ok_or_else(named)
}

/// A point in time as RFC 3339 writes it. Go reads an hour of one digit too, a fraction behind a
/// comma, and leaves digits out that are below a nanosecond.
pub(crate) fn read_timestamp(text: &str) -> Result<Moment, Error> {
    let bad = || Error::new("the text is no time such as 2026-01-31T12:00:00Z");
    let (day, time) = text.split_once('T').ok_or_else(bad)?;
    let (clock, zone) = match time.strip_suffix('Z') {
        Some(clock) => (clock, UTC),
        None => {
            let at = time.len().checked_sub(6).ok_or_else(bad)?;
            let (clock, zone) = time.split_at_checked(at).ok_or_else(bad)?;
            let shaped = fits(zone, "+00:00").then(|| offset(zone).ok()).flatten();
            (clock, shaped.ok_or_else(bad)?)
        }
    };
    let clock = if clock.get(1..2) == Some(":") {
        format!("0{clock}")
    } else {
        clock.to_owned()
    };
    let (clock, fraction) = clock.split_at_checked(8).ok_or_else(bad)?;
    let digits = fraction.get(1..).unwrap_or_default();
    let fractional = fraction.starts_with(['.', ',']) && !digits.is_empty();
    let shaped = fits(day, "0000-00-00")
        && fits(clock, "00:00:00")
        && !clock.ends_with("60")
        && (fraction.is_empty() || fractional && digits.bytes().all(|c| c.is_ascii_digit()));
    if !shaped {
        return Err(bad());
    }
    let digits = digits.get(..digits.len().min(9)).unwrap_or_default();
    let local: DateTime = format!("{day}T{clock}.{digits:0<9}")
        .parse()
        .map_err(|_| bad())?;
    let shift = SignedDuration::from_mins(zone.0.into());
    Moment::new(local.checked_sub(shift).ok(), zone)
}

/// Whether a text has a digit where the shape has `0`, a sign where it has `+`, and is it else.
fn fits(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text
            .bytes()
            .zip(shape.bytes())
            .all(|(own, wanted)| match wanted {
                b'0' => own.is_ascii_digit(),
                b'+' => matches!(own, b'+' | b'-'),
                other => own == other,
            })
}

/// `1h30m`, `1.5s`, `-2ms`: what Go's `time.ParseDuration` reads.
pub(crate) fn read_duration(text: &str) -> Result<i64, Error> {
    let bad = || Error::new("the text is no duration such as 1h30m");
    let (negative, mut rest) = match text.as_bytes() {
        [b'-', ..] => (true, &text[1..]),
        [b'+', ..] => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(bad());
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let (term, behind) = one_term(rest).ok_or_else(bad)?;
        total += term;
        rest = behind;
        if total > 1 << 63 {
            return Err(bad());
        }
    }
    let total = if negative { -total } else { total };
    i64::try_from(total).map_err(|_| bad())
}

/// A number with its unit, in nanoseconds, and what is behind it.
fn one_term(text: &str) -> Option<(i128, &str)> {
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    let number = text.split(|c| !is_number(c)).next()?;
    let rest = text.get(number.len()..)?;
    let unit = rest.split(is_number).next()?;
    let nanoseconds: i128 = match unit {
        "ns" => 1,
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    let whole: i128 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    if whole > 1 << 63 {
        return None;
    }
    let parts = fraction_of(fraction, nanoseconds);
    Some((
        whole.checked_mul(nanoseconds)?.checked_add(parts)?,
        rest.get(unit.len()..)?,
    ))
}

/// Digits behind the point, as many as a whole number holds, rounded as Go's fractions are.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "Go computes with such fractions, and the result is below the unit"
)]
fn fraction_of(digits: &str, unit: i128) -> i128 {
    let (mut number, mut scale) = (0_i64, 1.0_f64);
    for digit in digits.bytes() {
        let next = number
            .checked_mul(10)
            .and_then(|n| n.checked_add(i64::from(digit - b'0')));
        let Some(next) = next else { break };
        number = next;
        scale *= 10.0;
    }
    (number as f64 * (unit as f64 / scale)) as i128
}

/// Seconds with as many digits behind the point as are needed.
pub(crate) fn write_duration(length: i64) -> String {
    let length = SignedDuration::from_nanos(length);
    let seconds = length.as_secs();
    let sign = if length.is_negative() { "-" } else { "" };
    let fraction = format!("{:09}", length.subsec_nanos().unsigned_abs());
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}s", seconds.unsigned_abs())
}
