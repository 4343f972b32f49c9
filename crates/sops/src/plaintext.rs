//! Plaintext has a type that cannot be shown, and a buffer that leaves nothing behind as it grows.

use zeroize::{Zeroize, Zeroizing};

/// Bytes that are wiped when they go.
pub(crate) type Secret = Zeroizing<Vec<u8>>;

/// What was decrypted: wiped when dropped, and never shown by accident.
///
/// It cannot be printed, serialised, compared or copied without saying so:
/// ```compile_fail,E0277
/// fn shown(plain: signet_sops::Plaintext) { println!("{plain:?}"); }
/// ```
/// ```compile_fail,E0369
/// fn same(a: signet_sops::Plaintext, b: signet_sops::Plaintext) -> bool { a == b }
/// ```
pub struct Plaintext(Secret);

impl Plaintext {
    /// The bytes themselves. Search for this word to find every place that sees them.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, still to be wiped; but this type prints what it holds when asked to.
    #[must_use]
    pub fn into_bytes(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

impl From<Secret> for Plaintext {
    fn from(bytes: Secret) -> Self {
        Self(bytes)
    }
}

/// A buffer that is written to its end. When it grows, what it leaves behind is wiped.
pub(crate) struct Buffer(Secret);

impl Buffer {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self(Zeroizing::new(Vec::with_capacity(bytes)))
    }

    pub(crate) fn push(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        if self.0.capacity() - self.0.len() < bytes.len() {
            self.grow(bytes.len());
        }
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn finish(self) -> Secret {
        self.0
    }

    fn grow(&mut self, wanted: usize) {
        let capacity = (self.0.len() + wanted).max(2 * self.0.capacity());
        let mut larger = Vec::with_capacity(capacity);
        larger.extend_from_slice(&self.0);
        self.0.zeroize();
        self.0 = Zeroizing::new(larger);
    }
}

/// Text as Go makes it of bytes that are not all UTF-8: each byte that is not becomes U+FFFD.
pub(crate) fn lossy(bytes: &[u8]) -> Zeroizing<String> {
    let mut text = String::with_capacity(3 * bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Zeroizing::new(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_holds_what_was_pushed_however_often_it_grew() {
        let mut buffer = Buffer::with_capacity(0);
        for _ in 0..100 {
            buffer.push(b"abc");
        }
        assert_eq!(*buffer.finish(), b"abc".repeat(100));
    }

    #[test]
    fn each_byte_that_is_not_text_becomes_one_mark() {
        assert_eq!(*lossy(b"a\xf0\x9fb"), *"a\u{fffd}\u{fffd}b");
    }
}
