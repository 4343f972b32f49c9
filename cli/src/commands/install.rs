//! `signet install`: what the controller needs in a cluster.

use clap::Args;
use clap::builder::PossibleValuesParser;
use signet_api::install::{self, Kind, Options};

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
    /// Bear the labels by which flux finds its own controllers, so that flux check, flux version and
    /// flux logs speak of this one; has it hold Flux's Leases, and log as Flux does
    #[arg(long, conflicts_with = "namespaced")]
    as_flux: bool,
    /// Namespace of Flux's controllers, if it is another: holds their Leases there, so that they and
    /// this controller never work on a kind at the same time
    #[arg(long, value_name = "NAMESPACE", conflicts_with = "namespaced")]
    flux_namespace: Option<String>,
    /// Let the controller roll workloads with annotation signet.dev/roll-on-secret-change: "true"
    /// when a Secret that they read changes; gives it the right to patch workloads
    #[arg(long)]
    roll_workloads: bool,
    /// Let the controller copy the Secrets of cluster-wide SealedSecrets to the namespaces that they
    /// name in annotation signet.dev/copy-to and that accept them; gives it the right to delete
    /// Secrets
    #[arg(long, conflicts_with = "namespaced")]
    copy_sealed_secrets: bool,
    /// Work on these kinds only, and have no rights but for them; the others are left to another
    /// controller, such as one of Flux's
    #[arg(long, value_delimiter = ',', value_name = "KIND,…", value_parser = PossibleValuesParser::new(Kind::ALL.map(Kind::name)), conflicts_with = "namespaced")]
    kinds: Vec<String>,
    /// Look after SealedSecrets of the controller's namespace alone, by Roles and without a right in
    /// the rest of the cluster
    #[arg(long)]
    namespaced: bool,
    /// With --namespaced, look after these namespaces as well; they have to be there when the
    /// manifests are applied
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "NAMESPACE,…",
        requires = "namespaced"
    )]
    additional_namespaces: Vec<String>,
    /// With --namespaced, let the controller ask Kubernetes whose a token is, which re-sealing
    /// through it needs
    #[arg(long, requires = "namespaced")]
    auth_delegator: bool,
    /// Serve HTTP with the certificate in this Secret of the controller's namespace
    #[arg(long, value_name = "SECRET")]
    tls_secret: Option<String>,
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
        as_flux,
        flux_namespace,
        roll_workloads,
        copy_sealed_secrets,
        kinds,
        namespaced,
        additional_namespaces,
        auth_delegator,
        tls_secret,
        definitions_only,
        format,
    } = args;
    let named: Vec<_> = kinds.iter().filter_map(|name| Kind::named(name)).collect();
    let options = Options {
        namespace,
        image,
        arguments,
        cluster_admin: !no_cluster_admin,
        replicas,
        stand_in: as_sealed_secrets,
        roll_workloads,
        copy_sealed_secrets,
        kinds: match named.is_empty() {
            true => Kind::ALL.to_vec(),
            false => named,
        },
        only: namespaced.then_some(additional_namespaces),
        delegate: auth_delegator,
        as_flux,
        flux_namespace,
        tls: tls_secret,
    };
    let all = if definitions_only {
        install::definitions(&options)
    } else {
        install::manifests(&options)
    };
    io::print(&print::objects(&all, format)?)
}
