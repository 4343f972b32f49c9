//! Who may do what: the roles and bindings of an installation.
//!
//! Three subjects. The controller itself reads and writes Secrets, its own kinds and its own
//! housekeeping, and may act as ServiceAccounts. `signet-apply` is what Kustomizations of the
//! controller's namespace act as. Everybody who is logged in may read the public certificate and
//! reach the controller's HTTP server, which asks for a token of its own.

pub mod rules;

use serde_json::{Value, json};

use crate::install::{APPLY, CONTROLLER, Kind, Options, PEER_CONTROLLER, labels};
use rules::Part;

/// Role, in each namespace that a confined controller looks after, by which it does; the peer's
/// chart calls it so.
pub const UNSEALER: &str = "secrets-unsealer";
/// Role in the controller's namespace by which a confined controller holds its keys.
pub const KEY_ADMIN: &str = "signet-key-admin";
/// Role in the namespace of Flux's controllers by which the controller holds their Leases.
pub const FLUX_LEASES: &str = "signet-flux-leases";
/// Binding by which a confined controller may ask about tokens.
const DELEGATE: &str = "signet-controller-reviews";
/// What Kubernetes itself grants to whoever asks about tokens.
const AUTH_DELEGATOR: &str = "system:auth-delegator";

/// The rights of an installation, roles before bindings.
#[must_use]
pub fn rights(options: &Options) -> Vec<Value> {
    let own = &options.namespace;
    let here = |name: &str, rules: Vec<Value>| role(own, name, &rules);
    let to_everybody = |name: &str| role_binding(own, name, everybody());
    let mut all = match options.only {
        None => in_the_whole_cluster(options),
        Some(_) => in_namespaces(options),
    };
    all.extend([
        here(CONTROLLER, Part::Housekeeping.rules()),
        here("signet-certificate-reader", Part::Certificate.rules()),
        here("signet-service-proxier", rules::proxy(CONTROLLER)),
        role_binding(own, CONTROLLER, account(options, CONTROLLER)),
        to_everybody("signet-certificate-reader"),
        to_everybody("signet-service-proxier"),
    ]);
    if options.stand_in {
        let name = "sealed-secrets-service-proxier";
        all.push(here(name, rules::proxy(PEER_CONTROLLER)));
        all.push(to_everybody(name));
    }
    let elsewhere = options.flux_namespace.as_deref().filter(|name| name != own);
    if let Some(namespace) = elsewhere {
        all.push(role(namespace, FLUX_LEASES, &Part::FluxLeases.rules()));
        all.push(role_binding(
            namespace,
            FLUX_LEASES,
            account(options, CONTROLLER),
        ));
    }
    if options.cluster_admin && options.works_on(Kind::Kustomization) {
        all.push(cluster_role_binding(options, APPLY, "cluster-admin", APPLY));
    }
    all.sort_by_key(|object| object["roleRef"].is_object());
    all
}

fn in_the_whole_cluster(options: &Options) -> Vec<Value> {
    vec![
        cluster_role(CONTROLLER, &of_the_work(options)),
        cluster_role_binding(options, CONTROLLER, CONTROLLER, CONTROLLER),
    ]
}

/// Nothing here reaches beyond the namespaces that are named, the question whose a token is apart.
fn in_namespaces(options: &Options) -> Vec<Value> {
    let me = || account(options, CONTROLLER);
    let mut all = vec![
        role(&options.namespace, KEY_ADMIN, &Part::Keys.rules()),
        role_binding(&options.namespace, KEY_ADMIN, me()),
    ];
    for namespace in options.namespaces() {
        all.push(role(namespace, UNSEALER, &of_the_work(options)));
        all.push(role_binding(namespace, UNSEALER, me()));
    }
    if options.delegate {
        all.push(cluster_role_binding(
            options,
            DELEGATE,
            AUTH_DELEGATOR,
            CONTROLLER,
        ));
    }
    all
}

/// What the controller itself may do wherever it looks after something.
fn of_the_work(options: &Options) -> Vec<Value> {
    let parts = Part::of_the_work(options).into_iter();
    parts.flat_map(Part::rules).collect()
}

fn cluster_role(name: &str, rules: &[Value]) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": name, "labels": labels()},
        "rules": rules,
    })
}

fn role(namespace: &str, name: &str, rules: &[Value]) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
        "metadata": {"name": name, "namespace": namespace, "labels": labels()},
        "rules": rules,
    })
}

fn cluster_role_binding(options: &Options, name: &str, role: &str, to: &str) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": name, "labels": labels()},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [account(options, to)],
    })
}

/// A binding has the name of its role: what a binding refers to can never be changed.
fn role_binding(namespace: &str, role: &str, subject: Value) -> Value {
    let mut body = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "metadata": {"name": role, "namespace": namespace, "labels": labels()},
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
        rolling.retain(|grant| !usual.contains(grant) && grant.2 != "list");
        let more = ["deployments", "statefulsets", "daemonsets"]
            .map(|kind| ("apps".to_owned(), kind.to_owned(), "patch".to_owned()));
        assert_eq!(rolling, more);
    }

    #[test]
    fn secrets_are_deleted_only_where_copies_were_asked_for() {
        let options = Options {
            copy_sealed_secrets: true,
            ..Options::new("i")
        };
        let (usual, mut copying) = (granted(), granted_by(&options));
        copying.retain(|grant| !usual.contains(grant));
        let more = [
            ("secrets", "delete"),
            ("namespaces", "list"),
            ("namespaces", "watch"),
        ]
        .map(|(kind, verb)| (String::new(), kind.to_owned(), verb.to_owned()));
        assert_eq!(copying, more);
    }

    #[test]
    fn who_only_unseals_lists_nothing_else_and_acts_as_nobody() {
        let options = Options {
            kinds: vec![Kind::SealedSecret],
            ..Options::new("i")
        };
        for (group, resource, verb) in granted_by(&options) {
            assert!(group != "*" && resource != "*" && verb != "impersonate");
            assert!(!group.ends_with("fluxcd.io"), "{verb} {resource}");
        }
        let all = rights(&options);
        assert!(!all.iter().any(|m| m["roleRef"]["name"] == "cluster-admin"));
    }

    #[test]
    fn a_confined_controller_has_no_right_beyond_its_namespaces() {
        let options = Options {
            only: Some(vec!["shop".to_owned(), "signet-system".to_owned()]),
            ..Options::new("i")
        };
        let all = rights(&options);
        let of = |kind: &str| all.iter().filter(move |m| m["kind"] == kind).count();
        assert_eq!((of("ClusterRole"), of("ClusterRoleBinding")), (0, 0));
        let unsealers = all
            .iter()
            .filter(|m| m["kind"] == "Role" && m["metadata"]["name"] == UNSEALER);
        let places: Vec<_> = unsealers.map(|m| &m["metadata"]["namespace"]).collect();
        assert_eq!(places, ["signet-system", "shop"]);
        let asking = rights(&Options {
            delegate: true,
            ..options
        });
        let wide = asking.iter().filter(|m| m["kind"] == "ClusterRoleBinding");
        let to: Vec<_> = wide.map(|m| &m["roleRef"]["name"]).collect();
        assert_eq!(to, [AUTH_DELEGATOR]);
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
