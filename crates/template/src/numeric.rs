//! `strconv`'s readers of numbers, and how Go makes whole numbers of others.

/// Why a text is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ParseError {
    /// It is none.
    Syntax,
    /// It is too large to be one.
    Range,
}

/// `strconv.ParseUint(text, base, 64)`; base 0 goes by the prefix.
pub(crate) fn parse_uint(text: &[u8], base: u64) -> Result<u64, ParseError> {
    if text.is_empty() {
        return Err(ParseError::Syntax);
    }
    let (digits, radix) = if base == 0 {
        prefixed(text)
    } else {
        (text, base)
    };
    let (mut number, mut underscores) = (0u64, false);
    for byte in digits {
        if *byte == b'_' && base == 0 {
            underscores = true;
            continue;
        }
        let digit = char::from(*byte).to_digit(36).map(u64::from);
        let digit = digit.filter(|digit| *digit < radix);
        let digit = digit.ok_or(ParseError::Syntax)?;
        let next = number.checked_mul(radix);
        let next = next.and_then(|next| next.checked_add(digit));
        number = next.ok_or(ParseError::Range)?;
    }
    if underscores && !underscores_fit(text) {
        return Err(ParseError::Syntax);
    }
    Ok(number)
}

fn prefixed(text: &[u8]) -> (&[u8], u64) {
    match text {
        [b'0', b'x' | b'X', _, ..] => (&text[2..], 16),
        [b'0', b'o' | b'O', _, ..] => (&text[2..], 8),
        [b'0', b'b' | b'B', _, ..] => (&text[2..], 2),
        [b'0', rest @ ..] => (rest, 8),
        _ => (text, 10),
    }
}

/// `strconv.ParseInt(text, base, 64)`
pub(crate) fn parse_int(text: &[u8], base: u64) -> Result<i64, ParseError> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        _ => (false, text),
    };
    let size = parse_uint(digits, base)?;
    match (negative, i64::try_from(size)) {
        (false, Ok(number)) => Ok(number),
        (true, _) if size <= 1 << 63 => Ok((size as i64).wrapping_neg()),
        _ => Err(ParseError::Range),
    }
}

/// What Go's readers return beside an error: nothing, or the number next to what is too large.
pub(crate) fn parse_int_anyway(text: &[u8], base: u64) -> i64 {
    match parse_int(text, base) {
        Ok(number) => number,
        Err(ParseError::Syntax) => 0,
        Err(ParseError::Range) if text.first() == Some(&b'-') => i64::MIN,
        Err(ParseError::Range) => i64::MAX,
    }
}

/// Whether underscores stand between digits alone.
fn underscores_fit(text: &[u8]) -> bool {
    let text = match text {
        [b'-' | b'+', rest @ ..] => rest,
        _ => text,
    };
    let (mut before, rest, hex) = match text {
        [
            b'0',
            mark @ (b'b' | b'B' | b'o' | b'O' | b'x' | b'X'),
            rest @ ..,
        ] => (b'0', rest, mark.eq_ignore_ascii_case(&b'x')),
        _ => (b'^', text, false),
    };
    for byte in rest {
        before = match byte {
            b'0'..=b'9' => b'0',
            b'a'..=b'f' | b'A'..=b'F' if hex => b'0',
            b'_' if before == b'0' => b'_',
            _ if *byte == b'_' || before == b'_' => return false,
            _ => b'!',
        };
    }
    before != b'_'
}

/// `strconv.ParseFloat(text, 64)`
pub(crate) fn parse_float(text: &[u8]) -> Result<f64, ParseError> {
    let text = str::from_utf8(text).map_err(|_| ParseError::Syntax)?;
    let (sign, size) = match text.strip_prefix(['-', '+']) {
        Some(size) if text.starts_with('-') => (-1.0, size),
        Some(size) => (1.0, size),
        None => (1.0, text),
    };
    for (name, value) in [("infinity", f64::INFINITY), ("inf", f64::INFINITY)] {
        if size.eq_ignore_ascii_case(name) {
            return Ok(sign * value);
        }
    }
    if text.eq_ignore_ascii_case("nan") {
        return Ok(f64::NAN);
    }
    if size.contains('_') && !underscores_fit(size.as_bytes()) {
        return Err(ParseError::Syntax);
    }
    let digits = zeroize::Zeroizing::new(size.replace('_', ""));
    let value = match digits.get(..2) {
        Some("0x" | "0X") if digits.len() > 2 => hex_float(&digits[2..])?,
        _ => decimal_float(&digits)?,
    };
    if value.is_infinite() {
        return Err(ParseError::Range);
    }
    Ok(sign * value)
}

fn decimal_float(text: &str) -> Result<f64, ParseError> {
    // Rust also knows names, and signs behind signs.
    let good = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-');
    if !text.bytes().all(good) || text.starts_with(['+', '-']) {
        return Err(ParseError::Syntax);
    }
    text.parse().map_err(|_| ParseError::Syntax)
}

/// `1.8p3`, behind `0x`.
fn hex_float(text: &str) -> Result<f64, ParseError> {
    let (number, exponent) = text.split_once(['p', 'P']).ok_or(ParseError::Syntax)?;
    let sign_and_digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if sign_and_digits.is_empty() || !sign_and_digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ParseError::Syntax);
    }
    let size = sign_and_digits
        .parse::<i64>()
        .map_or(100_000, |size| size.min(100_000));
    let mut power = if exponent.starts_with('-') {
        -size
    } else {
        size
    };
    let (whole, behind) = number.split_once('.').unwrap_or((number, ""));
    if whole.len() + behind.len() == 0 {
        return Err(ParseError::Syntax);
    }
    let mut mantissa = 0u64;
    for (digit, is_behind) in whole
        .chars()
        .map(|digit| (digit, false))
        .chain(behind.chars().map(|digit| (digit, true)))
    {
        let digit = digit.to_digit(16).ok_or(ParseError::Syntax)?;
        if mantissa >> 60 == 0 {
            mantissa = mantissa << 4 | u64::from(digit);
            power -= if is_behind { 4 } else { 0 };
        } else {
            // What does not fit only tells that there is something.
            mantissa |= u64::from(digit != 0);
            power += if is_behind { 0 } else { 4 };
        }
    }
    Ok(scaled(mantissa, power))
}

/// `mantissa * 2^power`, rounded once, to the nearest and of two to the even one.
fn scaled(mantissa: u64, power: i64) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let shift = i64::from(mantissa.leading_zeros());
    let (mantissa, exponent) = (mantissa << shift, power - shift + 63);
    if exponent > 1023 {
        return f64::INFINITY;
    }
    // Bits that do not fit: 11 of a normal number, more of one that is too small to be normal.
    let dropped = 11 + (-1022 - exponent).max(0);
    if dropped > 64 {
        return 0.0;
    }
    let kept = if dropped == 64 {
        0
    } else {
        mantissa >> dropped
    };
    let rest = u128::from(mantissa) & ((1 << dropped) - 1);
    let half = 1u128 << (dropped - 1);
    let up = rest > half || (rest == half && kept & 1 == 1);
    let biased = if exponent < -1022 {
        0
    } else {
        (exponent + 1022) as u64
    };
    // A carry out of the mantissa is a carry into the exponent.
    let bits = (biased << 52) + kept + u64::from(up);
    f64::from_bits(bits)
}

/// `int64(value)`, as an amd64 processor does it: what does not fit is the smallest number.
pub(crate) fn float_to_int(value: f64) -> i64 {
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    if (-BOUND..BOUND).contains(&value) {
        value as i64
    } else {
        i64::MIN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_read_in_every_notation() {
        let read = |text: &str| parse_int(text.as_bytes(), 0);
        assert_eq!(read("0x_1F"), Ok(31));
        assert_eq!(read("-017"), Ok(-15));
        assert_eq!(read("1__0"), Err(ParseError::Syntax));
        assert_eq!(read("08"), Err(ParseError::Syntax));
        assert_eq!(read("-9223372036854775808"), Ok(i64::MIN));
        assert_eq!(read("9223372036854775808"), Err(ParseError::Range));
        assert_eq!(parse_int(b"+7", 10), Ok(7));
        assert_eq!(parse_int(b"++7", 10), Err(ParseError::Syntax));
    }

    #[test]
    fn hexadecimal_floats_are_rounded_once() {
        let read = |text: &str| parse_float(text.as_bytes());
        assert_eq!(read("0x1.8p1"), Ok(3.0));
        assert_eq!(read("0x1p-1074"), Ok(5e-324));
        assert_eq!(read("0x1p-1075"), Ok(0.0));
        assert_eq!(read("0x1.8p-1075"), Ok(5e-324));
        assert_eq!(read("0x1.fffffffffffff8p1023"), Err(ParseError::Range));
        assert_eq!(read("0x1.00000000000008p0"), Ok(1.0));
        assert_eq!(
            read("0x1.000000000000080000000000001p0"),
            Ok(1.000_000_000_000_000_2)
        );
        assert_eq!(read("1e999"), Err(ParseError::Range));
        assert_eq!(read("+-1"), Err(ParseError::Syntax));
        assert_eq!(read("1_0.5"), Ok(10.5));
    }
}
