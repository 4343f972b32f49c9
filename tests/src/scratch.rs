//! A temporary directory that goes when it is dropped, and also when our process ends without
//! dropping, as it does with what all tests of a file share.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use std::os::unix::process::CommandExt as _;

/// Waits for the end of a pipe that only we hold. More than once, because servers that are ended at
/// the same moment may write a last file.
const SWEEP: &str = "read -r line; for again in 1 2 3; do rm -rf \"$1\"; sleep 1; done";

/// See the module.
pub struct Scratch {
    path: PathBuf,
    broom: Child,
}

impl Scratch {
    /// Makes `<prefix><something>` where the system keeps temporary files.
    ///
    /// # Errors
    /// When there is no place, or no `sh`.
    pub fn new(prefix: &str) -> Result<Self> {
        let path = tempfile::Builder::new().prefix(prefix).tempdir()?.keep();
        let broom = Command::new("sh")
            .args(["-c", SWEEP, "broom"])
            .arg(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("sh cannot be started")?;
        Ok(Self { path, broom })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lets it stay for good; answers where it is.
    #[must_use]
    pub fn keep(mut self) -> PathBuf {
        // Fails only when the shell is gone already, which is what is wanted.
        drop(self.broom.kill());
        drop(self.broom.wait());
        self.path.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_dropped_goes_and_what_is_kept_stays() {
        let gone = Scratch::new("signet-scratch-").unwrap();
        let path = gone.path().to_owned();
        std::fs::write(path.join("file"), "x").unwrap();
        drop(gone);
        let kept = Scratch::new("signet-scratch-").unwrap().keep();
        crate::eventually(Duration::from_secs(10), "it is gone", || {
            anyhow::ensure!(!path.exists());
            Ok(())
        })
        .unwrap();
        assert!(kept.is_dir());
        std::fs::remove_dir(kept).unwrap();
    }
}
