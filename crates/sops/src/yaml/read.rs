//! From what Kubernetes reads to what SOPS reads.
//!
//! SOPS stands on `go.yaml.in/yaml/v3`. Beside the reader of Kubernetes it knows fewer words for true
//! and false, and times; numbers are the same.

use signet_yaml::{Document, Style, Value};
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind};
use crate::time;
use crate::tree::{Content, Entry, Key, Leaf, Node, Place};

/// Words that are true or false to Kubernetes, and texts to SOPS.
const OLD_BOOLEANS: [&str; 16] = [
    "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off",
    "OFF",
];

/// Whether a text is one of those words.
pub(super) fn is_old_boolean(text: &str) -> bool {
    OLD_BOOLEANS.contains(&text)
}

/// The tree of a document.
///
/// # Errors
/// When the document is no mapping, or holds what SOPS refuses.
pub(super) fn document(source: &str, document: Document) -> Result<Node, Error> {
    if !matches!(document.root.value, Value::Mapping(_)) {
        let what = "a document of a SOPS file is a mapping".to_owned();
        return Err(Error::at(document.line, ErrorKind::Syntax(what)));
    }
    node(source, document.root)
}

fn node(source: &str, read: signet_yaml::Node) -> Result<Node, Error> {
    let place = Place {
        span: read.span,
        style: read.style,
    };
    let content = match read.value {
        Value::Sequence(items) => {
            let items = items.into_iter().map(|item| node(source, item));
            Content::List(items.collect::<Result<_, _>>()?)
        }
        Value::Mapping(entries) => {
            let pairs = entries.into_iter().map(|entry| pair(source, entry));
            Content::Map(pairs.collect::<Result<_, _>>()?)
        }
        scalar => {
            let line = place.span.line;
            let (leaf, changed) =
                leaf(source, place, scalar).map_err(|kind| Error::at(line, kind))?;
            return Ok(Node {
                changed,
                ..Node::leaf(leaf, place)
            });
        }
    };
    Ok(Node::new(content, place))
}

fn pair(source: &str, entry: signet_yaml::Entry) -> Result<Entry, Error> {
    let span = entry.key.span;
    let raw = source.get(span.start..span.end).unwrap_or_default();
    let is_text =
        raw == entry.key.name || raw.starts_with(['"', '\'', '|', '>']) || raw.contains('\n');
    let changed = !is_text && is_old_boolean(raw);
    if !is_text && !changed {
        let what = "a key is no text, which SOPS does not take: quote it";
        return Err(Error::at(span.line, ErrorKind::Foreign(what)));
    }
    let name = if changed {
        raw.to_owned()
    } else {
        entry.key.name
    };
    let key = Key {
        name,
        span,
        changed,
    };
    Ok(Entry::Pair(key, node(source, entry.value)?))
}

/// A scalar as SOPS takes it, and whether Kubernetes has to be told by other words.
fn leaf(source: &str, place: Place, value: Value) -> Result<(Leaf, bool), ErrorKind> {
    let raw = source
        .get(place.span.start..place.span.end)
        .unwrap_or_default();
    let text = |text: String| Leaf::Text(Zeroizing::new(text.into_bytes()));
    Ok(match value {
        Value::Bool(_) if is_old_boolean(raw) => (text(raw.to_owned()), true),
        Value::Bool(yes) => (Leaf::Bool(yes), false),
        Value::Number(number) => (numeric(&number)?, false),
        Value::String(string) => match moment(place, &string) {
            Some(moment) => {
                let changed = moment != string;
                (Leaf::Time(moment.into()), changed)
            }
            None => (text(string), false),
        },
        _ => (Leaf::Null, false),
    })
}

fn numeric(number: &serde_json::Number) -> Result<Leaf, ErrorKind> {
    let integer = number.as_i64().map(Leaf::Int);
    let float = || number.as_f64().filter(|_| number.is_f64()).map(Leaf::Float);
    integer.or_else(float).ok_or(ErrorKind::Foreign(
        "a number has more than 63 bits, which SOPS does not take",
    ))
}

/// Unquoted, a date is a point in time.
fn moment(place: Place, text: &str) -> Option<String> {
    if place.style != Style::Plain {
        return None;
    }
    time::canonical(text)
}
