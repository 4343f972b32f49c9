//! What waits for what: health checks, stages, dependencies; and that nobody is held up by it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail, ensure};
use signet_tests::rig::{Repository, Rig, condition};

/// A kind of our own, so that its status is ours to say: the cluster's controllers would correct us.
const DEFINITION: &str = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.test.example}
spec:
  group: test.example
  scope: Namespaced
  names: {kind: Gadget, plural: gadgets, singular: gadget}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
";

/// The rig of this file, whose cluster knows Gadgets.
fn rig() -> Result<&'static Rig> {
    static DEFINED: OnceLock<()> = OnceLock::new();
    let rig = Rig::shared()?;
    if DEFINED.get().is_none() {
        rig.kubectl().apply(DEFINITION)?;
        rig.until("Gadgets are served", || {
            rig.kubectl().run(&["get", "gadgets.test.example", "-A"])
        })?;
        DEFINED.get_or_init(|| ());
    }
    Ok(rig)
}

fn gadget(namespace: &str, name: &str) -> String {
    format!(
        "apiVersion: test.example/v1\nkind: Gadget\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {{size: 1}}\n"
    )
}

fn config_map(namespace: &str, name: &str, value: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {namespace}}}\ndata: {{value: {value}}}\n"
    )
}

/// Says of a Gadget what its controller would.
fn report(rig: &Rig, namespace: &str, name: &str, kind: &str, status: &str) -> Result<()> {
    let body = format!(
        "{{\"status\": {{\"conditions\": [{{\"type\": \"{kind}\", \"status\": \"{status}\", \
         \"reason\": \"Said\", \"message\": \"as the test says\"}}]}}}}"
    );
    let patch = [
        "patch",
        "gadgets.test.example",
        name,
        "-n",
        namespace,
        "--subresource=status",
        "--type=merge",
        "-p",
        &body,
    ];
    rig.kubectl().run(&patch).map(drop)
}

/// Makes a Gadget that is not ready, before anybody declares it: one that says nothing of itself
/// would count as healthy.
fn unready(rig: &Rig, namespace: &str, name: &str) -> Result<()> {
    rig.kubectl().apply(&gadget(namespace, name))?;
    report(rig, namespace, name, "Ready", "False")
}

/// A repository with one Gadget `web` that is not ready, connected with `spec`.
fn with_gadget(rig: &Rig, story: &str, spec: &str) -> Result<(Repository, String, String)> {
    let namespace = rig.namespace(story)?;
    let repository = rig.repository(&namespace)?;
    unready(rig, &namespace, "web")?;
    repository.write("app/web.yaml", &gadget(&namespace, "web"))?;
    let commit = repository.push("First")?;
    rig.connect(&repository, &format!("  prune: true\n{spec}"))?;
    Ok((repository, namespace, commit))
}

/// Waits until the Kustomization says that it runs health checks.
fn waits(rig: &Rig, name: &str) -> Result<()> {
    rig.until(&format!("{name} waits"), || {
        let object = rig.kustomization(name)?;
        let (reconciling, ready) = (
            condition(&object, "Reconciling"),
            condition(&object, "Ready"),
        );
        let (healthy, checks) = (
            condition(&object, "Healthy"),
            "Running health checks for revision",
        );
        ensure!(reconciling.2.starts_with(checks), "{reconciling:?}");
        ensure!(
            healthy.0 == "Unknown" && ready.0 == "Unknown",
            "{healthy:?} {ready:?}"
        );
        Ok(())
    })
}

#[test]
fn wait_is_over_when_everything_is_healthy() -> Result<()> {
    let rig = rig()?;
    let (_, namespace, commit) = with_gadget(rig, "wait", "  wait: true\n  timeout: 2m")?;
    waits(rig, &namespace)?;
    let object = rig.kustomization(&namespace)?;
    assert!(object["status"].get("lastAppliedRevision").is_none());
    report(rig, &namespace, "web", "Ready", "True")?;
    rig.applied(&namespace, &commit)?;
    let healthy = condition(&rig.kustomization(&namespace)?, "Healthy");
    assert_eq!(
        (healthy.0.as_str(), healthy.1.as_str()),
        ("True", "Succeeded")
    );
    assert!(
        healthy.2.starts_with("Health check passed in "),
        "{healthy:?}"
    );
    Ok(())
}

#[test]
fn a_check_that_fails_says_so_at_once_and_is_over_when_it_is_mended() -> Result<()> {
    let rig = rig()?;
    let checks = "  healthChecks: [{apiVersion: test.example/v1, kind: Gadget, name: web, namespace: NAMESPACE}]";
    let namespace = rig.namespace("checks")?;
    let repository = rig.repository(&namespace)?;
    unready(rig, &namespace, "web")?;
    repository.write("app/web.yaml", &gadget(&namespace, "web"))?;
    let commit = repository.push("First")?;
    let spec = checks.replace("NAMESPACE", &namespace);
    rig.connect(&repository, &format!("  prune: true\n{spec}"))?;
    waits(rig, &namespace)?;
    report(rig, &namespace, "web", "Stalled", "True")?;
    let said = rig.fails(
        &namespace,
        &["failed early due to stalled resources", "web"],
    )?;
    assert!(said.contains("status: 'Failed'"), "{said}");
    // The retry interval is ten minutes: it is the Gadget that wakes it.
    report(rig, &namespace, "web", "Ready", "True")?;
    rig.applied(&namespace, &commit)
}

/// As Flux: a Pod that has failed for good fails what it belongs to before the time is up.
#[test]
fn a_pod_that_has_failed_fails_its_replica_set() -> Result<()> {
    let rig = rig()?;
    let namespace = rig.namespace("pods")?;
    let repository = rig.repository(&namespace)?;
    let set = format!(
        "apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {{name: web, namespace: {namespace}}}\n\
         spec:\n  replicas: 1\n  selector: {{matchLabels: {{app: web}}}}\n  template:\n    \
         metadata: {{labels: {{app: web}}}}\n    spec: {{containers: [{{name: web, image: example.com/web:1}}]}}\n"
    );
    repository.write("app/web.yaml", &set)?;
    repository.push("First")?;
    rig.connect(&repository, "  prune: true\n  wait: true\n  timeout: 10m")?;
    waits(rig, &namespace)?;
    let pod = rig.until("the set has its Pod", || {
        let pods = rig.kubectl().get_json(&["pods", "-n", &namespace])?;
        let name = pods["items"][0]["metadata"]["name"].as_str();
        name.map(str::to_owned).ok_or_else(|| anyhow!("none yet"))
    })?;
    let loops = r#"{"status": {"phase": "Running", "containerStatuses": [{"name": "web", "image": "", "imageID": "",
        "ready": false, "restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff", "message": ""}}}]}}"#;
    let patch = [
        "patch",
        "pod",
        &pod,
        "-n",
        &namespace,
        "--subresource=status",
        "-p",
        loops,
    ];
    rig.kubectl().run(&patch)?;
    let said = rig.fails(&namespace, &["failed early due to stalled resources"])?;
    ensure!(said.contains("1 pods have failed"), "{said}");
    Ok(())
}

/// As `flux bootstrap` has it: the repository holds the declaration of the Kustomization that reads it.
#[test]
fn a_kustomization_that_applies_itself_does_not_wait_for_itself() -> Result<()> {
    let rig = rig()?;
    let name = rig.namespace("itself")?;
    let repository = rig.repository(&name)?;
    let own = format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n\
         metadata: {{name: {name}, namespace: signet-system}}\n\
         spec: {{interval: 10m, path: ./app, prune: true, wait: true, timeout: 5m, \
         sourceRef: {{kind: GitRepository, name: {name}}}}}\n"
    );
    repository.write("app/itself.yaml", &own)?;
    let commit = repository.push("First")?;
    rig.connect(&repository, "  prune: true\n  wait: true\n  timeout: 5m")?;
    rig.applied(&name, &commit)
}

#[test]
fn a_timeout_names_what_was_waited_for() -> Result<()> {
    let rig = rig()?;
    let (_, namespace, _) = with_gadget(rig, "timeout", "  wait: true\n  timeout: 3s")?;
    let words = ["timeout waiting for: [Gadget/", "status: 'InProgress'"];
    rig.fails(&namespace, &words)?;
    let healthy = condition(&rig.kustomization(&namespace)?, "Healthy");
    assert_eq!(
        (healthy.0.as_str(), healthy.1.as_str()),
        ("False", "HealthCheckFailed")
    );
    Ok(())
}

#[test]
fn a_hundred_that_wait_hold_up_nobody() -> Result<()> {
    let rig = rig()?;
    let namespace = rig.namespace("hundred")?;
    let repository = rig.repository(&namespace)?;
    let mut gadgets = String::new();
    for number in 0..100 {
        let gadget = gadget(&namespace, &format!("web-{number}"));
        repository.write(&format!("apps/{number}/web.yaml"), &gadget)?;
        gadgets.push_str(&format!("---\n{gadget}"));
    }
    rig.kubectl().apply(&gadgets)?;
    for number in 0..100 {
        report(rig, &namespace, &format!("web-{number}"), "Ready", "False")?;
    }
    repository.push("First")?;
    rig.source(&repository)?;
    let declared: String = (0..100)
        .map(|number| {
            format!(
                "---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: {namespace}-{number}, namespace: signet-system}}
spec:
  interval: 10m
  path: ./apps/{number}
  prune: true
  wait: true
  sourceRef: {{kind: GitRepository, name: {namespace}}}
"
            )
        })
        .collect();
    rig.kubectl().apply(&declared)?;
    for number in 0..100 {
        waits(rig, &format!("{namespace}-{number}"))?;
    }
    let (other, since) = (rig.namespace("free")?, Instant::now());
    let free = rig.repository(&other)?;
    free.write("app/a.yaml", &config_map(&other, "a", "one"))?;
    let commit = free.push("First")?;
    rig.connect(&free, "  prune: true")?;
    rig.applied(&other, &commit)?;
    let took = since.elapsed();
    ensure!(
        took < Duration::from_secs(30),
        "it took {took:?}: somebody held a worker"
    );
    Ok(())
}

#[test]
fn a_newer_commit_ends_the_waiting_for_an_older_one() -> Result<()> {
    let rig = rig()?;
    let (repository, namespace, _) = with_gadget(rig, "newer", "  wait: true\n  timeout: 9m")?;
    waits(rig, &namespace)?;
    repository.git(&["rm", "-q", "app/web.yaml"])?;
    repository.write("app/a.yaml", &config_map(&namespace, "a", "one"))?;
    let commit = rig.push(&repository, "No Gadget after all")?;
    rig.applied(&namespace, &commit)
}

#[test]
fn a_dependency_wakes_who_waits_for_it() -> Result<()> {
    let rig = rig()?;
    let (_, base, base_commit) = with_gadget(rig, "base", "  wait: true\n  timeout: 9m")?;
    let namespace = rig.namespace("above")?;
    let repository = rig.repository(&namespace)?;
    repository.write("app/a.yaml", &config_map(&namespace, "a", "one"))?;
    let commit = repository.push("First")?;
    let depends =
        format!("  prune: true\n  dependsOn: [{{name: {base}}}, {{name: missing-{base}}}]");
    rig.connect(&repository, &depends)?;
    let not_ready = format!("dependency 'signet-system/{base}' is not ready");
    rig.fails(&namespace, &[&not_ready])?;
    report(rig, &base, "web", "Ready", "True")?;
    rig.applied(&base, &base_commit)?;
    let missing = format!("dependency 'signet-system/missing-{base}' not found");
    rig.fails(&namespace, &[&missing])?;
    let only = "{\"spec\": {\"dependsOn\": [{\"name\": \"BASE\"}]}}".replace("BASE", &base);
    let patch = ["patch", "kustomization", &namespace, "-n", "signet-system"];
    rig.kubectl()
        .run(&[&patch[..], &["--type=merge", "-p", &only]].concat())?;
    rig.applied(&namespace, &commit)
}

#[test]
fn a_circle_of_dependencies_is_named() -> Result<()> {
    let rig = rig()?;
    let namespace = rig.namespace("circle")?;
    let repository = rig.repository(&namespace)?;
    repository.write("app/a.yaml", &config_map(&namespace, "a", "one"))?;
    repository.push("First")?;
    let depends = format!("  prune: true\n  dependsOn: [{{name: {namespace}}}]");
    rig.connect(&repository, &depends)?;
    rig.fails(&namespace, &["form a circle", "→"])?;
    let stalled = condition(&rig.kustomization(&namespace)?, "Stalled");
    assert_eq!(stalled.0, "True");
    Ok(())
}

fn service(namespace: &str, ip: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: fixed, namespace: {namespace}}}\nspec: {{clusterIP: {ip}, ports: [{{port: 80}}]}}\n"
    )
}

/// `clusterIP` cannot be changed. Without `force` nothing happens but a message; with it the Service
/// is made anew, and an object that could not be made is not deleted.
#[test]
fn force_makes_anew_what_cannot_be_changed_and_nothing_else() -> Result<()> {
    let rig = rig()?;
    let namespace = rig.namespace("force")?;
    let repository = rig.repository(&namespace)?;
    repository.write("app/a.yaml", &service(&namespace, "10.0.77.7"))?;
    let first = repository.push("First")?;
    rig.connect(&repository, "  prune: true")?;
    rig.applied(&namespace, &first)?;
    let uid = || -> Result<String> {
        let object = rig
            .kubectl()
            .get_json(&["service", "fixed", "-n", &namespace])?;
        Ok(object["metadata"]["uid"]
            .as_str()
            .unwrap_or_default()
            .to_owned())
    };
    let before = uid()?;
    repository.write("app/a.yaml", &service(&namespace, "10.0.77.8"))?;
    let second = rig.push(&repository, "Another address")?;
    rig.fails(&namespace, &["dry-run failed (Invalid)", "clusterIP"])?;
    assert_eq!(
        condition(&rig.kustomization(&namespace)?, "Stalled").0,
        "True"
    );
    let patch = ["patch", "kustomization", &namespace, "-n", "signet-system"];
    let force = ["--type=merge", "-p", "{\"spec\": {\"force\": true}}"];
    rig.kubectl().run(&[&patch[..], &force].concat())?;
    rig.applied(&namespace, &second)?;
    let after = uid()?;
    assert_ne!(before, after);
    // A mistake is no reason to delete, whatever `force` says.
    repository.write("app/a.yaml", &service(&namespace, "no address"))?;
    rig.push(&repository, "A mistake")?;
    rig.fails(&namespace, &["clusterIP"])?;
    assert_eq!(uid()?, after);
    Ok(())
}

/// Both Kustomizations read one repository; the object moves from one directory to the other.
#[test]
fn an_object_that_moves_to_another_kustomization_is_not_deleted() -> Result<()> {
    let rig = rig()?;
    let namespace = rig.namespace("move")?;
    let repository = rig.repository(&namespace)?;
    repository.write("app/a.yaml", &config_map(&namespace, "moves", "one"))?;
    repository.write("app/stays.yaml", &config_map(&namespace, "stays", "one"))?;
    repository.write("other/b.yaml", &config_map(&namespace, "other", "one"))?;
    let commit = repository.push("First")?;
    rig.connect(&repository, "  prune: true")?;
    let other = format!("{namespace}-other");
    rig.kubectl().apply(&format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: {other}, namespace: signet-system}}
spec:
  interval: 10m
  path: ./other
  prune: true
  sourceRef: {{kind: GitRepository, name: {namespace}}}
"
    ))?;
    rig.applied(&namespace, &commit)?;
    rig.applied(&other, &commit)?;
    let uid = || -> Result<String> {
        let object = rig
            .kubectl()
            .get_json(&["configmap", "moves", "-n", &namespace])?;
        Ok(object["metadata"]["uid"]
            .as_str()
            .unwrap_or_default()
            .to_owned())
    };
    let before = uid()?;
    // The new owner asks first, and is told whose the object is.
    repository.write("other/a.yaml", &config_map(&namespace, "moves", "one"))?;
    rig.push(&repository, "It is in both")?;
    rig.fails(&other, &["it belongs to Kustomization", &namespace])?;
    repository.git(&["rm", "-q", "app/a.yaml"])?;
    let commit = rig.push(&repository, "It has moved")?;
    rig.applied(&namespace, &commit)?;
    rig.applied(&other, &commit)?;
    assert_eq!(uid()?, before, "it was deleted and made again");
    let object = rig
        .kubectl()
        .get_json(&["configmap", "moves", "-n", &namespace])?;
    let owner = &object["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/name"];
    assert_eq!(*owner, other.as_str());
    Ok(())
}

fn applies(rig: &Rig) -> Result<u32> {
    let text = String::from_utf8(signet_tests::http::get(&rig.metrics_address(), "/metrics")?)?;
    let line = text
        .lines()
        .find(|line| line.starts_with("signet_applies_total "));
    let value = line.and_then(|line| line.split(' ').nth(1)?.parse().ok());
    value.ok_or_else(|| anyhow!("no signet_applies_total in\n{text}"))
}

#[test]
fn a_restart_sends_nothing_that_stands_as_it_was_left() -> Result<()> {
    let rig = Rig::start(&[])?;
    let namespace = rig.namespace("again")?;
    let repository = rig.repository(&namespace)?;
    for number in 0..30 {
        let name = format!("c{number}");
        repository.write(
            &format!("app/{name}.yaml"),
            &config_map(&namespace, &name, "one"),
        )?;
    }
    let commit = repository.push("First")?;
    rig.connect(&repository, "  prune: true")?;
    rig.applied(&namespace, &commit)?;
    rig.kill_controller();
    let edit = [
        "patch",
        "configmap",
        "c7",
        "-n",
        &namespace,
        "-p",
        "{\"data\": {\"value\": \"by hand\"}}",
    ];
    rig.kubectl().run(&edit)?;
    rig.start_controller()?;
    rig.until("what was edited meanwhile is put back", || {
        let object = rig
            .kubectl()
            .get_json(&["configmap", "c7", "-n", &namespace])?;
        match object["data"]["value"].as_str() {
            Some("one") => Ok(()),
            other => bail!("{other:?}"),
        }
    })?;
    rig.applied(&namespace, &commit)?;
    let applies = applies(&rig)?;
    ensure!(
        applies < 20,
        "{applies} objects were sent for one that was edited"
    );
    Ok(())
}
