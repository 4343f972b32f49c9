//! What the flags and the environment mean together. The only place here that reads the
//! environment.

mod build;
mod flux;
mod http;
mod keys;
mod sync;
mod unsealing;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::CommandFactory;
use signet_api::{duration, install};
use signet_cluster::Connection;
use signet_engine::guard::PlainSecrets;
use signet_source::Retention;

use crate::args::{Args, KindArg, LogFormat, PlainSecretsArg};
pub use build::BuildSettings;
pub use flux::FluxSettings;
pub use http::{HttpSettings, TlsSettings};
pub use keys::KeySettings;
pub use sync::{SopsMac, SyncSettings};
pub use unsealing::Unsealing;

const NAMESPACE_FILE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

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
    /// Address for the calls of Git servers.
    pub listen_webhooks: SocketAddr,
    /// What the paths of artifacts are put behind to make URLs; ends with a slash.
    pub artifacts_url: String,
    /// Which older artifacts stay.
    pub retention: Retention,
    /// The only hosts that sources are fetched from; all if empty.
    pub source_hosts: Vec<String>,
    /// Directory of Git objects and artifacts.
    pub storage: PathBuf,
    /// Policy for plain Secrets in a repository.
    pub plain_secrets: PlainSecrets,
    /// ServiceAccount that applies for Kustomizations of our own namespace.
    pub own_service_account: String,
    /// ServiceAccount that applies for all others that name none.
    pub default_service_account: String,
    /// What is worked on.
    pub kinds: Vec<KindArg>,
    /// How sealing keys are found and made.
    pub keys: KeySettings,
    /// Limits of the HTTP server.
    pub http: HttpSettings,
    /// The certificate of the HTTP server; without it, it speaks plainly.
    pub tls: Option<TlsSettings>,
    /// Requests a second to the API server, and more at once; `None` without limit.
    pub pace: Option<(f64, u32)>,
    /// Whether the metrics show no name of a SealedSecret.
    pub omit_names: bool,
    /// How directories are built.
    pub builds: BuildSettings,
    /// Reconciliations at once, for each kind.
    pub concurrent: usize,
    /// Requests at once in one reconciliation.
    pub concurrent_apply: usize,
    /// Whether several replicas agree on one that works.
    pub leader_elect: bool,
    /// Name of the Pod, or of the machine.
    pub host: String,
    /// How SealedSecrets are dealt with.
    pub unsealing: Unsealing,
    /// How Kustomizations are applied.
    pub sync: SyncSettings,
    /// What flags of Flux's controllers say.
    pub flux: FluxSettings,
    /// Whether the published example key may be used.
    pub danger_accept_published_key: bool,
    /// Form of the log lines.
    pub log_format: LogFormat,
    /// Filter of the log lines.
    pub log_level: String,
    /// Whether what is no warning goes to standard output.
    pub log_info_stdout: bool,
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
            webhooks_addr,
            storage_adv_addr,
            artifact_retention_ttl,
            artifact_retention_records,
            source_hosts,
            storage_path,
            plain_secrets,
            own_service_account,
            default_service_account,
            key_renew_period,
            kinds,
            leader_elect,
            require_token,
            tls_cert,
            tls_key,
            tls_optional,
            roll_workloads,
            copy_sealed_secrets,
            template_rules,
            build,
            peer,
            sync,
            flux,
            concurrent,
            concurrent_apply,
            danger_accept_the_published_example_key,
            log_format,
            log_level,
        } = args;
        let namespace = namespace
            .or_else(pod_namespace)
            .unwrap_or_else(|| "signet-system".to_owned());
        let listen_artifacts = address("storage-addr", &storage_addr)?;
        Ok(Self {
            connection: connection(kubeconfig, context),
            artifacts_url: artifacts_url(storage_adv_addr, listen_artifacts, &namespace),
            listen_artifacts,
            listen_webhooks: address("webhooks-addr", &webhooks_addr)?,
            retention: Retention {
                records: artifact_retention_records,
                age: go_duration("artifact-retention-ttl", &artifact_retention_ttl)?,
            },
            unsealing: Unsealing::new(
                &peer,
                (roll_workloads, copy_sealed_secrets, template_rules),
                &namespace,
            )?,
            sync: SyncSettings::new(&sync)?,
            flux: FluxSettings::new(&flux, &namespace)?,
            keys: KeySettings::new(&peer, &key_renew_period)?,
            http: HttpSettings::new(&peer, require_token)?,
            tls: tls_cert.zip(tls_key).map(|(certificate, key)| TlsSettings {
                certificate,
                key,
                optional: tls_optional,
            }),
            pace: peer
                .kubeclient_qps
                .filter(|qps| *qps > 0.0)
                .map(|qps| (qps, peer.kubeclient_burst)),
            leader_elect,
            host: std::env::var("HOSTNAME").unwrap_or_else(|_| "signet-controller".to_owned()),
            omit_names: peer.metrics_omit_secret_labels,
            log_info_stdout: peer.log_info_stdout,
            namespace,
            listen: address("listen-addr", &listen_addr)?,
            listen_metrics: address("listen-metrics-addr", &listen_metrics_addr)?,
            source_hosts,
            builds: BuildSettings::new(build, &storage_path, std::env::var_os("PATH"))?,
            storage: storage_path,
            plain_secrets: match plain_secrets {
                PlainSecretsArg::Allow => PlainSecrets::Allow,
                PlainSecretsArg::Warn => PlainSecrets::Warn,
                PlainSecretsArg::Refuse => PlainSecrets::Refuse,
            },
            own_service_account,
            default_service_account,
            kinds,
            concurrent: concurrent.max(1),
            concurrent_apply: concurrent_apply.max(1),
            danger_accept_published_key: danger_accept_the_published_example_key,
            log_format,
            log_level,
        })
    }
}

/// The command line with the variables of the environment before it, so that what was typed wins:
/// `SEALED_SECRETS_KEY_TTL=1h` counts as `--key-ttl=1h`, as the sealed-secrets controller has it.
pub fn arguments() -> Vec<OsString> {
    joined(std::env::args_os(), |name| std::env::var_os(name))
}

fn joined(
    mut typed: impl Iterator<Item = OsString>,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Vec<OsString> {
    let program = typed.next().unwrap_or_default();
    let command = Args::command();
    let from_environment = command.get_arguments().filter_map(|arg| {
        let long = arg.get_long().filter(|_| arg.get_action().takes_values())?;
        let name = long.to_uppercase().replace('-', "_");
        let value = variable(&format!("SEALED_SECRETS_{name}"))?;
        let mut argument = OsString::from(format!("--{long}="));
        argument.push(value);
        Some(argument)
    });
    std::iter::once(program)
        .chain(from_environment)
        .chain(typed)
        .collect()
}

/// `:8080` means every address, as in Go.
fn address(flag: &str, text: &str) -> Result<SocketAddr> {
    let whole = if text.starts_with(':') {
        format!("0.0.0.0{text}")
    } else {
        text.to_owned()
    };
    whole
        .parse()
        .with_context(|| format!("--{flag}: {text} is no address such as 0.0.0.0:8080"))
}

/// A duration as Go reads it; a bare `0` is one.
fn go_duration(flag: &str, text: &str) -> Result<Duration> {
    duration::parse(text)
        .or_else(|| (text == "0").then_some(Duration::ZERO))
        .with_context(|| format!("--{flag}: {text} is no duration such as 720h"))
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
    // The second is what Flux's Deployments set.
    ["POD_NAMESPACE", "RUNTIME_NAMESPACE"]
        .iter()
        .find_map(|name| std::env::var(name).ok())
        .or_else(|| std::fs::read_to_string(NAMESPACE_FILE).ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use clap::Parser;

    use super::*;

    fn settings(typed: &[&str], environment: &[(&str, &str)]) -> Result<Settings> {
        let typed = ["signet-controller"]
            .iter()
            .chain(typed)
            .map(OsString::from);
        let variable = |name: &str| {
            let found = environment.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| OsString::from(value))
        };
        Settings::new(Args::try_parse_from(joined(typed, variable))?)
    }

    #[test]
    fn the_peers_arguments_are_taken_as_it_takes_them() {
        let typed = [
            "--update-status",
            "--key-prefix",
            "sealed-secrets-key",
            "--additional-namespaces=a,own, b,a",
            "--namespace=own",
            "--skip-recreate=1",
            "--rotate-period=0",
            "--key-ttl=24h0m0s",
            "--my-cn=",
            "--log-level=INFO",
            "--log-info-stdout=false",
            "--kubeclient-qps=-1",
            "--kubeclient-burst=200",
            "--listen-addr=:8080",
            "--key-order-priority=SecretCreationTimestamp",
            "--max-unseal-retries=7",
            "--watch-for-secrets",
        ];
        let settings = settings(&typed, &[]).unwrap();
        let unsealing = &settings.unsealing;
        assert!(unsealing.update_status && unsealing.skip_recreate && unsealing.accept_deprecated);
        assert_eq!(
            unsealing.namespaces.as_deref(),
            Some(["own", "a", "b"].map(str::to_owned).as_slice())
        );
        assert_eq!((settings.keys.renew_period, settings.pace), (None, None));
        assert_eq!(settings.listen.to_string(), "0.0.0.0:8080");
        assert_eq!(unsealing.quick_retries, 7);
        assert!(!settings.log_info_stdout);
    }

    #[test]
    fn the_environment_counts_and_the_command_line_more() {
        let environment = [
            ("SEALED_SECRETS_KEY_SIZE", "2048"),
            ("SEALED_SECRETS_UPDATE_STATUS", "false"),
            ("SEALED_SECRETS_ALL_NAMESPACES", "false"),
            ("SEALED_SECRETS_KUBECLIENT_QPS", "20"),
            ("SEALED_SECRETS_ADDITIONAL_NAMESPACES", "x"),
        ];
        let typed = [
            "--namespace=own",
            "--key-size=3072",
            "--additional-namespaces=",
        ];
        let settings = settings(&typed, &environment).unwrap();
        assert_eq!(settings.keys.bits, 3072);
        assert_eq!(settings.pace, Some((20.0, 10)));
        let unsealing = settings.unsealing;
        assert!(!unsealing.update_status);
        assert_eq!(unsealing.scopes(), [Some("own".to_owned())]);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_the_flags_name() {
        for (typed, named) in [
            ("--privatekey-labels=a", "--privatekey-labels"),
            ("--key-cutoff-time=yesterday", "--key-cutoff-time"),
            ("--key-prefix=Big", "--key-prefix"),
            ("--key-size=1024", "--key-size"),
            ("--read-timeout=2", "--read-timeout"),
            ("--watch-for-secrets=false", "--watch-for-secrets"),
            ("--update-status=maybe", "--update-status"),
            ("--no-remote-bases=false", "--no-remote-bases"),
            ("--build-timeout=0", "--build-timeout"),
            ("--build-memory=1", "--build-memory"),
            ("--no-such-flag", "--no-such-flag"),
        ] {
            let error = settings(&[typed], &[]).unwrap_err();
            assert!(format!("{error:#}").contains(named), "{typed}: {error:#}");
        }
    }

    #[test]
    fn copies_are_for_who_looks_after_all_namespaces() {
        let copies = "--copy-sealed-secrets";
        assert!(settings(&[copies], &[]).unwrap().unsealing.copies);
        assert!(!settings(&[], &[]).unwrap().unsealing.copies);
        for narrow in ["--all-namespaces=false", "--additional-namespaces=a"] {
            let error = settings(&[copies, narrow], &[]).unwrap_err().to_string();
            assert!(
                error.contains(copies) && error.contains("all namespaces"),
                "{error}"
            );
        }
    }
}
