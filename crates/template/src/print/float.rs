//! `strconv.FormatFloat`.

/// More digits than these are zeros: no float has so many that count.
const EXACT: usize = 1_100;

/// A float as Go writes it with verb `e`, `E`, `f`, `g`, `G`, `b`, `x` or `X`; without a precision,
/// with as few digits as tell it from every other float.
pub(crate) fn format_float(value: f64, verb: char, precision: Option<usize>) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let size = value.abs();
    let number = match verb {
        'b' => binary(size),
        'x' | 'X' => hexadecimal(size, precision),
        'f' => {
            let digits = Digits::behind_point(size, precision);
            digits.fixed(precision.unwrap_or_else(|| digits.behind()))
        }
        'e' | 'E' => {
            let digits = Digits::significant(size, precision.map(|p| p.saturating_add(1)));
            digits.scientific(precision.unwrap_or_else(|| digits.count().saturating_sub(1)))
        }
        _ => general(size, precision),
    };
    let number = if verb.is_ascii_uppercase() {
        number.to_ascii_uppercase()
    } else {
        number
    };
    format!("{sign}{number}")
}

/// As few digits as tell a float from every other, in Rust's scientific form. Of two that are equally
/// near Go takes the even one, and Rust the larger.
pub(crate) fn shortest(size: f64) -> String {
    let text = format!("{size:e}");
    let number = text.split('e').next().unwrap_or_default();
    let behind = number.split('.').nth(1).unwrap_or_default().len();
    let even = format!("{size:.behind$e}");
    if even.parse() == Ok(size) { even } else { text }
}

/// Digits without zeros at the end, and where the point stands before or behind them.
struct Digits {
    digits: String,
    point: i64,
}

impl Digits {
    /// So many digits in all; as few as are needed if it is not said.
    fn significant(size: f64, count: Option<usize>) -> Self {
        let text = match count {
            None => shortest(size),
            Some(count) => format!("{size:.*e}", count.saturating_sub(1).min(EXACT)),
        };
        let (number, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        Self::new(&digits, exponent.parse::<i64>().unwrap_or(0) + 1)
    }

    /// So many digits behind the point.
    fn behind_point(size: f64, count: Option<usize>) -> Self {
        let Some(count) = count else {
            return Self::significant(size, None);
        };
        let text = format!("{size:.*}", count.min(EXACT));
        let whole = text.split('.').next().unwrap_or_default();
        let zeros = text
            .bytes()
            .take_while(|b| matches!(b, b'0' | b'.'))
            .count();
        let leading = text[..zeros].bytes().filter(|b| *b == b'0').count();
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        Self::new(&digits[leading..], whole.len() as i64 - leading as i64)
    }

    fn new(digits: &str, point: i64) -> Self {
        let digits = digits.trim_end_matches('0');
        let point = if digits.is_empty() { 0 } else { point };
        Self {
            digits: digits.to_owned(),
            point,
        }
    }

    fn count(&self) -> usize {
        self.digits.len()
    }

    /// Digits behind the point, if none is left out.
    fn behind(&self) -> usize {
        usize::try_from(self.count() as i64 - self.point).unwrap_or(0)
    }

    /// The digit at a place, where 0 is the first one.
    fn at(&self, place: i64) -> char {
        let byte = usize::try_from(place)
            .ok()
            .and_then(|place| self.digits.as_bytes().get(place));
        byte.map_or('0', |byte| char::from(*byte))
    }

    /// `ddd.ddd`
    fn fixed(&self, precision: usize) -> String {
        let mut text = String::new();
        if self.point > 0 {
            text.extend((0..self.point).map(|place| self.at(place)));
        } else {
            text.push('0');
        }
        if precision > 0 {
            text.push('.');
            let last = precision as i64;
            text.extend((0..last).map(|place| self.at(self.point + place)));
        }
        text
    }

    /// `d.dde±dd`
    fn scientific(&self, precision: usize) -> String {
        let mut text = String::from(self.at(0));
        if precision > 0 {
            text.push('.');
            text.extend((1..=precision as i64).map(|place| self.at(place)));
        }
        let exponent = if self.digits.is_empty() {
            0
        } else {
            self.point - 1
        };
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{text}e{sign}{:02}", exponent.abs())
    }
}

/// `%g`: scientific where that is shorter.
fn general(size: f64, precision: Option<usize>) -> String {
    let precision = precision.map(|precision| precision.max(1));
    let digits = Digits::significant(size, precision);
    let count = digits.count();
    let mut bound = precision.unwrap_or(6);
    if precision.is_some() && bound > count && count as i64 >= digits.point {
        bound = count;
    }
    let exponent = digits.point - 1;
    if exponent < -4 || exponent >= bound as i64 {
        let shown = precision.map_or(count, |precision| precision.min(count));
        return digits.scientific(shown.saturating_sub(1));
    }
    digits.fixed(digits.behind())
}

/// `%b`: the mantissa and the power of two.
fn binary(size: f64) -> String {
    let (mantissa, exponent) = parts(size);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}p{sign}{}", exponent.abs())
}

fn parts(size: f64) -> (u64, i64) {
    let bits = size.to_bits();
    let (mantissa, exponent) = (bits & ((1 << 52) - 1), (bits >> 52) as i64 & 0x7ff);
    match exponent {
        0 => (mantissa, -1074),
        _ => (mantissa | 1 << 52, exponent - 1075),
    }
}

/// `%x`: `0x1.8p+01`
fn hexadecimal(size: f64, precision: Option<usize>) -> String {
    let (mut mantissa, mut exponent) = parts(size);
    if mantissa == 0 {
        exponent = 0;
    } else {
        // One bit before the point, 60 behind it.
        let shift = mantissa.leading_zeros() as i64 - 3;
        mantissa <<= shift;
        exponent += 60 - shift;
    }
    if let Some(precision) = precision.filter(|precision| *precision < 15) {
        let dropped = 60 - 4 * precision as u32;
        let (half, rest) = (1 << (dropped - 1), mantissa & ((1 << dropped) - 1));
        mantissa >>= dropped;
        // To the nearest, and of two to the even one.
        mantissa += u64::from(rest > half || (rest == half && mantissa & 1 == 1));
        mantissa <<= dropped;
        if mantissa >> 61 != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let mut behind = format!("{:015x}", mantissa & ((1 << 60) - 1));
    match precision {
        Some(precision) => {
            behind.truncate(precision);
            behind.extend((behind.len()..precision).map(|_| '0'));
        }
        None => behind.truncate(behind.trim_end_matches('0').len()),
    }
    let point = if behind.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!(
        "0x{}{point}{behind}p{sign}{:02}",
        mantissa >> 60,
        exponent.abs()
    )
}
