//! A Go string: any bytes, wiped when the last owner lets go.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::ops::Deref;
use std::rc::Rc;

use zeroize::{Zeroize, Zeroizing};

use crate::budget::Meter;
use crate::error::Outcome;

/// Any bytes. Cloning shares them. It has no `Debug`, no `Display` and no serialisation.
#[derive(Clone)]
pub(crate) struct Text {
    bytes: Rc<Zeroizing<Vec<u8>>>,
    constant: bool,
}

/// What one value takes beside its bytes.
const OVERHEAD: usize = 64;

impl Text {
    /// A value of whatever is handed in: nothing is known of it, so it is never shown.
    pub(crate) fn secret(meter: &Meter, bytes: &[u8]) -> Outcome<Self> {
        meter.memory(bytes.len() + OVERHEAD)?;
        Ok(Self::given(bytes))
    }

    /// A value that does not count, because it is as large as what was handed in.
    pub(crate) fn given(bytes: &[u8]) -> Self {
        Self {
            bytes: Rc::new(Zeroizing::new(bytes.to_vec())),
            constant: false,
        }
    }

    /// A constant that stands in the template, which everybody may read.
    pub(crate) fn constant(bytes: &[u8]) -> Self {
        Self {
            constant: true,
            ..Self::given(bytes)
        }
    }

    /// The text itself if it is a constant of the template.
    pub(crate) fn shown(&self) -> Option<String> {
        self.constant
            .then(|| String::from_utf8_lossy(&self.bytes).into_owned())
    }
}

impl Deref for Text {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Borrow<[u8]> for Text {
    fn borrow(&self) -> &[u8] {
        self
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    /// As Go compares strings: byte by byte.
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

/// A text in the making. What it grows by is charged first, and what it outgrows is wiped.
pub(crate) struct Buffer<'m> {
    meter: &'m Meter,
    bytes: Zeroizing<Vec<u8>>,
}

impl<'m> Buffer<'m> {
    pub(crate) fn new(meter: &'m Meter) -> Self {
        let bytes = Zeroizing::new(Vec::new());
        Self { meter, bytes }
    }

    pub(crate) fn meter(&self) -> &'m Meter {
        self.meter
    }

    pub(crate) fn push(&mut self, byte: u8) -> Outcome<()> {
        self.extend(&[byte])
    }

    pub(crate) fn extend(&mut self, more: &[u8]) -> Outcome<()> {
        self.reserve(more.len())?;
        self.bytes.extend_from_slice(more);
        Ok(())
    }

    /// A character in UTF-8.
    pub(crate) fn rune(&mut self, rune: char) -> Outcome<()> {
        self.extend(rune.encode_utf8(&mut [0; 4]).as_bytes())
    }

    /// The same byte so many times.
    pub(crate) fn fill(&mut self, byte: u8, count: usize) -> Outcome<()> {
        self.reserve(count)?;
        let length = self.bytes.len() + count;
        self.bytes.resize(length, byte);
        Ok(())
    }

    /// Charges, and makes room without leaving a copy behind.
    fn reserve(&mut self, more: usize) -> Outcome<()> {
        self.meter.memory(more)?;
        let needed = self.bytes.len() + more;
        if needed > self.bytes.capacity() {
            let mut larger = Vec::with_capacity(needed.max(2 * self.bytes.capacity()));
            larger.extend_from_slice(&self.bytes);
            self.bytes.zeroize();
            self.bytes = Zeroizing::new(larger);
        }
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The finished value.
    pub(crate) fn text(self) -> Outcome<Text> {
        self.meter.memory(OVERHEAD)?;
        Ok(Text {
            bytes: Rc::new(self.bytes),
            constant: false,
        })
    }

    /// The bytes, to be handed out.
    pub(crate) fn into_bytes(self) -> Zeroizing<Vec<u8>> {
        self.bytes
    }
}
