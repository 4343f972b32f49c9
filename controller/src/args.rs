//! What the operator typed. [`crate::settings`] says what it means.

mod build;
mod flux;
mod peer;
mod sync;

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use signet_seal::secret::TemplateRules;

pub use build::{BuildArgs, SandboxArg};
pub use flux::FluxArgs;
use peer::truth;
pub use peer::{KeyOrder, PeerArgs};
pub use sync::{SopsMacArg, SyncArgs};

/// Unseals SealedSecrets and keeps the cluster equal to a Git repository
#[derive(Debug, Parser)]
#[command(name = "signet-controller", version, about, args_override_self = true)]
pub struct Args {
    /// Reach the cluster by this kubeconfig instead of the pod's ServiceAccount
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Use this context of the kubeconfig
    #[arg(long)]
    pub context: Option<String>,
    /// Namespace of the sealing keys [default: the pod's own, else signet-system]
    #[arg(long)]
    pub namespace: Option<String>,
    /// Serve the certificate, re-sealing and health here
    #[arg(long, default_value = "0.0.0.0:8080", value_name = "ADDRESS")]
    pub listen_addr: String,
    /// Serve metrics here
    #[arg(
        long,
        alias = "metrics-addr",
        default_value = "0.0.0.0:8081",
        value_name = "ADDRESS"
    )]
    pub listen_metrics_addr: String,
    /// Serve the artifacts of sources here, to whoever can reach it
    #[arg(long, default_value = "0.0.0.0:9090", value_name = "ADDRESS")]
    pub storage_addr: String,
    /// Take the calls of Git servers here, for Receivers
    #[arg(long, default_value = "0.0.0.0:9292", value_name = "ADDRESS")]
    pub webhooks_addr: String,
    /// Name this address in the status of sources as where artifacts are served, with http:// or
    /// https:// in front or without [default: the Service, or --storage-addr if that is no wildcard]
    #[arg(long, value_name = "ADDRESS")]
    pub storage_adv_addr: Option<String>,
    /// Keep older artifacts of a source at least this long
    #[arg(long, default_value = "60s", value_name = "DURATION")]
    pub artifact_retention_ttl: String,
    /// Keep this many artifacts of a source
    #[arg(long, default_value_t = 2, value_name = "N")]
    pub artifact_retention_records: usize,
    /// Fetch sources from these hosts only, such as git.example or *.example.com
    #[arg(long, value_delimiter = ',', value_name = "HOST,…")]
    pub source_hosts: Vec<String>,
    /// Keep Git objects and artifacts here
    #[arg(long, default_value = "/data", value_name = "DIR")]
    pub storage_path: PathBuf,
    /// What to do with a plain Secret that is committed with data
    #[arg(long, value_enum, default_value_t = PlainSecretsArg::Warn)]
    pub plain_secrets: PlainSecretsArg,
    /// Apply Kustomizations of the controller's own namespace as this ServiceAccount of it
    #[arg(long, default_value = "signet-apply", value_name = "NAME")]
    pub own_service_account: String,
    /// Apply other Kustomizations that name no ServiceAccount as this one of their namespace
    #[arg(long, default_value = "default", value_name = "NAME")]
    pub default_service_account: String,
    /// Make a new sealing key when the newest is older than this; 0 never does
    #[arg(
        long,
        alias = "rotate-period",
        default_value = "720h",
        value_name = "DURATION"
    )]
    pub key_renew_period: String,
    /// Work on these kinds and leave the others to another controller, such as one of Flux's
    #[arg(long, value_enum, value_delimiter = ',', value_name = "KIND,…", default_values_t = [KindArg::Gitrepository, KindArg::Kustomization, KindArg::Receiver, KindArg::Sealedsecret])]
    pub kinds: Vec<KindArg>,
    /// Let several replicas agree on one that works, by a Lease
    #[arg(long, alias = "enable-leader-election", value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_parser = truth, action = clap::ArgAction::Set)]
    pub leader_elect: bool,
    /// Answer /v1/verify and /v1/rotate only to callers with a Kubernetes token who may read the
    /// Secret
    #[arg(long)]
    pub require_token: bool,
    /// Serve HTTP with this certificate, artifacts apart; read again when the file changes
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Private key of the certificate
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Answer plain HTTP on the same ports too, which whoever comes through the API server speaks
    #[arg(long, requires = "tls_cert")]
    pub tls_optional: bool,
    /// Whose pods are rolled when a Secret that they read changes in value
    #[arg(long, value_enum, default_value_t = RollArg::Off)]
    pub roll_workloads: RollArg,
    /// Copy the Secrets of cluster-wide SealedSecrets to the namespaces that they name in annotation
    /// signet.dev/copy-to and that accept them, which needs the right to delete Secrets
    #[arg(long)]
    pub copy_sealed_secrets: bool,
    /// Flags about the programs that render
    #[command(flatten)]
    pub build: BuildArgs,
    /// Render templates of SealedSecrets by the rules of this release of the sealed-secrets
    /// controller: 0.40, where a sealed item counts before a template of its name, or 0.36, where
    /// it is the other way round
    #[arg(long, default_value = "0.40", value_name = "RELEASE")]
    pub template_rules: TemplateRules,
    /// Flags of the sealed-secrets controller
    #[command(flatten)]
    pub peer: PeerArgs,
    /// Flags about Kustomizations
    #[command(flatten)]
    pub sync: SyncArgs,
    /// Flags of Flux's controllers
    #[command(flatten)]
    pub flux: FluxArgs,
    /// How many Kustomizations and repositories are worked on at once
    #[arg(long, default_value_t = 16, value_name = "N")]
    pub concurrent: usize,
    /// How many requests of one Kustomization are under way at once
    #[arg(long, alias = "concurrent-ssa", default_value_t = 32, value_name = "N")]
    pub concurrent_apply: usize,
    /// Accept a sealing key whose private half is published in keys-example: anybody can open it
    #[arg(long)]
    pub danger_accept_the_published_example_key: bool,
    /// Form of the log lines
    #[arg(long, alias = "log-encoding", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// Least severe level that is logged, such as info or signet_controller=debug
    #[arg(long, default_value = "info", value_name = "FILTER")]
    pub log_level: String,
}

/// A kind that this controller can work on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KindArg {
    /// GitRepository; if left out, Kustomizations follow the revision that its status names
    Gitrepository,
    /// Kustomization
    Kustomization,
    /// Receiver
    Receiver,
    /// SealedSecret
    Sealedsecret,
}

/// Which workloads are rolled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RollArg {
    /// None
    Off,
    /// Those with annotation signet.dev/roll-on-secret-change: "true"
    Annotated,
    /// All but those where that annotation is "false"
    All,
}

/// Policy for plain Secrets in a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PlainSecretsArg {
    /// Apply them and say nothing
    Allow,
    /// Apply them, and say so in an event
    Warn,
    /// Apply nothing of the commit
    Refuse,
}

/// Form of the log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    #[value(alias = "console")]
    Text,
    /// For machines, one object a line, with the keys of Flux's controllers
    Json,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use signet_api::install::{self, Options};

    use super::*;

    /// What `signet migrate` says about the peer's flags is what we take.
    #[test]
    fn every_flag_of_the_peer_is_taken_and_none_is_forgotten() {
        use clap::Args as _;
        use signet_api::peer_flags::PEER_FLAGS;
        for flag in PEER_FLAGS {
            let word = format!("--{}={}", flag.name, flag.default);
            let parsed = Args::try_parse_from(["signet-controller", &word]);
            assert!(parsed.is_ok(), "{word}");
        }
        let command = PeerArgs::augment_args(clap::Command::new("peer"));
        for ours in command.get_arguments().filter_map(clap::Arg::get_long) {
            assert!(PEER_FLAGS.iter().any(|flag| flag.name == ours), "{ours}");
        }
    }

    #[test]
    fn the_installed_deployment_passes_flags_that_exist() {
        let all = install::manifests(&Options::new("image"));
        let pointer = "/spec/template/spec/containers/0/args";
        let mut given = all.iter().filter_map(|object| object.pointer(pointer));
        let given = given.next().and_then(|args| args.as_array()).cloned();
        let given = given.unwrap_or_default();
        let words = given.iter().filter_map(|word| word.as_str());
        let parsed = Args::try_parse_from(std::iter::once("signet-controller").chain(words));
        assert!(!given.is_empty(), "a container has arguments");
        assert_eq!(
            parsed.map(|args| args.storage_path).ok(),
            Some("/data".into())
        );
    }

    /// Flags that a pod has no use for, that are always on, or that can ask for nothing new.
    const NOT_IN_THE_CHART: [&str; 11] = [
        "kubeconfig",
        "context",
        "namespace",
        "watch-for-secrets",
        "watch-label-selector",
        "custom-apply-stage-kinds",
        "feature-gates",
        "http-retry",
        "insecure-kubeconfig-exec",
        "no-remote-bases",
        "help",
    ];

    #[test]
    fn the_chart_has_a_value_for_every_flag() {
        let template = include_str!("../../deploy/chart/templates/_args.tpl");
        let command = Args::command();
        let flags = command.get_arguments().filter_map(clap::Arg::get_long);
        let forms = |flag: &str| [format!("(list \"{flag}\" "), format!("\"--{flag}")];
        let missing: Vec<_> = flags
            .filter(|flag| !NOT_IN_THE_CHART.contains(flag))
            .filter(|flag| !forms(flag).iter().any(|form| template.contains(form)))
            .collect();
        assert_eq!(missing, [""; 0], "deploy/chart/templates/_args.tpl");
    }
}
