//! Who may do what: the roles and bindings of an installation.
//!
//! Three subjects. The controller itself reads and writes Secrets, its own kinds and its own
//! housekeeping, and may act as ServiceAccounts. `signet-apply` is what Kustomizations of the
//! controller's namespace act as. Everybody who is logged in may read the public certificate and
//! reach the controller's HTTP server, which asks for a token of its own.

use serde_json::{Value, json};

use crate::install::{APPLY, CONTROLLER, Options, PEER_CONTROLLER, PORT_NAME, labels};
use crate::names;

/// The rights of an installation, roles before bindings.
#[must_use]
pub fn rights(options: &Options) -> Vec<Value> {
    let mut all = vec![
        cluster_role(CONTROLLER, controller_rules(options)),
        role(options, CONTROLLER, housekeeping_rules()),
        role(options, "signet-certificate-reader", certificate_rules()),
        role(options, "signet-service-proxier", proxy_rules(CONTROLLER)),
        cluster_role_binding(options, CONTROLLER, CONTROLLER, CONTROLLER),
        role_binding(options, CONTROLLER, account(options, CONTROLLER)),
        role_binding(options, "signet-certificate-reader", everybody()),
        role_binding(options, "signet-service-proxier", everybody()),
    ];
    if options.stand_in {
        let name = "sealed-secrets-service-proxier";
        all.push(role(options, name, proxy_rules(PEER_CONTROLLER)));
        all.push(role_binding(options, name, everybody()));
    }
    if options.cluster_admin {
        all.push(cluster_role_binding(options, APPLY, "cluster-admin", APPLY));
    }
    all
}

/// What the controller itself may do anywhere. It deletes no Secret: the owner reference lets
/// Kubernetes do that. It reads every kind, since a repository may declare any: the watches that
/// see drift and health look at what carries the label of a Kustomization, whoever applied it.
fn controller_rules(options: &Options) -> Value {
    let (source, sync) = ("source.toolkit.fluxcd.io", "kustomize.toolkit.fluxcd.io");
    let tell = "notification.toolkit.fluxcd.io";
    let mut rules = json!([
        // Not `get`: with a wildcard that would reach into pods and nodes (`pods/exec`,
        // `nodes/proxy`).
        rule("*", &["*"], &["list", "watch"]),
        rule("", &["secrets"], &["get", "create", "update"]),
        rule("", &["namespaces"], &["get"]),
        rule("", &["events"], &["create", "patch"]),
        rule("", &["serviceaccounts"], &["impersonate"]),
        rule("bitnami.com", &["sealedsecrets"], &["get"]),
        rule(
            "bitnami.com",
            &["sealedsecrets/status"],
            &["patch", "update"]
        ),
        rule(source, &["gitrepositories"], &["get", "patch", "update"]),
        rule(source, &["gitrepositories/status"], &["patch", "update"]),
        rule(sync, &["kustomizations"], &["get", "patch", "update"]),
        rule(sync, &["kustomizations/status"], &["patch", "update"]),
        rule(tell, &["receivers"], &["get", "patch", "update"]),
        rule(tell, &["receivers/status"], &["patch", "update"]),
        rule("authentication.k8s.io", &["tokenreviews"], &["create"]),
        rule(
            "authorization.k8s.io",
            &["subjectaccessreviews"],
            &["create"]
        ),
    ]);
    if let (true, Some(rules)) = (options.roll_workloads, rules.as_array_mut()) {
        let workloads = ["deployments", "statefulsets", "daemonsets"];
        rules.push(rule("apps", &workloads, &["patch"]));
    }
    rules
}

/// What the controller may do in its own namespace: publish the certificate, hold its lease.
/// RBAC cannot bind `create`, `list` and `watch` to a name.
fn housekeeping_rules() -> Value {
    json!([
        rule("", &["configmaps"], &["list", "watch", "create"]),
        named(
            "",
            &["configmaps"],
            &[names::CERTIFICATE_CONFIG_MAP],
            &["get", "update", "patch"]
        ),
        rule(
            "coordination.k8s.io",
            &["leases"],
            &["get", "list", "watch", "create", "update", "patch"]
        ),
    ])
}

fn certificate_rules() -> Value {
    json!([named(
        "",
        &["configmaps"],
        &[names::CERTIFICATE_CONFIG_MAP],
        &["get"]
    )])
}

/// Reaches the controller through the API server. The names are those that the service proxy
/// checks: with the scheme and the port, and bare.
fn proxy_rules(service: &str) -> Value {
    let with_port = format!("http:{service}:{PORT_NAME}");
    let without = format!("http:{service}:");
    json!([
        named("", &["services"], &[service], &["get"]),
        named(
            "",
            &["services/proxy"],
            &[&with_port, &without, service],
            &["get", "create"]
        ),
    ])
}

fn rule(group: &str, resources: &[&str], verbs: &[&str]) -> Value {
    json!({"apiGroups": [group], "resources": resources, "verbs": verbs})
}

fn named(group: &str, resources: &[&str], names: &[&str], verbs: &[&str]) -> Value {
    json!({"apiGroups": [group], "resources": resources, "resourceNames": names, "verbs": verbs})
}

fn cluster_role(name: &str, rules: Value) -> Value {
    let mut body = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": name, "labels": labels()},
    });
    body["rules"] = rules;
    body
}

fn role(options: &Options, name: &str, rules: Value) -> Value {
    let mut body = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
        "metadata": {"name": name, "namespace": options.namespace, "labels": labels()},
    });
    body["rules"] = rules;
    body
}

fn cluster_role_binding(options: &Options, name: &str, role: &str, to: &str) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": name, "labels": labels()},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [account(options, to)],
    })
}

fn role_binding(options: &Options, role: &str, subject: Value) -> Value {
    let mut body = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "metadata": {"name": role, "namespace": options.namespace, "labels": labels()},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role},
    });
    body["subjects"] = Value::Array(vec![subject]);
    body
}

fn account(options: &Options, name: &str) -> Value {
    json!({"kind": "ServiceAccount", "name": name, "namespace": options.namespace})
}

fn everybody() -> Value {
    json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:authenticated"})
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    /// Every (group, resource, verb) that a role of the controller grants.
    fn granted() -> Vec<(String, String, String)> {
        granted_by(&Options::new("i"))
    }

    fn granted_by(options: &Options) -> Vec<(String, String, String)> {
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        let list = |v: &Value| v.as_array().unwrap().iter().map(text).collect::<Vec<_>>();
        let mut all = Vec::new();
        for role in rights(options)
            .iter()
            .filter(|m| m["metadata"]["name"] == CONTROLLER)
        {
            for rule in role["rules"].as_array().into_iter().flatten() {
                for resource in list(&rule["resources"]) {
                    for verb in list(&rule["verbs"]) {
                        all.push((text(&rule["apiGroups"][0]), resource.clone(), verb));
                    }
                }
            }
        }
        all
    }

    #[test]
    fn the_controllers_own_role_makes_no_workload_and_no_rbac() {
        for (group, resource, verb) in granted() {
            let writes = !matches!(verb.as_str(), "get" | "list" | "watch" | "impersonate");
            let forbidden = ["apps", "batch", "rbac.authorization.k8s.io"]
                .contains(&group.as_str())
                || ["pods", "serviceaccounts", "namespaces"].contains(&resource.as_str());
            assert!(!(writes && forbidden), "{verb} {resource}.{group}");
        }
    }

    #[test]
    fn workloads_are_patched_only_where_rolling_was_asked_for() {
        let options = Options {
            roll_workloads: true,
            ..Options::new("i")
        };
        let (usual, mut rolling) = (granted(), granted_by(&options));
        rolling.retain(|grant| !usual.contains(grant));
        let more = ["deployments", "statefulsets", "daemonsets"]
            .map(|kind| ("apps".to_owned(), kind.to_owned(), "patch".to_owned()));
        assert_eq!(rolling, more);
    }

    #[test]
    fn a_wildcard_only_lists_and_only_service_accounts_are_impersonated() {
        for (group, resource, verb) in granted() {
            let wild = [&group, &resource, &verb]
                .iter()
                .any(|word| word.contains('*'));
            assert!(
                !wild || ["list", "watch"].contains(&verb.as_str()),
                "{verb} {resource}"
            );
            assert!(verb != "impersonate" || resource == "serviceaccounts");
            assert!(!(resource == "secrets" && verb == "delete"));
        }
    }
}
