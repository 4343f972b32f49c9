//! Points in time as Go's YAML reader takes them from text: SOPS gives them a type of their own.

/// A point in time as it was written, checked.
struct Moment<'a> {
    date: [u32; 3],
    clock: [u32; 3],
    /// Digits behind the second, without zeros at their end.
    fraction: &'a str,
    /// Minutes east of Greenwich.
    offset: i32,
}

/// The text as RFC 3339 writes it, if it is a date, or a date and a time, in one of the notations
/// that YAML knows.
pub(crate) fn canonical(text: &str) -> Option<String> {
    yaml(text).map(|moment| moment.write(moment.fraction))
}

/// The same without fractions of a second, of a text that is RFC 3339: what SOPS binds the MAC to.
pub(crate) fn to_the_second(text: &str) -> Option<String> {
    let (date, time) = text.split_once('T')?;
    yaml_time(date, time).map(|moment| moment.write(""))
}

fn yaml(text: &str) -> Option<Moment<'_>> {
    if let Some((date, time)) = text.split_once(['T', 't']) {
        return yaml_time(date, time);
    }
    match text.split_once(' ') {
        Some((date, time)) => at(date, time, 0),
        None => at(text, "0:0:0", 0),
    }
}

fn yaml_time<'a>(date: &str, time: &'a str) -> Option<Moment<'a>> {
    if let Some(clock) = time.strip_suffix('Z') {
        return at(date, clock, 0);
    }
    let sign = time.rfind(['+', '-'])?;
    let (clock, zone) = time.split_at(sign);
    let (hours, minutes) = zone[1..].split_once(':')?;
    let minutes = i32::try_from(60 * number(hours, 2, 2, 24)? + number(minutes, 2, 2, 59)?).ok()?;
    at(
        date,
        clock,
        if zone.starts_with('-') {
            -minutes
        } else {
            minutes
        },
    )
}

fn at<'a>(date: &str, time: &'a str, offset: i32) -> Option<Moment<'a>> {
    let (year, rest) = date.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    let date = [
        number(year, 4, 4, 9999)?,
        number(month, 1, 2, 12)?,
        number(day, 1, 2, 31)?,
    ];
    let (hour, rest) = time.split_once(':')?;
    let (minute, second) = rest.split_once(':')?;
    let (second, fraction) = second.split_once('.').unwrap_or((second, "0"));
    let clock = [
        number(hour, 1, 2, 23)?,
        number(minute, 1, 2, 59)?,
        number(second, 1, 2, 59)?,
    ];
    let digits = !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
    let exists = date[1] > 0 && date[2] > 0 && date[2] <= days(date[0], date[1]);
    (digits && exists).then(|| Moment {
        date,
        clock,
        fraction: fraction[..fraction.len().min(9)].trim_end_matches('0'),
        offset,
    })
}

fn number(text: &str, shortest: usize, longest: usize, most: u32) -> Option<u32> {
    let fits = (shortest..=longest).contains(&text.len());
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let value = text.parse().ok().filter(|value| *value <= most);
    value.filter(|_| fits && digits)
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        2 if leaps(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn leaps(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

impl Moment<'_> {
    fn write(&self, fraction: &str) -> String {
        let ([year, month, day], [hour, minute, second]) = (self.date, self.clock);
        let point = if fraction.is_empty() { "" } else { "." };
        let zone = match self.offset {
            0 => "Z".to_owned(),
            east => {
                let sign = if east < 0 { '-' } else { '+' };
                format!("{sign}{:02}:{:02}", east.abs() / 60, east.abs() % 60)
            }
        };
        format!(
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{point}{fraction}{zone}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What go.yaml.in/yaml/v3 makes of each.
    #[test]
    fn times_are_read_as_go_reads_them() {
        let cases = [
            ("2001-12-14", Some("2001-12-14T00:00:00Z")),
            ("2001-1-4", Some("2001-01-04T00:00:00Z")),
            (
                "2001-12-14t21:59:43.10-05:00",
                Some("2001-12-14T21:59:43.1-05:00"),
            ),
            ("2001-12-14T21:59:43Z", Some("2001-12-14T21:59:43Z")),
            ("2001-12-14T21:59:43+00:00", Some("2001-12-14T21:59:43Z")),
            ("2001-12-14 1:2:3.50", Some("2001-12-14T01:02:03.5Z")),
            ("2024-02-29", Some("2024-02-29T00:00:00Z")),
            ("2023-02-29", None),
            ("2001-00-14", None),
            ("2001-12-14T24:00:00Z", None),
            ("2001-12-14 21:59:43.10 -5", None),
            ("2001-12-14T21:59Z", None),
            ("01-12-14", None),
            ("2001-12-14x", None),
            ("2001-12-14T21:59:43.Z", None),
            ("2001-12", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(canonical(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_mac_is_bound_to_whole_seconds() {
        let second = |text| to_the_second(text);
        assert_eq!(
            second("2026-11-25T14:36:59Z").as_deref(),
            Some("2026-11-25T14:36:59Z")
        );
        assert_eq!(
            second("2026-11-25T14:36:59.7+01:00").as_deref(),
            Some("2026-11-25T14:36:59+01:00")
        );
        assert_eq!(second("2026-11-25"), None);
    }
}
