//! What one evaluation may cost. Whoever may write a Kustomization may write an expression, and a
//! controller waits for its answer.

use std::cell::Cell;

use crate::Error;

/// Nodes evaluated, elements compared, and text walked over, 16 bytes a step.
/// The most expensive expressions spend them in some ten milliseconds.
pub const STEPS: u64 = 250_000;

/// Bytes of texts and lists that the evaluation makes; 64 for an element.
pub const BYTES: u64 = 8 << 20;

/// Length of an expression in bytes.
pub const LENGTH: usize = 4096;

/// Operations inside each other.
pub const DEPTH: usize = 200;

/// What is left.
pub(crate) struct Meter {
    steps: Cell<u64>,
    bytes: Cell<u64>,
}

impl Meter {
    pub(crate) fn new() -> Self {
        Self {
            steps: Cell::new(STEPS),
            bytes: Cell::new(BYTES),
        }
    }

    pub(crate) fn steps(&self, count: usize) -> Result<(), Error> {
        take(&self.steps, count, "too many steps")
    }

    /// Walking over so many bytes.
    pub(crate) fn walk(&self, length: usize) -> Result<(), Error> {
        self.steps(1 + length / 16)
    }

    /// Making so many bytes, before they are made.
    pub(crate) fn make(&self, length: usize) -> Result<(), Error> {
        self.walk(length)?;
        take(&self.bytes, length, "it makes too much text")
    }

    /// Making a list of so many elements, before it is made.
    pub(crate) fn elements(&self, count: usize) -> Result<(), Error> {
        self.steps(count)?;
        let bytes = count.saturating_mul(64);
        take(&self.bytes, bytes, "it makes too many elements")
    }
}

fn take(left: &Cell<u64>, count: usize, what: &'static str) -> Result<(), Error> {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    let rest = left.get().checked_sub(count);
    left.set(rest.unwrap_or(0));
    rest.map(|_| ()).ok_or(Error::Budget(what))
}
