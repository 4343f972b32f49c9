//! Days and dates of the Gregorian calendar, in any year.

/// Seconds of a day.
pub(crate) const DAY: i64 = 86_400;

/// Days of four hundred years.
const CYCLE: i64 = 146_097;

/// Days from March of the year 0 to 1970.
const SINCE_MARCH: i64 = 719_468;

/// A date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Date {
    pub(crate) year: i64,
    /// 1 to 12
    pub(crate) month: i64,
    /// From 1
    pub(crate) day: i64,
    /// Day of the year, from 1
    pub(crate) year_day: i64,
}

/// A time of day.
#[derive(Clone, Copy)]
pub(crate) struct Clock {
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
}

impl Clock {
    pub(super) fn of_seconds(seconds: i64) -> Self {
        Self {
            hour: seconds / 3600,
            minute: seconds / 60 % 60,
            second: seconds % 60,
        }
    }
}

impl Date {
    /// The date of a day counted from 1970. Years are counted from March, so that the day that comes
    /// and goes is the last one.
    pub(super) fn of_days(days: i64) -> Self {
        let shifted = days + SINCE_MARCH;
        let (cycle, in_cycle) = (shifted.div_euclid(CYCLE), shifted.rem_euclid(CYCLE));
        let year = (in_cycle - in_cycle / 1_460 + in_cycle / 36_524 - in_cycle / 146_096) / 365;
        let in_year = in_cycle - (365 * year + year / 4 - year / 100);
        let march = (5 * in_year + 2) / 153;
        let day = in_year - (153 * march + 2) / 5 + 1;
        let month = if march < 10 { march + 3 } else { march - 9 };
        let year = year + cycle * 400 + i64::from(month <= 2);
        Self {
            year,
            month,
            day,
            year_day: days - days_of(year, 1, 1) + 1,
        }
    }
}

/// The day, counted from 1970, of a date whose month and day may lie outside of year and month.
pub(super) fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let months = month.wrapping_sub(1);
    let year = year.wrapping_add(months.div_euclid(12));
    let month = months.rem_euclid(12) + 1;
    let march_year = year.wrapping_sub(i64::from(month <= 2));
    let (cycle, in_cycle) = (march_year.div_euclid(400), march_year.rem_euclid(400));
    let march = (month + 9) % 12;
    let in_year = (153 * march + 2) / 5;
    let days = in_cycle * 365 + in_cycle / 4 - in_cycle / 100 + in_year;
    cycle
        .wrapping_mul(CYCLE)
        .wrapping_add(days - SINCE_MARCH)
        .wrapping_add(day.wrapping_sub(1))
}

/// How many days a month has.
pub(super) fn days_in(year: i64, month: i64) -> i64 {
    days_of(year, month + 1, 1).wrapping_sub(days_of(year, month, 1))
}

pub(super) fn is_leap(year: i64) -> bool {
    days_in(year, 2) == 29
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates_and_dates_become_days() {
        let date = Date::of_days(0);
        assert_eq!(
            (date.year, date.month, date.day, date.year_day),
            (1970, 1, 1, 1)
        );
        for days in (-800_000..800_000).step_by(13) {
            let date = Date::of_days(days);
            assert_eq!(days_of(date.year, date.month, date.day), days);
            assert_eq!(days_of(date.year, 1, date.year_day), days);
        }
        assert!(is_leap(2000) && !is_leap(1900) && is_leap(2024) && !is_leap(2023));
    }
}
