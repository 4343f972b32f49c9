//! Binary files: one value in an envelope of JSON, under `data`.

use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind};
use crate::format::Format;
use crate::plaintext::Secret;
use crate::tree::{Content, Leaf, Node};

/// The bytes under `data`, whatever else is there.
///
/// # Errors
/// [`ErrorKind::Output`] if there are none.
pub(crate) fn write(document: &Node) -> Result<Secret, Error> {
    match document.get("data").map(|node| &node.content) {
        Some(Content::Leaf(Leaf::Text(bytes))) => Ok(Zeroizing::new(bytes.to_vec())),
        _ => Err(Error::from(ErrorKind::Output {
            format: Format::Binary,
            why: "there is no text under `data`",
        })),
    }
}
