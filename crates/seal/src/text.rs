//! Items as text: base64 as Go's decoder reads it, because that is what the format was defined by.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

/// Padding is demanded, stray bits behind the last byte are not looked at.
const GO: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// The text is not padded standard base64. Names a place and never a character: the text may be a
/// value that someone forgot to encode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotBase64 {
    /// A character from outside the alphabet, counted without line breaks.
    #[error("not base64: foreign character at position {0}")]
    Character(usize),
    /// Characters or padding are missing at the end.
    #[error("not base64: cut short, or padding missing")]
    Length,
}

/// Standard alphabet, padded, on one line (RFC 4648 §4).
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    GO.encode(bytes)
}

/// Reads [`encode`]'s form; line breaks anywhere are skipped. The result is wiped when dropped.
///
/// # Errors
/// [`NotBase64`] for any other character and for missing padding.
pub fn decode(text: &str) -> Result<Zeroizing<Vec<u8>>, NotBase64> {
    let mut line = Zeroizing::new(Vec::with_capacity(text.len()));
    line.extend(text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')));
    let mut bytes = Zeroizing::new(vec![0; line.len().div_ceil(4) * 3]);
    let length = GO
        .decode_slice(line.as_slice(), bytes.as_mut_slice())
        .map_err(|error| place(&error))?;
    bytes.truncate(length);
    Ok(bytes)
}

fn place(error: &base64::DecodeSliceError) -> NotBase64 {
    match error {
        base64::DecodeSliceError::DecodeError(
            base64::DecodeError::InvalidByte(at, _) | base64::DecodeError::InvalidLastSymbol(at, _),
        ) => NotBase64::Character(*at + 1),
        _ => NotBase64::Length,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failed step is a failed test
    use super::*;

    #[test]
    fn line_breaks_are_skipped_and_spaces_are_not() {
        assert_eq!(decode("Zm\r\n9v\n").unwrap().as_slice(), b"foo");
        assert_eq!(decode("Zm 9v").unwrap_err(), NotBase64::Character(3));
    }

    #[test]
    fn stray_bits_pass_and_missing_padding_does_not() {
        assert_eq!(decode("Zh==").unwrap().as_slice(), b"f");
        assert_eq!(decode("Zg").unwrap_err(), NotBase64::Length);
        assert_eq!(decode("Zg=").unwrap_err(), NotBase64::Length);
        assert_eq!(decode("").unwrap().as_slice(), b"");
    }

    #[test]
    fn an_error_never_shows_the_text() {
        let message = decode("hunter2!").unwrap_err().to_string();
        assert_eq!(message, "not base64: foreign character at position 8");
    }
}
