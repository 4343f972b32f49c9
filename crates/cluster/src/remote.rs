//! Other clusters, by a kubeconfig that somebody put into a Secret: only what such a text can say by
//! itself is taken (threat T29).

use kube::config::{Config, KubeConfigOptions, Kubeconfig};

use crate::cluster::Cluster;
use crate::connect::ConnectError;
use crate::error::chain;

/// How messages name the kubeconfig; its text is never repeated.
const NAME: &str = "of the Secret";

impl Cluster {
    /// A connection as the text of a kubeconfig says. Opens nothing yet.
    ///
    /// # Errors
    /// The text is no kubeconfig; or it would start a program (`exec`, `auth-provider`), read a file
    /// of ours (certificates, keys or tokens by path) or trust any server
    /// (`insecure-skip-tls-verify`).
    pub async fn of_kubeconfig(text: &[u8]) -> Result<Self, ConnectError> {
        let text = std::str::from_utf8(text).map_err(|_| unusable("it is not UTF-8"))?;
        let kubeconfig =
            Kubeconfig::from_yaml(text).map_err(|_| unusable("it is not a kubeconfig in YAML"))?;
        refuse(&kubeconfig)?;
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
            .await
            .map_err(|error| unusable(&chain(&error)))?;
        Self::from_config(config).map_err(|error| ConnectError::Setup(chain(&error)))
    }
}

fn refuse(kubeconfig: &Kubeconfig) -> Result<(), ConnectError> {
    for cluster in kubeconfig
        .clusters
        .iter()
        .filter_map(|named| named.cluster.as_ref())
    {
        if cluster.insecure_skip_tls_verify == Some(true) {
            return Err(unusable(
                "it skips the check of the server's certificate; give certificate-authority-data",
            ));
        }
        if cluster.certificate_authority.is_some() {
            return Err(file("certificate-authority"));
        }
    }
    for user in kubeconfig
        .auth_infos
        .iter()
        .filter_map(|named| named.auth_info.as_ref())
    {
        if user.exec.is_some() {
            return Err(ConnectError::Exec("exec"));
        }
        if user.auth_provider.is_some() {
            return Err(ConnectError::Exec("auth-provider"));
        }
        let files = [
            ("client-certificate", &user.client_certificate),
            ("client-key", &user.client_key),
            ("tokenFile", &user.token_file),
        ];
        if let Some((field, _)) = files.iter().find(|(_, path)| path.is_some()) {
            return Err(file(field));
        }
    }
    Ok(())
}

fn file(field: &str) -> ConnectError {
    unusable(&format!(
        "{field} names a file; put the content itself into the kubeconfig"
    ))
}

fn unusable(cause: &str) -> ConnectError {
    ConnectError::Kubeconfig {
        file: NAME.to_owned(),
        cause: cause.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use super::*;

    const TOKEN: &str = "canary-token-4711";

    fn kubeconfig(cluster: &str, user: &str) -> String {
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: c\n\
             clusters: [{{name: k, cluster: {{server: 'https://127.0.0.1:1'{cluster}}}}}]\n\
             contexts: [{{name: c, context: {{cluster: k, user: u}}}}]\n\
             users: [{{name: u, user: {{{user}}}}}]\n"
        )
    }

    async fn refused(cluster: &str, user: &str) -> String {
        let text = kubeconfig(cluster, user);
        let error = Cluster::of_kubeconfig(text.as_bytes()).await.err().unwrap();
        let said = format!("{error} {error:?}");
        assert!(!said.contains(TOKEN), "{said}");
        error.to_string()
    }

    #[tokio::test]
    async fn a_token_and_an_authority_in_the_text_are_enough() {
        let text = kubeconfig("", &format!("token: {TOKEN}"));
        assert!(Cluster::of_kubeconfig(text.as_bytes()).await.is_ok());
    }

    #[tokio::test]
    async fn programs_files_and_blind_trust_are_refused() {
        let exec = "exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/false}";
        assert!(refused("", exec).await.contains("starts a program"));
        let provider = "auth-provider: {name: gcp, config: {cmd-path: /bin/false}}";
        assert!(refused("", provider).await.contains("starts a program"));
        for path in ["client-certificate", "client-key", "tokenFile"] {
            let said = refused("", &format!("{path}: /var/run/secrets/token")).await;
            assert!(said.contains(path), "{said}");
        }
        let said = refused(", certificate-authority: /etc/ca.crt", "").await;
        assert!(said.contains("certificate-authority"), "{said}");
        let said = refused(", insecure-skip-tls-verify: true", "").await;
        assert!(said.contains("skips the check"), "{said}");
    }

    #[tokio::test]
    async fn what_is_no_kubeconfig_is_not_quoted() {
        for text in [format!("users:\n- {TOKEN}\n  x: ["), TOKEN.to_owned()] {
            let error = Cluster::of_kubeconfig(text.as_bytes()).await.err().unwrap();
            assert!(!format!("{error} {error:?}").contains(TOKEN), "{error}");
        }
        assert!(Cluster::of_kubeconfig(&[0xff]).await.is_err());
    }
}
