//! From a manual change of an object to the moment its declared value is live again.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use serde_json::json;

use super::Row;
use crate::bench::Side;
use crate::bench::load::{self, COUNT};
use crate::bench::measure::{Cell, duration, median_and_max};
use crate::bench::sync::{LIMIT, Sync};
use crate::bench::world::World;

pub(super) const ROW: Row = Row {
    name: "put-back",
    title: "a manual change put back, 1,000 objects",
    aim: "≤ 1 s",
    measure,
};

fn measure(world: &World, side: Side) -> Result<Cell> {
    // With ten minutes, as is usual, the peer would have to be waited for that long.
    let (interval, times) = match side {
        Side::Theirs => ("10s", 3),
        Side::Ours => ("10m", 20),
    };
    let sync = Sync::start(world, ROW.name, side, interval, COUNT)?;
    let changes = (0..times).map(|index| once(&sync, index * 41));
    let took: Result<Vec<Duration>> = changes.collect();
    let took = took.map_err(|error| anyhow!("{error:#}\n{}", sync.running.last_words()))?;
    sync.end()?;
    let (median, max) = median_and_max(&took);
    let when = match side {
        Side::Theirs => "at the next interval: with one of 10 s, ",
        Side::Ours => "",
    };
    Ok(Cell::new(
        format!(
            "{when}{} (slowest of {times}: {})",
            duration(median),
            duration(max)
        ),
        vec![
            ("median_s", median.as_secs_f64()),
            ("max_s", max.as_secs_f64()),
        ],
    ))
}

fn once(sync: &Sync<'_>, index: usize) -> Result<Duration> {
    let name = load::config_map_name(index);
    let object = sync.watch_object(&name)?;
    let live = |value: String| -> Result<Instant> {
        object.until(LIMIT, &format!("{value} is live"), |seen| {
            (seen.object["data"]["value"] == json!(value)).then_some(seen.at)
        })
    };
    sync.meddle(&name, "by hand")?;
    let changed = live("by hand".to_owned())?;
    Ok(live(load::value(index))? - changed)
}
