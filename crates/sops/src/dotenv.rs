//! dotenv files: a value on each line, and the metadata on lines that begin with `sops_`.

use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind};
use crate::flat::unflatten;
use crate::format::Format;
use crate::number;
use crate::plaintext::{Buffer, Secret};
use crate::tree::{Content, Entry, Key, Leaf, Node, Place};

/// How the lines of metadata begin.
const METADATA: &str = "sops_";

/// The values of a file and its metadata.
///
/// # Errors
/// A line that is no comment and has no `=`, or metadata that makes no sense.
pub(crate) fn read(bytes: &[u8]) -> Result<(Node, Node), Error> {
    let (mut entries, mut metadata) = (Vec::new(), Vec::new());
    for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let place = Place::line(u32::try_from(at + 1).unwrap_or(u32::MAX));
        match pair(line).map_err(|kind| Error::at(place.span.line, kind))? {
            Line::Empty => {}
            Line::Comment(text) => {
                let comment = Leaf::Comment(Zeroizing::new(text.to_vec()));
                entries.push(Entry::Comment(Node::leaf(comment, place)));
            }
            Line::Pair(name, value) => match name.strip_prefix(METADATA) {
                // A file that went through Windows has carriage returns here too.
                Some(field) => metadata.push((
                    field.to_owned(),
                    Node::text(unescape(value.trim_ascii_end()), place),
                )),
                None => entries.push(Entry::Pair(
                    Key::new(name),
                    Node::text(unescape(value), place),
                )),
            },
        }
    }
    if metadata.is_empty() {
        return Err(ErrorKind::NotSops.into());
    }
    let document = Node::new(Content::Map(entries), Place::line(1));
    Ok((document, unflatten(metadata)?))
}

enum Line<'a> {
    Empty,
    Comment(&'a [u8]),
    Pair(&'a str, &'a [u8]),
}

fn pair(line: &[u8]) -> Result<Line<'_>, ErrorKind> {
    match line {
        [] => return Ok(Line::Empty),
        [b'#', comment @ ..] => return Ok(Line::Comment(comment)),
        _ => {}
    }
    let at = line.iter().position(|byte| *byte == b'=');
    let at = at.ok_or(ErrorKind::Syntax(
        "this line of a dotenv file is no comment and has no `=`".to_owned(),
    ))?;
    let name = std::str::from_utf8(&line[..at]);
    let name = name.map_err(|_| ErrorKind::Syntax("this name is not UTF-8 text".to_owned()))?;
    Ok(Line::Pair(name, &line[at + 1..]))
}

/// `\n` of two characters stands for a line break.
fn unescape(value: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((first, behind)) = rest.split_first() {
        if let Some(behind) = rest.strip_prefix(b"\\n") {
            plain.push(b'\n');
            rest = behind;
        } else {
            plain.push(*first);
            rest = behind;
        }
    }
    plain
}

/// The values as a dotenv file has them.
///
/// # Errors
/// [`ErrorKind::Output`] for a value with members, which such a file cannot hold.
pub(crate) fn write(document: &Node, size: usize) -> Result<Secret, Error> {
    let mut out = Buffer::with_capacity(size);
    let Content::Map(entries) = &document.content else {
        return Err(deep().into());
    };
    for entry in entries {
        let (name, node) = match entry {
            Entry::Comment(node) => (None, node),
            Entry::Pair(key, node) => (Some(&key.name), node),
        };
        let Content::Leaf(leaf) = &node.content else {
            return Err(Error::at(node.place.span.line, deep()));
        };
        if let Some(name) = name {
            out.push(name);
            out.push(b"=");
        }
        value(&mut out, leaf);
        out.push(b"\n");
    }
    Ok(out.finish())
}

fn deep() -> ErrorKind {
    ErrorKind::Output {
        format: Format::Dotenv,
        why: "it has values with members",
    }
}

fn value(out: &mut Buffer, leaf: &Leaf) {
    match leaf {
        Leaf::Null => out.push(b"<nil>"),
        Leaf::Bool(yes) => out.push(yes.to_string()),
        Leaf::Int(value) => out.push(value.to_string()),
        Leaf::Float(value) => out.push(number::marked(*value)),
        Leaf::Time(text) => out.push(text.as_bytes()),
        Leaf::Comment(text) => {
            out.push(b"#");
            out.push(text);
        }
        Leaf::Text(text) => {
            for (at, line) in text.split(|byte| *byte == b'\n').enumerate() {
                out.push(if at > 0 { &b"\\n"[..] } else { b"" });
                out.push(line);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_a_name_is_refused_and_not_repeated() {
        let error = read(b"A=b\nhunter2\n").err().unwrap();
        assert_eq!(
            error.to_string(),
            "line 2: this line of a dotenv file is no comment and has no `=`"
        );
    }

    #[test]
    fn values_comments_and_metadata_are_told_apart() {
        let (document, sops) = read(b"# c\nA=b=c\n\nB=x\\ny\nsops_mac=m\r\n").unwrap();
        assert_eq!(document.get("A").unwrap().as_str(), Some("b=c"));
        assert_eq!(document.get("B").unwrap().as_str(), Some("x\ny"));
        assert_eq!(document.pairs().count(), 2);
        assert_eq!(sops.get("mac").unwrap().as_str(), Some("m"));
        assert_eq!(*write(&document, 0).unwrap(), b"# c\nA=b=c\nB=x\\ny\n");
    }
}
