//! `signet migrate`: what taking over from another controller would change, and how it is done and
//! undone. Looks, and changes nothing.

use clap::{Args, Subcommand};

use crate::World;
use crate::error::Result;

mod sealed_secrets;

/// Flags of `migrate`
#[derive(Args, Debug)]
pub struct MigrateArgs {
    /// From what
    #[command(subcommand)]
    from: From,
}

/// What can be taken over from.
#[derive(Debug, Subcommand)]
enum From {
    /// Look at a cluster with the sealed-secrets controller: what would change, what does not open,
    /// how to take over without a moment in which a Secret is missing, how to go back
    SealedSecrets(sealed_secrets::SealedSecretsArgs),
}

/// Looks and tells.
///
/// # Errors
/// Those of the one that is asked for.
pub fn run(args: &MigrateArgs, world: &World) -> Result<()> {
    match &args.from {
        From::SealedSecrets(args) => sealed_secrets::run(args, world),
    }
}
