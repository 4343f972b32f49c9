//! What was typed and what the environment says, joined. The only place of the command line that
//! reads the environment.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use signet_api::install;
use signet_cluster::{Overrides, Proxies};
use zeroize::Zeroizing;

use crate::args::ClusterArgs;

/// The environment, read once.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `SIGNET_CERT`: certificate file or URL.
    pub cert: Option<String>,
    /// `SIGNET_CONTROLLER_URL`: where the controller is reached without the API server.
    pub controller_url: Option<String>,
    /// `SIGNET_CONTROLLER_NAMESPACE`.
    pub controller_namespace: Option<String>,
    /// `SIGNET_CONTROLLER_NAME`.
    pub controller_name: Option<String>,
    /// Every `SEALED_SECRETS_*`, as kubeseal reads them.
    pub kubeseal: Variables,
    /// Kubeconfig files, in the order of `KUBECONFIG`; else the one in the home directory.
    pub kubeconfigs: Vec<PathBuf>,
    /// `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, in capitals or not.
    pub proxies: Proxies,
    /// The pod we run in, as far as the environment tells.
    pub pod: Pod,
}

/// Variables by name. Their values may be secrets, so they are wiped and not shown.
#[derive(Clone, Default)]
pub struct Variables(pub BTreeMap<String, Zeroizing<String>>);

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// What a pod's environment says.
#[derive(Clone, Debug, Default)]
pub struct Pod {
    /// Whether `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT` are set.
    pub is_likely: bool,
    /// `POD_NAMESPACE`.
    pub namespace: Option<String>,
}

impl Environment {
    /// Reads it. An empty variable counts as unset, but for kubeseal's.
    pub fn read() -> Self {
        Self {
            cert: variable("SIGNET_CERT"),
            controller_url: variable("SIGNET_CONTROLLER_URL"),
            controller_namespace: variable("SIGNET_CONTROLLER_NAMESPACE"),
            controller_name: variable("SIGNET_CONTROLLER_NAME"),
            kubeseal: Variables(with_prefix("SEALED_SECRETS_")),
            kubeconfigs: kubeconfigs(),
            proxies: Proxies {
                http: either("HTTP_PROXY", "http_proxy"),
                https: either("HTTPS_PROXY", "https_proxy"),
                none_for: either("NO_PROXY", "no_proxy"),
            },
            pod: Pod {
                is_likely: variable("KUBERNETES_SERVICE_HOST").is_some()
                    && variable("KUBERNETES_SERVICE_PORT").is_some(),
                namespace: variable("POD_NAMESPACE"),
            },
        }
    }
}

/// Which cluster, and where the controller is in it: nothing left to guess.
#[derive(Clone, Debug)]
pub struct Target {
    /// An explicit kubeconfig.
    pub kubeconfig: Option<PathBuf>,
    /// An explicit context.
    pub context: Option<String>,
    /// Namespace of the controller.
    pub namespace: String,
    /// Name of its Service.
    pub service: String,
    /// Whether the place is only kubeseal's default, so that Signet's own may answer instead.
    pub or_signet: bool,
    /// kubectl's flags about the connection, which then say everything about it.
    pub over: Option<Box<Overrides>>,
}

impl Target {
    /// Flag, else environment, else the names that `signet install` gives.
    pub fn new(args: ClusterArgs, environment: &Environment) -> Self {
        let ClusterArgs {
            kubeconfig,
            context,
            controller_namespace,
            controller_name,
        } = args;
        Self {
            kubeconfig,
            context,
            namespace: controller_namespace
                .or_else(|| environment.controller_namespace.clone())
                .unwrap_or_else(|| install::NAMESPACE.to_owned()),
            service: controller_name
                .or_else(|| environment.controller_name.clone())
                .unwrap_or_else(|| install::CONTROLLER.to_owned()),
            or_signet: false,
            over: None,
        }
    }

    /// The same cluster, with the controller where `signet install` puts it.
    #[must_use]
    pub fn signet(&self) -> Self {
        Self {
            namespace: install::NAMESPACE.to_owned(),
            service: install::CONTROLLER.to_owned(),
            or_signet: false,
            ..self.clone()
        }
    }
}

/// Where the sealing certificate comes from.
#[derive(Clone, Debug)]
pub enum CertificateSource {
    /// A file.
    File(PathBuf),
    /// `http://` or `https://`, and how to get there.
    Url(String, Proxies),
    /// What the cluster publishes.
    Cluster(Target),
}

impl CertificateSource {
    /// What `--cert` or its variable says, else the cluster.
    pub fn new(cert: Option<String>, target: Target, environment: &Environment) -> Self {
        match cert {
            None => Self::Cluster(target),
            Some(url) if url.starts_with("http://") || url.starts_with("https://") => {
                Self::Url(url, environment.proxies.clone())
            }
            Some(path) => Self::File(path.strip_prefix("file://").unwrap_or(&path).into()),
        }
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn either(first: &str, second: &str) -> Option<String> {
    variable(first).or_else(|| variable(second))
}

/// Every variable whose name begins so. One that is not UTF-8 is left out.
fn with_prefix(prefix: &str) -> BTreeMap<String, Zeroizing<String>> {
    let texts = std::env::vars_os().filter_map(|(name, value)| {
        let name = name.into_string().ok()?;
        Some((name, Zeroizing::new(value.into_string().ok()?)))
    });
    texts.filter(|(name, _)| name.starts_with(prefix)).collect()
}

fn kubeconfigs() -> Vec<PathBuf> {
    match std::env::var_os("KUBECONFIG").filter(|value| !value.is_empty()) {
        Some(list) => std::env::split_paths(&list).collect(),
        None => std::env::home_dir()
            .map(|home| home.join(".kube/config"))
            .into_iter()
            .collect(),
    }
}
