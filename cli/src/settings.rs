//! What was typed and what the environment says, joined. The only place of the command line that
//! reads the environment.

use std::path::PathBuf;

use signet_api::install;

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
    /// `SEALED_SECRETS_*`, as kubeseal reads them.
    pub kubeseal: KubesealEnvironment,
    /// Kubeconfig files, in the order of `KUBECONFIG`; else the one in the home directory.
    pub kubeconfigs: Vec<PathBuf>,
}

/// What kubeseal takes from the environment.
#[derive(Clone, Debug, Default)]
pub struct KubesealEnvironment {
    /// `SEALED_SECRETS_CERT`.
    pub cert: Option<String>,
    /// `SEALED_SECRETS_CONTROLLER_NAME`.
    pub controller_name: Option<String>,
    /// `SEALED_SECRETS_CONTROLLER_NAMESPACE`.
    pub controller_namespace: Option<String>,
    /// `SEALED_SECRETS_FORMAT`.
    pub format: Option<String>,
    /// `SEALED_SECRETS_SCOPE`.
    pub scope: Option<String>,
    /// `SEALED_SECRETS_NAMESPACE`.
    pub namespace: Option<String>,
    /// `SEALED_SECRETS_KUBECONFIG`.
    pub kubeconfig: Option<String>,
}

impl Environment {
    /// Reads it. An empty variable counts as unset.
    pub fn read() -> Self {
        Self {
            cert: variable("SIGNET_CERT"),
            controller_url: variable("SIGNET_CONTROLLER_URL"),
            controller_namespace: variable("SIGNET_CONTROLLER_NAMESPACE"),
            controller_name: variable("SIGNET_CONTROLLER_NAME"),
            kubeseal: KubesealEnvironment {
                cert: variable("SEALED_SECRETS_CERT"),
                controller_name: variable("SEALED_SECRETS_CONTROLLER_NAME"),
                controller_namespace: variable("SEALED_SECRETS_CONTROLLER_NAMESPACE"),
                format: variable("SEALED_SECRETS_FORMAT"),
                scope: variable("SEALED_SECRETS_SCOPE"),
                namespace: variable("SEALED_SECRETS_NAMESPACE"),
                kubeconfig: variable("SEALED_SECRETS_KUBECONFIG"),
            },
            kubeconfigs: kubeconfigs(),
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
    /// `http://` or `https://`.
    Url(String),
    /// What the cluster publishes.
    Cluster(Target),
}

impl CertificateSource {
    /// What `--cert` or its variable says, else the cluster.
    pub fn new(cert: Option<String>, target: Target) -> Self {
        match cert {
            None => Self::Cluster(target),
            Some(url) if url.starts_with("http://") || url.starts_with("https://") => {
                Self::Url(url)
            }
            Some(path) => Self::File(path.strip_prefix("file://").unwrap_or(&path).into()),
        }
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
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
