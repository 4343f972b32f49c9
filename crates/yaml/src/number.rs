//! Numbers as Go's YAML reader takes them from text, and as it prints float keys.
//!
//! The rules are go-yaml v2's `resolve`: underscores are dropped; `0x`, `0o`, `0b` and
//! a leading zero choose a base; what is no integer of 64 bits may be a decimal float.

use serde_json::Number;

/// A number as Go holds it; a whole float is still a float.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum GoNumber {
    /// `int`
    Int(i64),
    /// `uint64`: what does not fit `int`.
    Uint(u64),
    /// `float64`
    Float(f64),
}

/// The number that a scalar beginning with a digit or a sign stands for.
pub(crate) fn parse(text: &str) -> Option<GoNumber> {
    let plain = text.replace('_', "");
    integer(&plain)
        .or_else(|| decimal(&plain).map(GoNumber::Float))
        .or_else(|| binary_with_inner_sign(&plain))
}

/// The float that a scalar beginning with a point stands for; here, underscores must
/// stand between digits.
pub(crate) fn parse_fraction(text: &str) -> Option<GoNumber> {
    let bytes = text.as_bytes();
    let is_digit = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at))
            .is_some_and(u8::is_ascii_digit)
    };
    let mut underscores = text.match_indices('_').map(|(at, _)| at);
    if !underscores.all(|at| is_digit(at.checked_sub(1)) && is_digit(Some(at + 1))) {
        return None;
    }
    decimal(&text.replace('_', "")).map(GoNumber::Float)
}

impl GoNumber {
    /// The JSON number that Go prints, or none for infinity and NaN. Go prints a whole
    /// float without a point, so that `1e3` is 1000 to everyone behind it.
    pub(crate) fn to_json(self) -> Option<Number> {
        match self {
            Self::Int(value) => Some(value.into()),
            Self::Uint(value) => Some(value.into()),
            Self::Float(value) => whole(value).or_else(|| Number::from_f64(value)),
        }
    }

    /// The key that Go makes of the number; it has none for integers beyond 63 bits.
    pub(crate) fn to_key(self) -> Option<String> {
        match self {
            Self::Int(value) => Some(value.to_string()),
            Self::Uint(_) => None,
            Self::Float(value) => Some(float_key(value)),
        }
    }
}

fn integer(text: &str) -> Option<GoNumber> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (base, digits) = base_of(digits);
    let size = digits_in_base(digits, base)?;
    if negative {
        return 0i64.checked_sub_unsigned(size).map(GoNumber::Int);
    }
    match i64::try_from(size) {
        Ok(value) => Some(GoNumber::Int(value)),
        // Go's second try, for unsigned numbers, takes no sign at all.
        Err(_) if !text.starts_with('+') => Some(GoNumber::Uint(size)),
        Err(_) => None,
    }
}

fn base_of(digits: &str) -> (u32, &str) {
    let bytes = digits.as_bytes();
    match bytes {
        [b'0', b'b' | b'B', _, ..] => (2, &digits[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &digits[2..]),
        [b'0', b'x' | b'X', _, ..] => (16, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    }
}

fn digits_in_base(digits: &str, base: u32) -> Option<u64> {
    // `from_str_radix` would take a sign of its own.
    if digits.starts_with(['+', '-']) {
        None
    } else {
        u64::from_str_radix(digits, base).ok()
    }
}

/// go-yaml reads what follows `0b` a second time as a signed number: `0b-1` is -1.
fn binary_with_inner_sign(plain: &str) -> Option<GoNumber> {
    let inner = plain.strip_prefix("0b")?;
    i64::from_str_radix(inner, 2).ok().map(GoNumber::Int)
}

fn decimal(text: &str) -> Option<f64> {
    if !is_decimal(text) {
        return None;
    }
    // Beyond the range of a float Go falls back to a string: `123e4567` is a git hash.
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let size = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !size.is_empty() && digits(size)
    });
    let has_digits = !whole.is_empty() || fraction.is_some_and(|fraction| !fraction.is_empty());
    exponent_fits && has_digits && digits(whole) && fraction.is_none_or(digits)
}

/// Go prints floats from 1e-6 up to 1e21 without an exponent, in the shortest digits
/// that name them, filled up with zeros, as Rust does; below 1e21 that is an integer
/// if it fits one.
fn whole(value: f64) -> Option<Number> {
    if value.fract() != 0.0 || value.abs() >= 1e21 {
        return None;
    }
    let printed = format!("{value}");
    printed
        .parse::<i64>()
        .map(Number::from)
        .or_else(|_| printed.parse::<u64>().map(Number::from))
        .ok()
}

/// `strconv.FormatFloat(value, 'g', -1, 32)`: the shortest digits that name the value
/// among floats of 32 bits, with an exponent below 1e-4 and from 1e6 on.
fn float_key(value: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "Go rounds the key to 32 bits, so we do"
    )]
    let value = value as f32;
    if value.is_nan() {
        return ".nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if value != 0.0 && !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    format!("{value}")
}
