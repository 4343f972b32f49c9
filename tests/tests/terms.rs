//! Expressions and rules in a declaration: health of one's own, readiness of one's own, what is no
//! drift.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::Value;
use signet_tests::rig::{Repository, Rig, condition};

fn service(namespace: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: {namespace}}}\n\
         spec: {{type: LoadBalancer, ports: [{{port: 80}}], selector: {{app: web}}}}\n"
    )
}

fn connected(
    rig: &Rig,
    story: &str,
    file: &str,
    spec: &str,
) -> Result<(Repository, String, String)> {
    let namespace = rig.namespace(story)?;
    let repository = rig.repository(&namespace)?;
    repository.write("app/web.yaml", &file.replace("NAMESPACE", &namespace))?;
    let commit = repository.push("First")?;
    rig.connect(
        &repository,
        &format!("  prune: true\n  retryInterval: 30m\n{spec}"),
    )?;
    Ok((repository, namespace, commit))
}

fn patch(rig: &Rig, object: &[&str], more: &[&str]) -> Result<()> {
    rig.kubectl()
        .run(&[&["patch"], object, &["--type=merge"], more].concat())
        .map(drop)
}

#[test]
fn health_is_as_the_declaration_says() -> Result<()> {
    let rig = Rig::shared()?;
    let exprs = "  wait: true
  timeout: 5m
  healthCheckExprs:
  - apiVersion: v1
    kind: Service
    current: has(status.loadBalancer.ingress) && status.loadBalancer.ingress[0].ip == '10.9.8.7'
    failed: has(status.loadBalancer.ingress) && status.loadBalancer.ingress[0].ip == '10.0.0.66'";
    let (_, namespace, commit) = connected(rig, "exprs", &service("NAMESPACE"), exprs)?;
    rig.until("it is waited for", || {
        let said = condition(&rig.kustomization(&namespace)?, "Reconciling").2;
        ensure!(said.contains("Running health checks"), "{said}");
        Ok(())
    })?;
    let says = |ip: &str| {
        let status = format!(
            "{{\"status\": {{\"loadBalancer\": {{\"ingress\": [{{\"ip\": \"{ip}\"}}]}}}}}}"
        );
        patch(
            rig,
            &["service", "web", "-n", &namespace, "--subresource=status"],
            &["-p", &status],
        )
    };
    says("10.0.0.66")?;
    rig.fails(&namespace, &["failed early", "web"])?;
    says("10.9.8.7")?;
    rig.applied(&namespace, &commit)
}

#[test]
fn an_expression_that_is_none_is_said_at_once() -> Result<()> {
    let rig = Rig::shared()?;
    let exprs = "  healthCheckExprs: [{apiVersion: v1, kind: Service, current: 'status.ready =='}]";
    let (_, namespace, _) = connected(rig, "no-expr", &service("NAMESPACE"), exprs)?;
    rig.fails(&namespace, &["spec.healthCheckExprs[0].current"])?;
    let object = rig.kustomization(&namespace)?;
    assert_eq!(condition(&object, "Ready").1, "InvalidCELExpression");
    assert_eq!(condition(&object, "Stalled").0, "True");
    Ok(())
}

#[test]
fn a_dependency_is_ready_when_the_expression_says_so() -> Result<()> {
    let rig = Rig::shared()?;
    let (_, first, commit) = connected(rig, "ready-first", &service("NAMESPACE"), "  wait: false")?;
    rig.applied(&first, &commit)?;
    let depends = format!(
        "  dependsOn:\n  - name: {first}\n    readyExpr: \"'green' in dep.metadata.?labels.orValue({{}}) && self.spec.prune\""
    );
    let (_, second, commit) = connected(rig, "ready-second", &service("NAMESPACE"), &depends)?;
    rig.fails(
        &second,
        &["is not ready according to readyExpr eval", &first],
    )?;
    rig.kubectl().run(&[
        "label",
        "kustomization",
        &first,
        "-n",
        "signet-system",
        "green=yes",
    ])?;
    rig.applied(&second, &commit)
}

const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: NAMESPACE}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'example.com/web:1'}]}
";

fn deployment(rig: &Rig, namespace: &str) -> Result<Value> {
    rig.kubectl()
        .get_json(&["deployment", "web", "-n", namespace])
}

#[test]
fn what_is_ignored_is_no_drift_and_everything_else_is() -> Result<()> {
    let rig = Rig::shared()?;
    let ignore = "  ignore: [{paths: [/spec/replicas], target: {kind: Deployment}}]";
    let (repository, namespace, commit) = connected(rig, "ignored", DEPLOYMENT, ignore)?;
    rig.applied(&namespace, &commit)?;
    let object = ["deployment", "web", "-n", &namespace];
    let by_scaler = [
        "--field-manager=scaler",
        "-p",
        "{\"spec\": {\"replicas\": 3}}",
    ];
    patch(rig, &object, &by_scaler)?;
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(deployment(rig, &namespace)?["spec"]["replicas"], 3);

    let image = r#"{"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "example.com/web:2"}]}}}}"#;
    patch(rig, &object, &["-p", image])?;
    let image =
        |object: &Value| object["spec"]["template"]["spec"]["containers"][0]["image"].clone();
    rig.until("the image is put back", || {
        let now = deployment(rig, &namespace)?;
        ensure!(image(&now) == "example.com/web:1", "{}", image(&now));
        Ok(())
    })?;
    assert_eq!(deployment(rig, &namespace)?["spec"]["replicas"], 3);

    repository.write(
        "app/web.yaml",
        &repository.read("app/web.yaml")?.replace(":1'", ":9'"),
    )?;
    let commit = rig.push(&repository, "Another image")?;
    rig.applied(&namespace, &commit)?;
    let now = deployment(rig, &namespace)?;
    assert_eq!(
        (&image(&now), &now["spec"]["replicas"]),
        (&"example.com/web:9".into(), &3.into())
    );
    Ok(())
}
