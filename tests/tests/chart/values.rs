//! Values that users of the sealed-secrets chart depend on: taken, and what they make is accepted by
//! the API server. What cannot be done as asked is refused, in words that help.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use signet_tests::helm::Helm;

use super::{accepted, arguments, has, helm, namespace, one, ours, peers_chart, plane, rendered};

/// Every value of the newest release that is known, with its default.
const PEERS: &str = include_str!("peer-values.yaml");

/// Values, and what is to be seen of them.
struct Case {
    values: &'static str,
    release: &'static str,
    seen: fn(&[Value]) -> Result<()>,
}

const PEERS_NAME: &str = "sealed-secrets-controller";

const CASES: &[Case] = &[
    Case {
        values: "",
        release: "signet",
        seen: |all| {
            ensure!(has(all, "Service", "signet-controller"));
            ensure!(has(all, "Role", "signet-service-proxier"));
            let definition = one(all, "CustomResourceDefinition", "sealedsecrets.bitnami.com")?;
            let policy = &definition["metadata"]["annotations"]["helm.sh/resource-policy"];
            ensure!(policy == "keep");
            Ok(())
        },
    },
    Case {
        values: PEERS,
        release: "sealed-secrets",
        seen: |all| {
            let deployment = one(all, "Deployment", "sealed-secrets-signet")?;
            let container = &deployment["spec"]["template"]["spec"]["containers"][0];
            let image = container["image"].as_str().context("an image")?;
            ensure!(
                image.starts_with("signet.dev/signet-controller:v"),
                "{image}"
            );
            ensure!(container["securityContext"]["runAsUser"] == 1001);
            ensure!(container["readinessProbe"]["httpGet"]["path"] == "/readyz");
            ensure!(has(all, "ClusterRole", "secrets-unsealer"));
            Ok(())
        },
    },
    Case {
        values: "fullnameOverride: sealed-secrets-controller",
        release: "sealed-secrets",
        seen: |all| {
            let service = one(all, "Service", PEERS_NAME)?;
            // kubeseal asks for the first port, by name.
            ensure!(service["spec"]["ports"][0]["name"] == "http");
            ensure!(service["spec"]["ports"][0]["port"] == 8080);
            ensure!(has(all, "Service", "sealed-secrets-controller-metrics"));
            let role = one(all, "Role", "sealed-secrets-controller-service-proxier")?;
            let names = &role["rules"][1]["resourceNames"];
            ensure!(
                names
                    .as_array()
                    .context("names")?
                    .contains(&json!("http:sealed-secrets-controller:http"))
            );
            let told = arguments(all)?.join(" ");
            ensure!(told.contains(
                "--storage-adv-addr=sealed-secrets-controller.chart-values.svc.cluster.local."
            ));
            Ok(())
        },
    },
    Case {
        values: "{nameOverride: sealed-secrets, asSealedSecrets: true}",
        release: "sealed-secrets",
        seen: |all| {
            for name in ["sealed-secrets", PEERS_NAME] {
                ensure!(
                    has(all, "Service", name) && has(all, "Service", &format!("{name}-metrics"))
                );
            }
            let role = one(all, "Role", "sealed-secrets-service-proxier")?;
            ensure!(
                role["rules"].as_array().context("rules")?.len() == 4,
                "{role}"
            );
            Ok(())
        },
    },
    Case {
        values: "{additionalNamespaces: [chart-a, chart-b], rbac: {namespacedRoles: true, clusterRole: false}}",
        release: "signet",
        seen: |all| {
            ensure!(!all.iter().any(|object| {
                object["kind"]
                    .as_str()
                    .unwrap_or_default()
                    .starts_with("ClusterRole")
            }));
            let roles = all
                .iter()
                .filter(|it| it["kind"] == "Role" && it["metadata"]["name"] == "secrets-unsealer");
            let places: Vec<_> = roles
                .map(|role| role["metadata"]["namespace"].clone())
                .collect();
            ensure!(
                places == ["chart-values", "chart-a", "chart-b"],
                "{places:?}"
            );
            let told = arguments(all)?.join(" ");
            ensure!(
                told.contains("--kinds=sealedsecret --additional-namespaces=chart-a,chart-b"),
                "{told}"
            );
            Ok(())
        },
    },
    Case {
        values: "createController: false",
        release: "signet",
        seen: |all| {
            for kind in ["Deployment", "Service", "Ingress"] {
                ensure!(!all.iter().any(|object| object["kind"] == kind), "{kind}");
            }
            ensure!(has(all, "ClusterRole", "signet-controller"));
            Ok(())
        },
    },
    Case {
        values: "args: [--update-status, '--key-prefix={{ .Values.secretName }}']",
        release: "signet",
        seen: |all| {
            let told = arguments(all)?;
            ensure!(
                told == ["--update-status", "--key-prefix=sealed-secrets-key"],
                "{told:?}"
            );
            Ok(())
        },
    },
    Case {
        values: "{keyrenewperiod: '0', keyttl: 24h, keycutofftime: 'Mon, 14 Oct 2024 21:45:30 +0200', rateLimit: 5, rateLimitBurst: '7', secretName: our-key, updateStatus: false, skipRecreate: true, additionalNamespaces: [chart-a], privateKeyLabels: {team: a}, privateKeyAnnotations: {a: b, c: d}, logInfoStdout: false, logLevel: ERROR, logFormat: json, maxRetries: 9, kubeClientQPS: -1, kubeClientBurst: 50, watchForSecrets: true, containerPorts: {http: 8090, metrics: 8091}, plainSecrets: refuse, sourceHosts: [a.example, '*.b.example'], requireToken: true, replicaCount: 2}",
        release: "signet",
        seen: |all| {
            let told = arguments(all)?;
            for flag in [
                "--key-renew-period=0",
                "--key-ttl=24h",
                "--key-cutoff-time=Mon, 14 Oct 2024 21:45:30 +0200",
                "--rate-limit=5",
                "--rate-limit-burst=7",
                "--key-prefix=our-key",
                "--update-status=false",
                "--skip-recreate=true",
                "--additional-namespaces=chart-a",
                "--privatekey-labels=team=a",
                "--privatekey-annotations=a=b,c=d",
                "--log-info-stdout=false",
                "--log-level=ERROR",
                "--log-format=json",
                "--max-unseal-retries=9",
                "--kubeclient-qps=-1",
                "--kubeclient-burst=50",
                "--listen-addr=0.0.0.0:8090",
                "--listen-metrics-addr=0.0.0.0:8091",
                "--plain-secrets=refuse",
                "--source-hosts=a.example,*.b.example",
                "--require-token",
                "--leader-elect",
            ] {
                ensure!(told.iter().any(|word| word == flag), "{flag}: {told:?}");
            }
            Ok(())
        },
    },
    Case {
        values: "{ingress: {enabled: true, hostname: cert.example, ingressClassName: nginx, tls: true, selfSigned: true, extraHosts: [{name: two.example, path: /v1/cert.pem}], extraPaths: [{path: /hook, pathType: Prefix, backend: {service: {name: signet-controller, port: {name: webhooks}}}}], extraTls: [{hosts: [two.example], secretName: two}], secrets: [{name: two, certificate: a, key: b}]}}",
        release: "signet",
        seen: |all| {
            let ingress = one(all, "Ingress", "signet-controller")?;
            let rule = &ingress["spec"]["rules"][0];
            ensure!(rule["host"] == "cert.example");
            let own = &rule["http"]["paths"][1];
            ensure!(
                own["path"] == "/v1/cert.pem"
                    && own["backend"]["service"]["port"]["name"] == "http"
            );
            let made = one(all, "Secret", "cert.example-tls")?;
            ensure!(made["type"] == "kubernetes.io/tls" && made["data"]["tls.key"].is_string());
            ensure!(ingress["spec"]["tls"].as_array().context("tls")?.len() == 2);
            ensure!(has(all, "Secret", "two"));
            Ok(())
        },
    },
    Case {
        values: "{metrics: {serviceMonitor: {enabled: true, namespace: monitoring, interval: 10s, labels: {release: prometheus}}, prometheusRule: {enabled: true}, dashboards: {create: true, labels: {grafana_dashboard: '1'}}, omitSecretLabels: true}}",
        release: "signet",
        seen: |all| {
            let monitor = one(all, "ServiceMonitor", "signet-controller")?;
            let endpoint = json!({"port": "metrics", "honorLabels": true, "interval": "10s"});
            ensure!(
                monitor["spec"]["endpoints"] == json!([endpoint]),
                "{monitor}"
            );
            let chosen = monitor["spec"]["selector"]["matchLabels"]
                .as_object()
                .context("labels")?;
            let labels = &one(all, "Service", "signet-controller-metrics")?["metadata"]["labels"];
            ensure!(
                chosen.iter().all(|(key, value)| &labels[key] == value),
                "{labels}"
            );
            let rule = one(all, "PrometheusRule", "signet-controller")?;
            ensure!(
                rule["spec"]["groups"][0]["rules"][0]["alert"] == "SealedSecretsControllerNotReady"
            );
            let board =
                &one(all, "ConfigMap", "signet-controller-dashboard")?["data"]["signet.json"];
            let board: Value = serde_json::from_str(board.as_str().context("a dashboard")?)?;
            ensure!(board["panels"].as_array().context("panels")?.len() > 5);
            Ok(())
        },
    },
    Case {
        values: "{service: {type: LoadBalancer, nodePort: 30080, loadBalancerClass: example.com/lb, annotations: {a: b}}, metrics: {service: {type: NodePort, nodePort: '30081'}}}",
        release: "signet",
        seen: |all| {
            let open = &one(all, "Service", "signet-controller")?["spec"];
            let ports = open["ports"].as_array().context("ports")?;
            ensure!(ports.len() == 1 && ports[0]["nodePort"] == 30080, "{open}");
            let inside = &one(all, "Service", "signet-controller-internal")?["spec"];
            ensure!(inside["type"].is_null() && inside["ports"][0]["name"] == "artifacts");
            ensure!(
                arguments(all)?
                    .join(" ")
                    .contains("--storage-adv-addr=signet-controller-internal.")
            );
            Ok(())
        },
    },
    Case {
        values: "{hostNetwork: true, dnsPolicy: ClusterFirstWithHostNet, hostPorts: {http: 8080}, priorityClassName: system-cluster-critical, runtimeClassName: gvisor, nodeSelector: {a: b}, tolerations: [{operator: Exists}], affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Exists}]}]}}}, topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway}], resources: {limits: {cpu: 1, memory: 1Gi}}, podLabels: {l: m}, podAnnotations: {n: o}, additionalVolumes: [{name: extra, emptyDir: {}}], additionalVolumeMounts: [{name: extra, mountPath: /extra}], extraEnv: [{name: A, value: '{{ .Release.Name }}'}], extraEnvFrom: [{secretRef: {name: s, optional: true}}], command: [/signet-controller], image: {registry: mirror.example, pullSecrets: [pull], digest: 'sha256:0000000000000000000000000000000000000000000000000000000000000000'}, revisionHistoryLimit: 0, livenessProbe: {enabled: false}, customLivenessProbe: {tcpSocket: {port: http}}, startupProbe: {enabled: true, failureThreshold: 30}, storage: {persistentVolumeClaim: {claimName: c}}, serviceAccount: {create: false, name: theirs}}",
        release: "signet",
        seen: |all| {
            let deployment = one(all, "Deployment", "signet-controller")?;
            ensure!(deployment["spec"]["revisionHistoryLimit"] == 0);
            let pod = &deployment["spec"]["template"]["spec"];
            ensure!(pod["hostNetwork"] == true && pod["serviceAccountName"] == "theirs");
            ensure!(
                pod["volumes"][0]
                    == json!({"name": "data", "persistentVolumeClaim": {"claimName": "c"}})
            );
            let container = &pod["containers"][0];
            let image = container["image"].as_str().context("an image")?;
            ensure!(
                image.starts_with("mirror.example/signet-controller@sha256:"),
                "{image}"
            );
            ensure!(container["livenessProbe"] == json!({"tcpSocket": {"port": "http"}}));
            ensure!(container["env"][1] == json!({"name": "A", "value": "signet"}));
            ensure!(!has(all, "ServiceAccount", "signet-controller"));
            Ok(())
        },
    },
    Case {
        values: "{hostUsers: false, kinds: [sealedsecret], networkPolicy: {egress: {enabled: true, kubeapiCidr: 10.0.0.1/32, kubeapiPort: 6443}}, pdb: {create: true, minAvailable: '', maxUnavailable: 50%}, crds: {kinds: [sealedsecret, receiver], keep: false}}",
        release: "signet",
        seen: |all| {
            let deployment = one(all, "Deployment", "signet-controller")?;
            ensure!(deployment["spec"]["template"]["spec"]["hostUsers"] == false);
            let policy = &one(all, "NetworkPolicy", "signet-controller")?["spec"];
            ensure!(policy["egress"][0]["to"][0]["ipBlock"]["cidr"] == "10.0.0.1/32");
            ensure!(policy["policyTypes"] == json!(["Ingress", "Egress"]));
            let budget = &one(all, "PodDisruptionBudget", "signet-controller")?["spec"];
            ensure!(budget["maxUnavailable"] == "50%" && budget["minAvailable"].is_null());
            let definition = "receivers.notification.toolkit.fluxcd.io";
            let kept = &one(all, "CustomResourceDefinition", definition)?["metadata"];
            ensure!(
                kept["annotations"]["helm.sh/resource-policy"].is_null(),
                "{kept}"
            );
            Ok(())
        },
    },
    Case {
        values: "{commonLabels: {owner: '{{ .Release.Name }}'}, commonAnnotations: {note: noted}, rbac: {labels: {part: rights}}, serviceAccount: {labels: {l: m}, annotations: {role: arn}}, extraDeploy: [{apiVersion: v1, kind: ConfigMap, metadata: {name: '{{ .Release.Name }}-more', namespace: chart-values, labels: {owner: signet}, annotations: {note: noted}}}, \"apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: text, namespace: chart-values, labels: {owner: signet}, annotations: {note: noted}}\"]}",
        release: "signet",
        seen: |all| {
            for object in all {
                let metadata = &object["metadata"];
                ensure!(metadata["labels"]["owner"] == "signet", "{metadata}");
                ensure!(metadata["annotations"]["note"] == "noted", "{metadata}");
            }
            ensure!(has(all, "ConfigMap", "signet-more") && has(all, "ConfigMap", "text"));
            let account = &one(all, "ServiceAccount", "signet-controller")?["metadata"];
            ensure!(account["annotations"]["role"] == "arn" && account["labels"]["l"] == "m");
            ensure!(
                one(all, "ClusterRole", "signet-controller")?["metadata"]["labels"]["part"]
                    == "rights"
            );
            Ok(())
        },
    },
    Case {
        values: "{rbac: {clusterRole: false, clusterRoleName: theirs, serviceProxier: {subjects: [{kind: User, apiGroup: rbac.authorization.k8s.io, name: jane}]}}, oldGcBehavior: true}",
        release: "signet",
        seen: |all| {
            ensure!(!has(all, "ClusterRole", "theirs"));
            ensure!(one(all, "ClusterRoleBinding", "theirs")?["roleRef"]["name"] == "theirs");
            let binding = one(all, "RoleBinding", "signet-service-proxier")?;
            ensure!(binding["subjects"][0]["name"] == "jane");
            Ok(())
        },
    },
];

#[test]
fn values_of_the_peers_chart_make_objects_that_the_api_server_takes() -> Result<()> {
    let plane = plane()?;
    for name in ["chart-values", "chart-a", "chart-b"] {
        namespace(plane, name)?;
    }
    for Case {
        values,
        release,
        seen,
    } in CASES
    {
        let all = rendered(release, "chart-values", values)?;
        seen(&all).with_context(|| format!("with {values:?}"))?;
        // The Prometheus operator's kinds are not here.
        let known: Vec<_> = all
            .into_iter()
            .filter(|it| it["apiVersion"] != "monitoring.coreos.com/v1")
            .collect();
        accepted(plane, &known).with_context(|| format!("with {values:?}"))?;
    }
    Ok(())
}

#[test]
fn the_file_of_values_of_the_peers_release_is_taken_as_it_is() -> Result<()> {
    let file = std::fs::read_to_string(peers_chart()?.join("values.yaml"))?;
    let all = rendered("sealed-secrets", "default", &file)?;
    accepted(plane()?, &all)
}

/// Values, and words of the refusal.
const REFUSED: &[(&str, &[&str])] = &[
    ("replicaCout: 2", &["replicaCout", "not allowed"]),
    (
        "ingress: {enabled: 'false'}",
        &["/ingress/enabled", "want boolean"],
    ),
    ("kinds: [sealedsecrets]", &["/kinds/0", "sealedsecret"]),
    ("rollWorkloads: some", &["/rollWorkloads", "annotated"]),
    (
        "{copySealedSecrets: true, additionalNamespaces: [shop]}",
        &["copySealedSecrets", "additionalNamespaces"],
    ),
    (
        "rbac: {pspEnabled: true}",
        &["rbac.pspEnabled", "1.25", "restricted"],
    ),
    (
        "rbac: {namespacedRoles: true}",
        &["rbac.clusterRole to false"],
    ),
    (
        "rbac: {clusterRole: false}",
        &["rbac.clusterRoleName", "rbac.namespacedRoles"],
    ),
    (
        "{kinds: [sealedsecret, kustomization], rbac: {namespacedRoles: true, clusterRole: false}}",
        &["kinds: kustomization", "rbac.namespacedRoles"],
    ),
    (
        "additionalNamespaces: ['a,b']",
        &["additionalNamespaces", "a,b"],
    ),
    ("kubeVersion: 1.24.3", &["kubeVersion", "1.25"]),
    (
        "ingress: {apiVersion: extensions/v1beta1}",
        &["/ingress/apiVersion"],
    ),
    (
        "ingress: {enabled: true, tls: true}",
        &[
            "sealed-secrets.local-tls",
            "cert-manager",
            "ingress.selfSigned",
        ],
    ),
    (
        "{replicaCount: 2, args: [--update-status]}",
        &["args", "--leader-elect"],
    ),
    ("strategy: {type: RollingUpdate}", &["leaderElect"]),
    (
        "privateKeyLabels: {a: 1}",
        &["privateKeyLabels.a", "in quotes"],
    ),
    (
        "privateKeyAnnotations: {a: 'b,c'}",
        &["privateKeyAnnotations.a", "comma"],
    ),
    ("tls: {enabled: true}", &["tls.secretName"]),
    (
        "{asSealedSecrets: true, tls: {enabled: true, secretName: a, optional: false}}",
        &["tls.optional", "kubeseal"],
    ),
    (
        "networkPolicy: {egress: {enabled: true, kubeapiCidr: 10.0.0.1/32, kubeapiPort: 443}}",
        &["networkPolicy.egress.extra", "kinds"],
    ),
    (
        "{kinds: [sealedsecret], networkPolicy: {egress: {enabled: true}}}",
        &["kubeapiCidr and kubeapiPort"],
    ),
    (
        "{kinds: [sealedsecret], networkPolicy: {egress: {enabled: true, kubeapiPort: 1}}}",
        &["both kubeapiCidr and kubeapiPort"],
    ),
    (
        "pdb: {create: true, maxUnavailable: 1}",
        &["pdb.minAvailable"],
    ),
    (
        "image: {registry: mirror.example, repository: bitnami/sealed-secrets-controller}",
        &[
            "mirror.example/bitnami/sealed-secrets-controller",
            "image.repository",
        ],
    ),
];

#[test]
fn what_cannot_be_done_as_asked_is_refused_in_words_that_help() -> Result<()> {
    let home = tempfile::tempdir()?;
    let helm = Helm::new(home.path())?;
    for (values, words) in REFUSED {
        let refused = helm.template(&ours("signet", "default"), values);
        let error = format!(
            "{:#}",
            refused
                .err()
                .with_context(|| format!("{values} is taken"))?
        );
        for word in *words {
            ensure!(error.contains(word), "{values}: no {word:?} in {error}");
        }
    }
    Ok(())
}

#[test]
fn helm_has_nothing_to_say_against_the_chart() -> Result<()> {
    let home = tempfile::tempdir()?;
    let chart = ours("", "").chart.display().to_string();
    let said = Helm::new(home.path())?.run(&["lint", "--strict", &chart], PEERS)?;
    said.succeeded().map(drop)
}

/// Rendered by the cluster's word, which `helm template` cannot ask for.
#[test]
fn the_api_servers_address_is_looked_up_for_the_network_policy() -> Result<()> {
    let plane = plane()?;
    namespace(plane, "chart-lookup")?;
    plane.kubectl().apply(
        "{apiVersion: v1, kind: Endpoints, metadata: {name: kubernetes, namespace: default}, subsets: [{addresses: [{ip: 10.1.2.3}], ports: [{name: https, port: 6443}]}]}",
    )?;
    let room = tempfile::tempdir()?;
    let chart = ours("", "").chart.display().to_string();
    let words = [
        "install",
        "signet",
        &chart,
        "--namespace",
        "chart-lookup",
        "--dry-run=server",
    ];
    let values =
        "{kinds: [sealedsecret], crds: {install: false}, networkPolicy: {egress: {enabled: true}}}";
    let said = helm(room.path(), plane)?.run(&words, values)?.succeeded()?;
    ensure!(
        said.contains("cidr: 10.1.2.3/32") && said.contains("port: 6443"),
        "{said}"
    );
    Ok(())
}
