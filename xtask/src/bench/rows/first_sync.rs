//! From the two declarations to a thousand objects in the cluster.

use anyhow::Result;

use super::Row;
use crate::bench::Side;
use crate::bench::measure::{Cell, duration};
use crate::bench::sync::Sync;
use crate::bench::world::World;

pub(super) const ROW: Row = Row {
    name: "first-sync",
    title: "first sync of 1,000 objects",
    aim: "≤ 3 s",
    measure,
};

fn measure(world: &World, side: Side) -> Result<Cell> {
    let sync = Sync::start(world, ROW.name, side, "10m")?;
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
