//! What each part of the controller's work asks of the API server, as rules of RBAC.
//!
//! A role is made of parts: `signet install` puts them together here, the Helm chart from a file
//! for each of them (`deploy/chart/files/rbac`), written by `cargo xtask codegen`.

use serde_json::{Value, json};

use crate::install::{Kind, Options, PORT_NAME};
use crate::names;

/// A part of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Reading Secrets: sealed ones for what became of them, credentials, tokens.
    ReadSecrets,
    /// Saying what happened.
    Events,
    /// Unsealing.
    SealedSecret,
    /// Deleting the Secret of a SealedSecret that is gone, for `--old-gc-behavior`.
    DeleteSecrets,
    /// Copying Secrets to other namespaces.
    Copies,
    /// Rolling the readers of a Secret.
    Roll,
    /// Whose a token is, and what its owner may do.
    Reviews,
    /// Fetching repositories.
    GitRepository,
    /// Applying what repositories declare.
    Kustomization,
    /// Taking the calls of Git servers.
    Receiver,
    /// The controller's own namespace: the published certificate and the Lease.
    Housekeeping,
    /// The namespace of Flux's controllers: their Leases.
    FluxLeases,
    /// The controller's own namespace: the sealing keys.
    Keys,
    /// Everybody: reading the certificate.
    Certificate,
    /// Everybody: reaching the controller through the API server.
    Proxy,
}

/// Group of GitRepositories.
const SOURCE: &str = "source.toolkit.fluxcd.io";
/// Group of Kustomizations.
const SYNC: &str = "kustomize.toolkit.fluxcd.io";

/// Stands in [`Part::Proxy`] for the name of the Service.
pub const SERVICE: &str = "SERVICE";

impl Part {
    /// Every one.
    pub const ALL: [Self; 15] = [
        Self::ReadSecrets,
        Self::Events,
        Self::SealedSecret,
        Self::DeleteSecrets,
        Self::Copies,
        Self::Roll,
        Self::Reviews,
        Self::GitRepository,
        Self::Kustomization,
        Self::Receiver,
        Self::Housekeeping,
        Self::FluxLeases,
        Self::Keys,
        Self::Certificate,
        Self::Proxy,
    ];

    /// Its name, as the chart's file has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadSecrets => "read-secrets",
            Self::Events => "events",
            Self::SealedSecret => "sealedsecret",
            Self::DeleteSecrets => "delete-secrets",
            Self::Copies => "copies",
            Self::Roll => "roll",
            Self::Reviews => "reviews",
            Self::GitRepository => "gitrepository",
            Self::Kustomization => "kustomization",
            Self::Receiver => "receiver",
            Self::Housekeeping => "housekeeping",
            Self::FluxLeases => "flux-leases",
            Self::Keys => "keys",
            Self::Certificate => "certificate",
            Self::Proxy => "proxy",
        }
    }

    /// Its rules. Those of [`Self::Proxy`] are for a Service called [`SERVICE`].
    #[must_use]
    pub fn rules(self) -> Vec<Value> {
        match self {
            Self::ReadSecrets => vec![rule("", &["secrets"], &["get", "list", "watch"])],
            Self::Events => vec![rule("", &["events"], &["create", "patch"])],
            Self::SealedSecret => sealed_secret(),
            Self::DeleteSecrets => vec![rule("", &["secrets"], &["delete"])],
            Self::Copies => copies(),
            Self::Roll => roll(),
            Self::Reviews => reviews(),
            Self::GitRepository => declared(SOURCE, "gitrepositories"),
            Self::Kustomization => kustomization(),
            Self::Receiver => receiver(),
            Self::Housekeeping => housekeeping(),
            Self::FluxLeases => flux_leases(),
            Self::Keys => vec![rule("", &["secrets"], &["get", "list", "watch", "create"])],
            Self::Certificate => vec![certificate(&["get"])],
            Self::Proxy => proxy(SERVICE),
        }
    }

    /// What the controller needs wherever it looks after something: in the whole cluster, or in
    /// each namespace that it is confined to.
    #[must_use]
    pub fn of_the_work(options: &Options) -> Vec<Self> {
        let on = |kind| options.works_on(kind);
        let unseals = on(Kind::SealedSecret);
        // A Role shows nobody the Namespaces.
        let copies = unseals && options.copy_sealed_secrets && options.only.is_none();
        let wanted = [
            (true, Self::ReadSecrets),
            (true, Self::Events),
            (unseals, Self::SealedSecret),
            (copies, Self::Copies),
            (unseals && options.roll_workloads, Self::Roll),
            (unseals && options.only.is_none(), Self::Reviews),
            (on(Kind::GitRepository), Self::GitRepository),
            (on(Kind::Kustomization), Self::Kustomization),
            (on(Kind::Receiver), Self::Receiver),
        ];
        let wanted = wanted.into_iter().filter(|(wanted, _)| *wanted);
        wanted.map(|(_, part)| part).collect()
    }
}

/// [`Part::Proxy`] for one Service. The names are those that the service proxy checks: with the
/// scheme and the port, and bare.
pub(super) fn proxy(service: &str) -> Vec<Value> {
    let with_port = format!("http:{service}:{PORT_NAME}");
    let without = format!("http:{service}:");
    vec![
        named("", &["services"], &[service], &["get"]),
        named(
            "",
            &["services/proxy"],
            &[&with_port, &without, service],
            &["get", "create"],
        ),
    ]
}

/// It deletes no Secret: the owner reference lets Kubernetes do that.
fn sealed_secret() -> Vec<Value> {
    let group = "bitnami.com";
    vec![
        rule("", &["secrets"], &["create", "update"]),
        rule(group, &["sealedsecrets"], &["get", "list", "watch"]),
        rule(group, &["sealedsecrets/status"], &["patch", "update"]),
    ]
}

/// A copy has no owner reference by which Kubernetes could delete it, and from where a namespace accepts
/// copies stands on the Namespace.
fn copies() -> Vec<Value> {
    vec![
        rule("", &["secrets"], &["delete"]),
        rule("", &["namespaces"], &["list", "watch"]),
    ]
}

fn roll() -> Vec<Value> {
    let workloads = ["deployments", "statefulsets", "daemonsets"];
    vec![rule("apps", &workloads, &["list", "patch"])]
}

fn reviews() -> Vec<Value> {
    vec![
        rule("authentication.k8s.io", &["tokenreviews"], &["create"]),
        rule(
            "authorization.k8s.io",
            &["subjectaccessreviews"],
            &["create"],
        ),
    ]
}

/// A declaration of Flux's: read, its finalizer and its status written.
fn declared(group: &str, plural: &str) -> Vec<Value> {
    let all = ["get", "list", "watch", "patch", "update"];
    vec![
        rule(group, &[plural], &all),
        rule(group, &[&format!("{plural}/status")], &["patch", "update"]),
    ]
}

/// It reads every kind, since a repository may declare any: the watches that see drift and health
/// look at what carries the label of a Kustomization, whoever applied it. It applies nothing itself
/// and acts as ServiceAccounts instead.
fn kustomization() -> Vec<Value> {
    let mut rules = vec![
        // Not `get`: with a wildcard that would reach into pods and nodes (`pods/exec`,
        // `nodes/proxy`).
        rule("*", &["*"], &["list", "watch"]),
        rule("", &["namespaces"], &["get"]),
        rule("", &["serviceaccounts"], &["impersonate"]),
        rule(SOURCE, &["gitrepositories"], &["get"]),
    ];
    rules.extend(declared(SYNC, "kustomizations"));
    rules
}

/// What a call names is asked to look at once, by an annotation.
fn receiver() -> Vec<Value> {
    let named = ["get", "list", "watch", "patch"];
    let mut rules = declared("notification.toolkit.fluxcd.io", "receivers");
    rules.push(rule(SOURCE, &["gitrepositories"], &named));
    rules.push(rule(SYNC, &["kustomizations"], &named));
    rules
}

/// RBAC cannot bind `create`, `list` and `watch` to a name.
fn housekeeping() -> Vec<Value> {
    let lease = ["get", "list", "watch", "create", "update", "patch"];
    vec![
        rule("", &["configmaps"], &["list", "watch", "create"]),
        certificate(&["get", "update", "patch"]),
        rule("coordination.k8s.io", &["leases"], &lease),
    ]
}

fn flux_leases() -> Vec<Value> {
    let leases = |verbs: &[&str]| {
        named(
            "coordination.k8s.io",
            &["leases"],
            &names::FLUX_LEASES,
            verbs,
        )
    };
    vec![
        rule("coordination.k8s.io", &["leases"], &["create"]),
        leases(&["get", "update", "patch"]),
    ]
}

fn certificate(verbs: &[&str]) -> Value {
    named("", &["configmaps"], &[names::CERTIFICATE_CONFIG_MAP], verbs)
}

fn rule(group: &str, resources: &[&str], verbs: &[&str]) -> Value {
    json!({"apiGroups": [group], "resources": resources, "verbs": verbs})
}

fn named(group: &str, resources: &[&str], names: &[&str], verbs: &[&str]) -> Value {
    json!({"apiGroups": [group], "resources": resources, "resourceNames": names, "verbs": verbs})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_a_name_of_its_own_and_rules() {
        let mut names = Part::ALL.map(Part::name).to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Part::ALL.len());
        assert!(Part::ALL.iter().all(|part| !part.rules().is_empty()));
    }
}
