//! Timestamps as Go's reader recognises them: a date, or a date with a time of day.

/// Whether the whole text is one.
pub(super) fn is(text: &str) -> bool {
    let year = text
        .get(..4)
        .filter(|year| year.bytes().all(|c| c.is_ascii_digit()));
    let (Some(year), Some(rest)) = (year, text.get(4..)) else {
        return false;
    };
    let read = || {
        let (month, rest) = number(rest.strip_prefix('-')?, 1)?;
        let (day, rest) = number(rest.strip_prefix('-')?, 1)?;
        let year: u32 = year.parse().ok()?;
        ((1..=12).contains(&month) && (1..=days(year, month)).contains(&day)).then_some(rest)
    };
    match read().map(|rest| (rest.chars().next(), rest.get(1..).unwrap_or_default())) {
        Some((None, _)) => true,
        Some((Some('T' | 't'), clock)) => time_of_day(clock).is_some_and(is_zone),
        Some((Some(' '), clock)) => time_of_day(clock).is_some_and(str::is_empty),
        _ => false,
    }
}

/// A number of at least so many and at most two digits, and what is behind it.
fn number(text: &str, least: usize) -> Option<(u32, &str)> {
    let digits = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    let number = text.get(..digits).filter(|_| digits >= least)?;
    Some((number.parse().ok()?, text.get(digits..)?))
}

/// Hours, minutes and seconds, with a fraction or not; what is behind them.
fn time_of_day(text: &str) -> Option<&str> {
    let (hour, rest) = number(text, 1)?;
    let (minute, rest) = number(rest.strip_prefix(':')?, 1)?;
    let (second, rest) = number(rest.strip_prefix(':')?, 1)?;
    let fraction = rest.strip_prefix(['.', ',']).map_or(0, |digits| {
        digits.bytes().take_while(u8::is_ascii_digit).count()
    });
    let behind = if fraction == 0 {
        rest
    } else {
        rest.get(1 + fraction..)?
    };
    (hour < 24 && minute < 60 && second < 60).then_some(behind)
}

fn is_zone(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(['+', '-']) else {
        return text == "Z";
    };
    let read = || {
        let (hour, rest) = number(rest, 2)?;
        let (minute, rest) = number(rest.strip_prefix(':')?, 2)?;
        (hour <= 24 && minute < 60 && rest.is_empty()).then_some(())
    };
    read().is_some()
}

fn days(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
