//! A repository with a clone to work in, by the real `git`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

/// See the module's documentation.
pub struct Repository {
    name: String,
    url: String,
    bare: PathBuf,
    work: PathBuf,
}

impl Repository {
    /// A clone in `work` of the bare repository that is served at `url`.
    pub(super) fn create(name: &str, url: String, bare: PathBuf, work: PathBuf) -> Result<Self> {
        fs::create_dir_all(&work)?;
        git(&bare, &["config", "uploadpack.allowAnySHA1InWant", "true"])?;
        git(&work, &["init", "--quiet", "--initial-branch=main"])?;
        git(&work, &["remote", "add", "origin", &url])?;
        Ok(Self {
            name: name.to_owned(),
            url,
            bare,
            work,
        })
    }

    /// Its name, which is also that of its GitRepository and Kustomization.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it is served.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The bare repository, to take it away and bring it back.
    #[must_use]
    pub fn bare(&self) -> &Path {
        &self.bare
    }

    /// The clone.
    #[must_use]
    pub fn work(&self) -> &Path {
        &self.work
    }

    /// Writes a file of the clone.
    ///
    /// # Errors
    /// When the file system does not take it.
    pub fn write(&self, path: &str, text: &str) -> Result<()> {
        let file = self.work.join(path);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
        }
        Ok(fs::write(file, text)?)
    }

    /// Reads a file of the clone.
    ///
    /// # Errors
    /// When it is not there.
    pub fn read(&self, path: &str) -> Result<String> {
        Ok(fs::read_to_string(self.work.join(path))?)
    }

    /// Deletes a file of the clone.
    ///
    /// # Errors
    /// When it is not there.
    pub fn remove(&self, path: &str) -> Result<()> {
        Ok(fs::remove_file(self.work.join(path))?)
    }

    /// Commits everything and pushes it; returns the commit's id.
    ///
    /// # Errors
    /// When git fails.
    pub fn push(&self, message: &str) -> Result<String> {
        self.git(&["add", "--all"])?;
        self.git(&["commit", "--quiet", "--allow-empty", "-m", message])?;
        self.git(&["push", "--quiet", "origin", "HEAD:main"])?;
        Ok(self.git(&["rev-parse", "HEAD"])?.trim().to_owned())
    }

    /// Runs git in the clone.
    ///
    /// # Errors
    /// When it fails, with what it said.
    pub fn git(&self, arguments: &[&str]) -> Result<String> {
        git(&self.work, arguments)
    }
}

fn git(directory: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new("git")
        .current_dir(directory)
        .args(["-c", "user.name=Test", "-c", "user.email=test@signet.dev"])
        .args(arguments)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .output()?;
    if !output.status.success() {
        bail!(
            "git {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
