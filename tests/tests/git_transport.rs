//! A GitRepository over each way to reach it, with its credentials in a Secret: what is wrong is
//! said in a condition, nothing is fetched, and when the Secret is corrected it goes on by itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests fail by panicking; skipping is said aloud"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::json;
use signet_tests::canary;
use signet_tests::rig::{Rig, condition};
use signet_tests::testkit::git_repo::GitRepo;
use signet_tests::testkit::git_server::GitServer;
use signet_tests::testkit::sshd::{PROGRAM, Sshd};
use signet_tests::testkit::tls_front::{self, Authority};

/// A server with one repository, and what stands for it in the cluster: a namespace to apply into,
/// a GitRepository, a Kustomization and a Secret, all of one name.
struct Story<'rig> {
    rig: &'rig Rig,
    name: String,
    server: GitServer,
    work: GitRepo,
}

impl<'rig> Story<'rig> {
    fn new(rig: &'rig Rig, story: &str) -> Result<Self> {
        let server = GitServer::start()?;
        server.create("fleet.git")?;
        Ok(Self {
            rig,
            name: rig.namespace(story)?,
            server,
            work: GitRepo::new()?,
        })
    }

    /// Commits the one object with this value and pushes to `url`.
    fn push(&self, url: &str, value: &str) -> Result<String> {
        let name = &self.name;
        let text = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: it, namespace: {name}}}\ndata: {{value: {value}}}\n"
        );
        self.work.write("app/it.yaml", text)?;
        let commit = self.work.commit(value)?;
        self.work.push(url, &[])?;
        Ok(commit)
    }

    /// The interval is far longer than the test: only what is awaited can be the cause.
    fn declare(&self, url: &str, secret: bool) -> Result<()> {
        let name = &self.name;
        let secret = if secret {
            format!(", secretRef: {{name: {name}}}")
        } else {
            String::new()
        };
        self.rig
            .kubectl()
            .apply(&format!(
                "apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {{name: {name}, namespace: signet-system}}
spec: {{interval: 1h, url: '{url}', ref: {{branch: main}}{secret}}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: {name}, namespace: signet-system}}
spec: {{interval: 1h, path: ./app, prune: true, sourceRef: {{kind: GitRepository, name: {name}}}}}
"
            ))
            .map(drop)
    }

    fn secret(&self, values: &[(&str, &str)]) -> Result<()> {
        let data: serde_json::Map<_, _> = values
            .iter()
            .map(|(key, value)| ((*key).to_owned(), json!(value)))
            .collect();
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret", "stringData": data,
            "metadata": {"name": self.name, "namespace": "signet-system"},
        });
        // Replaced, so that no key of an earlier one stays.
        let gone = [
            "delete",
            "secret",
            &self.name,
            "-n",
            "signet-system",
            "--ignore-not-found",
        ];
        self.rig.kubectl().run(&gone)?;
        self.rig.kubectl().apply(&secret.to_string()).map(drop)
    }

    /// Waits until the repository is not Ready for `reason` and says all of `words`, and an event
    /// says the same; holds that nothing was fetched and nothing applied. Gives the message.
    fn fails(&self, reason: &str, words: &[&str]) -> Result<String> {
        let what = ["gitrepository", &self.name, "-n", "signet-system"];
        let message = self.rig.until(&format!("{reason} {words:?}"), || {
            let object = self.rig.kubectl().get_json(&what)?;
            let ready = condition(&object, "Ready");
            let failed = condition(&object, "FetchFailed");
            ensure!(ready.0 == "False" && ready.1 == reason, "{ready:?}");
            ensure!(failed.0 == "True" && failed.1 == reason, "{failed:?}");
            ensure!(words.iter().all(|word| ready.2.contains(word)), "{ready:?}");
            Ok(ready.2)
        })?;
        self.rig.until("an event says the same", || {
            let events = self.rig.events("signet-system", &self.name)?.join("\n");
            ensure!(events.contains(&format!("{reason}: {message}")), "{events}");
            Ok(())
        })?;
        let there = ["get", "configmap", "it", "-n", &self.name];
        ensure!(self.rig.kubectl().run(&there).is_err(), "it was applied");
        let packs = self.packs()?;
        ensure!(packs == 0, "{packs} packs were fetched");
        Ok(message)
    }

    /// How many packs the controller keeps of this repository.
    fn packs(&self) -> Result<usize> {
        let storage = self.rig.directory().join("storage/git/signet-system");
        packs(&storage.join(&self.name))
    }

    /// Waits until `commit` is applied, which nobody asked for; sooner than any interval.
    fn recovers(&self, commit: &str) -> Result<()> {
        let since = Instant::now();
        self.rig.applied(&self.name, commit)?;
        let took = since.elapsed();
        ensure!(took < Duration::from_secs(60), "{took:?}");
        let log = self.rig.log();
        let woken = |line: &str| line.contains("wake=Credentials") && line.contains(&self.name);
        ensure!(
            log.lines().any(woken),
            "the Secret woke nobody: only a retry found it mended"
        );
        ensure!(
            self.packs()? > 0,
            "packs are kept elsewhere: this test looks at nothing"
        );
        Ok(())
    }

    /// A push that the controller is told of, over the same way.
    fn follows(&self, url: &str, value: &str) -> Result<()> {
        let commit = self.push(url, value)?;
        self.rig.look(&self.name)?;
        self.rig.applied(&self.name, &commit)?;
        let object = ["configmap", "it", "-n", &self.name];
        ensure!(self.rig.kubectl().get_json(&object)?["data"]["value"] == value);
        Ok(())
    }
}

/// Packs anywhere below a directory; none if it is not there.
fn packs(directory: &Path) -> Result<usize> {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return Ok(0);
    };
    let mut count = 0;
    for entry in entries {
        let path = entry?.path();
        count += if path.is_dir() {
            packs(&path)?
        } else {
            usize::from(path.extension().is_some_and(|kind| kind == "pack"))
        };
    }
    Ok(count)
}

#[test]
fn over_ssh_only_from_the_host_that_is_pinned() -> Result<()> {
    let Some(sshd) = Sshd::start()? else {
        println!("!!! SKIPPED: {PROGRAM} is missing (Debian: apt-get install openssh-server)");
        return Ok(());
    };
    let rig = Rig::shared()?;
    let story = Story::new(rig, "ssh")?;
    let push_url = story.server.url("fleet.git");
    let commit = story.push(&push_url, "one")?;
    let url = sshd.url(&story.server.path("fleet.git"))?;
    let identity = sshd.file("client")?;
    let hosts = |pinned: &str| sshd.known_hosts(pinned);

    story.secret(&[
        ("identity", &identity),
        ("known_hosts", &hosts("other.pub")?),
    ])?;
    story.declare(&url, true)?;
    story.fails("AuthenticationFailed", &["known_hosts", "127.0.0.1"])?;

    story.secret(&[("identity", &identity)])?;
    story.fails("AuthenticationFailed", &["known_hosts", &story.name])?;

    story.secret(&[
        ("identity", &sshd.file("other")?),
        ("known_hosts", &hosts("host.pub")?),
    ])?;
    story.fails("AuthenticationFailed", &["127.0.0.1"])?;

    story.secret(&[
        ("identity", &identity),
        ("known_hosts", &hosts("host.pub")?),
    ])?;
    story.recovers(&commit)?;
    story.follows(&push_url, "two")?;

    let key: Vec<&str> = identity
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let log = rig.log();
    ensure!(
        !key.is_empty() && key.iter().all(|line| !log.contains(line)),
        "the key is logged"
    );
    Ok(())
}

#[test]
fn over_https_only_with_the_authority_of_the_secret() -> Result<()> {
    let rig = Rig::shared()?;
    let story = Story::new(rig, "https")?;
    let push_url = story.server.url("fleet.git");
    let commit = story.push(&push_url, "one")?;
    let (ours, other) = (Authority::new()?, Authority::new()?);
    let port = tls_front::start(story.server.address(), ours.server("localhost", None)?)?;
    let url = format!("https://localhost:{port}/fleet.git");

    story.declare(&url, false)?;
    story.fails("GitOperationFailed", &["TLS", "ca.crt", "localhost"])?;

    story.declare(&url, true)?;
    story.fails("AuthenticationFailed", &[&story.name, "does not exist"])?;

    story.secret(&[("ca.crt", &other.pem())])?;
    story.fails("GitOperationFailed", &["TLS", "ca.crt"])?;

    story.secret(&[("ca.crt", &ours.pem())])?;
    story.recovers(&commit)?;
    story.follows(&push_url, "two")
}

#[test]
fn with_a_password_only_with_the_right_one() -> Result<()> {
    let rig = Rig::shared()?;
    let ours = Authority::new()?;
    for tls in [false, true] {
        let story = Story::new(rig, if tls { "login-tls" } else { "login" })?;
        let right = canary::fresh(rig.directory(), "right")?;
        let wrong = canary::fresh(rig.directory(), "wrong")?;
        let commit = story.push(&story.server.url("fleet.git"), "one")?;
        story.server.require_login("bob", &right);
        let (url, authority) = if tls {
            let port = tls_front::start(story.server.address(), ours.server("localhost", None)?)?;
            (format!("https://localhost:{port}/fleet.git"), ours.pem())
        } else {
            (story.server.url("fleet.git"), String::new())
        };
        let login = |password: &str| {
            let mut values = vec![("username", "bob"), ("password", password)];
            values.extend(tls.then_some(("ca.crt", authority.as_str())));
            story.secret(&values)
        };

        login(&wrong)?;
        story.declare(&url, true)?;
        let host = if tls { "localhost" } else { "127.0.0.1" };
        let message = story.fails("AuthenticationFailed", &[host])?;
        let said = format!("{message}\n{}", rig.log());
        ensure!(!said.contains(&wrong), "the wrong password is shown");

        login(&right)?;
        story.recovers(&commit)?;
        ensure!(!rig.log().contains(&right), "the password is in the log");
        ensure!(
            story.server.packs_sent() == 1,
            "fetched {} times",
            story.server.packs_sent()
        );
    }
    Ok(())
}
