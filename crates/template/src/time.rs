//! Go's `time`, without a clock: moments, durations, and text of both.
//!
//! The zone `Local` is UTC, as it is in the container that the peer runs in.

mod civil;
mod duration;
mod format;
mod layout;
mod parse;
mod zone;

pub(crate) use civil::{Clock, Date};
pub(crate) use duration::{HOUR, MINUTE, SECOND, parse_duration, round, show_duration, truncate};
pub(crate) use parse::parse;
pub(crate) use zone::Zone;

use crate::error::Outcome;
use crate::value::{Buffer, Text};

/// `time.Month`, from 1; what is no month prints with its number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Month(pub(crate) i64);

/// `time.Weekday`, from Sunday as 0.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Weekday(pub(crate) i64);

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

impl Month {
    pub(crate) fn name(self) -> String {
        let index = self.0.checked_sub(1).and_then(|i| usize::try_from(i).ok());
        match index.and_then(|index| MONTHS.get(index)) {
            Some(name) => (*name).to_owned(),
            None => format!("%!Month({})", self.0 as u64),
        }
    }
}

impl Weekday {
    pub(crate) fn name(self) -> String {
        match usize::try_from(self.0).ok().and_then(|day| DAYS.get(day)) {
            Some(name) => (*name).to_owned(),
            None => format!("%!Weekday({})", self.0 as u64),
        }
    }
}

/// `time.Time`: seconds since 1970, nanoseconds, and where.
#[derive(Clone)]
pub(crate) struct Time {
    pub(crate) seconds: i64,
    pub(crate) nanoseconds: u32,
    pub(crate) zone: Zone,
}

/// Seconds from the year 1 to 1970.
const EPOCH: i64 = 62_135_596_800;

/// Nanoseconds in a second.
const NANOS: i128 = 1_000_000_000;

impl Time {
    /// `time.Unix(seconds, 0)`
    pub(crate) fn unix(seconds: i64) -> Self {
        Self {
            seconds,
            nanoseconds: 0,
            zone: Zone::Local,
        }
    }

    /// `time.Time{}`: the first moment of the year 1.
    pub(crate) fn zero() -> Self {
        Self {
            seconds: -EPOCH,
            nanoseconds: 0,
            zone: Zone::Utc,
        }
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.seconds == -EPOCH && self.nanoseconds == 0
    }

    /// The same moment elsewhere.
    pub(crate) fn within(&self, zone: Zone) -> Self {
        Self {
            zone,
            ..self.clone()
        }
    }

    /// The same moment in the same zone.
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.compare(other).is_eq() && self.zone.same(&other.zone)
    }

    pub(crate) fn compare(&self, other: &Self) -> std::cmp::Ordering {
        (self.seconds, self.nanoseconds).cmp(&(other.seconds, other.nanoseconds))
    }

    /// Nanoseconds since 1970, of which Go keeps 64 bits and we keep all.
    fn nanos(&self) -> i128 {
        i128::from(self.seconds) * NANOS + i128::from(self.nanoseconds)
    }

    fn at(&self, nanos: i128) -> Self {
        Self {
            seconds: nanos.div_euclid(NANOS) as i64, // wraps as in Go, hundreds of aeons away
            nanoseconds: nanos.rem_euclid(NANOS) as u32,
            zone: self.zone.clone(),
        }
    }

    /// `t.Add`
    pub(crate) fn add(&self, duration: i64) -> Self {
        self.at(self.nanos() + i128::from(duration))
    }

    /// `t.Sub`: at most as far as a duration reaches.
    pub(crate) fn sub(&self, other: &Self) -> i64 {
        let distance = self.nanos() - other.nanos();
        distance.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
    }

    /// `t.Truncate` and `t.Round`: to a multiple since the year 1.
    pub(crate) fn to_multiple(&self, of: i64, nearest: bool) -> Self {
        if of <= 0 {
            return self.clone();
        }
        let of = i128::from(of);
        let rest = (self.nanos() + i128::from(EPOCH) * NANOS).rem_euclid(of);
        let up = nearest && rest + rest >= of;
        self.at(self.nanos() - rest + if up { of } else { 0 })
    }

    /// Seconds of the clock on the wall there.
    fn local_seconds(&self) -> i64 {
        let offset = self.zone.at(self.seconds).offset;
        self.seconds.saturating_add(offset)
    }

    pub(crate) fn date(&self) -> Date {
        Date::of_days(self.local_seconds().div_euclid(civil::DAY))
    }

    pub(crate) fn clock(&self) -> Clock {
        Clock::of_seconds(self.local_seconds().rem_euclid(civil::DAY))
    }

    pub(crate) fn weekday(&self) -> Weekday {
        // 1970 began on a Thursday.
        let days = self.local_seconds().div_euclid(civil::DAY);
        Weekday((days + 4).rem_euclid(7))
    }

    /// `t.AddDate`, in the zone of `t`.
    pub(crate) fn add_date(&self, years: i64, months: i64, days: i64) -> Self {
        let date = self.date();
        let moved = civil::days_of(
            date.year.wrapping_add(years),
            date.month.wrapping_add(months),
            date.day.wrapping_add(days),
        );
        let of_day = self.local_seconds().rem_euclid(civil::DAY);
        let wall = moved.wrapping_mul(civil::DAY).wrapping_add(of_day);
        let offset = self.zone.at(self.seconds).offset;
        Self {
            seconds: wall.wrapping_sub(offset),
            ..self.clone()
        }
    }

    /// `t.Format`
    pub(crate) fn format(&self, out: &mut Buffer<'_>, layout: &[u8]) -> Outcome<()> {
        format::format(self, out, layout)
    }

    /// `t.String`
    pub(crate) fn show(&self, mut out: Buffer<'_>) -> Outcome<Text> {
        self.format(&mut out, b"2006-01-02 15:04:05.999999999 -0700 MST")?;
        out.text()
    }
}
