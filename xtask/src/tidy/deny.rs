//! What `deny.toml` holds about the dependencies, by `cargo deny` where it is installed.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// Everything that needs no download. Advisories change without us: they are asked for apart.
const CHECKS: [&str; 3] = ["bans", "licenses", "sources"];

/// Runs the checks.
///
/// # Errors
/// One of them found something, and has said what.
pub(super) fn check() -> Result<()> {
    if !is_installed() {
        println!("tidy: cargo-deny is not installed, so nobody looked at the dependencies");
        return Ok(());
    }
    let mut command = Command::new("cargo");
    command.args(["deny", "--log-level", "error", "check"]);
    let status = command.args(CHECKS).current_dir(crate::root()).status();
    let status = status.context("cargo deny cannot be started")?;
    ensure!(status.success(), "cargo deny: {status}");
    Ok(())
}

fn is_installed() -> bool {
    let mut asked = Command::new("cargo");
    asked.args(["deny", "--version"]).current_dir(crate::root());
    let asked = asked.stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}
