//! Ten thousand SealedSecrets: whether the cost grows with their number alone.

use std::time::Duration;

use anyhow::Result;

use super::{Row, restart, unseal};
use crate::bench::Side;
use crate::bench::load::COUNT;
use crate::bench::measure::{Cell, duration};
use crate::bench::world::World;

pub(super) const UNSEAL: Row = Row {
    name: "unseal-10000",
    title: "10,000 SealedSecrets × 3 items: first unseal; restart",
    aim: "straight with their number; restart ≤ 10 s",
    measure: ten_thousand,
};

pub(super) const MEMORY: Row = Row {
    name: "unseal-memory",
    title: "controller memory with 1,000 / 10,000 SealedSecrets and nothing else",
    aim: "≤ 30 MB / ≤ 90 MB",
    measure: memory,
};

const MANY: usize = 10_000;

/// How long a side rests before it is looked at, so that what it frees is freed.
const REST: Duration = Duration::from_secs(5);

fn ten_thousand(world: &World, side: Side) -> Result<Cell> {
    let (plane, room) = (world.plane()?, world.room(UNSEAL.name, side)?);
    let namespace = format!("{}-{side:?}", UNSEAL.name).to_lowercase();
    unseal::declare(plane, side, &room, &namespace, MANY)?;
    let first = unseal::unsealed(plane, side, &room, &namespace, MANY)?;
    let (took, cpu) = (first.took, first.running.cpu()?);
    drop(first);
    let again = restart::restarted(plane, side, &room, MANY)?;
    plane.clean(&namespace)?;
    let restart = again.cell();
    let mut numbers = vec![("first_s", took.as_secs_f64()), ("first_cpu_s", cpu)];
    numbers.extend(restart.numbers);
    Ok(Cell::new(
        format!("{} ({cpu:.1} s CPU); {}", duration(took), restart.text),
        numbers,
    ))
}

fn memory(world: &World, side: Side) -> Result<Cell> {
    let (plane, room) = (world.plane()?, world.room(MEMORY.name, side)?);
    let mut resident = Vec::new();
    for count in [COUNT, MANY] {
        let namespace = format!("{}-{count}-{side:?}", MEMORY.name).to_lowercase();
        unseal::declare(plane, side, &room, &namespace, count)?;
        let done = unseal::unsealed(plane, side, &room, &namespace, count)?;
        std::thread::sleep(REST);
        let all = done.running.memory()?;
        resident.push(all.iter().map(|(_, memory)| memory.now).sum::<f64>());
        drop(done);
        plane.clean(&namespace)?;
    }
    let [few, many] = [resident[0], resident[1]];
    Ok(Cell::new(
        format!("{few:.0} MB / {many:.0} MB"),
        vec![("resident_1000_mb", few), ("resident_10000_mb", many)],
    ))
}
