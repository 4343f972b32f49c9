//! What was typed: the verbs, and the groups of flags that several verbs share.
//!
//! A verb's own flags stand in its file under `commands/`; their doc comments are the help, and
//! the help is the reference (`signet reference`). [`crate::settings`] says what it all means.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands::{
    cert, completions, explain, get, history, inspect, install, keygen, migrate, reconcile,
    rollback, rotate, seal, tree, unseal,
};

/// Seal Kubernetes Secrets so that they can be committed
///
/// Exit codes: 0 done, 1 an error, 2 a command line that cannot be understood, 3 a check found
/// something (`rotate --check`: values that are not on the newest key; `inspect`: something wrong;
/// `explain`: something blocked; `migrate`: something would change or does not open).
#[derive(Debug, Parser)]
#[command(
    name = "signet",
    version,
    about,
    max_term_width = 100,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Seal Secrets: read them in the clear, print SealedSecrets
    Seal(seal::SealArgs),
    /// Fetch the sealing certificate and print it
    Cert(cert::CertArgs),
    /// Make a sealing key pair, without a cluster
    Keygen(keygen::KeygenArgs),
    /// Open SealedSecrets with a private key or a key backup, without a cluster
    Unseal(unseal::UnsealArgs),
    /// Re-seal a repository's SealedSecrets for the newest key, in place
    Rotate(rotate::RotateArgs),
    /// Say why a SealedSecret in a cluster is not a Secret: the first blocker, and the next command
    Explain(explain::ExplainArgs),
    /// Show what SealedSecrets in files say, and check them; opens nothing, asks no cluster
    Inspect(inspect::InspectArgs),
    /// Look at what taking over from another controller would change, and how it is done
    Migrate(migrate::MigrateArgs),
    /// List sources and Kustomizations: revision, ready or not, and why
    Get(get::GetArgs),
    /// Have a source or Kustomization run now, and wait for the end
    Reconcile(reconcile::ReconcileArgs),
    /// Have a source or Kustomization left alone
    Suspend(reconcile::SuspendArgs),
    /// Have it looked after again, and wait for its first run
    Resume(reconcile::ResumeArgs),
    /// Show what a Kustomization owns
    Tree(tree::TreeArgs),
    /// Show the commits that a Kustomization was at, and what became of each
    History(history::HistoryArgs),
    /// Go back to a commit that was applied before, until a newer one arrives
    Rollback(rollback::RollbackArgs),
    /// Print what the controller needs in a cluster, for `kubectl apply -f -`
    Install(install::InstallArgs),
    /// Print a completion script for a shell
    Completions(completions::CompletionsArgs),
    /// Print this reference as Markdown
    #[command(hide = true)]
    Reference,
}

/// Which cluster, and where the controller is in it.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Cluster")]
pub struct ClusterArgs {
    /// Reach the cluster by this kubeconfig [default: $KUBECONFIG, else ~/.kube/config]
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Use this context of the kubeconfig [default: its current one]
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// Look for the controller in this namespace [env: SIGNET_CONTROLLER_NAMESPACE] [default:
    /// signet-system]
    #[arg(long, value_name = "NAMESPACE")]
    pub controller_namespace: Option<String>,
    /// Name of the controller's Service [env: SIGNET_CONTROLLER_NAME] [default: signet-controller]
    #[arg(long, value_name = "NAME")]
    pub controller_name: Option<String>,
}

/// Form of printed objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Indented by two spaces
    Json,
    /// One document for each object
    Yaml,
}

/// Form of what a look at many things found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Report {
    /// For people: tables and sentences
    Text,
    /// Everything that was found, as an object
    Json,
    /// Everything that was found, as an object
    Yaml,
}

impl Report {
    /// The form of the object; `None` for people.
    pub fn format(self) -> Option<Format> {
        match self {
            Self::Text => None,
            Self::Json => Some(Format::Json),
            Self::Yaml => Some(Format::Yaml),
        }
    }
}

/// Where an item may be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ScopeArg {
    /// Only under this name in this namespace
    Strict,
    /// Under any name in this namespace
    NamespaceWide,
    /// Anywhere in the cluster
    ClusterWide,
}
