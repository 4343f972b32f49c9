//! What `signet install` prints: everything the controller needs in a cluster, as JSON objects.
//!
//! Pure, so that the committed manifests, the Helm chart and the tests all come from one place.
//! The rights are the least that do the work (`docs/threat-model.md`, confused deputy): the
//! controller's own role creates no workload and no RBAC object; what a repository declares is
//! applied as a ServiceAccount, by impersonation.

mod options;

use kube::CustomResourceExt;
use serde_json::{Value, json};

use crate::flux_schema;
use crate::{GitRepository, Kustomization, Receiver, SealedSecret};

pub use options::{Kind, Options};

/// Name of the controller's Deployment, Service and ServiceAccount.
pub const CONTROLLER: &str = "signet-controller";
/// ServiceAccount under which Kustomizations of the controller's own namespace are applied.
pub const APPLY: &str = "signet-apply";
/// Service that the stock `kubeseal` asks for, unless told otherwise.
pub const PEER_CONTROLLER: &str = "sealed-secrets-controller";
/// Namespace of the controller where nothing else is asked for.
pub const NAMESPACE: &str = "signet-system";
/// Name of the Service's port; the API server's service proxy addresses it by this name.
pub const PORT_NAME: &str = "http";
/// Port of the controller's HTTP server and of its Service.
pub const PORT: u16 = 8080;
/// Port of the artifacts of sources in the pod; its Service has it at 80, as Flux's has.
pub const ARTIFACTS_PORT: u16 = 9090;
/// Port at which Git servers tell of pushes.
pub const WEBHOOKS_PORT: u16 = 9292;
/// Port of the controller's metrics; not part of the Service, scrape the pod.
pub const METRICS_PORT: u16 = 8081;

/// Everything, in an order in which `kubectl apply` succeeds the first time: definitions, the
/// namespace, accounts, rights, then what runs.
#[must_use]
pub fn manifests(options: &Options) -> Vec<Value> {
    let mut all = definitions(options);
    all.push(namespace(options));
    all.push(service_account(options, CONTROLLER));
    if options.works_on(Kind::Kustomization) {
        all.push(service_account(options, APPLY));
    }
    all.extend(crate::rbac::rights(options));
    all.push(service(options));
    if options.stand_in {
        all.extend(peer_services(options));
    }
    all.extend([network_policy(options), deployment(options)]);
    all
}

/// The CustomResourceDefinitions of the kinds that are worked on.
#[must_use]
pub fn definitions(options: &Options) -> Vec<Value> {
    let each = options.works().map(|kind| {
        let mut body = definition(kind);
        if kind != Kind::SealedSecret {
            body["metadata"]["labels"] = labels_of(options);
        }
        body
    });
    each.collect()
}

/// The CustomResourceDefinition of a kind, as the types of this crate say it.
#[must_use]
pub fn definition(kind: Kind) -> Value {
    let mut body = match kind {
        Kind::SealedSecret => json!(SealedSecret::crd()),
        Kind::GitRepository => json!(GitRepository::crd()),
        Kind::Kustomization => json!(Kustomization::crd()),
        Kind::Receiver => json!(Receiver::crd()),
    };
    body["metadata"]["labels"] = labels();
    if kind != Kind::SealedSecret {
        flux_schema::hold(&mut body);
    }
    body
}

/// Labels of every object of the installation.
pub(crate) fn labels() -> Value {
    json!({"app.kubernetes.io/name": "signet", "app.kubernetes.io/part-of": "signet"})
}

/// Labels of what the `flux` command line looks for: the Deployment, and the definitions of Flux's
/// kinds. That of SealedSecrets is never one of them: `flux uninstall` deletes what is part of Flux.
fn labels_of(options: &Options) -> Value {
    let mut all = labels();
    if options.as_flux {
        let flux = json!({
            "app.kubernetes.io/part-of": "flux",
            "app.kubernetes.io/version": concat!("v", env!("CARGO_PKG_VERSION")),
            // Has `flux install` and `flux bootstrap` ask before they write over it.
            "app.kubernetes.io/managed-by": "signet",
        });
        merge(&mut all, flux);
    }
    all
}

/// A namespace that others were in before is left as it is: to enforce `restricted` in kube-system
/// would keep a cluster's own pods from starting.
fn namespace(options: &Options) -> Value {
    let name = &options.namespace;
    let mut metadata = json!({ "name": name });
    let shared =
        options.stand_in || options.as_flux || name == "default" || name.starts_with("kube-");
    if !shared || name == NAMESPACE {
        let mut labels = labels();
        labels["pod-security.kubernetes.io/enforce"] = json!("restricted");
        metadata["labels"] = labels;
    }
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
}

fn service_account(options: &Options, name: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": name, "namespace": options.namespace, "labels": labels()},
    })
}

/// The two Services of the sealed-secrets controller: one for `kubeseal`, one for Prometheus.
fn peer_services(options: &Options) -> [Value; 2] {
    let service = |name: String, port_name: &str, port: u16| {
        json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name, "namespace": options.namespace, "labels": labels()},
            "spec": {
                "selector": selector(),
                "ports": [{"name": port_name, "port": port, "targetPort": port_name}],
            },
        })
    };
    [
        service(PEER_CONTROLLER.to_owned(), PORT_NAME, PORT),
        service(
            format!("{PEER_CONTROLLER}-metrics"),
            "metrics",
            METRICS_PORT,
        ),
    ]
}

fn service(options: &Options) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": CONTROLLER, "namespace": options.namespace, "labels": labels()},
        "spec": {
            "selector": selector(),
            "ports": [
                {"name": PORT_NAME, "port": PORT, "targetPort": PORT_NAME},
                {"name": "artifacts", "port": 80, "targetPort": "artifacts"},
                {"name": "webhooks", "port": WEBHOOKS_PORT, "targetPort": "webhooks"},
            ],
        },
    })
}

/// Artifacts are every file of every source, and are fetched without credentials, as Flux's are:
/// only pods of this namespace and of Flux's get at them. The other ports stay open to all.
fn network_policy(options: &Options) -> Value {
    let namespaces = [options.namespace.as_str(), "flux-system"];
    let consumers: Vec<Value> = namespaces
        .iter()
        .map(|name| json!({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}))
        .collect();
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": CONTROLLER, "namespace": options.namespace, "labels": labels()},
        "spec": {
            "podSelector": {"matchLabels": selector()},
            "policyTypes": ["Ingress"],
            "ingress": [
                {"ports": [{"port": PORT_NAME}, {"port": "metrics"}, {"port": "webhooks"}]},
                {"ports": [{"port": "artifacts"}], "from": consumers},
            ],
        },
    })
}

fn deployment(options: &Options) -> Value {
    let mut pod_labels = labels();
    merge(&mut pod_labels, selector());
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": CONTROLLER, "namespace": options.namespace, "labels": labels_of(options)},
        "spec": {
            "replicas": options.replicas,
            "strategy": strategy(options),
            "selector": {"matchLabels": selector()},
            "template": {"metadata": {"labels": pod_labels}, "spec": pod(options)},
        },
    })
}

/// Two controllers that do not elect a leader would make two first keys. The numbers are the defaults;
/// server-side apply takes away what was said and is said no more, and `Recreate` bears none.
fn strategy(options: &Options) -> Value {
    match options.replicas {
        0 | 1 => json!({"type": "Recreate"}),
        _ => {
            let numbers = json!({"maxSurge": "25%", "maxUnavailable": "25%"});
            json!({"type": "RollingUpdate", "rollingUpdate": numbers})
        }
    }
}

fn pod(options: &Options) -> Value {
    // What is written: Git objects and ciphertext on a disk, and never a value; what is built in
    // memory, because values may be among it.
    let mut volumes = vec![
        json!({"name": "data", "emptyDir": {}}),
        json!({"name": "rooms", "emptyDir": {"medium": "Memory", "sizeLimit": "256Mi"}}),
    ];
    if let Some(secret) = &options.tls {
        volumes.push(json!({"name": "tls", "secret": {"secretName": secret}}));
    }
    json!({
        "serviceAccountName": CONTROLLER,
        "securityContext": {
            "runAsNonRoot": true, "runAsUser": 65532, "runAsGroup": 65532, "fsGroup": 65532,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container(options)],
        "volumes": volumes,
    })
}

fn container(options: &Options) -> Value {
    let mut mounts = vec![
        json!({"name": "data", "mountPath": "/data"}),
        json!({"name": "rooms", "mountPath": "/rooms"}),
    ];
    if options.tls.is_some() {
        mounts.push(json!({"name": "tls", "mountPath": "/tls", "readOnly": true}));
    }
    json!({
        "name": "controller",
        "image": options.image,
        "args": arguments(options),
        "env": [{"name": "POD_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}],
        "ports": [
            {"name": PORT_NAME, "containerPort": PORT},
            {"name": "metrics", "containerPort": METRICS_PORT},
            {"name": "artifacts", "containerPort": ARTIFACTS_PORT},
            {"name": "webhooks", "containerPort": WEBHOOKS_PORT},
        ],
        "livenessProbe": probe(options, "/healthz"),
        "readinessProbe": probe(options, "/readyz"),
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "1Gi"}},
        "securityContext": {
            "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": mounts,
    })
}

fn arguments(options: &Options) -> Vec<String> {
    let mut arguments = vec![
        format!("--listen-addr=0.0.0.0:{PORT}"),
        format!("--storage-addr=0.0.0.0:{ARTIFACTS_PORT}"),
        format!("--webhooks-addr=0.0.0.0:{WEBHOOKS_PORT}"),
        "--storage-path=/data".to_owned(),
        "--build-path=/rooms".to_owned(),
    ];
    arguments.extend(options.flags());
    arguments.extend(options.arguments.iter().cloned());
    arguments
}

fn probe(options: &Options, path: &str) -> Value {
    let mut get = json!({"path": path, "port": PORT_NAME});
    if options.tls.is_some() {
        get["scheme"] = json!("HTTPS");
    }
    json!({"httpGet": get, "periodSeconds": 10})
}

fn selector() -> Value {
    json!({"app.kubernetes.io/name": "signet", "app.kubernetes.io/component": "controller"})
}

fn merge(into: &mut Value, from: Value) {
    if let (Some(into), Value::Object(from)) = (into.as_object_mut(), from) {
        into.extend(from);
    }
}

#[cfg(test)]
mod tests;
