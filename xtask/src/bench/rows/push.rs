//! From the end of `git push` to the changed object in the cluster, with a thousand objects or five in
//! the repository. What a webhook receiver would do is done for both sides: the GitRepository is
//! annotated.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use serde_json::json;

use super::Row;
use crate::bench::Side;
use crate::bench::load::{self, COUNT};
use crate::bench::measure::{Cell, duration, median_and_max};
use crate::bench::sync::{LIMIT, Sync, is_ready};
use crate::bench::world::World;

pub(super) const ROW: Row = Row {
    name: "push",
    title: "`git push` → changed object applied, 1,000 objects in the repository",
    aim: "≤ 0.5 s",
    measure: |world, side| measure(world, side, ROW.name, COUNT),
};

pub(super) const LARGE: Row = Row {
    name: "push-5000",
    title: "`git push` → changed object applied, 5,000 objects in the repository",
    aim: "≤ 1 s",
    measure: |world, side| measure(world, side, LARGE.name, 5000),
};

fn measure(world: &World, side: Side, row: &str, count: usize) -> Result<Cell> {
    let times = match side {
        Side::Theirs => 3000_usize.div_ceil(count),
        Side::Ours => 10,
    };
    let sync = Sync::start(world, row, side, "10m", count)?;
    let pushes = (0..times).map(|index| once(&sync, index * 97));
    let took: Result<Vec<Duration>> = pushes.collect();
    let took = took.map_err(|error| anyhow!("{error:#}\n{}", sync.running.last_words()))?;
    sync.end()?;
    let (median, max) = median_and_max(&took);
    Ok(Cell::new(
        format!(
            "{} (slowest of {times}: {})",
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
    let (name, value) = (load::config_map_name(index), format!("pushed-{index}"));
    let object = sync.watch_object(&name)?;
    let text = load::config_map(&sync.target, index, &value);
    sync.repository.write(index, &text)?;
    let commit = sync.repository.commit("One line changed")?;
    sync.repository.push()?;
    let began = Instant::now();
    sync.look(&commit)?;
    let applied = object.until(LIMIT, "the pushed value is live", |seen| {
        (seen.object["data"]["value"] == json!(value)).then_some(seen.at)
    })?;
    // The next push finds a side that has finished with this one.
    sync.watch_declaration()?
        .until(LIMIT, "the commit is applied", |seen| {
            let revision = seen.object["status"]["lastAppliedRevision"].as_str()?;
            (revision.ends_with(&commit) && is_ready(&seen.object)).then_some(())
        })?;
    Ok(applied - began)
}
