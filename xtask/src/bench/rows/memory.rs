//! Memory with both loads: a thousand objects kept equal to a repository and a thousand
//! SealedSecrets unsealed. Flux and Sealed Secrets are three processes, Signet is one.

use std::time::Duration;

use anyhow::Result;

use super::{Row, unseal};
use crate::bench::Side;
use crate::bench::load::COUNT;
use crate::bench::measure::{Cell, Memory};
use crate::bench::sync::Sync;
use crate::bench::world::World;

pub(super) const ROW: Row = Row {
    name: "memory",
    title: "controller memory with 1,000 objects and 1,000 SealedSecrets",
    aim: "≤ 60 MB in all",
    measure,
};

/// How long a side rests before it is looked at, so that what it frees is freed.
const REST: Duration = Duration::from_secs(5);

fn measure(world: &World, side: Side) -> Result<Cell> {
    let (plane, room) = (world.plane()?, world.room("memory-unseal", side)?);
    let sealed = format!("memory-sealed-{side:?}").to_lowercase();
    unseal::declare(plane, side, &room, &sealed, COUNT)?;
    // Ours meets both loads in one process: the SealedSecrets are there when it starts.
    let theirs = match side {
        Side::Theirs => Some(unseal::unsealed(plane, side, &room, &sealed, COUNT)?),
        Side::Ours => None,
    };
    let sync = Sync::start(world, ROW.name, side, "10m", COUNT)?;
    if side == Side::Ours {
        unseal::await_all(plane, &sealed, &sync.running)?;
    }
    std::thread::sleep(REST);
    let mut all = sync.running.memory()?;
    if let Some(unsealed) = &theirs {
        all.extend(unsealed.running.memory()?);
    }
    let cell = cell(&all);
    sync.end()?;
    drop(theirs);
    plane.clean(&sealed)?;
    Ok(cell)
}

fn cell(all: &[(&str, Memory)]) -> Cell {
    let sum = |of: fn(&Memory) -> f64| all.iter().map(|(_, memory)| of(memory)).sum::<f64>();
    let (now, peak) = (sum(|memory| memory.now), sum(|memory| memory.peak));
    let parts: Vec<String> = all
        .iter()
        .map(|(name, memory)| format!("{name} {:.0}", memory.now))
        .collect();
    let parts = if all.len() > 1 {
        format!("{}; ", parts.join(", "))
    } else {
        String::new()
    };
    Cell::new(
        format!("{now:.0} MB ({parts}peak {peak:.0})"),
        vec![("resident_mb", now), ("peak_mb", peak)],
    )
}
