//! Taking over from Flux's controllers and going back: no object is written, whoever comes, and while
//! both run only one works.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use signet_tests::flux;
use signet_tests::http::free_port;
use signet_tests::rig::{Repository, Rig, SOON, condition};
use signet_tests::server::Server;
use signet_tests::tools::Program;
use signet_tests::{canary, eventually};

/// What ours is told while Flux works, and when it takes over.
const UNSEALS: &[&str] = &["--kinds=sealedsecret"];
const ALL: &[&str] = &["--leader-elect", "--flux-namespace=flux-system"];

/// Both of Flux's controllers, with the election that its Deployments have.
struct Flux {
    sources: Server,
    kustomizations: Server,
}

impl Flux {
    fn start(rig: &Rig, port: u16) -> Result<Self> {
        let storage = flux::storage(rig, port)?;
        Ok(Self {
            sources: flux::elected(rig, Program::SourceController, &storage)?,
            kustomizations: flux::elected(rig, Program::KustomizeController, &[])?,
        })
    }

    /// As a scaled-down Deployment ends: asked, and with the Leases given back.
    fn stop(self) -> Result<()> {
        self.sources.terminate()?;
        self.kustomizations.terminate().map(drop)
    }

    fn log(&self) -> String {
        format!(
            "{}\n{}",
            self.sources.log_tail(10),
            self.kustomizations.log_tail(10)
        )
    }
}

/// An application of as many kinds as one has, with what defaulting and normalising make of it.
fn application(rig: &Rig, namespace: &str) -> Result<Vec<(String, String)>> {
    let value = canary::fresh(rig.directory(), namespace)?;
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: sealed, namespace: {namespace}}}\nstringData: {{password: '{value}'}}\n"
    );
    let sealed = rig.signet(&["seal"], &secret)?.succeeded()?;
    let group = format!("{namespace}.example.org");
    let files = [
        ("namespace", format!("apiVersion: v1
kind: Namespace
metadata: {{name: {namespace}}}
")),
        ("definition", format!("apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: widgets.{group}}}
spec:
  group: {group}
  scope: Namespaced
  names: {{kind: Widget, plural: widgets}}
  versions:
  - {{name: v1, served: true, storage: true, schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}}}
")),
        ("widget", format!("apiVersion: {group}/v1
kind: Widget
metadata: {{name: one, namespace: {namespace}}}
spec: {{size: 3}}
")),
        ("rights", format!("apiVersion: v1
kind: ServiceAccount
metadata: {{name: web, namespace: {namespace}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: 'signet:{namespace}:reader'}}
rules: [{{apiGroups: [''], resources: [configmaps], verbs: [get]}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: 'signet:{namespace}:reader'}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'signet:{namespace}:reader'}}
subjects: [{{kind: ServiceAccount, name: web, namespace: {namespace}}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: writer, namespace: {namespace}}}
rules: [{{apiGroups: [''], resources: [configmaps], verbs: [update]}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: writer, namespace: {namespace}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: writer}}
subjects: [{{kind: ServiceAccount, name: web, namespace: {namespace}}}]
")),
        ("config", format!("apiVersion: v1
kind: ConfigMap
metadata: {{name: settings, namespace: {namespace}, annotations: {{note: kept}}}}
data: {{level: info, mode: '0644'}}
")),
        ("secret", format!("apiVersion: v1
kind: Secret
metadata: {{name: plain, namespace: {namespace}}}
stringData: {{user: nobody}}
")),
        ("sealed", sealed),
        ("service", format!("apiVersion: v1
kind: Service
metadata: {{name: web, namespace: {namespace}}}
spec: {{selector: {{app: web}}, ports: [{{port: 80, targetPort: http}}]}}
")),
        ("deployment", format!("apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: {namespace}}}
spec:
  replicas: 0
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      containers:
      - name: main
        image: registry.example/web:1.0.0
        ports: [{{name: http, containerPort: 8080}}]
        resources: {{limits: {{cpu: 1000m, memory: 1024Mi}}}}
        env: [{{name: LEVEL, valueFrom: {{configMapKeyRef: {{name: settings, key: level}}}}}}]
")),
        ("job", format!("apiVersion: batch/v1
kind: CronJob
metadata: {{name: nightly, namespace: {namespace}}}
spec:
  schedule: '0 3 * * *'
  suspend: true
  jobTemplate: {{spec: {{template: {{spec: {{restartPolicy: Never, containers: [{{name: main, image: 'registry.example/job:1'}}]}}}}}}}}
")),
        ("budget", format!("apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{name: web, namespace: {namespace}}}
spec: {{minAvailable: 1, selector: {{matchLabels: {{app: web}}}}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: web, namespace: {namespace}}}
spec: {{podSelector: {{}}, policyTypes: [Ingress]}}
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {{name: '{namespace}-high'}}
value: 1000
")),
    ];
    let files = files.into_iter();
    Ok(files
        .map(|(name, text)| (format!("app/{name}.yaml"), text))
        .collect())
}

/// Of every object that is owned: its version, and who owns which fields of it.
type Written = BTreeMap<String, (String, Value)>;

fn written(rig: &Rig, name: &str) -> Result<Written> {
    let object = rig.kustomization(name)?;
    let entries = object
        .pointer("/status/inventory/entries")
        .and_then(Value::as_array)
        .context("no inventory")?;
    let mut all = Written::new();
    for entry in entries {
        let id = entry["id"].as_str().context("an id")?;
        let (namespace, rest) = id.split_once('_').context("a namespace")?;
        let mut parts = rest.rsplitn(3, '_');
        let (kind, group) = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        let name = parts.next().unwrap_or_default().replace("__", ":");
        let kind = format!("{kind}.{group}").trim_end_matches('.').to_owned();
        let mut what = vec![kind.as_str(), name.as_str(), "--show-managed-fields"];
        if !namespace.is_empty() {
            what.extend(["-n", namespace]);
        }
        let found = rig.kubectl().get_json(&what)?;
        let metadata = &found["metadata"];
        let version = metadata["resourceVersion"].as_str().unwrap_or_default();
        all.insert(
            id.to_owned(),
            (version.to_owned(), metadata["managedFields"].clone()),
        );
    }
    ensure!(all.len() > 12, "{}", all.len());
    Ok(all)
}

/// The same, once Kubernetes' own controllers have had their say, too.
fn settled(rig: &Rig, name: &str) -> Result<Written> {
    let (mut last, mut since) = (written(rig, name)?, Instant::now());
    while since.elapsed() < Duration::from_secs(3) {
        std::thread::sleep(Duration::from_millis(300));
        let now = written(rig, name)?;
        if now != last {
            (last, since) = (now, Instant::now());
        }
    }
    Ok(last)
}

fn inventory(rig: &Rig, name: &str) -> Result<Vec<String>> {
    let object = rig.kustomization(name)?;
    let entries = object.pointer("/status/inventory/entries");
    let entries = entries.and_then(Value::as_array).context("no inventory")?;
    Ok(entries.iter().map(ToString::to_string).collect())
}

/// Asks for both to be looked at, and waits until whoever works now has done so.
fn looked_at(rig: &Rig, name: &str, commit: &str, flux: Option<&Flux>) -> Result<()> {
    let token = rig.name("asked");
    for kind in ["gitrepository", "kustomization"] {
        let annotation = format!("reconcile.fluxcd.io/requestedAt={token}");
        let arguments = [
            "annotate",
            "--overwrite",
            "-n",
            "signet-system",
            kind,
            name,
            &annotation,
        ];
        rig.kubectl().run(&arguments)?;
    }
    let what = format!("{name} was looked at again");
    // A Lease whose holder was not asked to end is free after 35 s.
    eventually(SOON * 2, &what, || {
        let object = rig.kustomization(name)?;
        let status = &object["status"];
        ensure!(
            status["lastHandledReconcileAt"] == token.as_str(),
            "{status}"
        );
        let applied = status["lastAppliedRevision"].as_str().unwrap_or_default();
        ensure!(applied.ends_with(commit), "{status}");
        ensure!(condition(&object, "Ready").0 == "True", "{status}");
        Ok(())
    })
    .map_err(|error| match flux {
        Some(flux) => error.context(flux.log()),
        None => error.context(
            rig.log()
                .lines()
                .rev()
                .take(20)
                .collect::<Vec<_>>()
                .join("\n"),
        ),
    })
}

fn holder(rig: &Rig, lease: &str) -> Result<String> {
    let lease = rig
        .kubectl()
        .get_json(&["lease", lease, "-n", "flux-system"])?;
    Ok(lease["spec"]["holderIdentity"]
        .as_str()
        .unwrap_or_default()
        .to_owned())
}

struct Switch {
    rig: Rig,
    repository: Repository,
    commit: String,
    port: u16,
}

impl Switch {
    fn prepare(story: &str, first: &[&str]) -> Result<Self> {
        let rig = Rig::start(UNSEALS)?;
        flux::make_room(&rig)?;
        rig.kill_controller();
        rig.start_controller_with(first)?;
        let repository = rig.repository(story)?;
        for (path, text) in application(&rig, story)? {
            repository.write(&path, &text)?;
        }
        let commit = repository.push("Everything")?;
        Ok(Self {
            rig,
            repository,
            commit,
            port: free_port()?,
        })
    }

    fn name(&self) -> &str {
        self.repository.name()
    }

    fn connect(&self) -> Result<()> {
        self.rig.connect(&self.repository, "  prune: true")
    }

    fn looked_at(&self, flux: Option<&Flux>) -> Result<()> {
        looked_at(&self.rig, self.name(), &self.commit, flux)
    }

    /// Neither an object nor the inventory is another than before.
    fn nothing_changed(&self, before: &Written, entries: &[String], who: &str) -> Result<()> {
        let now = settled(&self.rig, self.name())?;
        for (id, (version, fields)) in before {
            let (version_now, fields_now) = &now[id];
            assert_eq!(fields, fields_now, "{who} took fields of {id}");
            assert_eq!(version, version_now, "{who} wrote {id}");
        }
        assert_eq!(inventory(&self.rig, self.name())?, entries, "{who}");
        let metadata = self.rig.kustomization(self.name())?["metadata"].clone();
        assert_eq!(
            metadata["finalizers"],
            json!(["finalizers.fluxcd.io"]),
            "{who}"
        );
        Ok(())
    }
}

#[test]
#[ignore = "needs Flux's programs: cargo xtask test --only peers"]
fn ours_takes_over_from_flux_and_gives_back_without_writing_an_object() -> Result<()> {
    let switch = Switch::prepare("theirs-first", UNSEALS)?;
    let rig = &switch.rig;
    let theirs = Flux::start(rig, switch.port)?;
    switch.connect()?;
    switch.looked_at(Some(&theirs))?;
    rig.secret(switch.name(), "sealed")
        .context("ours unseals beside Flux")?;
    let before = settled(rig, switch.name())?;
    let entries = inventory(rig, switch.name())?;

    // While theirs works, ours waits for the Leases.
    rig.stop_controller()?;
    rig.start_controller_with(ALL)?;
    rig.until("ours waits", || {
        ensure!(
            rig.log()
                .contains("the Lease kustomize-controller-leader-election is held by another")
        );
        ensure!(
            rig.log()
                .contains("the Lease source-controller-leader-election is held by another")
        );
        Ok(())
    })?;
    let held = holder(rig, "kustomize-controller-leader-election")?;
    switch.looked_at(Some(&theirs))?;
    switch.nothing_changed(&before, &entries, "ours, which waits,")?;
    assert_eq!(holder(rig, "kustomize-controller-leader-election")?, held);

    theirs.stop()?;
    switch.looked_at(None)?;
    assert!(rig.log().contains("and works on Kustomizations"));
    switch.nothing_changed(&before, &entries, "ours")?;

    let back = Flux::start(rig, switch.port)?;
    rig.stop_controller()?;
    switch.looked_at(Some(&back))?;
    switch.nothing_changed(&before, &entries, "Flux, which came back,")?;
    a_commit_is_still_applied(&switch, &back)
}

#[test]
#[ignore = "needs Flux's programs: cargo xtask test --only peers"]
fn flux_takes_over_from_ours_and_gives_back_without_writing_an_object() -> Result<()> {
    let switch = Switch::prepare("ours-first", ALL)?;
    let rig = &switch.rig;
    switch.connect()?;
    switch.looked_at(None)?;
    let before = settled(rig, switch.name())?;
    let entries = inventory(rig, switch.name())?;

    rig.stop_controller()?;
    let theirs = Flux::start(rig, switch.port)?;
    switch.looked_at(Some(&theirs))?;
    switch.nothing_changed(&before, &entries, "Flux")?;

    rig.start_controller_with(ALL)?;
    theirs.stop()?;
    switch.looked_at(None)?;
    switch.nothing_changed(&before, &entries, "ours, which came back,")
}

/// What changed hands is still kept: a change is made, what left is deleted.
fn a_commit_is_still_applied(switch: &Switch, flux: &Flux) -> Result<()> {
    let (rig, name) = (&switch.rig, switch.name());
    let repository = &switch.repository;
    let config = repository.read("app/config.yaml")?.replace("info", "debug");
    repository.write("app/config.yaml", &config)?;
    repository.remove("app/budget.yaml")?;
    let commit = repository.push("Go on")?;
    looked_at(rig, name, &commit, Some(flux))?;
    let found = rig
        .kubectl()
        .get_json(&["configmap", "settings", "-n", name])?;
    assert_eq!(found["data"]["level"], "debug");
    let gone = rig
        .kubectl()
        .get_json(&["poddisruptionbudget", "web", "-n", name]);
    assert!(gone.is_err(), "{gone:?}");
    Ok(())
}
