//! Flags about how Kustomizations are applied; where Flux's kustomize-controller has the same, they
//! have its names.

use clap::{Args, ValueEnum};

/// See the module's documentation.
#[derive(Clone, Debug, Args)]
pub struct SyncArgs {
    /// Hold a commit that would delete more than this, until somebody confirms: so many objects,
    /// and so much of what is owned; or off
    #[arg(long, default_value = "20,50%", value_name = "BUDGET")]
    pub prune_budget: String,
    /// Refuse references to objects of other namespaces
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_parser = super::truth, action = clap::ArgAction::Set)]
    pub no_cross_namespace_refs: bool,
    /// Take fields of these managers, too, besides those of kubectl; may be given several times
    #[arg(long, value_delimiter = ',', value_name = "MANAGER,…")]
    pub override_manager: Vec<String>,
    /// What to do about a SOPS file whose MAC says that it was changed by hand
    #[arg(long, value_enum, default_value_t = SopsMacArg::Require)]
    pub sops_mac: SopsMacArg,
    /// Refuse a variable that is neither set nor has a default; false puts nothing in its place
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "true", default_missing_value = "true", value_parser = super::truth, action = clap::ArgAction::Set)]
    pub strict_substitution: bool,
    /// Send everything that was applied again this often, spread out, to see whether the API server
    /// still agrees; 0 never does
    #[arg(long, default_value = "1h", value_name = "DURATION")]
    pub verify_every: String,
}

/// What to do about a SOPS file that was changed by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SopsMacArg {
    /// Apply nothing of the commit
    Require,
    /// Apply it, and say so
    Warn,
}
