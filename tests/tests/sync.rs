//! A repository and a cluster: applied, put back, pruned, rolled back.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use serde_json::Value;
use signet_tests::rig::{Repository, Rig, condition};

fn config_map(namespace: &str, name: &str, value: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {namespace}}}\ndata: {{value: {value}}}\n"
    )
}

fn value_of(rig: &Rig, namespace: &str, name: &str) -> Result<String> {
    let object = rig
        .kubectl()
        .get_json(&["configmap", name, "-n", namespace])?;
    Ok(object["data"]["value"]
        .as_str()
        .unwrap_or_default()
        .to_owned())
}

/// A synced repository with ConfigMaps `a` and `b` in a namespace of its own.
fn synced(rig: &Rig, story: &str) -> Result<(Repository, String)> {
    let namespace = rig.namespace(story)?;
    let repository = rig.repository(&namespace)?;
    repository.write("app/a.yaml", &config_map(&namespace, "a", "one"))?;
    repository.write("app/deep/b.yaml", &config_map(&namespace, "b", "one"))?;
    let commit = repository.push("First")?;
    rig.connect(&repository, "  prune: true")?;
    rig.applied(&namespace, &commit)?;
    Ok((repository, namespace))
}

#[test]
fn a_commit_changes_the_cluster_and_a_revert_rolls_it_back() -> Result<()> {
    let rig = Rig::shared()?;
    let (repository, namespace) = synced(rig, "revert")?;
    let object = rig.kustomization(&namespace)?;
    let revision = object["status"]["lastAppliedRevision"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        condition(&object, "Ready").2,
        format!("Applied revision: {revision}")
    );
    assert!(revision.starts_with("main@sha1:"), "{revision}");
    let ids = format!("{}", object["status"]["inventory"]);
    assert!(ids.contains(&format!("{namespace}_a__ConfigMap")), "{ids}");

    repository.write("app/a.yaml", &config_map(&namespace, "a", "two"))?;
    let commit = rig.push(&repository, "Second")?;
    rig.applied(&namespace, &commit)?;
    assert_eq!(value_of(rig, &namespace, "a")?, "two");

    repository.git(&["revert", "--no-edit", "HEAD"])?;
    let commit = rig.push(&repository, "Pushed")?;
    rig.applied(&namespace, &commit)?;
    assert_eq!(value_of(rig, &namespace, "a")?, "one");
    Ok(())
}

#[test]
fn a_manual_edit_and_a_manual_deletion_are_put_back() -> Result<()> {
    let rig = Rig::shared()?;
    let (_, namespace) = synced(rig, "drift")?;
    let patch = [
        "patch",
        "configmap",
        "a",
        "-n",
        &namespace,
        "--type=merge",
        "-p",
        r#"{"data":{"value":"mine"}}"#,
    ];
    rig.kubectl().run(&patch)?;
    rig.until("the edit is put back", || {
        match value_of(rig, &namespace, "a")?.as_str() {
            "one" => Ok(()),
            other => bail!("{other}"),
        }
    })?;
    rig.kubectl()
        .run(&["delete", "configmap", "b", "-n", &namespace])?;
    rig.until("the deleted object is back", || {
        value_of(rig, &namespace, "b")
    })?;
    let said = rig.until("an event names the manager", || {
        let events = rig.events("signet-system", &namespace)?.join("\n");
        if events.contains("kubectl-patch") {
            Ok(events)
        } else {
            bail!("{events}")
        }
    })?;
    assert!(said.contains(&format!("ConfigMap/{namespace}/a")), "{said}");
    Ok(())
}

#[test]
fn a_field_of_somebody_else_is_no_drift() -> Result<()> {
    let rig = Rig::shared()?;
    let (_, namespace) = synced(rig, "foreign")?;
    let annotate = ["annotate", "configmap", "a", "-n", &namespace, "mine=yes"];
    rig.kubectl()
        .run(&[&annotate[..], &["--field-manager=somebody"]].concat())?;
    let before = rig
        .kubectl()
        .get_json(&["configmap", "a", "-n", &namespace])?;
    std::thread::sleep(Duration::from_secs(2));
    let after = rig
        .kubectl()
        .get_json(&["configmap", "a", "-n", &namespace])?;
    assert_eq!(
        before["metadata"]["resourceVersion"],
        after["metadata"]["resourceVersion"]
    );
    assert_eq!(after["metadata"]["annotations"]["mine"], "yes");
    Ok(())
}

/// What was added belongs to kubectl alone, so no apply would take it away by itself; Flux's users
/// expect that it goes.
#[test]
fn what_kubectl_added_is_taken_away() -> Result<()> {
    let rig = Rig::shared()?;
    let (_, namespace) = synced(rig, "added")?;
    let patch = "{\"data\": {\"added\": \"by hand\"}}";
    rig.kubectl()
        .run(&["patch", "configmap", "a", "-n", &namespace, "-p", patch])?;
    rig.kubectl()
        .run(&["label", "configmap", "b", "-n", &namespace, "mine=yes"])?;
    rig.until("both are as declared again", || {
        let get = |name: &str| {
            rig.kubectl()
                .get_json(&["configmap", name, "-n", &namespace])
        };
        let (a, b) = (get("a")?, get("b")?);
        ensure!(a["data"].get("added").is_none(), "{}", a["data"]);
        let labels = &b["metadata"]["labels"];
        ensure!(labels.get("mine").is_none(), "{labels}");
        Ok(())
    })?;
    Ok(())
}

#[test]
fn what_left_the_repository_is_pruned_and_nothing_else() -> Result<()> {
    let rig = Rig::shared()?;
    let (repository, namespace) = synced(rig, "prune")?;
    // T31: labels that claim to be ours do not make an object ours.
    let forged = config_map(&namespace, "forged", "x").replace(
        "metadata: {",
        &format!("metadata: {{labels: {{kustomize.toolkit.fluxcd.io/name: {namespace}, kustomize.toolkit.fluxcd.io/namespace: signet-system}}, "),
    );
    rig.kubectl().apply(&forged)?;
    rig.kubectl()
        .apply(&config_map(&namespace, "bystander", "x"))?;
    repository.remove("app/deep/b.yaml")?;
    let commit = rig.push(&repository, "Without b")?;
    rig.applied(&namespace, &commit)?;
    assert!(value_of(rig, &namespace, "b").is_err());
    assert!(value_of(rig, &namespace, "a").is_ok());
    assert!(value_of(rig, &namespace, "forged").is_ok());
    assert!(value_of(rig, &namespace, "bystander").is_ok());
    Ok(())
}

#[test]
fn a_prune_of_more_than_half_waits_for_a_word() -> Result<()> {
    let rig = Rig::shared()?;
    let (repository, namespace) = synced(rig, "brake")?;
    for index in 0..30 {
        repository.write(
            &format!("app/many/{index}.yaml"),
            &config_map(&namespace, &format!("m{index}"), "x"),
        )?;
    }
    let commit = rig.push(&repository, "Many")?;
    rig.applied(&namespace, &commit)?;
    repository.git(&["rm", "-rq", "app/many"])?;
    rig.push(&repository, "None")?;
    let message = rig.fails(&namespace, &["m0", "signet.dev/confirm-prune"])?;
    assert!(value_of(rig, &namespace, "m0").is_ok(), "{message}");
    rig.confirm_prune(&namespace, &message)?;
    rig.until("it is pruned", || match value_of(rig, &namespace, "m0") {
        Ok(_) => bail!("still there"),
        Err(_) => Ok(()),
    })
}

#[test]
fn deleting_a_kustomization_deletes_what_it_owns() -> Result<()> {
    let rig = Rig::shared()?;
    let (_, namespace) = synced(rig, "delete")?;
    rig.kubectl().run(&[
        "delete",
        "kustomization",
        &namespace,
        "-n",
        "signet-system",
        "--timeout=60s",
    ])?;
    assert!(value_of(rig, &namespace, "a").is_err());
    Ok(())
}

#[test]
fn suspend_lets_go_and_resume_takes_hold() -> Result<()> {
    let rig = Rig::shared()?;
    let (repository, namespace) = synced(rig, "suspend")?;
    let suspend = |on: bool| {
        let patch = format!(r#"{{"spec":{{"suspend":{on}}}}}"#);
        rig.kubectl().run(&[
            "patch",
            "kustomization",
            &namespace,
            "-n",
            "signet-system",
            "--type=merge",
            "-p",
            &patch,
        ])
    };
    suspend(true)?;
    repository.write("app/a.yaml", &config_map(&namespace, "a", "two"))?;
    let commit = rig.push(&repository, "While suspended")?;
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(value_of(rig, &namespace, "a")?, "one");
    suspend(false)?;
    rig.applied(&namespace, &commit)?;
    assert_eq!(value_of(rig, &namespace, "a")?, "two");
    Ok(())
}

#[test]
fn target_namespace_and_a_namespace_made_by_the_same_commit() -> Result<()> {
    let rig = Rig::shared()?;
    let name = rig.name("target");
    let repository = rig.repository(&name)?;
    repository.write(
        "app/ns.yaml",
        &format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n"),
    )?;
    repository.write("app/a.yaml", &config_map("elsewhere", "a", "one"))?;
    let commit = repository.push("First")?;
    rig.connect(
        &repository,
        &format!("  prune: false\n  targetNamespace: {name}"),
    )?;
    rig.applied(&name, &commit)?;
    assert_eq!(value_of(rig, &name, "a")?, "one");
    Ok(())
}

#[test]
fn nothing_changed_means_no_write_at_all() -> Result<()> {
    let rig = Rig::shared()?;
    let (_, namespace) = synced(rig, "quiet")?;
    let look = |what: &[&str]| -> Result<Value> {
        Ok(rig.kubectl().get_json(what)?["metadata"]["resourceVersion"].clone())
    };
    let before = look(&["configmap", "a", "-n", &namespace])?;
    let request = format!("reconcile.fluxcd.io/requestedAt={}", rig.name("again"));
    rig.kubectl().run(&[
        "annotate",
        "kustomization",
        &namespace,
        "-n",
        "signet-system",
        &request,
    ])?;
    rig.until("the request is answered", || {
        let object = rig.kustomization(&namespace)?;
        let handled = object["status"]["lastHandledReconcileAt"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        if request.ends_with(&handled) && !handled.is_empty() {
            Ok(())
        } else {
            bail!("{handled}")
        }
    })?;
    assert_eq!(before, look(&["configmap", "a", "-n", &namespace])?);
    Ok(())
}

/// T27: a Kustomization can do what its ServiceAccount may do, and nothing more.
#[test]
fn a_tenant_cannot_make_himself_an_administrator() -> Result<()> {
    let rig = Rig::shared()?;
    let tenant = rig.namespace("tenant")?;
    let said = refused(
        rig,
        &tenant,
        "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: tenant-is-admin}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: default, namespace: default}]
",
    )?;
    assert!(
        said.contains(&format!("system:serviceaccount:{tenant}:default")),
        "{said}"
    );
    assert!(
        rig.kubectl()
            .run(&["get", "clusterrolebinding", "tenant-is-admin"])
            .is_err()
    );
    Ok(())
}

/// T30: what Pods may do in a namespace stands in labels of the Namespace, and even who may do
/// everything inside it may not write those.
#[test]
fn a_tenant_cannot_relax_the_pod_security_of_his_namespace() -> Result<()> {
    let rig = Rig::shared()?;
    let tenant = rig.namespace("relaxed")?;
    let (account, label) = (
        format!("--serviceaccount={tenant}:default"),
        "pod-security.kubernetes.io/enforce",
    );
    let grant = ["create", "rolebinding", "owner", "--clusterrole=admin"];
    let grant = [grant.as_slice(), &["-n", &tenant, &account]].concat();
    rig.kubectl().run(&grant)?;
    let namespace = format!(
        "apiVersion: v1\nkind: Namespace\nmetadata: {{name: {tenant}, labels: {{{label}: privileged}}}}\n"
    );
    refused(rig, &tenant, &namespace)?;
    let live = rig.kubectl().get_json(&["namespace", &tenant])?;
    assert!(live["metadata"]["labels"].get(label).is_none(), "{live}");
    Ok(())
}

/// Commits `object` for a Kustomization in the tenant's own namespace. Returns why it is forbidden.
fn refused(rig: &Rig, tenant: &str, object: &str) -> Result<String> {
    let repository = rig.repository(tenant)?;
    repository.write("app/grab.yaml", object)?;
    repository.push("Grab")?;
    let url = repository.url();
    rig.kubectl().apply(&format!(
        "apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {{name: repo, namespace: {tenant}}}
spec: {{interval: 10m, url: '{url}', ref: {{branch: main}}}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: grab, namespace: {tenant}}}
spec: {{interval: 10m, path: ./app, prune: true, sourceRef: {{kind: GitRepository, name: repo}}}}
"
    ))?;
    rig.until("it is forbidden", || {
        let object = rig
            .kubectl()
            .get_json(&["kustomization", "grab", "-n", tenant])?;
        let (status, _, message) = condition(&object, "Ready");
        if status == "False" && message.contains("Forbidden") {
            Ok(message)
        } else {
            bail!("{status} {message}")
        }
    })
}

/// T15: `kubectl apply` leaves a copy of a Secret's values in an annotation; adoption removes it.
#[test]
fn an_adopted_secret_loses_the_copy_in_its_annotation() -> Result<()> {
    let rig = Rig::shared()?;
    let namespace = rig.namespace("adopt")?;
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: old, namespace: {namespace}}}\nstringData: {{a: not-a-canary}}\n"
    );
    rig.kubectl()
        .run_with_input(&["apply", "-f", "-"], &secret)?;
    let annotations = || -> Result<String> {
        let object = rig
            .kubectl()
            .get_json(&["secret", "old", "-n", &namespace])?;
        Ok(object["metadata"]["annotations"].to_string())
    };
    assert!(annotations()?.contains("last-applied"));
    let repository = rig.repository(&namespace)?;
    repository.write("app/secret.yaml", &secret)?;
    let commit = repository.push("Adopt")?;
    rig.connect(&repository, "  prune: true")?;
    rig.applied(&namespace, &commit)?;
    assert!(
        !annotations()?.contains("last-applied"),
        "{}",
        annotations()?
    );
    Ok(())
}
