//! The controller starts again where everything is applied already: until it has found that out, and
//! what that cost.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

use super::Row;
use crate::bench::Side;
use crate::bench::measure::{Cell, duration};
use crate::bench::peers;
use crate::bench::sync::{LIMIT, Sync};
use crate::bench::world::World;

pub(super) const ROW: Row = Row {
    name: "resync-5000",
    title: "restart with 5,000 applied objects",
    aim: "≤ 10 s, no write",
    measure,
};

const OBJECTS: usize = 5000;

fn measure(world: &World, side: Side) -> Result<Cell> {
    let mut sync = Sync::start(world, ROW.name, side, "10m", OBJECTS)?;
    let room = world.room(ROW.name, side)?;
    // The ports and the storage of the first are free again when it has ended.
    sync.running.servers.clear();
    let mark = sync.plane.mark()?;
    sync.running = peers::gitops(sync.plane, side, &room)?;
    let began = Instant::now();
    while sync.running.reconciliations()? == 0 {
        if began.elapsed() > LIMIT {
            return Err(anyhow!(
                "nothing was reconciled\n{}",
                sync.running.last_words()
            ));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let took = sync.running.started.elapsed();
    let requests = sync.plane.requests_since(mark, sync.running.agents)?;
    let objects = requests
        .iter()
        .filter(|request| request.namespace == sync.target && request.resource == "configmaps");
    let (asked, cpu) = (objects.count(), sync.running.cpu()?);
    sync.end()?;
    Ok(Cell::new(
        format!(
            "{} ({cpu:.1} s CPU, {asked} object requests)",
            duration(took)
        ),
        vec![
            ("ready_s", took.as_secs_f64()),
            ("cpu_s", cpu),
            ("object_requests", asked as f64),
        ],
    ))
}
