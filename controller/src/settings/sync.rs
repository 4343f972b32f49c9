//! How Kustomizations are applied.

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use signet_api::duration;
use signet_engine::managers::Manager;
use signet_engine::prune::Budget;

use crate::args::{SopsMacArg, SyncArgs};

/// What to do about a SOPS file whose MAC says that it was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SopsMac {
    /// Refuse it.
    Require,
    /// Open it, and say so.
    Warn,
}

/// See the flags.
#[derive(Clone, Debug)]
pub struct SyncSettings {
    /// How much one commit may delete unasked.
    pub prune_budget: Budget,
    /// Whether a source of another namespace may be read.
    pub no_cross_namespace: bool,
    /// Managers whose fields are ours to take, beside those that always are.
    pub overridden: Vec<Manager>,
    /// What to do about a SOPS file that was changed.
    pub sops_mac: SopsMac,
    /// Whether a variable that is not set is an error.
    pub strict_substitution: bool,
    /// How often everything that was applied is sent again; never if zero.
    pub verify_every: Duration,
}

impl SyncSettings {
    /// Checks the flags.
    ///
    /// # Errors
    /// A budget or duration that cannot be read, with the flag's name.
    pub fn new(args: &SyncArgs) -> Result<Self> {
        let budget: Result<Budget, String> = args.prune_budget.parse();
        let verify_every = match args.verify_every.as_str() {
            "0" => Some(Duration::ZERO),
            text => duration::parse(text),
        };
        Ok(Self {
            prune_budget: budget.map_err(|cause| anyhow!("--prune-budget: {cause}"))?,
            no_cross_namespace: args.no_cross_namespace_refs,
            sops_mac: match args.sops_mac {
                SopsMacArg::Require => SopsMac::Require,
                SopsMacArg::Warn => SopsMac::Warn,
            },
            strict_substitution: args.strict_substitution,
            overridden: args
                .override_manager
                .iter()
                .map(|name| Manager::named(name))
                .collect(),
            verify_every: verify_every.with_context(|| {
                format!(
                    "--verify-every: {} is no duration such as 1h",
                    args.verify_every
                )
            })?,
        })
    }
}
