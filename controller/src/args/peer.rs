//! Flags of the sealed-secrets controller, with its names, forms and defaults, so that a Deployment
//! or a Helm chart made for it starts this controller too.
//!
//! Truth values are written as Go reads them: `--flag`, `--flag=true`, `--flag=0`. Whatever is left
//! out can be given as `SEALED_SECRETS_` and the flag's name in capitals; the command line wins.

use clap::{ArgAction, Args, ValueEnum};

/// See the module's documentation.
#[derive(Debug, Args)]
pub struct PeerArgs {
    /// Open the deprecated form of a SealedSecret, spec.data
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "true", default_missing_value = "true", value_parser = truth, action = ArgAction::Set)]
    pub accept_deprecated_v1_data: bool,
    /// Look after the controller's namespace and these only, separated by commas
    #[arg(long, default_value = "", value_name = "NAMESPACES")]
    pub additional_namespaces: String,
    /// Look after all namespaces; false means the controller's own
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "true", default_missing_value = "true", value_parser = truth, action = ArgAction::Set)]
    pub all_namespaces: bool,
    /// Make a new sealing key if the newest is older than this time, as `date -R` prints it
    #[arg(long, default_value = "", value_name = "TIME")]
    pub key_cutoff_time: String,
    /// What says which key is the newest
    #[arg(long, value_enum, default_value_t = KeyOrder::CertNotBefore, value_name = "FIELD")]
    pub key_order_priority: KeyOrder,
    /// Names of key Secrets begin so
    #[arg(long, default_value = "sealed-secrets-key", value_name = "PREFIX")]
    pub key_prefix: String,
    /// Bits of a new sealing key: 2048, 3072, 4096 or 8192
    #[arg(long, default_value_t = 4096, value_name = "BITS")]
    pub key_size: usize,
    /// How long the certificate of a new key may be sealed for
    #[arg(long, default_value = "87600h", value_name = "DURATION")]
    pub key_ttl: String,
    /// Send at most this many requests a second; negative means no limit [default: no limit]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub kubeclient_qps: Option<f64>,
    /// Send up to this many requests at once beyond --kubeclient-qps
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub kubeclient_burst: u32,
    /// Look after SealedSecrets with these labels only
    #[arg(long, default_value = "", value_name = "SELECTOR")]
    pub label_selector: String,
    /// Log warnings and errors to standard error, all else to standard output; false: all to
    /// standard error
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "true", default_missing_value = "true", value_parser = truth, action = ArgAction::Set)]
    pub log_info_stdout: bool,
    /// How often a failure is tried again within a second; after that the waits grow to 5 minutes
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub max_unseal_retries: u32,
    /// Show no name of a SealedSecret in the metrics
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_parser = truth, action = ArgAction::Set)]
    pub metrics_omit_secret_labels: bool,
    /// Common name in the certificate of a new key
    #[arg(long, default_value = "", value_name = "NAME")]
    pub my_cn: String,
    /// Delete the Secret of a SealedSecret that is gone oneself, which needs the right to; without
    /// it Kubernetes does, by owner reference
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_parser = truth, action = ArgAction::Set)]
    pub old_gc_behavior: bool,
    /// Annotations of new key Secrets, as key=value separated by commas
    #[arg(long, default_value = "", value_name = "PAIRS")]
    pub privatekey_annotations: String,
    /// Further labels of new key Secrets, as key=value separated by commas
    #[arg(long, default_value = "", value_name = "PAIRS")]
    pub privatekey_labels: String,
    /// Answers of /v1/verify and /v1/rotate a second, for each caller
    #[arg(long, default_value_t = 2, value_name = "N")]
    pub rate_limit: u32,
    /// How many more of them at once
    #[arg(long, default_value_t = 2, value_name = "N")]
    pub rate_limit_burst: u32,
    /// A caller has this long to send a request
    #[arg(long, default_value = "2m", value_name = "DURATION")]
    pub read_timeout: String,
    /// A caller has this long to take an answer
    #[arg(long, default_value = "2m", value_name = "DURATION")]
    pub write_timeout: String,
    /// Do not make a Secret again that somebody deleted
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_parser = truth, action = ArgAction::Set)]
    pub skip_recreate: bool,
    /// Write the status of SealedSecrets; without it every restart opens everything again
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "true", default_missing_value = "true", value_parser = truth, action = ArgAction::Set)]
    pub update_status: bool,
    /// Take new key Secrets in while running; this is always done, so false is refused
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "true", default_missing_value = "true", value_parser = truth, action = ArgAction::Set)]
    pub watch_for_secrets: bool,
}

/// What orders the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KeyOrder {
    /// The first day of its certificate
    #[value(name = "CertNotBefore")]
    CertNotBefore,
    /// The age of its Secret
    #[value(name = "SecretCreationTimestamp")]
    SecretCreationTimestamp,
}

/// Go's `strconv.ParseBool`.
pub(super) fn truth(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("write true or false".to_owned()),
    }
}
