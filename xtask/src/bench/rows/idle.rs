//! What an interval costs at which nothing changed: requests for objects, from the API server's
//! own audit log, and processor time.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

use super::Row;
use crate::bench::Side;
use crate::bench::load::COUNT;
use crate::bench::measure::Cell;
use crate::bench::sync::{LIMIT, Sync};
use crate::bench::world::World;

pub(super) const ROW: Row = Row {
    name: "idle",
    title: "an interval at which nothing changed, 1,000 objects",
    aim: "no object request, ≤ 50 ms CPU",
    measure: |world, side| measure(world, side, ROW.name, COUNT),
};

pub(super) const LARGE: Row = Row {
    name: "idle-5000",
    title: "an interval at which nothing changed, 5,000 objects",
    aim: "no object request, ≤ 50 ms CPU",
    measure: |world, side| measure(world, side, LARGE.name, 5000),
};

/// Short, so that several of them can be seen; what one costs does not depend on its length.
const INTERVAL: &str = "10s";

/// How many intervals; of 5,000 objects, each takes the peer more than a minute.
fn intervals(objects: usize) -> u64 {
    if objects > COUNT { 1 } else { 3 }
}

fn measure(world: &World, side: Side, row: &str, objects: usize) -> Result<Cell> {
    let sync = Sync::start(world, row, side, INTERVAL, objects)?;
    let counted = count(&sync, intervals(objects));
    let counted = counted.map_err(|error| anyhow!("{error:#}\n{}", sync.running.last_words()))?;
    sync.end()?;
    Ok(counted)
}

fn count(sync: &Sync<'_>, intervals: u64) -> Result<Cell> {
    // From the end of one reconciliation to the end of a later one: whole intervals.
    let first = next(sync, sync.running.reconciliations()? + 1)?;
    let (cpu, mark) = (sync.running.cpu()?, sync.plane.mark()?);
    let done = next(sync, first + intervals)? - first;
    let cpu = (sync.running.cpu()? - cpu) / done as f64;
    let requests = sync.plane.requests_since(mark, sync.running.agents)?;
    let objects = requests
        .iter()
        .filter(|request| request.namespace == sync.target && request.resource == "configmaps");
    let each = |count: usize| count as f64 / done as f64;
    let (objects, all) = (each(objects.count()), each(requests.len()));
    let numbers = vec![
        ("object_requests", objects),
        ("all_requests", all),
        ("cpu_s", cpu),
    ];
    let text = if objects == 0.0 {
        format!("no object request, {:.0} ms CPU", cpu * 1e3)
    } else {
        format!("{objects:.0} object requests, {cpu:.1} s CPU")
    };
    Ok(Cell::new(text, numbers))
}

/// Waits until that many reconciliations are finished; answers how many are.
fn next(sync: &Sync<'_>, wanted: u64) -> Result<u64> {
    let began = Instant::now();
    loop {
        let now = sync.running.reconciliations()?;
        if now >= wanted {
            return Ok(now);
        }
        anyhow::ensure!(
            began.elapsed() < LIMIT,
            "{now} reconciliations, {wanted} wanted"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}
