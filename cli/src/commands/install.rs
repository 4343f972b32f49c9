//! `signet install`: what the controller needs in a cluster.

use clap::Args;
use signet_api::install::{self, Options};

use crate::args::Format;
use crate::error::Result;
use crate::{io, print};

/// Flags of `install`
#[derive(Args, Debug)]
#[command(
    after_help = "Example: signet install --image registry.example/signet-controller:v1 | kubectl apply -f -"
)]
pub struct InstallArgs {
    /// Namespace of the controller and of its sealing keys
    #[arg(short, long, default_value = install::NAMESPACE, value_name = "NAMESPACE")]
    namespace: String,
    /// Container image of the controller
    #[arg(long, default_value = concat!("signet.dev/signet-controller:v", env!("CARGO_PKG_VERSION")), value_name = "IMAGE")]
    image: String,
    /// Pass this to the controller as well; may be given several times
    #[arg(
        long = "controller-arg",
        value_name = "ARG",
        allow_hyphen_values = true
    )]
    arguments: Vec<String>,
    /// Do not bind signet-apply to cluster-admin; bind it yourself to what Kustomizations of the
    /// controller's namespace may do
    #[arg(long)]
    no_cluster_admin: bool,
    /// Run so many controllers; more than one agree on a leader
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    replicas: u32,
    /// Answer to the Service name sealed-secrets-controller as well, for the stock kubeseal
    #[arg(long)]
    as_sealed_secrets: bool,
    /// Let the controller roll workloads with annotation signet.dev/roll-on-secret-change: "true"
    /// when a Secret that they read changes; gives it the right to patch workloads
    #[arg(long)]
    roll_workloads: bool,
    /// Print the CustomResourceDefinitions only
    #[arg(long)]
    definitions_only: bool,
    /// Form of what is printed
    #[arg(short = 'o', long = "format", value_enum, default_value_t = Format::Yaml)]
    format: Format,
}

/// Prints the manifests.
///
/// # Errors
/// Standard output cannot be written.
pub fn run(args: InstallArgs) -> Result<()> {
    let InstallArgs {
        namespace,
        image,
        arguments,
        no_cluster_admin,
        replicas,
        as_sealed_secrets,
        roll_workloads,
        definitions_only,
        format,
    } = args;
    let options = Options {
        namespace,
        image,
        arguments,
        cluster_admin: !no_cluster_admin,
        replicas,
        stand_in: as_sealed_secrets,
        roll_workloads,
    };
    let all = if definitions_only {
        install::definitions()
    } else {
        install::manifests(&options)
    };
    io::print(&print::objects(&all, format)?)
}
