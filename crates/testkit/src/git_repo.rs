//! A working copy for tests: files in, commits out, by the real `git`, with a fixed author and
//! date and without the machine's configuration.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A working copy in a temporary directory.
pub struct GitRepo {
    dir: tempfile::TempDir,
}

impl GitRepo {
    /// An empty one on the branch `main`.
    ///
    /// # Errors
    ///
    /// If `git` cannot be run.
    pub fn new() -> io::Result<Self> {
        let dir = tempfile::tempdir()?;
        git(dir.path(), &["init", "-q", "-b", "main"])?;
        Ok(Self { dir })
    }

    /// Where it is.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a file, making its directories.
    ///
    /// # Errors
    ///
    /// If the disk says so.
    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        std::fs::write(self.prepared(path)?, bytes)
    }

    /// Makes a symbolic link at `path` whose text is `target`.
    ///
    /// # Errors
    ///
    /// If the disk says so.
    pub fn link(&self, path: &str, target: &str) -> io::Result<()> {
        std::os::unix::fs::symlink(target, self.prepared(path)?)
    }

    /// Commits everything as it stands (also if nothing changed); gives the commit's id.
    ///
    /// # Errors
    ///
    /// If `git` refuses.
    pub fn commit(&self, message: &str) -> io::Result<String> {
        self.git(&["add", "-A"])?;
        self.git(&["commit", "-q", "--allow-empty", "-m", message])?;
        self.git(&["rev-parse", "HEAD"])
    }

    /// Pushes the current branch (and `more`: refs or options) to `url`.
    ///
    /// # Errors
    ///
    /// If `git` refuses.
    pub fn push(&self, url: &str, more: &[&str]) -> io::Result<()> {
        let mut args = vec!["push", "-q", url];
        args.extend(if more.is_empty() { &["HEAD"] } else { more });
        self.git(&args).map(|_output| ())
    }

    /// Runs `git` here; gives what it printed.
    ///
    /// # Errors
    ///
    /// If it fails, with what it said.
    pub fn git(&self, args: &[&str]) -> io::Result<String> {
        git(self.dir(), args)
    }

    fn prepared(&self, path: &str) -> io::Result<PathBuf> {
        let path = self.dir().join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        Ok(path)
    }
}

/// Runs `git` in `dir`; gives what it printed, without the last line break.
///
/// # Errors
///
/// If it cannot be started, or fails: then with what it said.
pub fn git(dir: &Path, args: &[&str]) -> io::Result<String> {
    let output = Command::new("git")
        .current_dir(dir)
        .args(args)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_AUTHOR_NAME", "Ada")
        .env("GIT_AUTHOR_EMAIL", "ada@example.com")
        .env("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z")
        .env("GIT_COMMITTER_NAME", "Ada")
        .env("GIT_COMMITTER_EMAIL", "ada@example.com")
        .env("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z")
        .output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!(
        "git {}: {}",
        args.join(" "),
        said.trim()
    )))
}
