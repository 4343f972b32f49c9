//! Output without what may differ: items opened, objects in the order of their fields, help left out.

use anyhow::Result;
use signet_seal::{Keyring, text};
use signet_yaml::{Node, Value};

/// Prints an object in the order in which its fields stand.
pub(super) struct Printer<'k> {
    /// What opens items.
    pub(super) keys: &'k Keyring,
    /// The label under which they open.
    pub(super) label: Vec<u8>,
    /// Whether fields are sorted.
    pub(super) any_order: bool,
}

impl Printer<'_> {
    pub(super) fn put(&self, out: &mut String, node: &Node, depth: usize) -> Result<()> {
        let margin = "  ".repeat(depth);
        match &node.value {
            Value::Mapping(entries) => {
                let mut entries: Vec<_> = entries.iter().collect();
                if self.any_order {
                    entries.sort_by_key(|entry| entry.key.name.as_str());
                }
                for entry in entries {
                    let name = entry.key.name.as_str();
                    if name == "creationTimestamp" && entry.value.value == Value::Null {
                        continue;
                    }
                    out.push_str(&format!("{margin}{name}:\n"));
                    self.put(out, &entry.value, depth + 1)?;
                }
            }
            Value::Sequence(items) => {
                for item in items {
                    out.push_str(&format!("{margin}-\n"));
                    self.put(out, item, depth + 1)?;
                }
            }
            Value::String(item) if depth > 0 && self.is_item(item) => {
                let opened = self.keys.open(&self.label, &text::decode(item)?, []);
                let value = opened.map_or("does not open".to_owned(), |(value, _)| {
                    format!("{:?}", String::from_utf8_lossy(value.expose()))
                });
                out.push_str(&format!("{margin}sealed {value}\n"));
            }
            _ => out.push_str(&format!("{margin}{}\n", node.to_json())),
        }
        Ok(())
    }

    /// Only items are as long as this and base64.
    fn is_item(&self, text: &str) -> bool {
        text.len() > 300 && text::decode(text).is_ok()
    }
}

/// Standard error without what is ours alone.
pub(super) fn said(stderr: &str, stdout: &str) -> String {
    let last = stdout.lines().last().unwrap_or_default();
    let ours = |line: &&str| {
        line.starts_with("hint: ")
            || line.starts_with("warning: ")
            || (!last.is_empty() && line.strip_prefix("error: ") == Some(last))
    };
    let lines = stderr.lines().filter(|line| !ours(line));
    lines
        .map(|line| format!("{}\n", sorted_keys(line)))
        .collect()
}

/// `… (b, a)` as `… (a, b)`.
fn sorted_keys(line: &str) -> String {
    let Some((head, keys)) = line.split_once("no key could decrypt secret (") else {
        return line.to_owned();
    };
    let mut keys: Vec<&str> = keys.trim_end_matches(')').split(", ").collect();
    keys.sort_unstable();
    format!("{head}no key could decrypt secret ({})", keys.join(", "))
}

/// Without the lines about flags, and without a line that is the same as the one before.
pub(super) fn without_help(text: &str) -> String {
    let is_help = |line: &&str| line.starts_with("  -") || line.starts_with("      --");
    let mut lines: Vec<&str> = text.lines().filter(|line| !is_help(line)).collect();
    lines.dedup();
    lines.join("\n")
}
