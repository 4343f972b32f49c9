//! Width, and what all verbs share.

use super::Printer;
use crate::error::Outcome;
use crate::unicode;

impl Printer<'_> {
    /// Writes bytes, padded to the width, which counts characters.
    pub(super) fn pad(&mut self, bytes: &[u8]) -> Outcome<()> {
        let Some(width) = self.flags.width.filter(|width| *width > 0) else {
            return self.out.extend(bytes);
        };
        let padding = width.saturating_sub(unicode::count(bytes));
        if self.flags.minus {
            self.out.extend(bytes)?;
            self.padding(padding)
        } else {
            self.padding(padding)?;
            self.out.extend(bytes)
        }
    }

    /// So many spaces; zeros where they are asked for and stand to the left.
    pub(super) fn padding(&mut self, count: usize) -> Outcome<()> {
        let zero = self.flags.zero && !self.flags.minus;
        self.out.fill(if zero { b'0' } else { b' ' }, count)
    }

    /// [`Printer::pad`], with spaces in any case.
    pub(super) fn pad_plain(&mut self, bytes: &[u8]) -> Outcome<()> {
        let zero = std::mem::take(&mut self.flags.zero);
        let done = self.pad(bytes);
        self.flags.zero = zero;
        done
    }

    pub(super) fn text(&mut self, text: &str) -> Outcome<()> {
        self.out.extend(text.as_bytes())
    }

    pub(super) fn boolean(&mut self, value: bool) -> Outcome<()> {
        self.pad(if value { b"true" } else { b"false" })
    }

    /// As many characters as the precision allows.
    pub(super) fn cut<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        let Some(most) = self.flags.precision else {
            return bytes;
        };
        match unicode::runes(bytes).nth(most) {
            Some((at, ..)) => bytes.get(..at).unwrap_or(bytes),
            None => bytes,
        }
    }

    /// `%x` and `%X` of a string: its bytes.
    pub(super) fn hex(&mut self, bytes: &[u8], digits: &[u8; 17]) -> Outcome<()> {
        let length = self.flags.precision.unwrap_or(usize::MAX).min(bytes.len());
        let bytes = bytes.get(..length).unwrap_or(bytes);
        if bytes.is_empty() {
            return self.padding(self.flags.width.unwrap_or(0));
        }
        let (space, sharp) = (self.flags.space, self.flags.sharp);
        let each = if space && sharp { 4 } else { 2 };
        let between = if space { length - 1 } else { 0 };
        let prefix = if sharp && !space { 2 } else { 0 };
        let written = each * length + between + prefix;
        let padding = self.flags.width.unwrap_or(0).saturating_sub(written);
        if !self.flags.minus {
            self.padding(padding)?;
        }
        for (index, byte) in bytes.iter().enumerate() {
            if space && index > 0 {
                self.out.push(b' ')?;
            }
            if sharp && (space || index == 0) {
                self.out.extend(&[b'0', digits[16]])?;
            }
            let (high, low) = (usize::from(byte >> 4), usize::from(byte & 15));
            self.out.extend(&[digits[high], digits[low]])?;
        }
        if self.flags.minus {
            self.padding(padding)?;
        }
        Ok(())
    }
}
