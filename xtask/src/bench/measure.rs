//! What a process cost, from what the kernel notes down: processor time, memory, wall time.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;
use nix::sys::resource::{UsageWho, getrusage};
use serde_json::{Value, json};

/// What one side of a row came to.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    /// For the table.
    pub(crate) text: String,
    /// For machines: a name that ends in its unit, and the number.
    pub(crate) numbers: Vec<(&'static str, f64)>,
}

impl Cell {
    pub(crate) fn new(text: impl Into<String>, numbers: Vec<(&'static str, f64)>) -> Self {
        let text = text.into();
        Self { text, numbers }
    }
}

/// `USER_HZ`: what `/proc` counts processor time in, on every architecture that Go and we run on.
const TICKS_PER_SECOND: f64 = 100.0;

/// Processor time that the process `id` took so far, in seconds; all its threads, user and system.
pub(crate) fn cpu(id: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
    // The name before the bracket may hold spaces.
    let (_, fields) = stat.rsplit_once(')').context("a stat without a name")?;
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: Result<Vec<f64>, _> = ticks.map(str::parse::<f64>).collect();
    Ok(ticks?.iter().sum::<f64>() / TICKS_PER_SECOND)
}

/// Memory in MB (10⁶ bytes): resident now, and the most it ever was.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Memory {
    pub(crate) now: f64,
    pub(crate) peak: f64,
}

/// Memory of the process `id`.
pub(crate) fn memory(id: u32) -> Result<Memory> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let field = |name: &str| -> Result<f64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.split_whitespace().next());
        let kib: f64 = number.with_context(|| name.to_owned())?.parse()?;
        Ok(kib * 1024.0 / 1e6)
    };
    Ok(Memory {
        now: field("VmRSS:")?,
        peak: field("VmHWM:")?,
    })
}

/// The value in the middle, and the largest; of nothing, zero.
pub(crate) fn median_and_max(values: &[Duration]) -> (Duration, Duration) {
    let mut sorted = values.to_vec();
    sorted.sort();
    let middle = sorted.get(sorted.len() / 2).copied();
    (
        middle.unwrap_or_default(),
        sorted.last().copied().unwrap_or_default(),
    )
}

/// `8.41 s`, `120 ms`, `3.1 ms`: three digits at most, in the unit a person would use.
pub(crate) fn duration(value: Duration) -> String {
    let seconds = value.as_secs_f64();
    match seconds {
        s if s >= 100.0 => format!("{s:.0} s"),
        s if s >= 10.0 => format!("{s:.1} s"),
        s if s >= 1.0 => format!("{s:.2} s"),
        s if s >= 0.01 => format!("{:.0} ms", s * 1e3),
        s => format!("{:.1} ms", s * 1e3),
    }
}

/// Runs one program many times: a process of its own, so that nothing but that program is among
/// the children whose memory the kernel has noted.
#[derive(Args)]
pub(crate) struct Repeat {
    /// How many times
    #[arg(long)]
    times: usize,
    /// Its standard input
    #[arg(long)]
    stdin: PathBuf,
    /// The program and its arguments
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

impl Repeat {
    /// Prints the times in ms and the largest memory of any run in KiB.
    pub(crate) fn run(&self) -> Result<()> {
        let mut times = Vec::with_capacity(self.times);
        for _ in 0..self.times {
            let (program, arguments) = self.command.split_first().context("no program")?;
            let mut command = Command::new(program);
            command.args(arguments).stdin(File::open(&self.stdin)?);
            command.stdout(Stdio::null()).stderr(Stdio::null());
            let began = Instant::now();
            let status = command.status().with_context(|| program.clone())?;
            times.push(began.elapsed().as_secs_f64() * 1e3);
            ensure!(status.success(), "{program} ended with {status}");
        }
        let peak = getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss();
        println!("{}", json!({ "times": times, "peak": peak }));
        Ok(())
    }
}

/// What many runs of one program came to.
pub(crate) struct Repeated {
    pub(crate) times: Vec<Duration>,
    /// Most memory of any run, in MB.
    pub(crate) peak: f64,
}

/// Runs `command` that many times with the file `stdin`; its output goes nowhere.
///
/// The kernel lets a child begin with the peak of who started it, a few MB here: a smaller peak
/// cannot be seen.
pub(crate) fn repeat(times: usize, stdin: &std::path::Path, command: &[&str]) -> Result<Repeated> {
    let mut helper = Command::new(std::env::current_exe()?);
    helper
        .arg("bench-repeat")
        .args(["--times", &times.to_string(), "--stdin"]);
    helper.arg(stdin).arg("--").args(command);
    let output = helper.stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "{} failed", command.join(" "));
    let said: Value = serde_json::from_slice(&output.stdout)?;
    let times = said["times"].as_array().context("times")?;
    let times = times.iter().filter_map(Value::as_f64);
    Ok(Repeated {
        times: times.map(|ms| Duration::from_secs_f64(ms / 1e3)).collect(),
        peak: said["peak"].as_f64().context("peak")? * 1024.0 / 1e6,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle_and_the_largest_at_the_end() {
        let of = |values: &[u64]| {
            let values: Vec<_> = values.iter().map(|ms| Duration::from_millis(*ms)).collect();
            median_and_max(&values)
        };
        assert_eq!(
            of(&[9, 1, 5]),
            (Duration::from_millis(5), Duration::from_millis(9))
        );
        assert_eq!(of(&[]), (Duration::ZERO, Duration::ZERO));
    }

    #[test]
    fn our_own_cost_can_be_read() {
        let id = std::process::id();
        let memory = memory(id).unwrap();
        assert!(memory.now > 0.5 && memory.peak >= memory.now);
        assert!(cpu(id).unwrap() >= 0.0);
    }
}
