//! `cargo xtask test`: everything that can be wrong, from the cheapest check to the dearest.
//!
//! Every step runs even when one before it failed, unless it needs what that one makes; at the end
//! stand a table of steps and times and one line that counts the tests.

mod cluster;
mod step;
mod steps;
mod targets;

use anyhow::{Result, ensure};
use clap::Args;

pub(crate) use step::cargo;
use step::{Report, Step};

#[derive(Args)]
pub(crate) struct Arguments {
    /// Leave out what needs a cluster
    #[arg(long)]
    fast: bool,
    /// Run only these steps, by name; may be given several times
    #[arg(long, value_name = "STEP")]
    only: Vec<String>,
    /// Print the names of the steps and end
    #[arg(long)]
    list: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let steps: Vec<Step> = steps::ALL
        .iter()
        .copied()
        .filter(|step| arguments.wants(step))
        .collect();
    if arguments.list {
        steps.iter().for_each(|step| println!("{}", step.name));
        return Ok(());
    }
    for name in &arguments.only {
        ensure!(
            steps::ALL.iter().any(|step| step.name == name),
            "no step is called {name:?}"
        );
    }
    let report = Report::of(&steps);
    println!("{report}");
    ensure!(report.good(), "not everything passed");
    Ok(())
}

impl Arguments {
    fn wants(&self, step: &Step) -> bool {
        let named = self.only.iter().any(|name| name == step.name);
        let wanted = named || (self.only.is_empty() && (!step.apart || self.list));
        wanted && !(self.fast && step.cluster)
    }
}
