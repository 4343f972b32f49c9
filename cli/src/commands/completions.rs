//! `signet completions`: a script for a shell.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::args::Cli;
use crate::error::Result;
use crate::io;

/// Flags of `completions`
#[derive(Args, Debug)]
#[command(
    after_help = "Example: signet completions bash > ~/.local/share/bash-completion/completions/signet"
)]
pub struct CompletionsArgs {
    /// Shell to complete in
    shell: Shell,
}

/// Prints the script.
///
/// # Errors
/// Standard output cannot be written.
pub fn run(args: &CompletionsArgs) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "signet", &mut script);
    io::print(&script)
}
