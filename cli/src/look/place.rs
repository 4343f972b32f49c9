//! Identity and scope: what an item is bound to, and what only looks as if it were.

use std::collections::BTreeMap;

use serde_json::Value;
use signet_api::names::{CLUSTER_WIDE, DRIFT, NAMESPACE_WIDE, SEALED_FOR};
use signet_seal::{Fingerprint, Scope};

use super::{Finding, Looked, given};

/// Looks at name, namespace and annotations.
pub fn check(
    object: &Value,
    annotations: &BTreeMap<String, String>,
    looked: &Looked,
    findings: &mut Vec<Finding>,
) {
    version(object, findings);
    identity(looked, findings);
    scope(annotations, findings);
    own(annotations, findings);
    moved(&object["spec"]["template"]["metadata"], looked, findings);
}

fn version(object: &Value, findings: &mut Vec<Finding>) {
    if object["apiVersion"] != "bitnami.com/v1alpha1" {
        findings.push(Finding::error(
            "unknown-version",
            &["apiVersion"],
            "the only version is bitnami.com/v1alpha1",
        ));
    }
}

fn identity(looked: &Looked, findings: &mut Vec<Finding>) {
    if looked.name.is_empty() {
        findings.push(Finding::error(
            "no-name",
            &["metadata"],
            "metadata.name is missing: a cluster does not take it",
        ));
    }
    if looked.namespace.is_empty() && looked.scope != Scope::ClusterWide {
        findings.push(Finding::warning(
            "no-namespace",
            &["metadata"],
            format!(
                "metadata.namespace is missing, and with scope {} the items are bound to it: they \
                 open only in the namespace they were sealed for",
                looked.scope
            ),
        ));
    }
}

/// Only the exact text `true` counts, and cluster-wide wins.
fn scope(annotations: &BTreeMap<String, String>, findings: &mut Vec<Finding>) {
    let set = |name: &str| annotations.get(name).is_some_and(|value| value == "true");
    for name in [CLUSTER_WIDE, NAMESPACE_WIDE] {
        if annotations.contains_key(name) && !set(name) {
            let message =
                format!("annotation {name} is not exactly \"true\", so it does not count");
            let path = ["metadata", "annotations", name];
            findings.push(Finding::warning("scope-not-true", &path, message));
        }
    }
    if set(CLUSTER_WIDE) && set(NAMESPACE_WIDE) {
        findings.push(Finding::warning(
            "two-scopes",
            &["metadata", "annotations", NAMESPACE_WIDE],
            "both scope annotations are set: cluster-wide counts",
        ));
    }
}

/// Annotations of Signet.
fn own(annotations: &BTreeMap<String, String>, findings: &mut Vec<Finding>) {
    let path = |name| ["metadata", "annotations", name];
    if let Some(policy) = annotations.get(DRIFT)
        && !["enforce", "report", "ignore"].contains(&policy.as_str())
    {
        let message = format!("annotation {DRIFT}: write enforce, report or ignore");
        findings.push(Finding::error("bad-drift", &path(DRIFT), message));
    }
    if let Some(note) = annotations.get(SEALED_FOR)
        && !is_note(note)
    {
        let message = format!(
            "annotation {SEALED_FOR} names no key: neither a fingerprint nor a map of them; it is \
             only a hint, and may be deleted"
        );
        findings.push(Finding::warning("bad-note", &path(SEALED_FOR), message));
    }
}

fn is_note(text: &str) -> bool {
    let is_key = |text: &str| text.parse::<Fingerprint>().is_ok();
    let each = serde_json::from_str::<BTreeMap<String, String>>(text);
    is_key(text) || each.is_ok_and(|each| each.values().all(|key| is_key(key)))
}

/// kubeseal and Signet write into the template what was sealed; whoever copies a file and changes
/// its name forgets that.
fn moved(template: &Value, looked: &Looked, findings: &mut Vec<Finding>) {
    let scope = Scope::of_annotations(&super::annotations(template));
    let was = |field: &str| given(&template[field]);
    let name = was("name").filter(|name| *name != looked.name);
    let namespace = was("namespace").filter(|name| *name != looked.namespace);
    let path = ["spec", "template", "metadata"];
    let differs = match looked.scope {
        Scope::Strict => name.or(namespace),
        Scope::NamespaceWide => namespace,
        Scope::ClusterWide => None,
    };
    if differs.is_some() && !looked.namespace.is_empty() {
        let message = format!(
            "the template says {}, and what counts is {}: if it was sealed under the former, it \
             does not open; seal the Secret again for its new place",
            [
                was("namespace").unwrap_or_default(),
                was("name").unwrap_or_default()
            ]
            .join("/"),
            looked.id()
        );
        findings.push(Finding::warning("moved", &path, message));
    }
    if scope != Scope::Strict && scope != looked.scope {
        let message = format!(
            "the template's annotation says {scope}, and what counts are the SealedSecret's own, \
             which say {}: if it was sealed as the former, it does not open",
            looked.scope
        );
        let path = ["spec", "template", "metadata", "annotations"];
        findings.push(Finding::warning("template-scope", &path, message));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(metadata: Value, template: Value, expected: &[&str]) {
        let mut object = json!({
            "apiVersion": "bitnami.com/v1alpha1", "spec": {"encryptedData": {}, "template": {}},
        });
        object["metadata"] = metadata;
        object["spec"]["template"]["metadata"] = template;
        let found = Looked::at(&object, None).findings;
        let codes: Vec<_> = found.iter().map(|found| found.code).collect();
        assert_eq!(codes, expected, "{found:?}");
    }

    #[test]
    fn an_object_needs_a_name_and_what_it_is_bound_to() {
        check(json!({"name": "a", "namespace": "b"}), json!({}), &[]);
        check(json!({"name": "a"}), json!({}), &["no-namespace"]);
        check(json!({"namespace": "a"}), json!({}), &["no-name"]);
        let wide = json!({CLUSTER_WIDE: "true"});
        check(json!({"name": "a", "annotations": wide}), json!({}), &[]);
    }

    #[test]
    fn only_true_is_a_scope_and_one_is_enough() {
        let with =
            |annotations: Value| json!({"name": "a", "namespace": "b", "annotations": annotations});
        check(
            with(json!({CLUSTER_WIDE: "True"})),
            json!({}),
            &["scope-not-true"],
        );
        let both = json!({CLUSTER_WIDE: "true", NAMESPACE_WIDE: "true"});
        check(with(both), json!({}), &["two-scopes"]);
    }

    #[test]
    fn a_copy_that_was_renamed_is_suspected_as_far_as_its_scope_binds_it() {
        let here =
            |scope: &str| json!({"name": "a", "namespace": "b", "annotations": {scope: "true"}});
        let (name, namespace) = (json!({"name": "c"}), json!({"name": "a", "namespace": "c"}));
        check(here("x"), name.clone(), &["moved"]);
        check(here("x"), namespace.clone(), &["moved"]);
        check(here(NAMESPACE_WIDE), name, &[]);
        check(here(NAMESPACE_WIDE), namespace.clone(), &["moved"]);
        check(here(CLUSTER_WIDE), namespace, &[]);
        let scoped = json!({"name": "a", "namespace": "b", "annotations": {CLUSTER_WIDE: "true"}});
        check(here("x"), scoped.clone(), &["template-scope"]);
        check(here(CLUSTER_WIDE), scoped, &[]);
    }

    #[test]
    fn annotations_of_signet_are_read_as_the_controller_reads_them() {
        let with = |name: &str, value: &str| json!({"name": "a", "namespace": "b", "annotations": {name: value}});
        check(with(DRIFT, "report"), json!({}), &[]);
        check(with(DRIFT, "Report"), json!({}), &["bad-drift"]);
        check(with(SEALED_FOR, "SHA256:x"), json!({}), &["bad-note"]);
        check(with(SEALED_FOR, "{\"a\": \"x\"}"), json!({}), &["bad-note"]);
        let key = "SHA256:xOcgpWnk7p/7QEOow2qcctewnX+aJakdZ+rMugAUxzM";
        check(with(SEALED_FOR, key), json!({}), &[]);
    }
}
