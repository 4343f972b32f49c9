//! Where the programs of the tests come from: found beside us, or built once and cached.
//!
//! A program is looked for in the directory that its environment variable names, then in our
//! cache, and is at last built from the Go module that pins it (`tests/control-plane`,
//! `tests/peers/*`). A program on `PATH` is never taken: its version would be anybody's guess.

mod build;
mod recipe;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

pub use build::source_of;
pub use recipe::Program;

/// Names a directory that holds `kube-apiserver`, `etcd` and `kubectl`, as envtest knows it.
pub const CONTROL_PLANE_VARIABLE: &str = "KUBEBUILDER_ASSETS";

/// Names a directory that holds the peers: `kubeseal`, `kustomize`, `flux` and so on.
pub const PEERS_VARIABLE: &str = "SIGNET_TEST_PEERS";

/// The path of a program, building it if it is nowhere yet (minutes, the first time).
///
/// # Errors
/// When Go is missing or the build fails; the message says what to install or which variable to set.
pub fn find(program: Program) -> Result<PathBuf> {
    if let Some(given) = given(program) {
        return Ok(given);
    }
    let cached = cache_of(program)?.join(program.name());
    if cached.is_file() {
        return Ok(cached);
    }
    build::build(program, &cached)?;
    Ok(cached)
}

/// Finds or builds several programs, in order.
///
/// # Errors
/// As [`find`], for the first one that cannot be had.
pub fn find_all(programs: &[Program]) -> Result<Vec<PathBuf>> {
    programs.iter().map(|program| find(*program)).collect()
}

/// The version of a program, as `go.mod` pins it, without the `v`.
///
/// # Errors
/// When `go.mod` cannot be read or does not name it.
pub fn version(program: Program) -> Result<String> {
    build::pinned_version(program)
}

/// The cache directory of everything that tests build or leave behind.
///
/// # Errors
/// When neither `XDG_CACHE_HOME` nor `HOME` is set.
pub fn cache_root() -> Result<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(cache) = set("XDG_CACHE_HOME") {
        return Ok(PathBuf::from(cache).join("signet"));
    }
    let Some(home) = set("HOME") else {
        bail!("no place for a cache: set XDG_CACHE_HOME or HOME");
    };
    Ok(PathBuf::from(home).join(".cache/signet"))
}

/// The directory `tests/` of this checkout.
#[must_use]
pub fn tests_dir() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn given(program: Program) -> Option<PathBuf> {
    let directory = std::env::var_os(program.variable())?;
    let path = Path::new(&directory).join(program.name());
    path.is_file().then_some(path)
}

/// One directory for each state of a module's pins, so that a changed `go.mod` builds anew.
fn cache_of(program: Program) -> Result<PathBuf> {
    use sha2::{Digest, Sha256};
    let module = program.module();
    let mut hash = Sha256::new();
    for file in ["go.mod", "go.sum"] {
        let path = module.join(file);
        let content = std::fs::read(&path).with_context(|| format!("{}", path.display()))?;
        hash.update(content);
    }
    let digest: String = hash
        .finalize()
        .iter()
        .take(8)
        .map(|b| format!("{b:02x}"))
        .collect();
    Ok(cache_root()?.join(digest))
}
