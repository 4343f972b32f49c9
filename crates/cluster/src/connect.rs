//! Where the API server is and who we are to it: a kubeconfig or the pod we run in.

use std::path::PathBuf;

use kube::config::{Config, InClusterError, KubeConfigOptions, Kubeconfig, KubeconfigError};

use crate::{cluster::Cluster, error::chain};

mod overrides;

pub use overrides::Overrides;

/// How to find the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    /// This kubeconfig and no other. Without one: the service account of the pod we run in, else
    /// the files of `KUBECONFIG`, else `~/.kube/config`.
    pub kubeconfig: Option<PathBuf>,
    /// A context of the kubeconfig other than its current one. Naming one means a kubeconfig, also
    /// inside a pod.
    pub context: Option<String>,
    /// Whether a kubeconfig may start programs (`exec`, `auth-provider`) to log in. A person's
    /// may; a controller's may not, since who can write the file could then run anything.
    pub allow_exec: bool,
}

/// Why there is no connection. Nothing of the kubeconfig's content is repeated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The kubeconfig cannot be used.
    #[error("kubeconfig {file}: {cause}")]
    Kubeconfig {
        /// Its path, or where it was looked for.
        file: String,
        /// What is wrong, without a value.
        cause: String,
    },
    /// Neither in a pod nor a kubeconfig.
    #[error(
        "no cluster: not inside a pod ({in_cluster}), and no usable kubeconfig ({kubeconfig}); name one with --kubeconfig"
    )]
    Nowhere {
        /// What is missing of a pod's environment.
        in_cluster: String,
        /// What is wrong with the kubeconfig.
        kubeconfig: String,
    },
    /// The kubeconfig would start a program.
    #[error(
        "the kubeconfig logs in through {0:?}, which starts a program; use a token or a client certificate"
    )]
    Exec(&'static str),
    /// There is no kubeconfig that names a server, and this is no pod. (The words are client-go's:
    /// scripts know them.)
    #[error(
        "invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable"
    )]
    Empty,
    /// What kubeconfig and command line say does not go together.
    #[error("invalid configuration: {0}")]
    Invalid(String),
    /// The context, cluster or user that was asked for is in no kubeconfig, or the kubeconfig itself
    /// is not there.
    #[error("{0}")]
    Missing(String),
    /// TLS or credentials cannot be set up.
    #[error("the connection to the API server cannot be set up: {0}")]
    Setup(String),
}

impl Connection {
    /// Reads the configuration; connects to nothing.
    pub(crate) async fn load(&self) -> Result<Config, ConnectError> {
        let config = match &self.kubeconfig {
            Some(path) => self.read_file(path).await?,
            None => self.infer().await?,
        };
        if !self.allow_exec {
            refuse_exec(&config)?;
        }
        Ok(config)
    }

    async fn read_file(&self, path: &std::path::Path) -> Result<Config, ConnectError> {
        let error = |e: KubeconfigError| ConnectError::Kubeconfig {
            file: path.display().to_string(),
            cause: describe(&e),
        };
        let kubeconfig = Kubeconfig::read_from(path).map_err(error)?;
        Config::from_custom_kubeconfig(kubeconfig, &self.options())
            .await
            .map_err(error)
    }

    async fn infer(&self) -> Result<Config, ConnectError> {
        let in_cluster = match &self.context {
            Some(_) => "a context was named".to_owned(),
            None => match Config::incluster() {
                Ok(config) => return Ok(config),
                Err(error) => self.outside(&error),
            },
        };
        let nowhere = |e| ConnectError::Nowhere {
            in_cluster,
            kubeconfig: describe(&e),
        };
        Config::from_kubeconfig(&self.options())
            .await
            .map_err(nowhere)
    }

    fn outside(&self, error: &InClusterError) -> String {
        chain(error)
    }

    fn options(&self) -> KubeConfigOptions {
        KubeConfigOptions {
            context: self.context.clone(),
            ..KubeConfigOptions::default()
        }
    }
}

fn refuse_exec(config: &Config) -> Result<(), ConnectError> {
    match &config.auth_info {
        auth if auth.exec.is_some() => Err(ConnectError::Exec("exec")),
        auth if auth.auth_provider.is_some() => Err(ConnectError::Exec("auth-provider")),
        _ => Ok(()),
    }
}

/// What is wrong with a kubeconfig. A YAML error quotes the text around it, which may be a token;
/// an error about a URL may quote a password: those say only what kind of error they are.
fn describe(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::Parse(_) => "it is not a kubeconfig in YAML".to_owned(),
        KubeconfigError::ParseClusterUrl(_) => "cluster.server is no URL".to_owned(),
        KubeconfigError::ParseProxyUrl(_) => "cluster.proxy-url is no URL".to_owned(),
        other => chain(other),
    }
}

impl Cluster {
    /// Reads the configuration and prepares the connections. The first request opens them.
    ///
    /// # Errors
    /// If there is no usable configuration, or it would start a program and may not.
    pub async fn connect(connection: &Connection) -> Result<Self, ConnectError> {
        Self::from_config(connection.load().await?).map_err(|e| ConnectError::Setup(chain(&e)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use super::*;

    const TOKEN: &str = "canary-token-4711";

    fn kubeconfig(user: &str) -> String {
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: c\n\
             clusters: [{{name: k, cluster: {{server: 'http://127.0.0.1:1'}}}}]\n\
             contexts: [{{name: c, context: {{cluster: k, user: u, namespace: here}}}}]\n\
             users: [{{name: u, user: {user}}}]\n"
        )
    }

    async fn load(text: &str, allow_exec: bool) -> Result<Config, ConnectError> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config");
        std::fs::write(&path, text).unwrap();
        Connection {
            kubeconfig: Some(path),
            context: None,
            allow_exec,
        }
        .load()
        .await
    }

    #[tokio::test]
    async fn a_kubeconfig_names_server_and_namespace() {
        let config = load(&kubeconfig(&format!("{{token: {TOKEN}}}")), false)
            .await
            .unwrap();
        assert_eq!(config.cluster_url.to_string(), "http://127.0.0.1:1/");
        assert_eq!(config.default_namespace, "here");
    }

    #[tokio::test]
    async fn a_kubeconfig_starts_programs_only_where_that_is_allowed() {
        let exec = "{exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/false}}";
        assert!(matches!(
            load(&kubeconfig(exec), false).await,
            Err(ConnectError::Exec("exec"))
        ));
        assert!(load(&kubeconfig(exec), true).await.is_ok());
        let provider = "{auth-provider: {name: gcp, config: {cmd-path: /bin/false}}}";
        assert!(matches!(
            load(&kubeconfig(provider), false).await,
            Err(ConnectError::Exec("auth-provider"))
        ));
    }

    #[tokio::test]
    async fn a_broken_kubeconfig_is_not_quoted() {
        for text in [
            kubeconfig(&format!("{{token: [{TOKEN}]}}")),
            format!("users:\n- {TOKEN}\n  {TOKEN}: [\n"),
            kubeconfig("{}").replace("http://127", &format!("http://u:{TOKEN}@ 127")),
        ] {
            let error = load(&text, false).await.unwrap_err();
            assert!(matches!(error, ConnectError::Kubeconfig { .. }));
            assert!(!format!("{error} {error:?}").contains(TOKEN), "{error}");
        }
    }
}
