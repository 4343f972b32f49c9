//! Flags of Flux's source-controller and kustomize-controller, with their names, forms and, where it is
//! no other by design, their defaults, so that the arguments of their Deployments start this controller
//! too. Those that are ours as well stand with ours, under both names.

use clap::{ArgAction, Args, value_parser};

use super::peer::truth;

/// See the module's documentation.
#[derive(Debug, Args)]
pub struct FluxArgs {
    /// Post every event of Kustomizations, sources and Receivers here, too, such as to Flux's
    /// notification-controller
    #[arg(long, default_value = "", value_name = "URL")]
    pub events_addr: String,
    /// With --leader-elect, hold the Leases of Flux's source-controller and kustomize-controller in this
    /// namespace, too, so that they and this controller never work at the same time [default: the
    /// controller's own]
    #[arg(long, value_name = "NAMESPACE")]
    pub flux_namespace: Option<String>,
    /// Look after GitRepositories, Kustomizations and Receivers of all namespaces; false means the
    /// controller's own
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "true", default_missing_value = "true", value_parser = truth, action = ArgAction::Set)]
    pub watch_all_namespaces: bool,
    /// Look after objects with these labels only; not supported, so anything but nothing is refused
    #[arg(long, default_value = "", value_name = "SELECTOR")]
    pub watch_label_selector: String,
    /// Lengthen or shorten each interval at random by up to this much
    #[arg(long, default_value_t = 5, value_name = "PERCENT", value_parser = value_parser!(u8).range(0..100))]
    pub interval_jitter_percentage: u8,
    /// Wait this long before a failure is tried again the first time; each time twice as long
    #[arg(long, default_value = "1s", value_name = "DURATION")]
    pub min_retry_delay: String,
    /// Wait no longer than this
    #[arg(long, default_value = "5m", value_name = "DURATION")]
    pub max_retry_delay: String,
    /// Look this often at dependencies that are not ready; that they are is seen at once in any case
    #[arg(long, default_value = "30s", value_name = "DURATION")]
    pub requeue_dependency: String,
    /// Apply these kinds before others; not supported, so anything but nothing is refused
    #[arg(long, default_value = "", value_name = "KINDS")]
    pub custom_apply_stage_kinds: String,
    /// Switch features of Flux's; one that would have to work otherwise than here is refused
    #[arg(long, value_delimiter = ',', value_name = "NAME=BOOL,…")]
    pub feature_gates: Vec<String>,
    /// No effect: artifacts are not fetched over HTTP
    #[arg(long, hide = true, value_name = "N")]
    pub http_retry: Option<u32>,
    /// No effect beyond the default: programs that a kubeconfig names are never run
    #[arg(long, hide = true, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_parser = truth, action = ArgAction::Set)]
    pub insecure_kubeconfig_exec: bool,
}
