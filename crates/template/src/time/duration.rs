//! `time.Duration`: nanoseconds, and their text.

/// Nanoseconds of a second.
pub(crate) const SECOND: i64 = 1_000_000_000;
/// Nanoseconds of a minute.
pub(crate) const MINUTE: i64 = 60 * SECOND;
/// Nanoseconds of an hour.
pub(crate) const HOUR: i64 = 60 * MINUTE;

/// `d.String`: `1h2m3.5s`
pub(crate) fn show_duration(duration: i64) -> String {
    let size = duration.unsigned_abs();
    let sign = if duration < 0 { "-" } else { "" };
    let text = match size {
        0 => return "0s".to_owned(),
        1..1_000 => format!("{size}ns"),
        1_000..1_000_000 => format!("{}µs", decimal(size, 3)),
        1_000_000..1_000_000_000 => format!("{}ms", decimal(size, 6)),
        _ => {
            let (minutes, nanos) = (size / MINUTE as u64, size % MINUTE as u64);
            let seconds = decimal(nanos, 9);
            match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{seconds}s"),
                (0, minutes) => format!("{minutes}m{seconds}s"),
                (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
            }
        }
    };
    format!("{sign}{text}")
}

/// `value` with so many digits behind the point, less the zeros at the end.
fn decimal(value: u64, places: u32) -> String {
    let unit = 10u64.pow(places);
    let behind = format!("{:0width$}", value % unit, width = places as usize);
    let behind = behind.trim_end_matches('0');
    let point = if behind.is_empty() { "" } else { "." };
    format!("{}{point}{behind}", value / unit)
}

/// `time.ParseDuration`; why not, in words without the text, if it is none.
pub(crate) fn parse_duration(text: &[u8]) -> Result<i64, &'static str> {
    const INVALID: &str = "time: invalid duration";
    const LARGEST: u64 = 1 << 63;
    let (negative, mut rest) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    if rest == b"0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(INVALID);
    }
    let mut sum = 0u64;
    while !rest.is_empty() {
        let (whole, behind) = leading_integer(rest).ok_or(INVALID)?;
        let mut any = behind.len() != rest.len();
        rest = behind;
        let (mut fraction, mut scale) = (0u64, 1f64);
        if let Some((b'.', behind)) = rest.split_first() {
            let found = leading_fraction(behind);
            (fraction, scale) = (found.0, found.1);
            any |= found.2.len() != behind.len();
            rest = found.2;
        }
        if !any {
            return Err(INVALID);
        }
        let length = rest
            .iter()
            .position(|byte| *byte == b'.' || byte.is_ascii_digit());
        let (unit, behind) = rest.split_at(length.unwrap_or(rest.len()));
        if unit.is_empty() {
            return Err("time: missing unit in duration");
        }
        rest = behind;
        let unit = unit_of(unit).ok_or("time: unknown unit in duration")?;
        if whole > LARGEST / unit {
            return Err(INVALID);
        }
        let mut part = whole * unit;
        if fraction > 0 {
            part = part.wrapping_add((fraction as f64 * (unit as f64 / scale)) as u64);
        }
        sum = sum.wrapping_add(part);
        if part > LARGEST || sum > LARGEST {
            return Err(INVALID);
        }
    }
    match (negative, i64::try_from(sum)) {
        (false, Ok(sum)) => Ok(sum),
        (true, _) => Ok((sum as i64).wrapping_neg()),
        (false, Err(_)) => Err(INVALID),
    }
}

fn unit_of(name: &[u8]) -> Option<u64> {
    let unit = match str::from_utf8(name).ok()? {
        "ns" => 1,
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => SECOND,
        "m" => MINUTE,
        "h" => HOUR,
        _ => return None,
    };
    u64::try_from(unit).ok()
}

/// The digits that stand here as a number; `None` if they are too many.
pub(super) fn leading_integer(text: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0u64;
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(length);
    for digit in digits {
        if number > (1 << 63) / 10 {
            return None;
        }
        number = number * 10 + u64::from(digit - b'0');
        if number > 1 << 63 {
            return None;
        }
    }
    Some((number, rest))
}

/// The digits behind a point: as many as count, and the power of ten that they are parts of.
fn leading_fraction(text: &[u8]) -> (u64, f64, &[u8]) {
    let (mut number, mut scale, mut full) = (0u64, 1f64, false);
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(length);
    for digit in digits {
        full |= number > ((1 << 63) - 1) / 10;
        if full {
            continue;
        }
        let next = number * 10 + u64::from(digit - b'0');
        if next > 1 << 63 {
            full = true;
            continue;
        }
        number = next;
        scale *= 10.0;
    }
    (number, scale, rest)
}

/// `d.Truncate`
pub(crate) fn truncate(duration: i64, to: i64) -> i64 {
    if to <= 0 {
        return duration;
    }
    duration - duration % to
}

/// `d.Round`: halves away from zero, as far as a duration reaches.
pub(crate) fn round(duration: i64, to: i64) -> i64 {
    if to <= 0 {
        return duration;
    }
    let rest = i128::from(duration % to).abs();
    let (size, to) = (i128::from(duration).abs(), i128::from(to));
    let down = size - rest;
    let rounded = if rest + rest < to { down } else { down + to };
    let signed = if duration < 0 { -rounded } else { rounded };
    signed.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}
