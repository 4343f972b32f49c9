//! What the flags mean, with nothing left to guess.

use std::path::PathBuf;
use std::time::Duration;

use signet_api::duration;
use signet_cluster::Overrides;
use signet_seal::Scope;
use zeroize::Zeroizing;

use super::flags::Flags;
use crate::args::{ClusterArgs, Format};
use crate::error::{Error, Result};
use crate::io;
use crate::kubeconfig::{self, Places};
use crate::settings::{Environment, Target};

/// The flags, each as what it is.
pub struct Options<'f> {
    flags: &'f Flags,
    environment: &'f Environment,
    /// Where the certificate is from, if not from the cluster.
    pub cert: Option<&'f str>,
    /// Where the result goes, if not to standard output.
    pub sealed_secret_file: Option<PathBuf>,
    /// Where the input is from, if not from standard input.
    pub secret_file: Option<PathBuf>,
    /// The file that values go into.
    pub merge_into: Option<PathBuf>,
    /// Name of the Secret.
    pub name: Option<&'f str>,
    /// Namespace that was asked for.
    pub namespace: Option<&'f str>,
    /// Files for `--raw`, as they were given.
    pub from_file: &'f [String],
    /// Keys of `--recovery-unseal`.
    pub recovery_private_key: &'f [String],
}

impl<'f> Options<'f> {
    /// Reads the flags; nothing can go wrong yet.
    pub fn new(flags: &'f Flags, environment: &'f Environment) -> Self {
        let file = |name| flags.some(name).map(PathBuf::from);
        Self {
            flags,
            environment,
            cert: flags.some("cert"),
            sealed_secret_file: file("sealed-secret-file"),
            secret_file: file("secret-file"),
            merge_into: file("merge-into"),
            name: flags.some("name"),
            namespace: flags.some("namespace"),
            from_file: flags.list("from-file"),
            recovery_private_key: flags.list("recovery-private-key"),
        }
    }

    /// Whether a switch is on.
    pub fn is_on(&self, name: &'static str) -> bool {
        self.flags.is_on(name)
    }

    /// The environment that goes with the flags.
    pub fn environment(&self) -> &'f Environment {
        self.environment
    }

    /// The scope that was asked for, and whether it was.
    pub fn scope(&self) -> (Scope, bool) {
        let scope = self.flags.text("scope").parse().unwrap_or_default();
        (scope, self.flags.is_given("scope"))
    }

    /// `--format`; the name of the output file goes before it.
    ///
    /// # Errors
    /// A word that names no format.
    pub fn format(&self) -> Result<Format> {
        let file = self.sealed_secret_file.as_deref();
        let extension = file.and_then(std::path::Path::extension);
        if extension.is_some_and(|end| end == "yaml" || end == "yml") {
            return Ok(Format::Yaml);
        }
        match self.flags.text("format").to_lowercase().as_str() {
            "" | "json" => Ok(Format::Json),
            "yaml" => Ok(Format::Yaml),
            _ => Err(Error::new(format!(
                "unsupported output format: {}",
                self.flags.text("format")
            ))),
        }
    }

    /// Where the controller is. Where nothing says so, kubeseal's own default is only the first
    /// guess: Signet's is the second.
    ///
    /// # Errors
    /// A time that is none.
    pub fn target(&self) -> Result<Target> {
        let or = |name, usual: &str| self.flags.some(name).unwrap_or(usual).to_owned();
        let cluster = ClusterArgs {
            controller_namespace: Some(or("controller-namespace", "kube-system")),
            controller_name: Some(or("controller-name", "sealed-secrets-controller")),
            ..ClusterArgs::default()
        };
        let given = |name| self.flags.is_given(name) && self.flags.some(name).is_some();
        let mut target = Target::new(cluster, self.environment);
        target.or_signet = !given("controller-name") && !given("controller-namespace");
        target.over = Some(Box::new(self.overrides()?));
        if self.flags.is_on("insecure-skip-tls-verify") {
            io::warn(
                "--insecure-skip-tls-verify: whoever stands between you and the API server can read what is sent, and have values sealed for himself",
            );
        }
        Ok(target)
    }

    /// The namespace for what names none: the one asked for, else kubectl's.
    ///
    /// # Errors
    /// A kubeconfig that cannot be read, or has no such context.
    pub fn default_namespace(&self) -> Result<Option<String>> {
        if let Some(namespace) = self.namespace {
            return Ok(Some(namespace.to_owned()));
        }
        let (files, explicit) = self.kubeconfigs();
        kubeconfig::namespace(&Places {
            files: &files,
            explicit,
            context: self.flags.some("context"),
            has_server: self.flags.some("server").is_some(),
            pod: &self.environment.pod,
        })
    }

    fn kubeconfigs(&self) -> (Vec<PathBuf>, bool) {
        match self.flags.some("kubeconfig") {
            Some(file) => (vec![file.into()], true),
            None => (self.environment.kubeconfigs.clone(), false),
        }
    }

    fn overrides(&self) -> Result<Overrides> {
        let text = |name| self.flags.some(name).map(str::to_owned);
        let secret = |name| text(name).map(Zeroizing::new);
        let file = |name| text(name).map(PathBuf::from);
        let (kubeconfigs, explicit) = self.kubeconfigs();
        Ok(Overrides {
            kubeconfigs,
            explicit,
            context: text("context"),
            cluster: text("cluster"),
            user: text("user"),
            server: text("server"),
            certificate_authority: file("certificate-authority"),
            skip_tls_verify: self.flags.is_on("insecure-skip-tls-verify"),
            tls_server_name: text("tls-server-name"),
            proxy_url: text("proxy-url"),
            client_certificate: file("client-certificate"),
            client_key: file("client-key"),
            token: secret("token"),
            username: text("username"),
            password: secret("password"),
            impersonate: text("as"),
            impersonate_uid: text("as-uid"),
            impersonate_groups: self.flags.list("as-group").to_vec(),
            request_timeout: timeout(self.flags.text("request-timeout"))?,
            proxies: self.environment.proxies.clone(),
        })
    }
}

/// Seconds, or a number with a unit; 0 is no limit.
fn timeout(text: &str) -> Result<Option<Duration>> {
    let read = match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => duration::parse(text),
    };
    match read {
        _ if text.is_empty() => Ok(None),
        Some(limit) => Ok(Some(limit).filter(|limit| !limit.is_zero())),
        None => Err(Error::new(format!(
            "--request-timeout: {text:?} is no time; give seconds, or a number with a unit (1s, 2m, 3h)"
        ))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use super::*;

    #[test]
    fn a_time_is_seconds_or_has_a_unit() {
        for (text, seconds) in [("30", 30), ("30s", 30), ("2m", 120), ("1h30m", 5400)] {
            let read = timeout(text).unwrap();
            assert_eq!(read, Some(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(timeout("0").unwrap(), None);
        assert_eq!(timeout("0s").unwrap(), None);
        for text in ["soon", "-1", "1x"] {
            assert!(timeout(text).is_err(), "{text}");
        }
    }
}
