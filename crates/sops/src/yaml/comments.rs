//! Encrypted comments, which are no part of what a reader of YAML sees.
//!
//! SOPS binds a comment to the keys that lead to the collection in which it finds it. Where that is
//! depends on its reader, and so the collections around the comment are tried, the next one first. A
//! comment that opens nowhere stays as it is: SOPS leaves it too.

use crate::cipher::Cipher;
use crate::plaintext::Buffer;
use crate::tree::Leaf;
use crate::walk::Members;

use super::edit::Splice;

/// How every encrypted comment begins.
const PREFIX: &str = "#ENC[AES256_GCM,data:";

/// How many keys up from where a comment stands it is tried.
const FURTHEST: usize = 8;

/// Whether a file has one.
pub(super) fn any(source: &str) -> bool {
    source.contains(PREFIX)
}

/// The comments of a file, opened. `taken` are the places of its scalars, in their order: what stands
/// there is no comment.
pub(super) fn open(
    source: &str,
    cipher: &Cipher,
    members: &Members,
    taken: &[(usize, usize)],
) -> Vec<Splice> {
    let mut splices = Vec::new();
    let mut behind = 0;
    for (at, _) in source.match_indices(PREFIX) {
        let before = taken.partition_point(|(start, _)| *start <= at);
        let in_scalar = before > 0 && taken[before - 1].1 > at;
        if in_scalar || at < behind {
            continue;
        }
        let line = source[at + 1..].split('\n').next().unwrap_or_default();
        // What looks like another one on the same line is part of this.
        behind = at + 1 + line.len();
        let sealed = line.trim_end_matches('\r');
        let opened = bounds(members, at)
            .iter()
            .find_map(|keys| cipher.open(sealed.as_bytes(), keys).ok());
        if let Some(Leaf::Comment(text)) = opened {
            replace(&mut splices, source, (at, at + 1 + sealed.len()), &text);
        }
    }
    splices
}

/// The keys that a comment here may be bound to.
fn bounds(members: &Members, at: usize) -> Vec<String> {
    let next = members.partition_point(|(start, _)| *start < at);
    let mut bounds: Vec<String> = Vec::new();
    let mut add = |keys: &str| {
        if !bounds.iter().any(|known| known == keys) {
            bounds.push(keys.to_owned());
        }
    };
    let around = [
        members.get(next),
        next.checked_sub(1).and_then(|before| members.get(before)),
    ];
    around.iter().flatten().for_each(|(_, keys)| add(keys));
    for (_, keys) in around.iter().flatten() {
        let mut keys: &str = keys;
        for _ in 0..FURTHEST {
            let Some(up) = keys.trim_end_matches(':').rfind(':') else {
                break;
            };
            keys = &keys[..=up];
            add(keys);
        }
    }
    add(":");
    bounds
}

/// A comment behind a value comes to stand above it, as SOPS puts it.
fn replace(splices: &mut Vec<Splice>, source: &str, (start, end): (usize, usize), text: &[u8]) {
    let line_start = source[..start].rfind('\n').map_or(0, |at| at + 1);
    let before = &source[line_start..start];
    let indent = before.len() - before.trim_start_matches(' ').len();
    if before.trim().is_empty() {
        splices.push(Splice::new(start, end, lines(text, indent)));
        return;
    }
    let mut above = Buffer::with_capacity(text.len() + indent + 2);
    above.push(" ".repeat(indent));
    above.push(&*lines(text, indent).finish());
    above.push("\n");
    splices.push(Splice::new(line_start, line_start, above));
    splices.push(Splice::new(
        line_start + before.trim_end().len(),
        end,
        Buffer::with_capacity(0),
    ));
}

/// A comment of one line or, which nobody writes, of several.
pub(super) fn lines(text: &[u8], indent: usize) -> Buffer {
    let mut out = Buffer::with_capacity(text.len() + 1);
    for (at, line) in text.split(|byte| matches!(byte, b'\n' | b'\r')).enumerate() {
        if at > 0 {
            out.push("\n");
            out.push(" ".repeat(indent));
        }
        out.push("#");
        out.push(line);
    }
    out
}
