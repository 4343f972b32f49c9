//! Builds one program with Go into the cache: in a temporary place, then renamed.
//!
//! Guarantees: what stands under its final name is whole; two processes that want the same program
//! build it once, because the second waits at the lock.

use std::fs::{self, File};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use indicatif::{ProgressBar, ProgressStyle};

use super::recipe::{Program, VersionVariable};

pub(super) fn build(program: Program, target: &Path) -> Result<()> {
    let directory = target.parent().context("a cache path has a parent")?;
    fs::create_dir_all(directory).with_context(|| format!("{}", directory.display()))?;
    let lock = File::create(directory.join(".lock"))?;
    lock.lock()?;
    if target.is_file() {
        return Ok(());
    }
    let go = go(program)?;
    let progress = Progress::start(program);
    let scratch = tempfile::tempdir_in(directory)?;
    let output = scratch.path().join(program.name());
    run(&go, program, &output)?;
    fs::rename(&output, target)?;
    progress.done();
    Ok(())
}

/// Runs the compiler; its standard error is kept for the message and shown nowhere else.
fn run(go: &Path, program: Program, output: &Path) -> Result<()> {
    let tree = source_tree(go, program, output)?;
    let edited = edited(go, program, output)?;
    let finished = Command::new(go)
        .args(["build", "-trimpath", "-ldflags", &ldflags(program)?])
        .args(edited)
        .arg("-o")
        .arg(output)
        .arg(if tree.own {
            "./cmd/flux"
        } else {
            program.package()
        })
        .current_dir(&tree.directory)
        .env("CGO_ENABLED", "0")
        .env("GOFLAGS", "-buildvcs=false")
        .stdin(Stdio::null())
        .output()
        .context("go cannot be started")?;
    ensure!(
        finished.status.success(),
        "go build {} failed in {}:\n{}",
        program.package(),
        tree.directory.display(),
        tail(&String::from_utf8_lossy(&finished.stderr), 20),
    );
    Ok(())
}

/// Where `go build` is run.
struct SourceTree {
    directory: PathBuf,
    /// Whether it is the program's own tree and not our module that requires it.
    own: bool,
}

/// Our module, except for Flux: its command embeds manifests that only its release makes, so it is
/// built from a copy of its tree with one file of that name.
fn source_tree(go: &Path, program: Program, output: &Path) -> Result<SourceTree> {
    let module = program.module();
    if program != Program::Flux {
        return Ok(SourceTree {
            directory: module,
            own: false,
        });
    }
    let copy = output.with_extension("tree");
    copy_tree(&released_tree(go, program)?, &copy)?;
    let manifests = copy.join("cmd/flux/manifests");
    fs::create_dir_all(&manifests)?;
    fs::write(
        manifests.join("none.yaml"),
        "# Installing Flux is not what tests use it for.\n",
    )?;
    Ok(SourceTree {
        directory: copy,
        own: true,
    })
}

/// The tree of a program's release, as the module cache has it or gets it.
fn released_tree(go: &Path, program: Program) -> Result<PathBuf> {
    module_tree(go, program, program.versioned_by())
}

/// The tree of a module that a program is made of, in the version that is pinned for it.
fn module_tree(go: &Path, program: Program, name: &str) -> Result<PathBuf> {
    let module = program.module();
    go_says(go, &module, &["mod", "download", name])?;
    let tree = go_says(go, &module, &["list", "-m", "-f", "{{.Dir}}", name])?;
    Ok(PathBuf::from(tree.trim()))
}

/// The tree of a program's release, for what it holds besides the program; to be read only.
///
/// # Errors
/// When there is no Go, or the module cannot be had.
pub fn source_of(program: Program) -> Result<PathBuf> {
    released_tree(&go(program)?, program)
}

/// The flag that has the compiler take an edited copy of one dependency, for a program that is built
/// so. Go's module cache itself is not to be touched, not even by its own overlay.
fn edited(go: &Path, program: Program, output: &Path) -> Result<Option<String>> {
    let Some(edit) = program.edit() else {
        return Ok(None);
    };
    let copy = output.with_extension("edited");
    copy_tree(&module_tree(go, program, edit.module)?, &copy)?;
    let file = copy.join(edit.path);
    let text = fs::read_to_string(&file)?;
    ensure!(
        text.contains(edit.text),
        "{} of {}: {:?} is not in it, so the recipe of {} is out of date",
        edit.path,
        edit.module,
        edit.text,
        program.name()
    );
    fs::write(&file, text.replace(edit.text, edit.replacement))?;
    let replaced = format!("\nreplace {} => {}\n", edit.module, copy.display());
    let (pinned, requirements) = (program.module(), output.with_extension("mod"));
    let required = fs::read_to_string(pinned.join("go.mod"))?;
    fs::write(&requirements, required + &replaced)?;
    fs::copy(pinned.join("go.sum"), output.with_extension("sum"))?;
    Ok(Some(format!("-modfile={}", requirements.display())))
}

fn go_says(go: &Path, module: &Path, arguments: &[&str]) -> Result<String> {
    let said = Command::new(go)
        .args(arguments)
        .current_dir(module)
        .output()?;
    ensure!(
        said.status.success(),
        "go {}: {}",
        arguments.join(" "),
        tail(&String::from_utf8_lossy(&said.stderr), 5)
    );
    Ok(String::from_utf8_lossy(&said.stdout).into_owned())
}

/// The module cache is read-only, and so would be a plain copy of it.
fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::write(&target, fs::read(entry.path())?)?;
        }
    }
    Ok(())
}

fn ldflags(program: Program) -> Result<String> {
    let mut flags = String::from("-s -w");
    if program.version_variables().is_empty() {
        return Ok(flags);
    }
    let version = pinned_version(program)?;
    let mut parts = version.split('.');
    let (major, minor) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    for variable in program.version_variables() {
        let (name, value) = match *variable {
            VersionVariable::Full(name) => (name, format!("v{version}")),
            VersionVariable::Bare(name) => (name, version.clone()),
            VersionVariable::Major(name) => (name, major.to_owned()),
            VersionVariable::Minor(name) => (name, minor.to_owned()),
        };
        flags.push_str(&format!(" -X {name}={value}"));
    }
    Ok(flags)
}

/// The version of a program's module as `go.mod` pins it, without the `v`.
pub(super) fn pinned_version(program: Program) -> Result<String> {
    let path = program.module().join("go.mod");
    let text = fs::read_to_string(&path).with_context(|| format!("{}", path.display()))?;
    let wanted = program.versioned_by();
    let pinned = text.lines().find_map(|line| {
        let line = line.trim().trim_start_matches("require ");
        let version = line.strip_prefix(wanted)?.strip_prefix(" v")?;
        version.split_whitespace().next().map(str::to_owned)
    });
    pinned.with_context(|| format!("{}: no version of {wanted}", path.display()))
}

fn go(program: Program) -> Result<PathBuf> {
    let works = |path: &Path| {
        Command::new(path)
            .arg("version")
            .output()
            .is_ok_and(|said| said.status.success())
    };
    for candidate in ["go", "/usr/local/go/bin/go"] {
        if works(Path::new(candidate)) {
            return Ok(PathBuf::from(candidate));
        }
    }
    bail!(
        "{name} is needed and Go is not there to build it.\n\
         Either install Go 1.26 or later (https://go.dev/doc/install) and put it on PATH,\n\
         or set {variable} to a directory that holds {name}.",
        name = program.name(),
        variable = program.variable(),
    )
}

/// A spinner on a terminal; two plain lines elsewhere, so that a log shows what took its time.
struct Progress {
    spinner: Option<ProgressBar>,
    program: Program,
    since: Instant,
}

impl Progress {
    fn start(program: Program) -> Self {
        let text = format!("building {} (once; minutes the first time)", program.name());
        let spinner = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
            let bar = ProgressBar::new_spinner().with_message(text.clone());
            bar.enable_steady_tick(Duration::from_millis(120));
            style
                .map(|style| bar.clone().with_style(style))
                .unwrap_or(bar)
        });
        if spinner.is_none() {
            eprintln!("{text}");
        }
        Self {
            spinner,
            program,
            since: Instant::now(),
        }
    }

    fn done(self) {
        if let Some(spinner) = self.spinner {
            spinner.finish_and_clear();
        }
        eprintln!(
            "built {} in {} s",
            self.program.name(),
            self.since.elapsed().as_secs()
        );
    }
}

fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}
