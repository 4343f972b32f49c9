//! The measures, one file each. A new one is a file and a line in [`ALL`].

mod first_sync;
mod idle;
mod memory;
mod push;
mod put_back;
mod seal;
mod unseal;

use anyhow::Result;

use super::Side;
use super::measure::Cell;
use super::world::World;

/// A line of the table.
pub(crate) struct Row {
    /// For `--only`.
    pub(crate) name: &'static str,
    /// First cell of the line.
    pub(crate) title: &'static str,
    /// What Signet is to reach.
    pub(crate) aim: &'static str,
    /// Measures one side; nothing of it runs afterwards.
    pub(crate) measure: fn(&World, Side) -> Result<Cell>,
}

/// In the order of the table.
pub(crate) const ALL: &[Row] = &[
    push::ROW,
    first_sync::ROW,
    idle::ROW,
    put_back::ROW,
    unseal::ROW,
    memory::ROW,
    seal::ONE,
    seal::STREAM,
];
