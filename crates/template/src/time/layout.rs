//! Layouts: the reference time `Mon Jan 2 15:04:05 MST 2006`, cut into its elements.

/// What an element of a layout stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    /// `PM` or `pm`
    HalfDay {
        upper: bool,
    },
    ZoneName,
    Offset(Offset),
    /// Digits behind a point or comma; `trim` drops zeros at the end.
    Fraction {
        digits: usize,
        mark: u8,
        trim: bool,
    },
}

/// How an offset from UTC is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offset {
    /// `Z` where there is none.
    pub(super) zulu: bool,
    pub(super) colons: bool,
    pub(super) minutes: bool,
    pub(super) seconds: bool,
}

/// The first element of a layout, what stands before it and what behind; without an element all
/// of it stands before.
pub(super) fn next(layout: &[u8]) -> (&[u8], Option<Element>, &[u8]) {
    for at in 0..layout.len() {
        let rest = &layout[at..];
        if let Some((skip, length, element)) = element(rest) {
            return (&layout[..at + skip], Some(element), &rest[length..]);
        }
    }
    (layout, None, &[])
}

/// The element at the beginning: bytes of it that are literal, its length, and what it is.
fn element(text: &[u8]) -> Option<(usize, usize, Element)> {
    let is = |word: &str| text.starts_with(word.as_bytes());
    let word_ends = |length: usize| !text.get(length).is_some_and(u8::is_ascii_lowercase);
    let found = |length, element| Some((0, length, element));
    match text.first()? {
        b'J' if is("January") => found(7, Element::LongMonth),
        b'J' if is("Jan") && word_ends(3) => found(3, Element::Month),
        b'M' if is("Monday") => found(6, Element::LongWeekday),
        b'M' if is("Mon") && word_ends(3) => found(3, Element::Weekday),
        b'M' if is("MST") => found(3, Element::ZoneName),
        b'0' if is("002") => found(3, Element::ZeroYearDay),
        b'0' => found(2, zeroed(*text.get(1)?)?),
        b'1' if is("15") => found(2, Element::Hour),
        b'1' => found(1, Element::NumMonth),
        b'2' if is("2006") => found(4, Element::LongYear),
        b'2' => found(1, Element::Day),
        b'_' if is("_2006") => Some((1, 5, Element::LongYear)),
        b'_' if is("_2") => found(2, Element::UnderDay),
        b'_' if is("__2") => found(3, Element::UnderYearDay),
        b'3' => found(1, Element::Hour12),
        b'4' => found(1, Element::Minute),
        b'5' => found(1, Element::Second),
        b'P' if is("PM") => found(2, Element::HalfDay { upper: true }),
        b'p' if is("pm") => found(2, Element::HalfDay { upper: false }),
        b'-' | b'Z' => offset(text),
        b'.' | b',' => fraction(text),
        _ => None,
    }
}

fn zeroed(digit: u8) -> Option<Element> {
    Some(match digit {
        b'1' => Element::ZeroMonth,
        b'2' => Element::ZeroDay,
        b'3' => Element::ZeroHour12,
        b'4' => Element::ZeroMinute,
        b'5' => Element::ZeroSecond,
        b'6' => Element::Year,
        _ => return None,
    })
}

fn offset(text: &[u8]) -> Option<(usize, usize, Element)> {
    let (first, rest) = text.split_first()?;
    let zulu = *first == b'Z';
    // In Go's order: the longer ones first, but `0700` before `07:00`.
    let forms = [
        ("070000", false, true, true),
        ("07:00:00", true, true, true),
        ("0700", false, true, false),
        ("07:00", true, true, false),
        ("07", false, false, false),
    ];
    let found = forms
        .iter()
        .find(|form| rest.starts_with(form.0.as_bytes()));
    let (form, colons, minutes, seconds) = *found?;
    let offset = Offset {
        zulu,
        colons,
        minutes,
        seconds,
    };
    Some((0, 1 + form.len(), Element::Offset(offset)))
}

fn fraction(text: &[u8]) -> Option<(usize, usize, Element)> {
    let (mark, rest) = text.split_first()?;
    let digit = *rest.first()?;
    if !matches!(digit, b'0' | b'9') {
        return None;
    }
    let digits = rest.iter().take_while(|byte| **byte == digit).count();
    if rest.get(digits).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let element = Element::Fraction {
        digits,
        mark: *mark,
        trim: digit == b'9',
    };
    Some((0, 1 + digits, element))
}
