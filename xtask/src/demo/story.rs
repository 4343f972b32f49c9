//! The story itself: what a developer and an operator type, and what must be true afterwards.

use std::time::Duration;

use anyhow::{Context, Result};

use super::stage::Stage;
use super::world::World;

const SOON: Duration = Duration::from_secs(30);
/// What is installed; the image is never pulled.
pub const INSTALL: &str = "signet install --image registry.example/signet-controller:0.1.0";
const REPOSITORY_READY: &str = "kubectl wait --for=condition=Ready --timeout=60s -n signet-system \
                                gitrepository/demo kustomization/demo";
/// What a `git push` webhook would do; the annotation is Flux's.
const LOOK_NOW: &str = "kubectl annotate --overwrite -n signet-system gitrepository/demo \
                        reconcile.fluxcd.io/requestedAt=\"$(date +%s%N)\"";
const PASSWORD: &str = "kubectl get secret db -n demo -o jsonpath='{.data.password}' | base64 -d";
const IMAGE: &str =
    "kubectl get deployment web -n demo -o jsonpath='{.spec.template.spec.containers[0].image}'";
const REPLICAS: &str = "kubectl get deployment web -n demo -o jsonpath='{.spec.replicas}'";

const MANIFESTS: &str = r#"mkdir -p app
cat > app/namespace.yaml <<'EOF'
apiVersion: v1
kind: Namespace
metadata:
  name: demo
EOF
cat > app/web.yaml <<'EOF'
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: demo
spec:
  replicas: 2
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: main
          image: registry.example/web:1.0.0
          env:
            - name: PASSWORD
              valueFrom:
                secretKeyRef: {name: db, key: password}
EOF"#;

/// Plays it from beginning to end.
///
/// # Errors
/// The first thing that is not as it should be.
pub fn tell(stage: &mut Stage, world: &World) -> Result<()> {
    install(stage, world)?;
    seal(stage)?;
    push(stage)?;
    connect(stage, world)?;
    put_back(stage)?;
    change_and_revert(stage)?;
    rotate(stage)
}

fn install(stage: &mut Stage, world: &World) -> Result<()> {
    stage.step("Install Signet into the cluster");
    stage.run(&format!("{INSTALL} | kubectl apply -f - | tail -n 6"))?;
    if world.is_borrowed() {
        println!("  The cluster has no image of this checkout, so the controller is started here:");
        stage.run("kubectl scale deployment signet-controller -n signet-system --replicas=0")?;
    } else {
        println!("  No node runs Pods here, so the controller is started beside the cluster:");
    }
    world.start_controller()?;
    stage.until(
        "the sealing certificate is published",
        SOON,
        "signet cert --output json",
        |text| text.contains("SHA256:"),
    )?;
    stage.run("signet cert --output json").map(drop)
}

fn seal(stage: &mut Stage) -> Result<()> {
    stage.step("Seal a Secret");
    stage.run(
        "mkdir -p app && kubectl create secret generic db --namespace demo \
         --from-literal=username=admin --from-literal=password='correct horse' \
         --dry-run=client --output yaml | signet seal > app/db.yaml",
    )?;
    let sealed = stage.run("cat app/db.yaml")?;
    stage.check(
        "no value is in the file",
        !sealed.contains("correct horse") && !sealed.contains("Y29ycmVjdCBob3JzZQ"),
    )
}

fn push(stage: &mut Stage) -> Result<()> {
    stage.step("Commit it beside ordinary manifests, and push");
    stage.quiet(MANIFESTS)?;
    stage.run("ls app && git add app && git commit -qm 'Our web, and its password' && git push -q origin main")
        .map(drop)
}

fn connect(stage: &mut Stage, world: &World) -> Result<()> {
    stage.step("Tell the cluster which repository it is to equal");
    let url = world.repository_url();
    stage.quiet(&format!(
        "cat > ../sync.yaml <<'EOF'\n{}EOF",
        declarations(url)
    ))?;
    stage.run("cat ../sync.yaml && kubectl apply -f ../sync.yaml")?;
    stage.run(REPOSITORY_READY)?;
    stage.run("kubectl get sealedsecret,secret,deployment -n demo")?;
    let password = stage.quiet(PASSWORD)?;
    stage.check(
        "the Secret in the cluster holds the password",
        password == "correct horse",
    )?;
    stage
        .run("kubectl get kustomization -n signet-system")
        .map(drop)
}

fn declarations(url: &str) -> String {
    format!(
        "apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {{name: demo, namespace: signet-system}}
spec:
  interval: 1m
  url: {url}
  ref: {{branch: main}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: demo, namespace: signet-system}}
spec:
  interval: 10m
  path: ./app
  prune: true
  sourceRef: {{kind: GitRepository, name: demo}}
"
    )
}

fn put_back(stage: &mut Stage) -> Result<()> {
    stage.step("Edit the cluster by hand: no");
    stage.run(
        "EDITOR=\"sed -i 's/replicas: 2/replicas: 7/'\" kubectl edit deployment web -n demo",
    )?;
    stage.until("two replicas again", SOON, REPLICAS, |replicas| {
        replicas == "2"
    })?;
    stage.run("kubectl delete deployment web -n demo")?;
    stage.until("the Deployment is back", SOON, REPLICAS, |replicas| {
        replicas == "2"
    })?;
    stage.until("the event says who", SOON, EVENTS, |events| {
        events.contains("kubectl-edit")
    })?;
    stage.run(EVENTS).map(drop)
}

const EVENTS: &str = "kubectl get events -n signet-system --sort-by=.metadata.creationTimestamp \
                      -o custom-columns=REASON:.reason,MESSAGE:.message | tail -n 5";

fn change_and_revert(stage: &mut Stage) -> Result<()> {
    stage.step("A commit is the only way to change the cluster");
    stage.run(
        "sed -i 's/web:1.0.0/web:2.0.0/' app/web.yaml && git commit -qam 'Web 2.0.0' && git push -q origin main",
    )?;
    stage.run(LOOK_NOW)?;
    stage.until("version 2.0.0 is applied", SOON, IMAGE, |image| {
        image.ends_with("2.0.0")
    })?;
    stage.step("A revert is a rollback");
    stage.run("git revert --no-edit HEAD | head -n 1 && git push -q origin main")?;
    stage.run(LOOK_NOW)?;
    stage
        .until("version 1.0.0 is back", SOON, IMAGE, |image| {
            image.ends_with("1.0.0")
        })
        .map(drop)
}

fn rotate(stage: &mut Stage) -> Result<()> {
    stage.step("Rotate the sealing key, re-seal the repository");
    let before = stage.quiet("cat app/db.yaml")?;
    stage.run("signet rotate --new-key app")?;
    let after = stage.quiet("cat app/db.yaml")?;
    stage.check("the sealed values changed", before != after)?;
    stage.run("git diff --stat")?;
    stage.run("git commit -qam 'Re-seal for the new key' && git push -q origin main")?;
    stage.run(LOOK_NOW)?;
    let revision = stage.quiet("git rev-parse HEAD")?;
    let applied = "kubectl get kustomization demo -n signet-system -o jsonpath='{.status.lastAppliedRevision}'";
    stage.until("the commit is applied", SOON, applied, |text| {
        text.ends_with(revision.trim())
    })?;
    let synced = "kubectl get sealedsecret db -n demo -o jsonpath='{.metadata.generation} \
                  {.status.observedGeneration} {.status.conditions[0].status}'";
    stage.until("unsealed under the new key", SOON, synced, |text| {
        let words: Vec<&str> = text.split(' ').collect();
        words.len() == 3 && words[0] == words[1] && words[2] == "True"
    })?;
    let password = stage.quiet(PASSWORD).context("reading the Secret")?;
    stage.check(
        "the Secret still holds the password",
        password == "correct horse",
    )?;
    stage.run("signet rotate app")?;
    stage.check(
        "a second run changes nothing",
        stage.quiet("git status --porcelain")?.trim().is_empty(),
    )
}
