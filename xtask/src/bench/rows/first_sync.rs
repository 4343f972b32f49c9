//! From the two declarations to all objects in the cluster.

use anyhow::Result;

use super::Row;
use crate::bench::Side;
use crate::bench::load::COUNT;
use crate::bench::measure::{Cell, duration};
use crate::bench::sync::Sync;
use crate::bench::world::World;

pub(super) const ROW: Row = Row {
    name: "first-sync",
    title: "first sync of 1,000 objects",
    aim: "≤ 3 s",
    measure: |world, side| measure(world, side, ROW.name, COUNT),
};

pub(super) const LARGE: Row = Row {
    name: "first-sync-5000",
    title: "first sync of 5,000 objects",
    aim: "within 1.5 × of what the API server can (about 10 s)",
    measure: |world, side| measure(world, side, LARGE.name, 5000),
};

fn measure(world: &World, side: Side, row: &str, count: usize) -> Result<Cell> {
    let sync = Sync::start(world, row, side, "10m", count)?;
    let (applied, ready) = (sync.applied_after, sync.ready_after);
    let cpu = sync.running.cpu()?;
    sync.end()?;
    Ok(Cell::new(
        format!("{} ({cpu:.1} s CPU)", duration(applied)),
        vec![
            ("applied_s", applied.as_secs_f64()),
            ("ready_s", ready.as_secs_f64()),
            ("cpu_s", cpu),
        ],
    ))
}
