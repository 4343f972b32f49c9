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
const ALL_BUT_SOURCES: &[&str] = &[
    "--leader-elect",
    "--flux-namespace=flux-system",
    "--kinds=kustomization,sealedsecret",
];

/// Flux's controllers, with the election that their Deployments have, as far as they run.
#[derive(Default)]
struct Flux {
    sources: Option<Server>,
    kustomizations: Option<Server>,
}

impl Flux {
    /// Its Kustomizations wait for minutes for an artifact that cannot be had, so sources come first.
    fn start_sources(&mut self, rig: &Rig, port: u16) -> Result<()> {
        let storage = flux::storage(rig, port)?;
        let sources = flux::elected(rig, Program::SourceController, &storage)?;
        self.sources = Some(sources);
        Ok(())
    }

    fn start_kustomizations(&mut self, rig: &Rig) -> Result<()> {
        let kustomizations = flux::elected(rig, Program::KustomizeController, &[])?;
        self.kustomizations = Some(kustomizations);
        Ok(())
    }

    /// As a scaled-down Deployment ends: asked, and with the Lease given back.
    fn stop_sources(&mut self) -> Result<()> {
        self.sources.take().map_or(Ok(()), end)
    }

    fn stop_kustomizations(&mut self) -> Result<()> {
        self.kustomizations.take().map_or(Ok(()), end)
    }

    fn log(&self) -> String {
        let both = [&self.sources, &self.kustomizations];
        let tails = both.into_iter().flatten().map(|server| server.log_tail(10));
        tails.collect::<Vec<_>>().join("\n")
    }
}

fn end(server: Server) -> Result<()> {
    server.terminate().map(drop)
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

/// What is owned, in one order: each writes it in the order in which it applies.
fn inventory(rig: &Rig, name: &str) -> Result<Vec<String>> {
    let object = rig.kustomization(name)?;
    let entries = object.pointer("/status/inventory/entries");
    let entries = entries.and_then(Value::as_array).context("no inventory")?;
    let mut entries: Vec<_> = entries.iter().map(ToString::to_string).collect();
    entries.sort();
    Ok(entries)
}

/// Asks for both to be looked at, and waits until whoever works now has done so.
fn looked_at(rig: &Rig, name: &str, commit: &str) -> Result<()> {
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
        let source = source(rig, name)?;
        ensure!(source["status"]["lastHandledReconcileAt"] == token.as_str());
        ensure!(condition(&source, "Ready").0 == "True", "{source}");
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
}

fn source(rig: &Rig, name: &str) -> Result<Value> {
    rig.kubectl()
        .get_json(&["gitrepository", name, "-n", "signet-system"])
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
    theirs: Flux,
    before: (Written, Vec<String>),
}

impl Switch {
    /// Everything is applied by whoever `begins`.
    fn prepare(
        story: &str,
        ours: &[&str],
        begins: impl Fn(&mut Flux, &Rig, u16) -> Result<()>,
    ) -> Result<Self> {
        let rig = Rig::start(UNSEALS)?;
        flux::make_room(&rig)?;
        rig.stop_controller()?;
        rig.start_controller_with(ours)?;
        let repository = rig.repository(story)?;
        for (path, text) in application(&rig, story)? {
            repository.write(&path, &text)?;
        }
        let (commit, port) = (repository.push("Everything")?, free_port()?);
        let mut theirs = Flux::default();
        begins(&mut theirs, &rig, port)?;
        rig.connect(&repository, "  prune: true")?;
        let mut switch = Self {
            rig,
            repository,
            commit,
            port,
            theirs,
            before: Default::default(),
        };
        switch.looked_at()?;
        let (rig, name) = (&switch.rig, switch.name());
        rig.secret(name, "sealed").context("ours unseals")?;
        switch.before = (settled(rig, name)?, inventory(rig, name)?);
        Ok(switch)
    }

    fn name(&self) -> &str {
        self.repository.name()
    }

    fn looked_at(&self) -> Result<()> {
        let looked = looked_at(&self.rig, self.name(), &self.commit);
        looked.map_err(|error| {
            let log = self.rig.log();
            let last: Vec<_> = log.lines().rev().take(20).collect();
            error.context(format!("{}\nours:\n{}", self.theirs.log(), last.join("\n")))
        })
    }

    /// Has both looked at by whoever works now, after which neither an object nor the inventory is
    /// another than before.
    fn nothing_changes(&self, who: &str) -> Result<()> {
        self.looked_at().context(who.to_owned())?;
        let now = settled(&self.rig, self.name())?;
        let (before, entries) = &self.before;
        let other = before
            .iter()
            .filter(|(id, before)| now.get(*id) != Some(before));
        let other: Vec<_> = other
            .map(|(id, before)| format!("{id}: {before:?}\n  now {:?}", now.get(id)))
            .collect();
        assert!(other.is_empty(), "written by {who}:\n{}", other.join("\n"));
        assert_eq!(&inventory(&self.rig, self.name())?, entries, "{who}");
        let metadata = self.rig.kustomization(self.name())?["metadata"].clone();
        let finalizers = json!(["finalizers.fluxcd.io"]);
        assert_eq!(metadata["finalizers"], finalizers, "{who}");
        Ok(())
    }

    /// Ours, as it is restarted to do more or less.
    fn ours_is_told(&self, flags: &[&str]) -> Result<()> {
        self.rig.stop_controller()?;
        self.rig.start_controller_with(flags)
    }

    fn logs(&self, words: &str) -> Result<()> {
        self.rig.until(words, || {
            ensure!(self.rig.log().contains(words));
            Ok(())
        })
    }

    fn artifact_is_theirs(&self) -> Result<bool> {
        let source = source(&self.rig, self.name())?;
        let url = source
            .pointer("/status/artifact/url")
            .and_then(Value::as_str);
        let address = format!("//127.0.0.1:{}/", self.port);
        Ok(url.context("no artifact")?.contains(&address))
    }
}

#[test]
#[ignore = "needs Flux's programs: cargo xtask test --only peers"]
fn kind_by_kind_ours_takes_over_from_flux_and_gives_back_without_writing_an_object() -> Result<()> {
    let mut switch = Switch::prepare("theirs-first", UNSEALS, |theirs, rig, port| {
        theirs.start_sources(rig, port)?;
        theirs.start_kustomizations(rig)
    })?;
    // While theirs works, ours waits for the Leases.
    let (sources, kustomizations) = (
        "source-controller-leader-election",
        "kustomize-controller-leader-election",
    );
    let held = holder(&switch.rig, kustomizations)?;
    switch.ours_is_told(ALL)?;
    for lease in [sources, kustomizations] {
        switch.logs(&format!("the Lease {lease} is held by another"))?;
    }
    switch.nothing_changes("theirs, while ours waits")?;
    assert_eq!(holder(&switch.rig, kustomizations)?, held);

    switch.theirs.stop_kustomizations()?;
    switch.logs("and works on Kustomizations")?;
    switch.nothing_changes("our Kustomizations")?;
    assert!(switch.artifact_is_theirs()?);
    switch.theirs.stop_sources()?;
    switch.logs("and works on GitRepositories")?;
    switch.nothing_changes("our sources")?;
    assert!(!switch.artifact_is_theirs()?);

    let (rig, port) = (&switch.rig, switch.port);
    switch.theirs.start_sources(rig, port)?;
    switch.ours_is_told(ALL_BUT_SOURCES)?;
    switch.nothing_changes("their sources, which came back")?;
    assert!(switch.artifact_is_theirs()?);
    switch.theirs.start_kustomizations(&switch.rig)?;
    switch.ours_is_told(UNSEALS)?;
    switch.nothing_changes("their Kustomizations, which came back")?;
    a_commit_is_still_applied(&switch)
}

#[test]
#[ignore = "needs Flux's programs: cargo xtask test --only peers"]
fn flux_takes_over_from_ours_and_gives_back_without_writing_an_object() -> Result<()> {
    let mut switch = Switch::prepare("ours-first", ALL, |_, _, _| Ok(()))?;
    let port = switch.port;
    switch.theirs.start_sources(&switch.rig, port)?;
    switch.rig.stop_controller()?;
    switch.rig.until("Flux has stored it", || {
        ensure!(switch.artifact_is_theirs()?);
        Ok(())
    })?;
    switch.theirs.start_kustomizations(&switch.rig)?;
    switch.nothing_changes("Flux")?;

    switch.rig.start_controller_with(ALL)?;
    switch.theirs.stop_sources()?;
    switch.theirs.stop_kustomizations()?;
    switch.nothing_changes("ours, which came back,")
}

/// What changed hands is still kept: a change is made, what left is deleted.
fn a_commit_is_still_applied(switch: &Switch) -> Result<()> {
    let (rig, name) = (&switch.rig, switch.name());
    let repository = &switch.repository;
    let config = repository.read("app/config.yaml")?.replace("info", "debug");
    repository.write("app/config.yaml", &config)?;
    repository.remove("app/budget.yaml")?;
    let commit = repository.push("Go on")?;
    looked_at(rig, name, &commit).map_err(|error| error.context(switch.theirs.log()))?;
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
