//! PEM, as loosely as Go reads it and as it writes it.

use zeroize::Zeroizing;

use crate::error::Outcome;
use crate::functions::encoding::{decode64, encode64};
use crate::host::Host;
use crate::value::Text;

/// A block: what it is called, and its bytes.
pub(super) struct Block {
    pub(super) label: String,
    pub(super) der: Zeroizing<Vec<u8>>,
}

/// The first block of a text.
pub(super) fn read(host: &Host<'_>, text: &[u8]) -> Outcome<Option<Block>> {
    let mut lines = text
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii_end);
    let label = lines.find_map(|line| {
        let label = line.strip_prefix(b"-----BEGIN ")?.strip_suffix(b"-----")?;
        str::from_utf8(label).ok()
    });
    let Some(label) = label else { return Ok(None) };
    let end = format!("-----END {label}-----");
    let mut body = host.buffer();
    let mut ended = false;
    for line in lines {
        if line == end.as_bytes() {
            ended = true;
            break;
        }
        // Headers stand before the body.
        if !line.contains(&b':') {
            body.extend(line.trim_ascii())?;
        }
    }
    let mut der = host.buffer();
    if !ended || decode64(&mut der, body.bytes())?.is_err() {
        return Ok(None);
    }
    Ok(Some(Block {
        label: label.to_owned(),
        der: der.into_bytes(),
    }))
}

/// A block, in lines of 64 characters.
pub(super) fn write(host: &Host<'_>, label: &str, der: &[u8]) -> Outcome<Text> {
    let (mut out, mut body) = (host.buffer(), host.buffer());
    encode64(&mut body, der)?;
    out.extend(format!("-----BEGIN {label}-----\n").as_bytes())?;
    for line in body.bytes().chunks(64) {
        out.extend(line)?;
        out.push(b'\n')?;
    }
    out.extend(format!("-----END {label}-----\n").as_bytes())?;
    out.text()
}
