//! Upper and lower case as Go maps them: one letter for one letter.

pub(super) fn upper(text: &str) -> String {
    text.chars().map(upper_of).collect()
}

pub(super) fn lower(text: &str) -> String {
    text.chars().map(lower_of).collect()
}

/// The text with its first letter changed.
pub(super) fn first(text: &str, change: fn(char) -> char) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(change);
    first.into_iter().chain(rest).collect()
}

pub(super) fn upper_of(c: char) -> char {
    let mut all = c.to_uppercase();
    match (all.next(), all.next()) {
        (Some(one), None) => one,
        // Greek with an iota below: what is written as two letters has a capital of its own.
        _ => match c {
            '\u{1f80}'..='\u{1faf}' => char::from_u32(u32::from(c) | 8).unwrap_or(c),
            '\u{1fb3}' => '\u{1fbc}',
            '\u{1fc3}' => '\u{1fcc}',
            '\u{1ff3}' => '\u{1ffc}',
            c => c,
        },
    }
}

pub(super) fn lower_of(c: char) -> char {
    let mut all = c.to_lowercase();
    match (all.next(), all.next()) {
        (Some(one), None) => one,
        _ if c == '\u{130}' => 'i',
        _ => c,
    }
}
