//! What the operator says with flags of Flux's controllers.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use super::go_duration;
use crate::args::FluxArgs;

/// See the flags.
#[derive(Clone, Debug)]
pub struct FluxSettings {
    /// Where events are posted; nowhere if not given.
    pub events: Option<String>,
    /// Namespace of the Leases of Flux's controllers.
    pub namespace: String,
    /// The only namespace whose objects are looked after, if it is one alone.
    pub scope: Option<String>,
    /// Part of an interval by which it is lengthened or shortened at most, from 0 to 0.99.
    pub jitter: f64,
    /// Wait before the first retry.
    pub first_retry: Duration,
    /// Longest wait before a retry.
    pub last_retry: Duration,
    /// How often what waits for a dependency is looked at.
    pub dependency: Duration,
}

impl FluxSettings {
    /// Checks the flags; `own` is the controller's namespace.
    ///
    /// # Errors
    /// What cannot be read, and what asks for something that is not so here, with the flag's name.
    pub fn new(args: &FluxArgs, own: &str) -> Result<Self> {
        refuse(args)?;
        let first_retry = go_duration("min-retry-delay", &args.min_retry_delay)?;
        let last_retry = go_duration("max-retry-delay", &args.max_retry_delay)?;
        ensure!(
            !first_retry.is_zero() && first_retry <= last_retry,
            "--min-retry-delay: {} is to be more than 0 and no more than --max-retry-delay ({})",
            args.min_retry_delay,
            args.max_retry_delay
        );
        Ok(Self {
            events: events(&args.events_addr)?,
            namespace: args.flux_namespace.as_deref().unwrap_or(own).to_owned(),
            scope: (!args.watch_all_namespaces).then(|| own.to_owned()),
            jitter: f64::from(args.interval_jitter_percentage) / 100.0,
            first_retry,
            last_retry,
            dependency: go_duration("requeue-dependency", &args.requeue_dependency)?,
        })
    }
}

fn events(address: &str) -> Result<Option<String>> {
    let known = |scheme: &&str| address.starts_with(scheme);
    match address {
        "" => Ok(None),
        _ if ["http://", "https://"].iter().any(known) => Ok(Some(address.to_owned())),
        _ => bail!("--events-addr: {address} is no URL that begins with http:// or https://"),
    }
}

fn refuse(args: &FluxArgs) -> Result<()> {
    let not_supported = [
        ("watch-label-selector", &args.watch_label_selector),
        ("custom-apply-stage-kinds", &args.custom_apply_stage_kinds),
    ];
    for (flag, value) in not_supported {
        ensure!(
            value.is_empty(),
            "--{flag}: {value} is not supported; take it out"
        );
    }
    ensure!(
        !args.insecure_kubeconfig_exec,
        "--insecure-kubeconfig-exec: no program that a kubeconfig names is run; take it out"
    );
    if args.http_retry.is_some() {
        tracing::info!("--http-retry has no effect: artifacts are not fetched over HTTP");
    }
    args.feature_gates.iter().try_for_each(|gate| check(gate))
}

/// Flux's feature gates, each with what it would have to be to describe what is so here; those without
/// change nothing that could be seen.
const GATES: [(&str, Option<bool>); 13] = [
    ("AdditiveCELDependencyCheck", Some(false)),
    ("CacheSecretsAndConfigMaps", None),
    ("CancelHealthCheckOnNewRevision", Some(true)),
    ("DirectSourceFetch", None),
    ("DisableCommitStatusEvent", Some(false)),
    ("DisableConfigWatchers", None),
    ("DisableFailFastBehavior", Some(false)),
    ("DisableStatusPollerCache", None),
    ("ExternalArtifact", Some(false)),
    ("GroupChangeLog", None),
    ("MigrateAPIVersion", Some(false)),
    ("ObjectLevelWorkloadIdentity", Some(false)),
    ("StrictPostBuildSubstitutions", Some(true)),
];

fn check(gate: &str) -> Result<()> {
    let (name, value) = gate
        .split_once('=')
        .with_context(|| format!("--feature-gates: {gate} is not NAME=true or NAME=false"))?;
    let known = GATES.iter().find(|(known, _)| *known == name);
    let Some((_, here)) = known else {
        bail!("--feature-gates: {name} is not known");
    };
    let wanted: bool = value
        .parse()
        .with_context(|| format!("--feature-gates: {gate}: write true or false"))?;
    match here {
        Some(here) if *here != wanted => {
            bail!("--feature-gates: {name} is always {here} here; take it out")
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use clap::Parser;

    use super::*;
    use crate::args::Args;
    use crate::settings::Settings;

    fn settings(typed: &[&str]) -> Result<Settings> {
        let program = ["signet-controller", "--namespace=flux-system"];
        Settings::new(Args::try_parse_from(program.iter().chain(typed))?)
    }

    #[test]
    fn the_arguments_of_fluxs_deployments_start_this_controller() {
        let sources = [
            "--events-addr=http://notification-controller.flux-system.svc.cluster.local./",
            "--watch-all-namespaces",
            "--log-level=info",
            "--log-encoding=json",
            "--enable-leader-election",
            "--storage-path=/data",
            "--storage-addr=:9090",
            "--storage-adv-addr=source-controller.flux-system.svc.cluster.local.",
            "--concurrent=10",
            "--requeue-dependency=5s",
            "--artifact-retention-records=3",
        ];
        let found = settings(&sources).unwrap();
        assert!(found.leader_elect && found.flux.scope.is_none());
        assert_eq!(found.flux.dependency, Duration::from_secs(5));
        assert_eq!(
            found.artifacts_url,
            "http://source-controller.flux-system.svc.cluster.local./"
        );
        let kustomizations = [
            "--watch-all-namespaces=false",
            "--log-encoding=console",
            "--enable-leader-election=false",
            "--concurrent-ssa=8",
            "--kube-api-qps=500",
            "--kube-api-burst=1000",
            "--no-cross-namespace-refs=true",
            "--default-service-account=default",
            "--override-manager=helm",
            "--interval-jitter-percentage=0",
            "--min-retry-delay=750ms",
            "--max-retry-delay=15m",
            "--http-retry=3",
            "--feature-gates=CacheSecretsAndConfigMaps=true,StrictPostBuildSubstitutions=true",
        ];
        let found = settings(&kustomizations).unwrap();
        assert!(!found.leader_elect);
        assert_eq!(found.flux.scope.as_deref(), Some("flux-system"));
        assert_eq!(found.concurrent_apply, 8);
        assert_eq!(found.pace, Some((500.0, 1000)));
        assert_eq!(found.flux.last_retry, Duration::from_secs(900));
    }

    #[test]
    fn what_is_otherwise_here_is_refused_with_the_flags_name() {
        for (typed, named) in [
            ("--watch-label-selector=a=b", "--watch-label-selector"),
            (
                "--custom-apply-stage-kinds=a/B",
                "--custom-apply-stage-kinds",
            ),
            (
                "--feature-gates=ExternalArtifact=true",
                "ExternalArtifact is always false",
            ),
            ("--feature-gates=Unheard=true", "Unheard is not known"),
            ("--feature-gates=MigrateAPIVersion", "--feature-gates"),
            (
                "--interval-jitter-percentage=100",
                "--interval-jitter-percentage",
            ),
            ("--min-retry-delay=1h", "--min-retry-delay"),
            ("--events-addr=notification-controller", "--events-addr"),
            ("--insecure-kubeconfig-exec", "--insecure-kubeconfig-exec"),
            ("--sops-age-secret=a", "--sops-age-secret"),
        ] {
            let error = settings(&[typed]).unwrap_err();
            assert!(format!("{error:#}").contains(named), "{typed}: {error:#}");
        }
    }
}
