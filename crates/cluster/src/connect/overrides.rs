//! What a command line says over the kubeconfig: kubectl's flags about the connection, with
//! kubectl's rules for how they, several kubeconfigs and the pod's own account go together.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use kube::config::{
    AuthInfo, Cluster as ClusterEntry, Config, Context, KubeConfigOptions, Kubeconfig,
};
use zeroize::Zeroizing;

use super::{ConnectError, describe};
use crate::cluster::Cluster;
use crate::error::chain;
use crate::proxies::Proxies;

mod rules;

use rules::{check, missing, only, secret, set, text, with_scheme, without_credentials};

/// The kubeconfigs and what goes over them. `None` and empty mean that nothing was said. It has no
/// `Debug` that shows anything: token and password are among it.
#[derive(Clone, Default)]
pub struct Overrides {
    /// Kubeconfigs, of which the first that sets something wins. Those that are not there are
    /// passed over, unless [`Self::explicit`].
    pub kubeconfigs: Vec<PathBuf>,
    /// Whether the one kubeconfig was named by flag, and so must be there.
    pub explicit: bool,
    /// `--context`.
    pub context: Option<String>,
    /// `--cluster`.
    pub cluster: Option<String>,
    /// `--user`.
    pub user: Option<String>,
    /// `--server`.
    pub server: Option<String>,
    /// `--certificate-authority`.
    pub certificate_authority: Option<PathBuf>,
    /// `--insecure-skip-tls-verify`: the choice of whoever typed it, as in his kubeconfig.
    pub skip_tls_verify: bool,
    /// `--tls-server-name`.
    pub tls_server_name: Option<String>,
    /// `--proxy-url`.
    pub proxy_url: Option<String>,
    /// `--client-certificate`.
    pub client_certificate: Option<PathBuf>,
    /// `--client-key`.
    pub client_key: Option<PathBuf>,
    /// `--token`.
    pub token: Option<Zeroizing<String>>,
    /// `--username`.
    pub username: Option<String>,
    /// `--password`.
    pub password: Option<Zeroizing<String>>,
    /// `--as`.
    pub impersonate: Option<String>,
    /// `--as-uid`.
    pub impersonate_uid: Option<String>,
    /// `--as-group`.
    pub impersonate_groups: Vec<String>,
    /// `--request-timeout`.
    pub request_timeout: Option<Duration>,
    /// The environment's proxies, for where neither flag nor kubeconfig names one.
    pub proxies: Proxies,
}

impl fmt::Debug for Overrides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Overrides")
    }
}

impl Cluster {
    /// Reads the kubeconfigs and prepares the connections. The first request opens them.
    ///
    /// # Errors
    /// If there is no usable configuration.
    pub async fn connect_over(overrides: &Overrides) -> Result<Self, ConnectError> {
        let config = overrides.load().await?;
        let setup = |error: kube::Error| ConnectError::Setup(chain(&error));
        Self::with_time_limit(config, overrides.request_timeout).map_err(setup)
    }
}

impl Overrides {
    async fn load(&self) -> Result<Config, ConnectError> {
        let merged = self.merged()?;
        let context = self.pick_context(&merged)?;
        let mut user = self.pick_user(&merged, &context)?;
        let mut cluster = self.pick_cluster(&merged, &context)?;
        self.change_cluster(&mut cluster);
        self.change_user(&mut user)?;
        let Some(server) = cluster.server.take().filter(|server| !server.is_empty()) else {
            return self.in_cluster(&cluster);
        };
        let server = with_scheme(server, &cluster, &user);
        if !server.starts_with("https://") {
            user = without_credentials(user);
        }
        let proxy = cluster.proxy_url.take();
        cluster.server = Some(server);
        let options = KubeConfigOptions::default();
        let loaded = Config::from_custom_kubeconfig(only(context, cluster, user), &options).await;
        let mut config = loaded.map_err(|cause| ConnectError::Invalid(describe(&cause)))?;
        config.proxy_url = self.proxy(proxy, &config.cluster_url)?;
        Ok(config)
    }

    /// All kubeconfigs as one.
    fn merged(&self) -> Result<Kubeconfig, ConnectError> {
        let mut merged = Kubeconfig::default();
        for file in self
            .kubeconfigs
            .iter()
            .filter(|f| !f.as_os_str().is_empty())
        {
            match (file.exists(), self.explicit) {
                (true, _) => {}
                (false, false) => continue,
                (false, true) => {
                    let gone = format!("stat {}: no such file or directory", file.display());
                    return Err(ConnectError::Missing(gone));
                }
            }
            let error = |cause: &kube::config::KubeconfigError| ConnectError::Kubeconfig {
                file: file.display().to_string(),
                cause: describe(cause),
            };
            let mut read = Kubeconfig::read_from(file).map_err(|cause| error(&cause))?;
            read.current_context = read.current_context.filter(|name| !name.is_empty());
            merged = merged.merge(read).map_err(|cause| error(&cause))?;
        }
        Ok(merged)
    }

    /// The context asked for, else the current one, else none at all.
    fn pick_context(&self, merged: &Kubeconfig) -> Result<Context, ConnectError> {
        let asked = self.context.as_ref();
        let current = merged.current_context.as_ref();
        let name = asked.or(current).filter(|name| !name.is_empty());
        let Some(name) = name else {
            return Ok(Context::default());
        };
        let mut contexts = merged.contexts.iter();
        let found = contexts.find(|context| context.name == *name);
        match (found, asked) {
            (Some(found), _) => Ok(found.context.clone().unwrap_or_default()),
            (None, Some(_)) => Err(missing("context", name)),
            (None, None) => Err(ConnectError::Invalid(format!(
                "context was not found for specified context: {name}"
            ))),
        }
    }

    fn pick_cluster(
        &self,
        merged: &Kubeconfig,
        context: &Context,
    ) -> Result<ClusterEntry, ConnectError> {
        let name = self.cluster.as_ref().unwrap_or(&context.cluster);
        let mut clusters = merged.clusters.iter();
        let found = clusters.find(|cluster| cluster.name == *name);
        match found {
            Some(found) => Ok(found.cluster.clone().unwrap_or_default()),
            None if self.cluster.is_some() => Err(missing("cluster", name)),
            None => Ok(ClusterEntry::default()),
        }
    }

    fn pick_user(&self, merged: &Kubeconfig, context: &Context) -> Result<AuthInfo, ConnectError> {
        let Some(name) = self.user.as_ref().or(context.user.as_ref()) else {
            return Ok(AuthInfo::default());
        };
        let mut users = merged.auth_infos.iter();
        let found = users.find(|user| user.name == *name);
        match found {
            Some(found) => Ok(found.auth_info.clone().unwrap_or_default()),
            None if self.user.is_some() => Err(missing("auth info", name)),
            None => Ok(AuthInfo::default()),
        }
    }

    /// A way to verify that was typed replaces the one that was written, whatever that was; an
    /// address that was typed is not the one that a written name belongs to.
    fn change_cluster(&self, cluster: &mut ClusterEntry) {
        if self.skip_tls_verify || self.certificate_authority.is_some() {
            cluster.insecure_skip_tls_verify = Some(self.skip_tls_verify);
            cluster.certificate_authority = self.certificate_authority.as_deref().map(text);
            cluster.certificate_authority_data = None;
        }
        if self.server.is_some() || self.tls_server_name.is_some() {
            cluster.tls_server_name.clone_from(&self.tls_server_name);
        }
        set(&mut cluster.server, self.server.clone());
        set(&mut cluster.proxy_url, self.proxy_url.clone());
    }

    /// A way to log in that was typed goes before a login program that was written.
    fn change_user(&self, user: &mut AuthInfo) -> Result<(), ConnectError> {
        if self.token.is_some() || self.username.is_some() || self.password.is_some() {
            (user.token_file, user.exec, user.auth_provider) = (None, None, None);
        }
        set(
            &mut user.token,
            self.token.as_ref().map(|token| secret(token)),
        );
        set(&mut user.username, self.username.clone());
        set(
            &mut user.password,
            self.password.as_ref().map(|word| secret(word)),
        );
        if user.username.is_some() || user.password.is_some() {
            // One of the two is enough for kubectl; the client library wants both.
            user.username.get_or_insert_default();
            user.password.get_or_insert_with(|| secret(""));
        }
        if let Some(file) = &self.client_certificate {
            user.client_certificate = Some(text(file));
            user.client_certificate_data = None;
        }
        if let Some(file) = &self.client_key {
            user.client_key = Some(text(file));
            user.client_key_data = None;
        }
        self.act_as(user);
        check(user)
    }

    fn act_as(&self, user: &mut AuthInfo) {
        set(&mut user.impersonate, self.impersonate.clone());
        set(&mut user.impersonate_uid, self.impersonate_uid.clone());
        let groups = Some(self.impersonate_groups.clone()).filter(|groups| !groups.is_empty());
        set(&mut user.impersonate_groups, groups);
    }

    /// The account of the pod we run in, with what kubectl lets go over it, and whom to act as.
    fn in_cluster(&self, cluster: &ClusterEntry) -> Result<Config, ConnectError> {
        let mut config = Config::incluster().map_err(|_| ConnectError::Empty)?;
        if let Some(token) = &self.token {
            config.auth_info.token = Some(secret(token));
            config.auth_info.token_file = None;
        }
        self.act_as(&mut config.auth_info);
        check(&config.auth_info)?;
        config.proxy_url = self.proxy(cluster.proxy_url.clone(), &config.cluster_url)?;
        Ok(config)
    }

    /// The kubeconfig's proxy, else the environment's.
    fn proxy(
        &self,
        written: Option<String>,
        server: &http::Uri,
    ) -> Result<Option<http::Uri>, ConnectError> {
        let written = written.filter(|url| !url.is_empty());
        let found = written.or_else(|| {
            let scheme = server.scheme_str().unwrap_or("https");
            self.proxies.of(scheme, server.host()?, server.port_u16())
        });
        let parsed = found.map(|url| url.parse::<http::Uri>()).transpose();
        // The URL may hold a password, so it is not repeated.
        parsed.map_err(|_| ConnectError::Invalid("the proxy's address is no URL".to_owned()))
    }
}

#[cfg(test)]
mod tests;
