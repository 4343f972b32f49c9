//! Who may do what once the chart is installed: all that the sealed-secrets chart grants, asked of
//! the API server itself.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use signet_tests::control_plane::ControlPlane;
use signet_tests::eventually;
use signet_tests::helm::{Helm, Release};
use signet_tests::rig::SOON;

use super::{namespace, ours, peers_chart, plane};

/// Who asks, and where.
struct Who<'a> {
    plane: &'a ControlPlane,
    user: String,
    groups: &'a [&'a str],
}

impl Who<'_> {
    /// Asks as `kubectl auth can-i` does, for somebody else.
    fn may(&self, grant: &Grant, namespace: &str) -> Result<bool> {
        let mut attributes = json!(grant);
        attributes["namespace"] = json!(namespace);
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
            "spec": {"user": self.user, "groups": self.groups, "resourceAttributes": attributes},
        });
        let kubectl = self.plane.kubectl();
        let said =
            kubectl.run_with_input(&["create", "-o", "json", "-f", "-"], &review.to_string())?;
        let answer: Value = serde_json::from_str(&said)?;
        Ok(answer["status"]["allowed"] == true)
    }
}

/// One thing that a rule of RBAC allows.
type Grant = BTreeMap<&'static str, String>;

fn grant(verb: &str, group: &str, resource: &str) -> Grant {
    let (resource, part) = resource.split_once('/').unwrap_or((resource, ""));
    let attributes = [
        ("verb", verb),
        ("group", group),
        ("resource", resource),
        ("subresource", part),
    ];
    attributes
        .map(|(key, value)| (key, value.to_owned()))
        .into()
}

/// The controller's account of the release in a namespace.
fn account(place: &str) -> String {
    format!("system:serviceaccount:{place}:sealed-secrets-{place}")
}

/// What a rule of RBAC grants.
fn grants(rule: &Value) -> Vec<Grant> {
    let list = |key: &str| -> Vec<String> {
        let items = rule[key].as_array().cloned().unwrap_or_default();
        items
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    };
    let group = list("apiGroups").concat();
    let names = match list("resourceNames") {
        names if names.is_empty() => vec![String::new()],
        names => names,
    };
    let mut all = Vec::new();
    for resource in list("resources") {
        for verb in list("verbs") {
            for name in &names {
                let mut one = grant(&verb, &group, &resource);
                one.insert("name", name.clone());
                all.push(one);
            }
        }
    }
    all
}

/// Renders both charts with `values`, applies the rights of ours, and asks for each of theirs.
fn ours_grants_what_theirs_grants(place: &str, others: &[&str], values: &str) -> Result<()> {
    let plane = plane()?;
    for name in others.iter().chain([&place]) {
        namespace(plane, name)?;
    }
    let home = tempfile::tempdir()?;
    let helm = Helm::new(home.path())?;
    let mine = helm.template(&ours("sealed-secrets", place), values)?;
    let rights = mine.iter().filter(|object| {
        let kind = object["kind"].as_str().unwrap_or_default();
        kind.contains("Role") || kind == "ServiceAccount"
    });
    let manifest: Vec<_> = rights.map(ToString::to_string).collect();
    plane.kubectl().apply(&manifest.join("\n---\n"))?;
    let chart = peers_chart()?;
    let peer = Release {
        name: "sealed-secrets",
        namespace: place,
        chart: &chart,
    };
    let controller = Who {
        plane,
        user: account(place),
        groups: &[],
    };
    let anybody = Who {
        plane,
        user: "jane".to_owned(),
        groups: &["system:authenticated"],
    };
    let mut asked = 0;
    for role in helm.template(&peer, values)? {
        let own = role["metadata"]["namespace"].as_str();
        let named = role["metadata"]["name"].as_str().context("a name")?;
        let who = match named.ends_with("-service-proxier") {
            true => &anybody,
            false => &controller,
        };
        for rule in role["rules"].as_array().into_iter().flatten() {
            for grant in grants(rule) {
                // Kubernetes deletes Secrets, by owner reference, unless oldGcBehavior asks for it.
                // A namespace is watched, and not asked for.
                let not_needed = [("delete", "secrets"), ("get", "namespaces")];
                if not_needed.contains(&(grant["verb"].as_str(), grant["resource"].as_str())) {
                    continue;
                }
                // The authorizer learns of a binding by a watch of its own.
                eventually(SOON, "a right is there", || {
                    let may = who.may(&grant, own.unwrap_or("default"))?;
                    ensure!(may, "{} may not, in {own:?}: {grant:?}", who.user);
                    Ok(())
                })?;
                asked += 1;
            }
        }
    }
    ensure!(asked >= 20, "only {asked} rights were asked for");
    Ok(())
}

#[test]
fn the_cluster_role_grants_what_the_peers_does() -> Result<()> {
    let values = "fullnameOverride: sealed-secrets-wide";
    ours_grants_what_theirs_grants("wide", &[], values)
}

#[test]
fn namespaced_roles_grant_what_the_peers_do_and_nothing_beyond() -> Result<()> {
    let values = "{fullnameOverride: sealed-secrets-narrow, additionalNamespaces: [narrow-shop], rbac: {clusterRole: false, namespacedRoles: true}}";
    ours_grants_what_theirs_grants("narrow", &["narrow-shop"], values)?;
    let controller = Who {
        plane: plane()?,
        user: account("narrow"),
        groups: &[],
    };
    for (verb, group, resource) in [
        ("list", "", "secrets"),
        ("create", "", "secrets"),
        ("list", "bitnami.com", "sealedsecrets"),
        ("impersonate", "", "serviceaccounts"),
        ("list", "", "pods"),
        ("create", "authentication.k8s.io", "tokenreviews"),
    ] {
        let asked = grant(verb, group, resource);
        assert!(!controller.may(&asked, "default")?, "{asked:?}");
    }
    assert!(controller.may(&grant("create", "", "secrets"), "narrow-shop")?);
    assert!(!controller.may(&grant("delete", "", "secrets"), "narrow-shop")?);
    Ok(())
}
