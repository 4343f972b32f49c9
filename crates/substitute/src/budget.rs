//! What one object may cost. A value of a Secret may be a mebibyte long, and an object may name it
//! ten thousand times.

use std::cell::Cell;

use crate::Reason;

/// Bytes that come out of one object, and bytes that its functions make on the way. Twice what an
/// API server stores.
pub const BYTES: usize = 3 << 20;

/// Comparisons of `#`, `##`, `%` and `%%`, which try a pattern on each prefix.
pub const STEPS: usize = 4_000_000;

/// Expressions inside each other.
pub const DEPTH: usize = 64;

/// What is left.
pub(crate) struct Meter {
    bytes: Cell<usize>,
    steps: Cell<usize>,
}

impl Meter {
    pub(crate) fn new() -> Self {
        Self {
            bytes: Cell::new(BYTES),
            steps: Cell::new(STEPS),
        }
    }

    /// Charges bytes before they are made.
    pub(crate) fn bytes(&self, count: usize) -> Result<(), Reason> {
        take(&self.bytes, count)
    }

    pub(crate) fn steps(&self, count: usize) -> Result<(), Reason> {
        take(&self.steps, count)
    }
}

fn take(left: &Cell<usize>, count: usize) -> Result<(), Reason> {
    let rest = left.get().checked_sub(count);
    left.set(rest.unwrap_or(0));
    rest.map(|_| ()).ok_or(Reason::Budget)
}
