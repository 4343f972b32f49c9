//! What the flags and the environment mean together. The only place here that reads the
//! environment.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use signet_api::{duration, install};
use signet_cluster::Connection;
use signet_engine::guard::PlainSecrets;
use signet_source::Retention;

use crate::args::{Args, KindArg, LogFormat, PlainSecretsArg};

const NAMESPACE_FILE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/// How SealedSecrets are dealt with.
#[derive(Clone, Debug)]
pub struct Unsealing {
    /// Namespaces that are looked after; `None` all of them.
    pub namespaces: Option<Vec<String>>,
    /// SealedSecrets that do not match are not ours.
    pub label_selector: Option<String>,
    /// Whether a status is written.
    pub update_status: bool,
    /// Whether a Secret that somebody deleted stays deleted until the next start.
    pub skip_recreate: bool,
    /// Whether the deprecated `spec.data` is opened.
    pub accept_deprecated: bool,
}

impl Default for Unsealing {
    fn default() -> Self {
        Self {
            namespaces: None,
            label_selector: None,
            update_status: true,
            skip_recreate: false,
            accept_deprecated: true,
        }
    }
}

impl Unsealing {
    /// The watches that are needed: one of everything, or one for each namespace.
    pub fn scopes(&self) -> Vec<Option<String>> {
        match &self.namespaces {
            None => vec![None],
            Some(namespaces) => namespaces.iter().cloned().map(Some).collect(),
        }
    }
}

/// Everything the controller was told, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How the API server is reached.
    pub connection: Connection,
    /// Namespace of the key Secrets and of the published certificate.
    pub namespace: String,
    /// Address of the certificate, re-sealing and health.
    pub listen: SocketAddr,
    /// Address of the metrics.
    pub listen_metrics: SocketAddr,
    /// Address of the artifacts.
    pub listen_artifacts: SocketAddr,
    /// What the paths of artifacts are put behind to make URLs; ends with a slash.
    pub artifacts_url: String,
    /// Which older artifacts stay.
    pub retention: Retention,
    /// Directory of Git objects and artifacts.
    pub storage: PathBuf,
    /// Policy for plain Secrets in a repository.
    pub plain_secrets: PlainSecrets,
    /// ServiceAccount that applies for Kustomizations of our own namespace.
    pub own_service_account: String,
    /// ServiceAccount that applies for all others that name none.
    pub default_service_account: String,
    /// Age at which a new sealing key is made; `None` never.
    pub key_renew_period: Option<Duration>,
    /// What is worked on.
    pub kinds: Vec<KindArg>,
    /// Reconciliations at once, for each kind.
    pub concurrent: usize,
    /// Requests at once in one reconciliation.
    pub concurrent_apply: usize,
    /// How SealedSecrets are dealt with.
    pub unsealing: Unsealing,
    /// Whether the published example key may be used.
    pub danger_accept_published_key: bool,
    /// Form of the log lines.
    pub log_format: LogFormat,
    /// Filter of the log lines.
    pub log_level: String,
}

impl Settings {
    /// Joins flags and environment.
    ///
    /// # Errors
    /// An address or duration that cannot be read, with the flag's name.
    pub fn new(args: Args) -> Result<Self> {
        let Args {
            kubeconfig,
            context,
            namespace,
            listen_addr,
            listen_metrics_addr,
            storage_addr,
            storage_adv_addr,
            artifact_retention_ttl,
            artifact_retention_records,
            storage_path,
            plain_secrets,
            own_service_account,
            default_service_account,
            key_renew_period,
            kinds,
            concurrent,
            concurrent_apply,
            danger_accept_the_published_example_key,
            log_format,
            log_level,
        } = args;
        let address = |flag: &str, text: &str| {
            text.parse()
                .with_context(|| format!("--{flag}: {text} is no address such as 0.0.0.0:8080"))
        };
        let period = duration::parse(&key_renew_period)
            .or_else(|| (key_renew_period == "0").then_some(Duration::ZERO))
            .with_context(|| {
                format!("--key-renew-period: {key_renew_period} is no duration such as 720h")
            })?;
        let namespace = namespace
            .or_else(pod_namespace)
            .unwrap_or_else(|| "signet-system".to_owned());
        let listen_artifacts: SocketAddr = address("storage-addr", &storage_addr)?;
        let age = duration::parse(&artifact_retention_ttl).with_context(|| {
            format!("--artifact-retention-ttl: {artifact_retention_ttl} is no duration such as 60s")
        })?;
        Ok(Self {
            connection: connection(kubeconfig, context),
            artifacts_url: artifacts_url(storage_adv_addr, listen_artifacts, &namespace),
            listen_artifacts,
            retention: Retention {
                records: artifact_retention_records,
                age,
            },
            namespace,
            listen: address("listen-addr", &listen_addr)?,
            listen_metrics: address("listen-metrics-addr", &listen_metrics_addr)?,
            storage: storage_path,
            plain_secrets: match plain_secrets {
                PlainSecretsArg::Allow => PlainSecrets::Allow,
                PlainSecretsArg::Warn => PlainSecrets::Warn,
                PlainSecretsArg::Refuse => PlainSecrets::Refuse,
            },
            own_service_account,
            default_service_account,
            key_renew_period: (!period.is_zero()).then_some(period),
            kinds,
            concurrent: concurrent.max(1),
            concurrent_apply: concurrent_apply.max(1),
            unsealing: Unsealing::default(),
            danger_accept_published_key: danger_accept_the_published_example_key,
            log_format,
            log_level,
        })
    }
}

/// A controller runs no program that a kubeconfig names (threat T29).
fn connection(kubeconfig: Option<PathBuf>, context: Option<String>) -> Connection {
    Connection {
        kubeconfig,
        context,
        allow_exec: false,
    }
}

/// Where others reach the artifacts. The dot behind the Service's name spares them the search list.
fn artifacts_url(given: Option<String>, listen: SocketAddr, namespace: &str) -> String {
    let address = given.unwrap_or_else(|| match listen.ip().is_unspecified() {
        true => format!("{}.{namespace}.svc.cluster.local.", install::CONTROLLER),
        false => listen.to_string(),
    });
    let address = address.trim_end_matches('/');
    match address.contains("://") {
        true => format!("{address}/"),
        false => format!("http://{address}/"),
    }
}

fn pod_namespace() -> Option<String> {
    std::env::var("POD_NAMESPACE")
        .ok()
        .or_else(|| std::fs::read_to_string(NAMESPACE_FILE).ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
}
