//! `cargo xtask fuzz`: every parser, fed with what nobody would write, for a bounded time.
//!
//! The targets are in `fuzz/`. They are built with the coverage counters of LLVM, which stable
//! Rust can add, and run by libFuzzer. What it learns stays in `target/fuzz/corpus` for the next run.

mod seeds;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

/// What makes LLVM count the edges and note the comparisons of everything that is compiled.
const COVERAGE: [&str; 5] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

/// What every run is held to: seconds for one input, memory, length of an input.
const BOUNDS: [&str; 3] = ["-timeout=20", "-rss_limit_mb=2048", "-max_len=8192"];

#[derive(Args)]
pub(crate) struct Arguments {
    /// Only these targets; all of them if left out
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// Seconds for each target
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Run one input once, such as a finding of an earlier run
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// Print the names of the targets and end
    #[arg(long)]
    list: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let all = names()?;
    if arguments.list {
        all.iter().for_each(|name| println!("{name}"));
        return Ok(());
    }
    for name in &arguments.targets {
        ensure!(
            all.contains(name),
            "no target {name}: there are {}",
            all.join(", ")
        );
    }
    let chosen = if arguments.targets.is_empty() {
        &all
    } else {
        &arguments.targets
    };
    let input = arguments.input.as_deref();
    ensure!(
        input.is_none() || arguments.targets.len() == 1,
        "--input needs the one TARGET that is to read it"
    );
    let programs = build()?;
    if let Some(input) = input {
        return once(&programs.join(&chosen[0]), input);
    }
    each(&programs, chosen, Bound::Seconds(arguments.seconds))
}

/// Where a run ends.
#[derive(Clone, Copy)]
enum Bound {
    /// After a time, from what was learnt before.
    Seconds(u32),
    /// After so many inputs, from the seeds alone and with the same choices each time, so that two
    /// runs of one change try much the same.
    Inputs(u32),
}

/// Gives every target so many inputs; returns how many targets there are.
///
/// # Errors
/// A target found something, or cannot be built.
pub(crate) fn all(inputs: u32) -> Result<u64> {
    let names = names()?;
    each(&build()?, &names, Bound::Inputs(inputs))?;
    Ok(names.len().try_into()?)
}

fn each(programs: &Path, names: &[String], bound: Bound) -> Result<()> {
    println!(
        "{:<16}{:>10}{:>10}{:>8}",
        "target", "inputs", "per s", "edges"
    );
    let mut broken = Vec::new();
    for name in names {
        if let Err(error) = fuzz(programs, name, bound) {
            eprintln!("{name}: {error:#}");
            broken.push(name.as_str());
        }
    }
    ensure!(
        broken.is_empty(),
        "a promise is broken: {}",
        broken.join(", ")
    );
    Ok(())
}

/// The targets are the files.
fn names() -> Result<Vec<String>> {
    let directory = crate::root().join("fuzz/fuzz_targets");
    let files = fs::read_dir(&directory).with_context(|| format!("{}", directory.display()))?;
    let mut names = Vec::new();
    for file in files {
        let path = file?.path();
        names.extend(
            path.file_stem()
                .map(|name| name.to_string_lossy().into_owned()),
        );
    }
    names.sort();
    Ok(names)
}

/// Builds every target and returns the directory of the programs.
fn build() -> Result<PathBuf> {
    let (root, host) = (crate::root(), host()?);
    // The parsers are to meet the versions that are shipped: what is not locked there, cargo adds.
    let (lock, copy) = (root.join("Cargo.lock"), root.join("fuzz/Cargo.lock"));
    fs::copy(&lock, &copy).with_context(|| format!("{}", copy.display()))?;
    // Naming the target keeps the counters out of build scripts, which libFuzzer does not run.
    let status = crate::test::cargo(&["build", "--release", "--quiet"])
        .args(["--target", &host, "--manifest-path"])
        .arg(root.join("fuzz/Cargo.toml"))
        .arg("--target-dir")
        .arg(place())
        .env("RUSTFLAGS", COVERAGE.join(" "))
        .status();
    let status = status.context("cargo cannot be started")?;
    ensure!(status.success(), "the targets cannot be built: {status}");
    Ok(place().join(host).join("release"))
}

fn place() -> PathBuf {
    crate::root().join("target/fuzz")
}

/// The triple of this machine.
fn host() -> Result<String> {
    let said = Command::new("rustc")
        .arg("-vV")
        .current_dir(crate::root())
        .output();
    let said = String::from_utf8(said.context("rustc cannot be started")?.stdout)?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc -vV names no host")?.to_owned())
}

fn fuzz(programs: &Path, name: &str, bound: Bound) -> Result<()> {
    let (corpus, bounds) = match bound {
        Bound::Seconds(seconds) => ("corpus", vec![format!("-max_total_time={seconds}")]),
        Bound::Inputs(inputs) => {
            let scratch = place().join("scratch").join(name);
            if scratch.exists() {
                fs::remove_dir_all(&scratch)?;
            }
            (
                "scratch",
                vec!["-seed=1".to_owned(), format!("-runs={inputs}")],
            )
        }
    };
    let corpus = place().join(corpus).join(name);
    let seeds = place().join("seeds").join(name);
    let findings = place().join("findings");
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&findings)?;
    seeds::write(name, &seeds)?;
    let log = place().join(format!("{name}.log"));
    let since = Instant::now();
    let status = Command::new(programs.join(name))
        .args(BOUNDS)
        .args(bounds)
        .arg(format!("-artifact_prefix={}/{name}-", findings.display()))
        .arg("-print_final_stats=1")
        .args([&corpus, &seeds])
        .current_dir(crate::root())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(&log)?)
        .status()?;
    let said = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    if !status.success() {
        bail!("{}\nall of it: {}", finding(&said), log.display());
    }
    let inputs: u64 = number(&said, "stat::number_of_executed_units:").unwrap_or_default();
    ensure!(inputs > 0, "nothing was run; see {}", log.display());
    let per_second = inputs / since.elapsed().as_secs().max(1);
    let edges = number(&said, " cov:").unwrap_or_default();
    println!("{name:<16}{inputs:>10}{per_second:>10}{edges:>8}");
    Ok(())
}

/// Runs one input and shows what comes of it.
fn once(program: &Path, input: &Path) -> Result<()> {
    let status = Command::new(program).arg(input).status()?;
    ensure!(status.success(), "{}: {status}", input.display());
    Ok(())
}

/// The last number behind `word`.
fn number(said: &str, word: &str) -> Option<u64> {
    let behind = said.rsplit_once(word)?.1;
    behind.split_whitespace().next()?.parse().ok()
}

/// What a person wants to know first: the panic, and where the input is.
fn finding(said: &str) -> String {
    let about = |line: &&str| {
        let said = ["panicked at", "ERROR: libFuzzer", "Test unit written to"];
        said.iter().any(|words| line.contains(words))
    };
    let mut lines = said.lines();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        if about(&line) {
            found.push(line);
        }
        if line.contains("panicked at") {
            found.extend(lines.next());
        }
    }
    found.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libfuzzer_says_is_read() {
        let said = "INFO: Seed: 1\n#2 INITED cov: 7 ft: 8\n#9 DONE   cov: 12 ft: 20\n\
                    stat::number_of_executed_units: 9\n";
        assert_eq!(number(said, " cov:"), Some(12));
        assert_eq!(number(said, "stat::number_of_executed_units:"), Some(9));
        assert_eq!(number(said, "stat::peak"), None);
    }

    #[test]
    fn a_finding_is_told_by_its_panic_and_its_file() {
        let said = "#1 NEW\n\nthread '<unnamed>' panicked at crates/yaml/src/read.rs:1:2:\nno such place\n\
                    stack\n==1== ERROR: libFuzzer: deadly signal\n\
                    artifact_prefix='x'; Test unit written to x/crash-1\n";
        let told = finding(said);
        let lines: Vec<_> = told.lines().collect();
        assert_eq!(lines.len(), 4, "{told}");
        assert_eq!(lines[1], "no such place");
    }

    #[test]
    fn every_target_is_a_program_with_seeds() -> Result<()> {
        let manifest = fs::read_to_string(crate::root().join("fuzz/Cargo.toml"))?;
        let names = names()?;
        assert!(names.len() >= 10, "{names:?}");
        for name in names {
            let path = format!("path = \"fuzz_targets/{name}.rs\"");
            assert!(
                manifest.contains(&path),
                "{name} has no [[bin]] in fuzz/Cargo.toml"
            );
            assert!(!seeds::of(&name)?.is_empty(), "{name} has no seeds");
        }
        Ok(())
    }
}
