//! Sealing at a developer's desk: one Secret, the whole process; and a thousand in one stream.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use signet_tests::process;
use signet_tests::tools::{self, Program};

use super::Row;
use crate::bench::Side;
use crate::bench::load::{self, COUNT};
use crate::bench::measure::{self, Cell, duration, median_and_max};
use crate::bench::world::{World, binary, output};

pub(super) const ONE: Row = Row {
    name: "seal",
    title: "sealing one Secret of 3 items, whole process",
    aim: "≤ 5 ms, ≤ 10 MB",
    measure: one,
};

pub(super) const STREAM: Row = Row {
    name: "seal-stream",
    title: "sealing 1,000 Secrets × 3 items from one stream",
    aim: "≤ 0.3 s",
    measure: stream,
};

fn one(world: &World, side: Side) -> Result<Cell> {
    const TIMES: usize = 100;
    let room = world.room(ONE.name, side)?;
    let repeated = measure(&room, side, &load::secret("apps", 0), 1, TIMES)?;
    let (median, max) = median_and_max(&repeated.times);
    let peak = repeated.peak;
    Ok(Cell::new(
        format!("{}, {peak:.1} MB", duration(median)),
        vec![
            ("median_s", median.as_secs_f64()),
            ("max_s", max.as_secs_f64()),
            ("peak_mb", peak),
        ],
    ))
}

fn stream(world: &World, side: Side) -> Result<Cell> {
    const TIMES: usize = 5;
    let room = world.room(STREAM.name, side)?;
    let repeated = measure(&room, side, &load::secrets("apps", COUNT), COUNT, TIMES)?;
    let (median, _) = median_and_max(&repeated.times);
    let peak = repeated.peak;
    Ok(Cell::new(
        format!("{}, {peak:.1} MB", duration(median)),
        vec![("median_s", median.as_secs_f64()), ("peak_mb", peak)],
    ))
}

/// Checks once that `count` SealedSecrets come out, then measures.
fn measure(
    room: &Path,
    side: Side,
    secrets: &str,
    count: usize,
    times: usize,
) -> Result<measure::Repeated> {
    let input = room.join("input.yaml");
    fs::write(&input, secrets)?;
    let command = command(room, side)?;
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    let (program, arguments) = words.split_first().context("a program")?;
    let said = output(
        Command::new(program)
            .args(arguments)
            .stdin(fs::File::open(&input)?),
    )?;
    let sealed = said.matches("kind: SealedSecret").count();
    ensure!(sealed == count, "{sealed} SealedSecrets, {count} wanted");
    measure::repeat(times, &input, &words)
}

fn command(room: &Path, side: Side) -> Result<Vec<String>> {
    let certificate = certificate(room)?.display().to_string();
    let words = match side {
        Side::Theirs => {
            let program = tools::find(Program::Kubeseal)?.display().to_string();
            vec![program, "--format".into(), "yaml".into()]
        }
        Side::Ours => {
            let program = binary(process::SIGNET)?.display().to_string();
            vec![program, "seal".into()]
        }
    };
    Ok([words, vec!["--cert".into(), certificate]].concat())
}

/// A certificate of a key of 4096 bits, as both controllers make them.
fn certificate(room: &Path) -> Result<PathBuf> {
    let certificate = room.join("tls.crt");
    if !certificate.exists() {
        output(
            Command::new(binary(process::SIGNET)?)
                .arg("keygen")
                .arg(room),
        )?;
    }
    Ok(certificate)
}
