//! The cluster changes under a sync: a webhook rejects, a definition comes late, a kind goes away, a
//! namespace is being deleted. Each is said, nothing else is touched, and it goes on by itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use anyhow::{Result, ensure};
use signet_tests::rig::{Repository, Rig};

/// A synced repository with one ConfigMap, `good`.
fn synced(rig: &Rig, story: &str) -> Result<(Repository, String)> {
    let namespace = rig.namespace(story)?;
    let repository = rig.repository(&namespace)?;
    good(&repository, &namespace, "one")?;
    let commit = repository.push("Good")?;
    rig.connect(
        &repository,
        "  prune: true\n  retryInterval: 2s\n  timeout: 5s",
    )?;
    rig.applied(&namespace, &commit)?;
    Ok((repository, namespace))
}

fn good(repository: &Repository, namespace: &str, value: &str) -> Result<()> {
    let text = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: good, namespace: {namespace}}}\ndata: {{value: {value}}}\n"
    );
    repository.write("app/good.yaml", &text)
}

fn value(rig: &Rig, namespace: &str) -> Result<String> {
    let what = ["configmap", "good", "-n", namespace];
    let object = rig.kubectl().get_json(&what)?;
    Ok(object["data"]["value"]
        .as_str()
        .unwrap_or_default()
        .to_owned())
}

fn definition(group: &str) -> String {
    format!(
        "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: gadgets.{group}}}
spec:
  group: {group}
  scope: Namespaced
  names: {{plural: gadgets, kind: Gadget}}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}
"
    )
}

fn gadget(group: &str, namespace: &str) -> String {
    format!(
        "apiVersion: {group}/v1\nkind: Gadget\nmetadata: {{name: g, namespace: {namespace}}}\nspec: {{size: 1}}\n"
    )
}

/// Nobody listens where this webhook is called: every write of a ConfigMap in the namespace fails.
#[test]
fn a_webhook_that_does_not_answer() -> Result<()> {
    let rig = Rig::shared()?;
    let (repository, namespace) = synced(rig, "webhook")?;
    rig.kubectl().apply(&format!(
        "apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {{name: {namespace}}}
webhooks:
  - name: no.example.com
    admissionReviewVersions: [v1]
    sideEffects: None
    failurePolicy: Fail
    timeoutSeconds: 1
    clientConfig: {{url: 'https://127.0.0.1:1/no'}}
    namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {namespace}}}}}
    rules: [{{apiGroups: [''], apiVersions: [v1], operations: ['*'], resources: [configmaps]}}]
"
    ))?;
    good(&repository, &namespace, "two")?;
    // A webhook's configuration takes a moment to be in force.
    std::thread::sleep(std::time::Duration::from_secs(2));
    let commit = rig.push(&repository, "Rejected")?;
    rig.fails(&namespace, &["ConfigMap/", "no.example.com", "good.yaml:1"])?;
    ensure!(value(rig, &namespace)? == "one");
    rig.kubectl()
        .run(&["delete", "validatingwebhookconfiguration", &namespace])?;
    rig.applied(&namespace, &commit)?;
    ensure!(value(rig, &namespace)? == "two");
    Ok(())
}

#[test]
fn a_policy_that_rejects() -> Result<()> {
    let rig = Rig::shared()?;
    let (repository, namespace) = synced(rig, "policy")?;
    rig.kubectl().apply(&format!(
        "apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {{name: {namespace}}}
spec:
  matchConstraints:
    resourceRules: [{{apiGroups: [''], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [configmaps]}}]
  validations: [{{expression: 'object.data.value == \"one\"', message: 'only one'}}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {{name: {namespace}}}
spec:
  policyName: {namespace}
  validationActions: [Deny]
  matchResources: {{namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {namespace}}}}}}}
"
    ))?;
    let edit = r#"{"data":{"value":"probe"}}"#;
    let probe = [
        "patch",
        "configmap",
        "good",
        "-n",
        &namespace,
        "--type=merge",
        "--dry-run=server",
        "-p",
        edit,
    ];
    rig.until("the policy is in force", || {
        ensure!(
            rig.kubectl().run(&probe).is_err(),
            "it lets a ConfigMap pass"
        );
        Ok(())
    })?;
    good(&repository, &namespace, "two")?;
    let commit = rig.push(&repository, "Rejected")?;
    rig.fails(&namespace, &["ConfigMap/", "only one", "good.yaml:1"])?;
    ensure!(value(rig, &namespace)? == "one");
    rig.kubectl()
        .run(&["delete", "validatingadmissionpolicybinding", &namespace])?;
    rig.applied(&namespace, &commit)?;
    ensure!(value(rig, &namespace)? == "two");
    Ok(())
}

#[test]
fn a_definition_that_comes_late() -> Result<()> {
    let rig = Rig::shared()?;
    let (repository, namespace) = synced(rig, "late")?;
    let group = format!("{namespace}.example.com");
    repository.write("app/gadget.yaml", &gadget(&group, &namespace))?;
    good(&repository, &namespace, "two")?;
    let commit = rig.push(&repository, "Before its definition")?;
    rig.fails(&namespace, &["gadget.yaml:1", "Gadget", &group])?;
    ensure!(
        value(rig, &namespace)? == "one",
        "nothing of the commit is applied"
    );
    rig.kubectl().apply(&definition(&group))?;
    rig.applied(&namespace, &commit)?;
    ensure!(value(rig, &namespace)? == "two");
    rig.kubectl()
        .get_json(&[&format!("gadgets.{group}"), "g", "-n", &namespace])?;
    Ok(())
}

/// The definition is deleted, and with it every object of its kind: what is still declared fails by
/// name and touches nothing else, and when the repository lets go of it, so do we.
#[test]
fn a_kind_that_goes_away() -> Result<()> {
    let rig = Rig::shared()?;
    let (repository, namespace) = synced(rig, "vanish")?;
    let group = format!("{namespace}.example.com");
    rig.kubectl().apply(&definition(&group))?;
    repository.write("app/gadget.yaml", &gadget(&group, &namespace))?;
    let commit = rig.push(&repository, "With a gadget")?;
    rig.applied(&namespace, &commit)?;
    let name = format!("gadgets.{group}");
    rig.kubectl()
        .run(&["delete", "customresourcedefinition", &name])?;
    rig.look(&namespace)?;
    good(&repository, &namespace, "two")?;
    rig.push(&repository, "Still with it")?;
    rig.fails(&namespace, &["gadget.yaml:1", "Gadget"])?;
    ensure!(
        value(rig, &namespace)? == "one",
        "nothing of the commit is applied"
    );
    repository.remove("app/gadget.yaml")?;
    let commit = rig.push(&repository, "Without it")?;
    rig.applied(&namespace, &commit)?;
    ensure!(value(rig, &namespace)? == "two");
    let inventory = rig.kustomization(&namespace)?["status"]["inventory"].to_string();
    ensure!(!inventory.contains("Gadget"), "{inventory}");
    Ok(())
}

/// A finalizer holds a namespace in deletion; what is declared for it cannot be made meanwhile.
#[test]
fn a_namespace_that_is_being_deleted() -> Result<()> {
    let rig = Rig::shared()?;
    let (repository, namespace) = synced(rig, "terminating")?;
    let hold = r#"{"metadata":{"finalizers":["test.example.com/hold"]}}"#;
    rig.kubectl()
        .run(&["create", "configmap", "held", "-n", &namespace])?;
    rig.kubectl().run(&[
        "patch",
        "configmap",
        "held",
        "-n",
        &namespace,
        "--type=merge",
        "-p",
        hold,
    ])?;
    rig.kubectl()
        .run(&["delete", "namespace", &namespace, "--wait=false"])?;
    rig.until("the namespace's objects are deleted", || {
        ensure!(value(rig, &namespace).is_err(), "the ConfigMap is there");
        Ok(())
    })?;
    good(&repository, &namespace, "two")?;
    let commit = rig.push(&repository, "While it goes")?;
    rig.fails(&namespace, &["being terminated", "good.yaml:1"])?;
    let release = r#"{"metadata":{"finalizers":null}}"#;
    rig.kubectl().run(&[
        "patch",
        "configmap",
        "held",
        "-n",
        &namespace,
        "--type=merge",
        "-p",
        release,
    ])?;
    rig.kubectl().run(&[
        "wait",
        "--for=delete",
        "--timeout=60s",
        &format!("namespace/{namespace}"),
    ])?;
    rig.fails(&namespace, &["not found"])?;
    rig.kubectl().run(&["create", "namespace", &namespace])?;
    rig.applied(&namespace, &commit)?;
    ensure!(value(rig, &namespace)? == "two");
    Ok(())
}
