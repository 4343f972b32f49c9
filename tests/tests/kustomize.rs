//! Overlays synced by the controller: what kustomize makes of them is in the cluster, once for each
//! change of what they read, and what cannot be built applies nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use anyhow::{Result, ensure};
use serde_json::Value;
use signet_tests::rig::{Repository, Rig, condition};
use signet_tests::tools::{self, Program};

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx}]}
";

/// A repository with `base`, and `app` as an overlay of it, in a namespace of its own.
fn overlay(rig: &Rig, story: &str) -> Result<(Repository, String)> {
    let namespace = rig.namespace(story)?;
    let repository = rig.repository(&namespace)?;
    repository.write("base/web.yaml", DEPLOYMENT)?;
    repository.write(
        "base/kustomization.yaml",
        "resources: [web.yaml]\nconfigMapGenerator: [{name: conf, literals: [mode=base]}]\n",
    )?;
    repository.write(
        "app/kustomization.yaml",
        &format!("resources: [../base]\nnamespace: {namespace}\npatches: [{{path: patch.yaml}}]\n"),
    )?;
    repository.write("app/patch.yaml", &patch("web", "one"))?;
    Ok((repository, namespace))
}

fn patch(name: &str, value: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, annotations: {{patched: {value}}}}}\n"
    )
}

fn deployment(rig: &Rig, namespace: &str, name: &str) -> Result<Value> {
    rig.kubectl()
        .get_json(&["deployment", name, "-n", namespace])
}

/// How often kustomize was run for a Kustomization, as the log has it.
fn builds(rig: &Rig) -> usize {
    rig.log().matches("kustomize was run").count()
}

#[test]
fn an_overlay_is_applied_as_kustomize_and_the_declaration_shape_it() -> Result<()> {
    let rig = Rig::building()?;
    let (repository, namespace) = overlay(rig, "overlay")?;
    repository.write(
        "parts/label/kustomization.yaml",
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncommonAnnotations: {part: label}\n",
    )?;
    let commit = repository.push("Overlay")?;
    rig.connect(
        &repository,
        "  prune: true
  namePrefix: p-
  components: [../parts/label, ../parts/missing]
  ignoreMissingComponents: true
  images: [{name: nginx, newName: registry.example/nginx, newTag: '1.27'}]
  patches:
  - patch: '- {op: add, path: /spec/template/spec/terminationGracePeriodSeconds, value: 7}'
    target: {kind: Deployment}
  commonMetadata: {labels: {team: a}, annotations: {part: common}}",
    )?;
    rig.applied(&namespace, &commit)?;
    let found = deployment(rig, &namespace, "p-web")?;
    let pod = &found["spec"]["template"]["spec"];
    assert_eq!(pod["containers"][0]["image"], "registry.example/nginx:1.27");
    assert_eq!(pod["terminationGracePeriodSeconds"], 7);
    let metadata = &found["metadata"];
    assert_eq!(metadata["annotations"]["patched"], "one");
    assert_eq!(metadata["annotations"]["part"], "common");
    assert_eq!(metadata["labels"]["team"], "a");
    assert!(metadata["annotations"]["config.kubernetes.io/origin"].is_null());
    let inventory = rig.kustomization(&namespace)?["status"]["inventory"].to_string();
    assert!(inventory.contains("_p-conf-"), "{inventory}");
    Ok(())
}

#[test]
fn a_commit_elsewhere_builds_nothing_and_one_in_a_base_does() -> Result<()> {
    let rig = Rig::start(&[&format!(
        "--kustomize={}",
        tools::find(Program::Kustomize)?.display()
    )])?;
    let rig = &rig;
    let (repository, namespace) = overlay(rig, "once")?;
    let commit = repository.push("First")?;
    rig.connect(&repository, "  prune: true\n  retryInterval: 1s")?;
    rig.applied(&namespace, &commit)?;
    assert_eq!(builds(rig), 1, "{}", rig.log());
    assert!(rig.log().contains("kustomize is shut in"), "{}", rig.log());

    repository.write("docs/readme.yaml", "not: an object\n")?;
    repository.write("base/unused.yaml", "neither: this\n")?;
    let commit = rig.push(&repository, "Elsewhere")?;
    rig.applied(&namespace, &commit)?;
    assert_eq!(builds(rig), 1, "nothing that is read has changed");

    let base = DEPLOYMENT.replace("replicas: 0", "replicas: 1");
    repository.write("base/web.yaml", &base)?;
    let commit = rig.push(&repository, "In the base")?;
    rig.applied(&namespace, &commit)?;
    assert_eq!(builds(rig), 2);
    assert_eq!(deployment(rig, &namespace, "web")?["spec"]["replicas"], 1);

    // What fails because of its files fails again without a build.
    repository.write("app/patch.yaml", &patch("wep", "one"))?;
    rig.push(&repository, "Broken")?;
    rig.fails(&namespace, &["app/patch.yaml"])?;
    let tries = || rig.log().matches("reconciling kustomization").count();
    let before = tries();
    rig.until("it was tried again", || {
        ensure!(tries() > before + 1, "{}", rig.log());
        Ok(())
    })?;
    assert_eq!(builds(rig), 3);
    Ok(())
}

#[test]
fn a_patch_that_is_broken_applies_nothing_and_names_its_file() -> Result<()> {
    let rig = Rig::building()?;
    let (repository, namespace) = overlay(rig, "broken")?;
    let commit = repository.push("Good")?;
    rig.connect(&repository, "  prune: true\n  retryInterval: 2s")?;
    rig.applied(&namespace, &commit)?;
    repository.write(
        "base/web.yaml",
        &DEPLOYMENT.replace("replicas: 0", "replicas: 2"),
    )?;
    repository.write("app/patch.yaml", &patch("wep", "two"))?;
    rig.push(&repository, "Broken")?;
    let words = [
        "app/kustomization.yaml",
        "Deployment.v1.apps/wep",
        "app/patch.yaml:1",
    ];
    rig.fails(&namespace, &words)?;
    let object = rig.kustomization(&namespace)?;
    assert_eq!(condition(&object, "Ready").1, "BuildFailed");
    let found = deployment(rig, &namespace, "web")?;
    assert_eq!(found["spec"]["replicas"], 0, "nothing is applied");
    assert_eq!(found["metadata"]["annotations"]["patched"], "one");

    repository.write("app/patch.yaml", &patch("web", "two"))?;
    let commit = rig.push(&repository, "Mended")?;
    rig.applied(&namespace, &commit)?;
    assert_eq!(deployment(rig, &namespace, "web")?["spec"]["replicas"], 2);
    Ok(())
}

#[test]
fn what_leads_out_of_the_repository_or_onto_the_network_applies_nothing() -> Result<()> {
    let rig = Rig::building()?;
    let (repository, namespace) = overlay(rig, "hostile")?;
    let good = repository.read("app/kustomization.yaml")?;
    let commit = repository.push("Good")?;
    rig.connect(&repository, "  prune: true")?;
    rig.applied(&namespace, &commit)?;
    for (resource, words) in [
        ("../../../etc/passwd", "leads out of the repository"),
        ("https://git.example/base", "remote bases are off"),
        ("link.yaml", "symbolic link"),
    ] {
        let file = good.replace("../base", &format!("../base, '{resource}'"));
        repository.write("app/kustomization.yaml", &file)?;
        repository.write("app/patch.yaml", &patch("web", "hostile"))?;
        if resource == "link.yaml" {
            std::os::unix::fs::symlink("/etc/passwd", repository.work().join("app/link.yaml"))?;
        }
        rig.push(&repository, resource)?;
        rig.fails(&namespace, &["app/kustomization.yaml:1:", words])?;
        let found = deployment(rig, &namespace, "web")?;
        assert_eq!(
            found["metadata"]["annotations"]["patched"], "one",
            "{resource}"
        );
    }
    Ok(())
}

#[test]
fn a_generated_secret_is_applied_and_no_message_repeats_it() -> Result<()> {
    let rig = Rig::building()?;
    let (repository, namespace) = overlay(rig, "secret")?;
    // No canary: it stands in the repository, which lies beside what is searched for them.
    let value = format!("value+of+{namespace}=?");
    let generated =
        "secretGenerator: [{name: db, envs: [db.env], options: {disableNameSuffixHash: true}}]\n";
    let file = repository.read("app/kustomization.yaml")? + generated;
    repository.write("app/kustomization.yaml", &file)?;
    repository.write("app/db.env", &format!("password={value}\n"))?;
    let commit = repository.push("Generated")?;
    rig.connect(&repository, "  prune: true")?;
    rig.applied(&namespace, &commit)?;
    assert_eq!(rig.secret(&namespace, "db")?["password"], value);

    // kustomize prints the whole object when it cannot make JSON of it.
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: odd, namespace: {namespace}}}\nstringData: {{k: {value}}}\nmore: .inf\n"
    );
    repository.write("base/odd.yaml", &secret)?;
    repository.write(
        "base/kustomization.yaml",
        "resources: [web.yaml, odd.yaml]\n",
    )?;
    rig.push(&repository, "Odd")?;
    let message = rig.fails(&namespace, &["kustomize build failed"])?;
    let events = rig.events("signet-system", &namespace)?.join("\n");
    let status = rig.kustomization(&namespace)?["status"].to_string();
    for public in [message, events, status, rig.log()] {
        for (name, form) in signet_tests::canary::forms(&value) {
            let text = String::from_utf8_lossy(&form).into_owned();
            ensure!(!public.contains(&text), "{name}: {public}");
        }
    }
    Ok(())
}
