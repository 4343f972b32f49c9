//! What `signet install` prints: everything the controller needs in a cluster, as JSON objects.
//!
//! Pure, so that the committed manifests, the Helm chart and the tests all come from one place.
//! The rights are the least that do the work (`docs/threat-model.md`, confused deputy): the
//! controller's own role creates no workload and no RBAC object; what a repository declares is
//! applied as a ServiceAccount, by impersonation.

use kube::CustomResourceExt;
use serde_json::{Value, json};

use crate::{GitRepository, Kustomization, Receiver, SealedSecret};

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

/// What differs between installations.
#[derive(Clone, Debug)]
pub struct Options {
    /// Namespace of the controller.
    pub namespace: String,
    /// Container image of the controller, with its tag or digest.
    pub image: String,
    /// Further arguments of the controller, after those that the manifests give.
    pub arguments: Vec<String>,
    /// Whether `signet-apply` is bound to `cluster-admin`. Without it, Kustomizations in the
    /// controller's namespace can do what you bind to that account yourself.
    pub cluster_admin: bool,
    /// How many controllers run; more than one agree on a leader.
    pub replicas: u32,
    /// Whether the controller also answers to the Service name that the stock `kubeseal` asks for.
    pub stand_in: bool,
    /// Whether the controller may roll workloads that ask for it when a Secret changes. The right to
    /// patch a workload is the right to change what runs; without this it has none.
    pub roll_workloads: bool,
}

impl Options {
    /// The usual installation of `image`: namespace `signet-system`, `signet-apply` is an
    /// administrator, no further arguments.
    #[must_use]
    pub fn new(image: &str) -> Self {
        Self {
            namespace: NAMESPACE.to_owned(),
            image: image.to_owned(),
            arguments: Vec::new(),
            cluster_admin: true,
            replicas: 1,
            stand_in: false,
            roll_workloads: false,
        }
    }
}

/// Everything, in an order in which `kubectl apply` succeeds the first time: definitions, the
/// namespace, accounts, rights, then what runs.
#[must_use]
pub fn manifests(options: &Options) -> Vec<Value> {
    let mut all = definitions();
    all.push(namespace(options));
    all.extend([
        service_account(options, CONTROLLER),
        service_account(options, APPLY),
    ]);
    all.extend(crate::rbac::rights(options));
    all.push(service(options));
    if options.stand_in {
        all.extend(peer_services(options));
    }
    all.extend([network_policy(options), deployment(options)]);
    all
}

/// The CustomResourceDefinitions of the four kinds, as the types of this crate say them.
#[must_use]
pub fn definitions() -> Vec<Value> {
    [
        SealedSecret::crd(),
        GitRepository::crd(),
        Kustomization::crd(),
        Receiver::crd(),
    ]
    .into_iter()
    .map(|definition| {
        let mut body = json!(definition);
        body["metadata"]["labels"] = labels();
        if body["spec"]["group"] != "bitnami.com" {
            unseen_at_first(&mut body);
        }
        body
    })
    .collect()
}

/// Flux's default status: an object that no controller has seen yet is in progress to whoever waits
/// for it (`kubectl wait`, kstatus), instead of current because it has no condition.
fn unseen_at_first(definition: &mut Value) {
    let schema = "/spec/versions/0/schema/openAPIV3Schema/properties/status";
    if let Some(status) = definition.pointer_mut(schema) {
        status["default"] = json!({"observedGeneration": -1});
    }
}

/// Labels of every object of the installation.
pub(crate) fn labels() -> Value {
    json!({"app.kubernetes.io/name": "signet", "app.kubernetes.io/part-of": "signet"})
}

/// A namespace that others were in before is left as it is: to enforce `restricted` in kube-system
/// would keep a cluster's own pods from starting.
fn namespace(options: &Options) -> Value {
    let name = &options.namespace;
    let mut metadata = json!({ "name": name });
    let shared = options.stand_in || name == "default" || name.starts_with("kube-");
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
        "metadata": {"name": CONTROLLER, "namespace": options.namespace, "labels": labels()},
        "spec": {
            "replicas": options.replicas,
            // Two controllers that do not elect a leader would make two first keys.
            "strategy": {"type": if options.replicas > 1 { "RollingUpdate" } else { "Recreate" }},
            "selector": {"matchLabels": selector()},
            "template": {"metadata": {"labels": pod_labels}, "spec": pod(options)},
        },
    })
}

fn pod(options: &Options) -> Value {
    json!({
        "serviceAccountName": CONTROLLER,
        "securityContext": {
            "runAsNonRoot": true, "runAsUser": 65532, "runAsGroup": 65532, "fsGroup": 65532,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container(options)],
        // The only writable directory: Git objects and ciphertext, never a value.
        "volumes": [{"name": "data", "emptyDir": {}}],
    })
}

fn container(options: &Options) -> Value {
    let mut arguments = vec![
        format!("--listen-addr=0.0.0.0:{PORT}"),
        format!("--storage-addr=0.0.0.0:{ARTIFACTS_PORT}"),
        format!("--webhooks-addr=0.0.0.0:{WEBHOOKS_PORT}"),
        "--storage-path=/data".to_owned(),
    ];
    if options.replicas > 1 {
        arguments.push("--leader-elect".to_owned());
    }
    if options.roll_workloads {
        arguments.push("--roll-workloads=annotated".to_owned());
    }
    arguments.extend(options.arguments.iter().cloned());
    json!({
        "name": "controller",
        "image": options.image,
        "args": arguments,
        "env": [{"name": "POD_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}],
        "ports": [
            {"name": PORT_NAME, "containerPort": PORT},
            {"name": "metrics", "containerPort": METRICS_PORT},
            {"name": "artifacts", "containerPort": ARTIFACTS_PORT},
            {"name": "webhooks", "containerPort": WEBHOOKS_PORT},
        ],
        "livenessProbe": probe("/healthz"),
        "readinessProbe": probe("/readyz"),
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "512Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
    })
}

fn probe(path: &str) -> Value {
    json!({"httpGet": {"path": path, "port": PORT_NAME}, "periodSeconds": 10})
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
mod tests {
    #![allow(
        clippy::expect_used,
        clippy::unwrap_used,
        reason = "a test fails by panicking"
    )]
    use super::*;
    use crate::{ObjectId, names};

    fn usual() -> Vec<Value> {
        manifests(&Options::new("signet-controller:test"))
    }

    #[test]
    fn every_object_has_an_identity_of_its_own() {
        let ids: Vec<_> = usual()
            .iter()
            .map(|m| ObjectId::of(m).expect("kind and name"))
            .collect();
        let mut unique = ids.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), ids.len());
    }

    #[test]
    fn what_is_namespaced_stands_in_the_namespace_asked_for() {
        let all = manifests(&Options {
            namespace: "keys".to_owned(),
            ..Options::new("i")
        });
        let found: std::collections::BTreeSet<_> = all
            .iter()
            .filter_map(|m| m["metadata"]["namespace"].as_str())
            .collect();
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["keys"]);
    }

    #[test]
    fn a_namespace_of_others_is_left_as_it_is() {
        let labels = |namespace: &str, stand_in| {
            let all = manifests(&Options {
                namespace: namespace.to_owned(),
                stand_in,
                ..Options::new("i")
            });
            let mut found = all.into_iter().filter(|m| m["kind"] == "Namespace");
            found.next().unwrap()["metadata"]["labels"].clone()
        };
        let enforced = "pod-security.kubernetes.io/enforce";
        assert_eq!(labels(NAMESPACE, true)[enforced], "restricted");
        assert_eq!(labels("keys", false)[enforced], "restricted");
        for (namespace, stand_in) in [("kube-system", false), ("default", false), ("team", true)] {
            assert_eq!(labels(namespace, stand_in), Value::Null, "{namespace}");
        }
    }

    #[test]
    fn the_columns_of_kubectl_get_are_the_peers() {
        let sealed = &definitions()[0];
        let columns = &sealed["spec"]["versions"][0]["additionalPrinterColumns"];
        assert_eq!(columns[0]["name"], "Status");
        assert_eq!(columns[1]["name"], "Synced");
    }

    #[test]
    fn a_new_object_of_flux_kinds_is_unseen_and_a_sealed_secret_has_no_status() {
        let default = |definition: &Value| {
            definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["status"]
                ["default"]
                .clone()
        };
        let found: Vec<_> = definitions().iter().map(default).collect();
        let unseen = json!({"observedGeneration": -1});
        assert_eq!(found, [Value::Null, unseen.clone(), unseen.clone(), unseen]);
    }

    #[test]
    fn the_pod_meets_the_restricted_standard() {
        let all = usual();
        let pod =
            &all.iter().find(|m| m["kind"] == "Deployment").unwrap()["spec"]["template"]["spec"];
        assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
        assert_eq!(
            pod["securityContext"]["seccompProfile"]["type"],
            "RuntimeDefault"
        );
        let container = &pod["containers"][0]["securityContext"];
        assert_eq!(container["allowPrivilegeEscalation"], false);
        assert_eq!(container["capabilities"]["drop"], json!(["ALL"]));
        assert_eq!(container["readOnlyRootFilesystem"], true);
    }

    #[test]
    fn the_service_finds_the_pod() {
        let all = usual();
        let pod = &all.iter().find(|m| m["kind"] == "Deployment").unwrap()["spec"]["template"];
        let service = all.iter().find(|m| m["kind"] == "Service").unwrap();
        for (key, value) in service["spec"]["selector"].as_object().unwrap() {
            assert_eq!(&pod["metadata"]["labels"][key], value, "{key}");
        }
    }

    #[test]
    fn only_two_namespaces_get_at_the_artifacts() {
        let all = usual();
        let policy = all.iter().find(|m| m["kind"] == "NetworkPolicy").unwrap();
        let rules = policy["spec"]["ingress"].as_array().unwrap();
        let open: Vec<_> = rules.iter().filter(|rule| rule["from"].is_null()).collect();
        assert!(!json!(open).to_string().contains("artifacts"));
        assert_eq!(rules[1]["from"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn several_replicas_elect_a_leader_and_the_peers_name_is_answered() {
        let all = manifests(&Options {
            replicas: 2,
            stand_in: true,
            ..Options::new("i")
        });
        let named = |kind: &str, name: &str| {
            let mut found = all
                .iter()
                .filter(|m| m["kind"] == kind && m["metadata"]["name"] == name);
            found.next().unwrap().clone()
        };
        let spec = &named("Deployment", CONTROLLER)["spec"];
        assert_eq!(spec["strategy"]["type"], "RollingUpdate");
        let arguments = &spec["template"]["spec"]["containers"][0]["args"];
        assert!(
            arguments
                .as_array()
                .unwrap()
                .contains(&json!("--leader-elect"))
        );
        let service = named("Service", PEER_CONTROLLER);
        assert_eq!(service["spec"]["selector"], spec["selector"]["matchLabels"]);
        assert_eq!(service["spec"]["ports"][0]["name"], PORT_NAME);
        let metrics = named("Service", "sealed-secrets-controller-metrics");
        assert_eq!(metrics["spec"]["ports"][0]["port"], METRICS_PORT);
        let role = named("Role", "sealed-secrets-service-proxier");
        let names = role["rules"][1]["resourceNames"].as_array().unwrap();
        assert!(names.contains(&json!("http:sealed-secrets-controller:http")));
        assert!(
            !usual()
                .iter()
                .any(|m| m["metadata"]["name"] == PEER_CONTROLLER)
        );
    }

    #[test]
    fn nobody_is_made_an_administrator_when_that_is_declined() {
        let all = manifests(&Options {
            cluster_admin: false,
            ..Options::new("i")
        });
        assert!(!all.iter().any(|m| m["roleRef"]["name"] == "cluster-admin"));
        assert!(
            usual()
                .iter()
                .any(|m| m["roleRef"]["name"] == "cluster-admin")
        );
    }

    #[test]
    fn the_certificate_is_published_under_the_name_that_is_granted() {
        let all = usual();
        let reader = all
            .iter()
            .find(|m| m["kind"] == "Role" && m["metadata"]["name"] == "signet-certificate-reader")
            .unwrap();
        assert_eq!(
            reader["rules"][0]["resourceNames"],
            json!([names::CERTIFICATE_CONFIG_MAP])
        );
    }
}
