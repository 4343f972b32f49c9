//! The order of keys: what is no letter before letters, and numbers by what they are worth.

use std::cmp::Ordering;

use serde_json::{Map, Value};

/// The entries of a map in Go's order.
///
/// That order is none in the strict sense, so no sort of the standard library may see it.
pub(super) fn sorted(map: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut runs: Vec<Vec<(&String, &Value)>> = map.iter().map(|entry| vec![entry]).collect();
    while runs.len() > 1 {
        let mut merged = Vec::with_capacity(runs.len().div_ceil(2));
        let mut left = runs.into_iter();
        while let Some(first) = left.next() {
            merged.push(match left.next() {
                Some(second) => merge(first, second),
                None => first,
            });
        }
        runs = merged;
    }
    runs.pop().unwrap_or_default()
}

type Run<'a> = Vec<(&'a String, &'a Value)>;

fn merge<'a>(first: Run<'a>, second: Run<'a>) -> Run<'a> {
    let mut all = Vec::with_capacity(first.len() + second.len());
    let (mut first, mut second) = (first.into_iter().peekable(), second.into_iter().peekable());
    while let (Some((a, _)), Some((b, _))) = (first.peek(), second.peek()) {
        if less(b, a) {
            all.extend(second.next());
        } else {
            all.extend(first.next());
        }
    }
    all.extend(first);
    all.extend(second);
    all
}

fn less(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(at) = a.iter().zip(&b).position(|(a, b)| a != b) else {
        return a.len() < b.len();
    };
    let (c, d) = (a[at], b[at]);
    match (c.is_alphabetic(), d.is_alphabetic()) {
        (true, true) => c < d,
        (false, false) => by_number(&a, &b, at).is_lt(),
        (_, second) => second,
    }
}

/// Digits from the first difference on, unless zeros stand there behind other digits.
fn by_number(a: &[char], b: &[char], at: usize) -> Ordering {
    let behind_digits = (a[at] == '0' || b[at] == '0')
        && a[..at]
            .iter()
            .rev()
            .take_while(|c| c.is_ascii_digit())
            .any(|c| *c != '0');
    let number = |text: &[char]| {
        let digits = text[at..].iter().take_while(|c| c.is_ascii_digit());
        let start = i64::from(behind_digits);
        digits.fold((start, 0), |(number, length), digit| {
            let digit = i64::from(u32::from(*digit) - u32::from('0'));
            (number.wrapping_mul(10).wrapping_add(digit), length + 1)
        })
    };
    number(a).cmp(&number(b)).then(a[at].cmp(&b[at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(keys: &[&str]) -> Vec<String> {
        let map = keys
            .iter()
            .map(|key| ((*key).to_owned(), Value::Null))
            .collect();
        sorted(&map)
            .into_iter()
            .map(|(key, _)| key.clone())
            .collect()
    }

    #[test]
    fn numbers_count_and_letters_come_last() {
        assert_eq!(order(&["a10", "a9", "a1"]), ["a1", "a9", "a10"]);
        assert_eq!(order(&["ab", "a-b", "a1", "aB"]), ["a-b", "a1", "aB", "ab"]);
        assert_eq!(order(&["b", "a", ""]), ["", "a", "b"]);
    }
}
