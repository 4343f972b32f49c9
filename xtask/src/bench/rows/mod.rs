//! The measures, one file each. A new one is a file and a line in [`ALL`].

mod first_sync;
mod idle;
mod many;
mod memory;
mod overtake;
mod push;
mod put_back;
mod restart;
mod resync;
mod seal;
mod thousands;
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
    push::LARGE,
    first_sync::ROW,
    first_sync::LARGE,
    idle::ROW,
    idle::LARGE,
    put_back::ROW,
    resync::ROW,
    many::INSTALL,
    many::ONE,
    unseal::ROW,
    restart::ONE_KEY,
    restart::TEN_KEYS,
    thousands::UNSEAL,
    overtake::ROW,
    thousands::MEMORY,
    memory::ROW,
    seal::ONE,
    seal::STREAM,
];
