//! Durations as Go writes them: `1m30s`, `250ms`, `10m0s`.

use std::time::Duration;

/// Reads what Flux's pattern `^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$` accepts. `None` otherwise, or if
/// the result does not fit.
#[must_use]
pub fn parse(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number = number(&rest[..end])?;
        let (unit, after) = unit(&rest[end..])?;
        total = total.checked_add(Duration::try_from_secs_f64(number * unit).ok()?)?;
        rest = after;
    }
    (!text.is_empty()).then_some(total)
}

/// Digits on both sides of the point, if there is one: Go would read `.5s` and `1.s` too, but the
/// pattern, and with it the API server, does not.
fn number(text: &str) -> Option<f64> {
    let bare = text.starts_with('.') || text.ends_with('.');
    text.parse().ok().filter(|_| !bare)
}

fn unit(text: &str) -> Option<(f64, &str)> {
    [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)]
        .into_iter()
        .find_map(|(name, seconds)| text.strip_prefix(name).map(|after| (seconds, after)))
}

/// Writes a duration as Go prints it, to the nanosecond: `10m0s`, `218.651845ms`, `1.5s`.
#[must_use]
pub fn format(duration: Duration) -> String {
    let fraction = |value: u128, scale: u128, unit: &str| {
        let digits = format!("{:0width$}", value % scale, width = scale.ilog10() as usize);
        let digits = digits.trim_end_matches('0');
        let dot = if digits.is_empty() { "" } else { "." };
        format!("{}{dot}{digits}{unit}", value / scale)
    };
    let nanos = duration.as_nanos();
    match nanos {
        0 => "0s".to_owned(),
        1..1_000 => format!("{nanos}ns"),
        1_000..1_000_000 => fraction(nanos, 1_000, "µs"),
        1_000_000..1_000_000_000 => fraction(nanos, 1_000_000, "ms"),
        _ => {
            let seconds = nanos / 1_000_000_000;
            let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
            let rest = fraction(
                nanos - (seconds - seconds % 60) * 1_000_000_000,
                1_000_000_000,
                "s",
            );
            match (hours, minutes) {
                (0, 0) => rest,
                (0, _) => format!("{minutes}m{rest}"),
                _ => format!("{hours}h{minutes}m{rest}"),
            }
        }
    }
}

pub(crate) fn interval_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({"type": "string", "pattern": "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$"})
}

pub(crate) fn timeout_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "type": "string", "pattern": "^([0-9]+(\\.[0-9]+)?(ms|s|m))+$", "default": "60s"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_print_as_go_does() {
        for (text, printed) in [
            ("10m", "10m0s"),
            ("1h30m", "1h30m0s"),
            ("1.5s", "1.5s"),
            ("250ms", "250ms"),
            ("0s", "0s"),
        ] {
            assert_eq!(parse(text).map(format).as_deref(), Some(printed));
        }
        for wrong in ["", "10", "m", "5d", "-1s", "1..5s", ".5s", "25.ms", "1m.s"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
