//! What we say about Flux's kinds, told on by Flux's notification-controller: to whoever an Alert names,
//! and as the state of a commit.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use signet_tests::flux;
use signet_tests::http::free_port;
use signet_tests::listener::{Asked, Listener};
use signet_tests::rig::{Repository, Rig};
use signet_tests::server::Server;
use signet_tests::tools::{self, Program};

use super::with_log;

/// Ours, with Flux's notification-controller beside it.
struct Told {
    rig: Rig,
    theirs: Server,
}

impl Told {
    fn start() -> Result<Self> {
        let port = free_port()?;
        let address = format!("--events-addr=http://127.0.0.1:{port}/");
        let rig = Rig::start(&["--kinds=gitrepository,kustomization", &address])?;
        flux::make_room(&rig)?;
        let definitions = tools::source_of(Program::NotificationController)?;
        for plural in ["alerts", "providers"] {
            let file = format!("config/crd/bases/notification.toolkit.fluxcd.io_{plural}.yaml");
            rig.kubectl()
                .apply(&std::fs::read_to_string(definitions.join(file))?)?;
        }
        let flags = [
            format!("--events-addr=127.0.0.1:{port}"),
            "--receiverAddr=127.0.0.1:0".to_owned(),
        ];
        let theirs = flux::controller(&rig, Program::NotificationController, &flags)?;
        Ok(Self { rig, theirs })
    }

    /// Tells a provider of that type at `address` about everything.
    fn alert(&self, kind: &str, address: &str) -> Result<()> {
        let metadata = json!({"name": "told", "namespace": "signet-system"});
        let version = "notification.toolkit.fluxcd.io/v1beta3";
        let token = json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": metadata,
            "stringData": {"token": "nobody-looks-at-it"},
        });
        let provider = json!({
            "apiVersion": version, "kind": "Provider", "metadata": metadata,
            "spec": {"type": kind, "address": address, "secretRef": {"name": "told"}},
        });
        let everything = ["GitRepository", "Kustomization"];
        let everything = everything.map(|kind| json!({"kind": kind, "name": "*"}));
        let alert = json!({
            "apiVersion": version, "kind": "Alert", "metadata": metadata,
            "spec": {
                "providerRef": {"name": "told"}, "eventSeverity": "info",
                "eventSources": everything,
            },
        });
        for object in [token, provider, alert] {
            self.rig.kubectl().apply(&object.to_string())?;
        }
        Ok(())
    }

    /// A repository whose first commit is applied.
    fn applied(&self, story: &str) -> Result<(Repository, String)> {
        let namespace = self.rig.namespace(story)?;
        let repository = self.rig.repository(&namespace)?;
        let text = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a, namespace: {namespace}}}\n"
        );
        repository.write("app/a.yaml", &text)?;
        let commit = repository.push("First version")?;
        self.rig.connect(&repository, "  prune: true")?;
        self.rig.applied(&namespace, &commit)?;
        Ok((repository, commit))
    }

    fn broken(&self, repository: &Repository) -> Result<String> {
        repository.write("app/a.yaml", "a: [b")?;
        let commit = repository.push("Broken")?;
        self.rig.look(repository.name())?;
        self.rig.fails(repository.name(), &["app/a.yaml:1"])?;
        Ok(commit)
    }

    /// Waits until the listener was sent something that `wanted` finds.
    fn hears<T>(
        &self,
        what: &str,
        listener: &Listener,
        wanted: impl Fn(&Asked) -> Option<T>,
    ) -> Result<T> {
        let heard = self.rig.until(what, || {
            let asked = listener.asked();
            let found = asked.iter().find_map(&wanted);
            found.with_context(|| format!("{asked:#?}"))
        });
        with_log(&self.theirs, heard)
    }
}

/// What was posted, if it is an event with that reason about that object.
fn event(asked: &Asked, kind: &str, name: &str, reason: &str) -> Option<Value> {
    let body: Value = serde_json::from_str(&asked.body).ok()?;
    let object = &body["involvedObject"];
    (object["kind"] == kind && object["name"] == name && body["reason"] == reason).then_some(body)
}

#[test]
#[ignore = "needs Flux's programs: cargo xtask test --only peers"]
fn an_alert_of_flux_tells_what_we_did() -> Result<()> {
    let told = Told::start()?;
    let listener = Listener::start(|_| (200, Vec::new()))?;
    told.alert("generic", &format!("http://{}/told", listener.address()))?;
    let (repository, commit) = told.applied("alert")?;
    let name = repository.name();

    let stored = told.hears("a new artifact", &listener, |asked| {
        event(asked, "GitRepository", name, "NewArtifact")
    })?;
    let revision = format!("main@sha1:{commit}");
    assert_eq!(
        stored["message"],
        "stored artifact for commit 'First version'"
    );
    assert_eq!(stored["metadata"]["revision"], revision.as_str());
    assert_eq!(stored["reportingController"], "source-controller");

    let changed = told.hears("what was applied", &listener, |asked| {
        event(asked, "Kustomization", name, "Progressing")
    })?;
    assert_eq!(
        changed["message"],
        format!("ConfigMap/{name}/a created").as_str()
    );
    assert_eq!(changed["severity"], "info");
    assert_eq!(changed["metadata"]["revision"], revision.as_str());
    assert_eq!(changed["reportingController"], "kustomize-controller");

    told.broken(&repository)?;
    let failed = told.hears("a failure", &listener, |asked| {
        event(asked, "Kustomization", name, "BuildFailed")
    })?;
    assert_eq!(failed["severity"], "error");
    let message = failed["message"].as_str().unwrap_or_default();
    assert!(message.starts_with("app/a.yaml:1"), "{message}");
    Ok(())
}

/// A forge that knows no state of any commit, and takes each.
fn forge() -> Result<Listener> {
    Listener::start(|asked| match asked.method.as_str() {
        "GET" => (200, b"[]".to_vec()),
        _ => (201, b"{}".to_vec()),
    })
}

#[test]
#[ignore = "needs Flux's programs: cargo xtask test --only peers"]
fn a_commit_gets_its_state_by_flux() -> Result<()> {
    let told = Told::start()?;
    let forge = forge()?;
    told.alert("github", &format!("http://{}/org/app", forge.address()))?;
    let (repository, commit) = told.applied("state")?;
    let state = |commit: &str| {
        let path = format!("/api/v3/repos/org/app/statuses/{commit}");
        told.hears("the state of a commit", &forge, move |asked| {
            (asked.method == "POST" && asked.path == path).then(|| asked.body.clone())
        })
    };
    let good: Value = serde_json::from_str(&state(&commit)?)?;
    assert_eq!(good["state"], "success", "{good}");
    let bad = told.broken(&repository)?;
    let bad: Value = serde_json::from_str(&state(&bad)?)?;
    assert_eq!(bad["state"], "failure", "{bad}");
    Ok(())
}
