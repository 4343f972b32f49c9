//! `cargo xtask tidy`: the invariants of `docs/architecture.md` that neither the compiler nor
//! clippy can hold. Every finding is one line: `file:line: what is wrong and how to mend it`.

mod crates;
mod deny;
mod files;
mod paths;
mod words;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Something that is not as the architecture says.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    file: PathBuf,
    line: usize,
    what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.what)
    }
}

/// A file of the checkout, by its path from the top.
struct Source {
    path: PathBuf,
    text: String,
}

pub(crate) fn run() -> Result<()> {
    let sources = sources()?;
    let mut findings = crates::check()?;
    findings.extend(words::check(&sources));
    findings.extend(files::check(&sources));
    findings.extend(paths::check(crate::root()));
    findings.sort();
    for finding in &findings {
        eprintln!("{finding}");
    }
    ensure!(findings.is_empty(), "{} findings", findings.len());
    println!("tidy: {} Rust files, nothing to say", sources.len());
    deny::check()
}

/// Every Rust file that is in Git or could be.
fn sources() -> Result<Vec<Source>> {
    let listed = [
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "-z",
        "*.rs",
    ];
    let said = Command::new("git")
        .args(listed)
        .current_dir(crate::root())
        .output();
    let said = said.context("git cannot be started, and tidy looks at what is in Git")?;
    ensure!(
        said.status.success(),
        "git ls-files: {}",
        String::from_utf8_lossy(&said.stderr)
    );
    let names = String::from_utf8(said.stdout)?;
    let there = names.split_terminator('\0').map(Path::new);
    // What is in the index and no longer on disk is about to be deleted.
    let there = there.filter(|path| crate::root().join(path).is_file());
    there.map(Source::read).collect()
}

impl Source {
    fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(crate::root().join(path))
            .with_context(|| format!("{}", path.display()))?;
        Ok(Self {
            path: path.to_owned(),
            text,
        })
    }

    fn is(&self, path: &str) -> bool {
        self.path == Path::new(path)
    }

    fn under(&self, directory: &str) -> bool {
        self.path.starts_with(directory)
    }

    fn finding(&self, line: usize, what: impl Into<String>) -> Finding {
        Finding {
            file: self.path.clone(),
            line,
            what: what.into(),
        }
    }
}
