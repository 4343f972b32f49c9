//! `cargo xtask bench`: Signet beside the programs it is to be chosen over, on one machine, in one
//! run, against one API server. Times are reported and never asserted; that the work was really
//! done is checked before any time is believed.
//!
//! A measure is a file in [`rows`]; a program that is measured is a file in [`peers`].

mod api;
mod load;
mod measure;
mod peers;
mod plane;
mod rows;
mod sync;
mod table;
mod world;

use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};

pub(crate) use measure::Repeat;
use rows::Row;
use table::{Line, Machine};
use world::World;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Measure only these rows, by name; may be given several times
    #[arg(long, value_name = "ROW")]
    only: Vec<String>,
    /// Measure only one side of each row
    #[arg(long, value_enum)]
    side: Option<Side>,
    /// Print the names of the rows and end
    #[arg(long)]
    list: bool,
    /// Form of what is printed at the end
    #[arg(long, value_enum, default_value_t = Output::Table)]
    output: Output,
    /// Put what was measured into docs/benchmarks.md
    #[arg(long, conflicts_with = "side")]
    write: bool,
    /// Use the release binaries that are there instead of building them
    #[arg(long)]
    no_build: bool,
    /// Keep logs and everything else in this directory
    #[arg(long, value_name = "DIR")]
    directory: Option<std::path::PathBuf>,
}

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Side {
    /// The programs that Signet is compared with
    Theirs,
    /// Signet
    Ours,
}

#[derive(Clone, Copy, ValueEnum)]
enum Output {
    /// The table of docs/benchmarks.md
    Table,
    /// Every number, for machines
    Json,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let rows = chosen(&arguments.only)?;
    if arguments.list {
        rows.iter().for_each(|row| println!("{}", row.name));
        return Ok(());
    }
    if !arguments.no_build {
        world::build()?;
    }
    let world = World::new(arguments.directory.clone())?;
    let lines: Vec<Line> = rows
        .iter()
        .map(|row| measure_row(&world, row, arguments.side))
        .collect();
    let machine = Machine::here()?;
    match arguments.output {
        Output::Table => print!("{}\n{}", table::markdown(&lines), machine.markdown()),
        Output::Json => println!("{:#}", table::json(&lines, &machine)),
    }
    if arguments.write {
        table::write(&lines, &machine)?;
    }
    Ok(())
}

fn chosen(names: &[String]) -> Result<Vec<&'static Row>> {
    for name in names {
        ensure!(
            rows::ALL.iter().any(|row| row.name == name),
            "no row is called {name:?}: `cargo xtask bench --list` prints the names"
        );
    }
    let wanted = |row: &&Row| names.is_empty() || names.iter().any(|name| name == row.name);
    Ok(rows::ALL.iter().filter(wanted).collect())
}

/// A side that cannot be measured says why in its cell; the others are measured all the same.
fn measure_row(world: &World, row: &'static Row, only: Option<Side>) -> Line {
    let measure = |side: Side| {
        if only.is_some_and(|only| only != side) {
            return None;
        }
        eprintln!("{} ({side:?}) …", row.name);
        let measured = (row.measure)(world, side);
        match &measured {
            Ok(cell) => eprintln!("{} ({side:?}): {}", row.name, cell.text),
            Err(error) => eprintln!("{} ({side:?}): not measured: {error:#}", row.name),
        }
        Some(measured.map_err(|error| format!("{error:#}")))
    };
    Line {
        row,
        theirs: measure(Side::Theirs),
        ours: measure(Side::Ours),
    }
}
