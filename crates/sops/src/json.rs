//! JSON in its own order, read strictly and written as Go writes it.

use serde::de::IgnoredAny;
use signet_yaml::Style;
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind};
use crate::number;
use crate::plaintext::{Buffer, Secret};
use crate::tree::{Content, Entry, Key, Leaf, Node, Place};
use crate::yaml::budget;

/// Reads one object.
///
/// # Errors
/// What is not JSON, not an object, gives a key twice, or goes beyond the limits.
pub(crate) fn read(bytes: &[u8]) -> Result<Node, Error> {
    // YAML takes more than JSON does: first it has to be JSON.
    serde_json::from_slice::<IgnoredAny>(bytes).map_err(|error| {
        let line = u32::try_from(error.line()).unwrap_or(u32::MAX);
        let what = format!("not valid JSON (column {})", error.column());
        Error::at(line, ErrorKind::Syntax(what))
    })?;
    let source = std::str::from_utf8(bytes).unwrap_or_default();
    let documents = signet_yaml::read(bytes, &budget())?;
    match documents.into_iter().next() {
        Some(document)
            if document.root.style == Style::Flow && source.trim_start().starts_with('{') =>
        {
            node(source, document.root)
        }
        _ => Err(ErrorKind::Syntax("a JSON file of SOPS is one object".to_owned()).into()),
    }
}

fn node(source: &str, read: signet_yaml::Node) -> Result<Node, Error> {
    use signet_yaml::Value;
    let place = Place {
        span: read.span,
        style: read.style,
    };
    let content = match read.value {
        Value::Null => Content::Leaf(Leaf::Null),
        Value::Bool(yes) => Content::Leaf(Leaf::Bool(yes)),
        Value::Number(_) => Content::Leaf(numeric(source, place)?),
        // A number so large that the reader of YAML takes it for a text is refused by Go as well.
        Value::String(_) if read.style == Style::Plain => Content::Leaf(numeric(source, place)?),
        Value::String(text) => Content::Leaf(Leaf::Text(Zeroizing::new(text.into_bytes()))),
        Value::Sequence(items) => {
            let items = items.into_iter().map(|item| node(source, item));
            Content::List(items.collect::<Result<_, _>>()?)
        }
        Value::Mapping(entries) => {
            let pair = |entry: signet_yaml::Entry| {
                Ok(Entry::Pair(
                    Key::new(entry.key.name),
                    node(source, entry.value)?,
                ))
            };
            Content::Map(
                entries
                    .into_iter()
                    .map(pair)
                    .collect::<Result<_, Error>>()?,
            )
        }
    };
    Ok(Node::new(content, place))
}

/// An integer of 64 bits, or else a float.
fn numeric(source: &str, place: Place) -> Result<Leaf, Error> {
    let text = source
        .get(place.span.start..place.span.end)
        .unwrap_or_default();
    if let Ok(value) = text.parse() {
        return Ok(Leaf::Int(value));
    }
    let value = text.parse().ok().filter(|value: &f64| value.is_finite());
    let too_large = || ErrorKind::Syntax("this number is too large for JSON".to_owned());
    value
        .map(Leaf::Float)
        .ok_or_else(|| Error::at(place.span.line, too_large()))
}

/// Writes a document, indented by tabs.
pub(crate) fn write(document: &Node, size: usize) -> Secret {
    write_all(std::slice::from_ref(document), size)
}

/// Writes documents, with the mark of YAML between them.
pub(crate) fn write_all(documents: &[Node], size: usize) -> Secret {
    let mut out = Buffer::with_capacity(size);
    for (at, document) in documents.iter().enumerate() {
        out.push(if at > 0 { &b"---\n"[..] } else { b"" });
        value(&mut out, document, 0);
        out.push(b"\n");
    }
    out.finish()
}

fn value(out: &mut Buffer, node: &Node, depth: usize) {
    match &node.content {
        Content::Leaf(leaf) => scalar(out, leaf),
        Content::List(_) => {
            let items = node.items().map(|item| (None, item));
            members(out, b"[", b"]", items, depth);
        }
        Content::Map(_) => {
            let pairs = node.pairs().map(|(key, node)| (Some(key), node));
            members(out, b"{", b"}", pairs, depth);
        }
    }
}

fn members<'n>(
    out: &mut Buffer,
    open: &[u8],
    close: &[u8],
    members: impl Iterator<Item = (Option<&'n Key>, &'n Node)>,
    depth: usize,
) {
    out.push(open);
    let mut empty = true;
    for (key, node) in members {
        out.push(if empty { "" } else { "," });
        line(out, depth + 1);
        if let Some(key) = key {
            string(out, key.name.as_bytes());
            out.push(b": ");
        }
        value(out, node, depth + 1);
        empty = false;
    }
    if !empty {
        line(out, depth);
    }
    out.push(close);
}

fn line(out: &mut Buffer, depth: usize) {
    out.push(b"\n");
    for _ in 0..depth {
        out.push(b"\t");
    }
}

fn scalar(out: &mut Buffer, leaf: &Leaf) {
    match leaf {
        Leaf::Null | Leaf::Comment(_) => out.push(b"null"),
        Leaf::Bool(yes) => out.push(yes.to_string()),
        Leaf::Int(value) => out.push(value.to_string()),
        Leaf::Float(value) => out.push(number::json(*value)),
        Leaf::Text(text) => string(out, text),
        Leaf::Time(text) => string(out, text.as_bytes()),
    }
}

/// A string as Go writes it; what is not UTF-8 becomes U+FFFD, byte by byte.
fn string(out: &mut Buffer, text: &[u8]) {
    out.push(b"\"");
    for chunk in text.utf8_chunks() {
        escaped(out, chunk.valid());
        chunk.invalid().iter().for_each(|_| out.push("\\ufffd"));
    }
    out.push(b"\"");
}

/// The escapes of Go's `encoding/json`, which minds HTML and JavaScript.
fn escaped(out: &mut Buffer, text: &str) {
    let mut plain = 0;
    for (at, c) in text.char_indices() {
        let short = match c {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\u{8}' => "\\b",
            '\u{c}' => "\\f",
            '<' | '>' | '&' | '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => "",
            _ => continue,
        };
        out.push(&text[plain..at]);
        if short.is_empty() {
            out.push(format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(short);
        }
        plain = at + c.len_utf8();
    }
    out.push(&text[plain..]);
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;

    fn again(text: &str) -> String {
        let document = read(text.as_bytes()).unwrap();
        String::from_utf8(write(&document, 0).to_vec()).unwrap()
    }

    #[test]
    fn json_is_written_as_go_writes_it() {
        let text = "{\"b\":[1,1.0,1.50,-0,1e21,12345678901234567890,true,null,{},[]],\"a\":{\"<&>\\u2028\\u0001\\b\":\"\\/é\\ud83d\\ude00\"}}";
        let expected = "{\n\t\"b\": [\n\t\t1,\n\t\t1,\n\t\t1.5,\n\t\t0,\n\t\t1e+21,\n\t\t12345678901234567000,\n\t\ttrue,\n\t\tnull,\n\t\t{},\n\t\t[]\n\t],\n\t\"a\": {\n\t\t\"\\u003c\\u0026\\u003e\\u2028\\u0001\\b\": \"/é😀\"\n\t}\n}\n";
        assert_eq!(again(text), expected);
        assert_eq!(again(expected), expected);
    }

    #[test]
    fn what_only_yaml_takes_is_refused() {
        for text in [
            "{a: 1}",
            "{'a': 1}",
            "{\"a\": 1,}",
            "{\"a\": 01}",
            "{\"a\": 1} {}",
            "[1]",
            "1",
            "",
            "# c\n{}",
        ] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
        assert!(read(b"{\"a\": 1e400}").is_err());
        assert!(read(b"{\"a\": 1, \"a\": 2}").is_err());
    }

    #[test]
    fn an_error_repeats_nothing_of_the_file() {
        let error = read(b"{\"a\": hunter2}").err().unwrap();
        assert_eq!(error.to_string(), "line 1: not valid JSON (column 7)");
    }
}
