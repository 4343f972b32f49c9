//! The steps, in the order in which they run: what fails fastest comes first.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use tempfile::TempDir;

use super::cluster;
use super::step::{Counts, Step, both, cargo, count_tests, succeed};
use super::targets;

/// Every step. A step that needs no cluster needs no Go for one either, but for those that have Go for
/// a judge.
pub(super) const ALL: [Step; 14] = [
    Step {
        name: "format",
        cluster: false,
        apart: false,
        run: format,
    },
    Step {
        name: "tidy",
        cluster: false,
        apart: false,
        run: tidy,
    },
    Step {
        name: "lints",
        cluster: false,
        apart: false,
        run: lints,
    },
    Step {
        name: "unit",
        cluster: false,
        apart: false,
        run: unit,
    },
    Step {
        name: "generated",
        cluster: false,
        apart: false,
        run: generated,
    },
    Step {
        name: "wasm",
        cluster: false,
        apart: false,
        run: wasm,
    },
    Step {
        name: "yaml-as-go",
        cluster: false,
        apart: false,
        run: yaml_as_go,
    },
    Step {
        name: "as-flux",
        cluster: false,
        apart: false,
        run: as_flux,
    },
    Step {
        name: "sops-as-go",
        cluster: false,
        apart: true,
        run: sops_as_go,
    },
    Step {
        name: "templates-as-go",
        cluster: false,
        apart: false,
        run: templates_as_go,
    },
    Step {
        name: "fuzz",
        cluster: false,
        apart: false,
        run: fuzz,
    },
    Step {
        name: "tools",
        cluster: true,
        apart: false,
        run: cluster::tools,
    },
    Step {
        name: "whole-programs",
        cluster: true,
        apart: false,
        run: cluster::whole_programs,
    },
    Step {
        name: "peers",
        cluster: true,
        apart: true,
        run: cluster::peers,
    },
];

fn format() -> Result<Counts> {
    succeed(&mut cargo(&["fmt", "--all", "--check"]))?;
    // A workspace of its own.
    succeed(cargo(&["fmt", "--check", "--manifest-path"]).arg("fuzz/Cargo.toml"))
}

fn tidy() -> Result<Counts> {
    crate::tidy::run().map(|()| Counts::default())
}

fn lints() -> Result<Counts> {
    let arguments = [
        "clippy",
        "--locked",
        "--workspace",
        "--all-targets",
        "--quiet",
        "--",
    ];
    succeed(cargo(&arguments).args(["--deny", "warnings"]))
}

/// Every test that wants no cluster. The workspace is chosen as in the other steps: another choice of
/// packages unites other features, and compiles the dependencies once more.
fn unit() -> Result<Counts> {
    let mut arguments = vec![
        "test",
        "--locked",
        "--workspace",
        "--no-fail-fast",
        "--lib",
        "--bins",
    ];
    let targets = targets::without_cluster(crate::root())?;
    arguments.extend(targets.iter().map(String::as_str));
    let tests = count_tests(&mut cargo(&arguments));
    let documents = ["test", "--locked", "--workspace", "--no-fail-fast", "--doc"];
    both(tests, count_tests(&mut cargo(&documents)))
}

fn generated() -> Result<Counts> {
    crate::codegen::check().map(|()| Counts::default())
}

/// Sealing builds for the browser, and so reads no clock, no file and no randomness of its own.
fn wasm() -> Result<Counts> {
    const TARGET: &str = "wasm32-unknown-unknown";
    if !has_target(TARGET) {
        let added = Command::new("rustup")
            .args(["target", "add", TARGET])
            .status();
        if !added.is_ok_and(|status| status.success()) {
            eprintln!(
                "!!! SKIPPED: the target {TARGET} is not installed and rustup cannot add it."
            );
            eprintln!("!!! Nothing shows now that sealing builds for the browser.");
            return Ok(Counts::default());
        }
    }
    succeed(
        cargo(&["build", "--locked", "--package", "signet-seal", "--lib"]).args([
            "--no-default-features",
            "--features=portable",
            "--target",
            TARGET,
        ]),
    )
}

fn has_target(target: &str) -> bool {
    let arguments = ["--print", "target-libdir", "--target", target];
    let asked = Command::new("rustc")
        .args(arguments)
        .current_dir(crate::root())
        .output();
    asked.is_ok_and(|said| {
        let path = String::from_utf8_lossy(&said.stdout).trim().to_owned();
        said.status.success() && std::path::Path::new(&path).is_dir()
    })
}

/// Every parser for a few seconds: enough to meet what a change broke, not to find what is rare.
fn fuzz() -> Result<Counts> {
    const INPUTS_EACH: u32 = 30_000;
    crate::fuzz::all(INPUTS_EACH).map(|targets| Counts {
        passed: targets,
        failed: 0,
    })
}

/// Our reader of YAML beside Go's, over the same files.
fn yaml_as_go() -> Result<Counts> {
    let (built, program) = go_program("go-yaml")?;
    let tests = beside("SIGNET_GO_YAML", &program, &["against_go"]);
    drop(built);
    tests
}

/// What SOPS' own module encrypts, opened beside it. It takes minutes to build the first time, because
/// the clouds' libraries are in it: not part of a run that names no step, which opens the vectors.
fn sops_as_go() -> Result<Counts> {
    let (built, program) = go_program("go-sops")?;
    let tests = beside("SIGNET_GO_SOPS", &program, &["against_sops"]);
    drop(built);
    tests
}

/// Health, expressions, selectors and substitution beside Flux's own code.
fn as_flux() -> Result<Counts> {
    let (built, program) = go_program("go-flux")?;
    let targets = [
        "cel_as_flux",
        "selected_as_flux",
        "status_as_flux",
        "substitute_as_flux",
        "written_as_go",
    ];
    let tests = beside("SIGNET_GO_FLUX", &program, &targets);
    drop(built);
    tests
}

/// Our templates beside Go's own engine: the committed cases, and some that nobody would write.
fn templates_as_go() -> Result<Counts> {
    let (built, program) = go_program("go-template")?;
    let tests = beside("SIGNET_GO_TEMPLATE", &program, &["templates_against_go"]);
    drop(built);
    tests
}

/// Builds a Go module of `tests`; the program stands in a directory that goes when it is dropped.
fn go_program(name: &str) -> Result<(TempDir, PathBuf)> {
    let module = crate::root().join("tests").join(name);
    let built = tempfile::tempdir()?;
    let program = built.path().join(name);
    let build = Command::new("go")
        .args(["build", "-trimpath", "-o"])
        .arg(&program)
        .arg(".")
        .current_dir(&module)
        .env("CGO_ENABLED", "0")
        .status();
    match build {
        Ok(status) if status.success() => Ok((built, program)),
        Ok(status) => bail!("go build in {}: {status}", module.display()),
        Err(error) => bail!("go ({error}): install Go 1.26 or later and put it on PATH"),
    }
}

/// Runs files of tests, ignored tests and all, with the program in a variable.
fn beside(variable: &str, program: &Path, targets: &[&str]) -> Result<Counts> {
    let mut command = cargo(&["test", "--locked", "--workspace", "--no-fail-fast"]);
    command.args(targets.iter().map(|target| format!("--test={target}")));
    command
        .args(["--", "--include-ignored"])
        .env(variable, program);
    count_tests(&mut command)
}
