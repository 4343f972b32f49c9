//! The help: every flag on a line, in the layout of the peer's library.

use super::table::{FLAGS, Flag};
use super::values::Kind;

/// All lines, each with its line feed.
pub fn help() -> String {
    let shown = FLAGS.iter().filter(|flag| !flag.help.is_empty());
    let rows: Vec<(String, String)> = shown.map(|flag| (left(flag), right(flag))).collect();
    let width = rows.iter().map(|(left, _)| left.len()).max().unwrap_or(0);
    rows.iter()
        .map(|(left, right)| format!("{left:width$}   {right}\n"))
        .collect()
}

fn left(flag: &Flag) -> String {
    let letter = match flag.short {
        Some(letter) => format!("  -{letter}, "),
        None => "      ".to_owned(),
    };
    match flag.kind.placeholder() {
        "" => format!("{letter}--{}", flag.name),
        value => format!("{letter}--{} {value}", flag.name),
    }
}

fn right(flag: &Flag) -> String {
    let quoted = matches!(flag.kind, Kind::Text | Kind::Scope);
    match flag.default {
        "" => flag.help.to_owned(),
        default if quoted => format!("{} (default {default:?})", flag.help),
        default => format!("{} (default {default})", flag.help),
    }
}
