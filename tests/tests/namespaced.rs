//! The controller with the rights that an installation gives it, and with no others: by Roles in its
//! own and in named namespaces, and by its ClusterRole.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use signet_tests::ControlPlane;
use signet_tests::eventually::always;
use signet_tests::http::{self, free_port};
use signet_tests::kubectl::Kubectl;
use signet_tests::rig::{Rig, SOON, condition};
use signet_tests::server::Server;
use signet_tests::{canary, eventually, process};

/// The controller's namespace.
const KEYS: &str = "keys";

/// A cluster, and the controller in it as its ServiceAccount.
struct Confined {
    plane: ControlPlane,
    room: tempfile::TempDir,
}

/// A running controller.
struct Running {
    address: String,
    log: std::path::PathBuf,
    _server: Server,
}

impl Running {
    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Confined {
    fn new() -> Result<Self> {
        let room = tempfile::tempdir()?;
        let plane = ControlPlane::start_in_the_run("confined-", room.path())?;
        Ok(Self { plane, room })
    }

    fn kubectl(&self) -> &Kubectl {
        self.plane.kubectl()
    }

    /// What `signet install` prints with `flags`, applied by the administrator.
    fn install(&self, flags: &[&str]) -> Result<()> {
        let common = [
            "install",
            "--namespace",
            KEYS,
            "--image=registry.example/signet:test",
        ];
        let mut command = process::signet(self.room.path())?;
        command.args(common).args(flags);
        let manifests = process::run(&mut command, b"")?.succeeded()?;
        self.kubectl().apply(&manifests).map(drop)
    }

    /// Runs the controller as its container would be: with the arguments of the Deployment, and with
    /// the token of its ServiceAccount.
    fn start(&self, more: &[&str]) -> Result<Running> {
        let deployment =
            self.kubectl()
                .get_json(&["deployment", "signet-controller", "-n", KEYS])?;
        let container = &deployment["spec"]["template"]["spec"]["containers"][0];
        let given = container["args"].as_array().context("arguments")?;
        let given = given.iter().filter_map(Value::as_str);
        let kubeconfig = self.plane.kubectl_as(KEYS, "signet-controller")?;
        // Its log too stands where the search looks.
        start_as(&kubeconfig, self.plane.directory(), KEYS, given, more)
    }

    fn namespace(&self, name: &str) -> Result<()> {
        self.kubectl().run(&["create", "namespace", name]).map(drop)
    }

    /// A SealedSecret of one value, with a label; returns the value.
    fn seal(&self, running: &Running, namespace: &str, name: &str, class: &str) -> Result<String> {
        let labels = serde_json::json!({"class": class});
        self.seal_with(running, namespace, name, &[], &|sealed| {
            sealed["metadata"]["labels"] = labels.clone();
        })
    }

    /// The same with further flags, and changed before it is applied.
    fn seal_with(
        &self,
        running: &Running,
        namespace: &str,
        name: &str,
        flags: &[&str],
        change: &dyn Fn(&mut Value),
    ) -> Result<String> {
        let value = canary::fresh(self.plane.directory(), &format!("{namespace}-{name}"))?;
        let secret = format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: {namespace}}}\nstringData: {{password: '{value}'}}\n"
        );
        let certificate = self.room.path().join("cert.pem");
        fs::write(&certificate, http::get(&running.address, "/v1/cert.pem")?)?;
        let mut command = process::signet(self.room.path())?;
        command
            .args(["seal", "-o", "json", "--cert"])
            .arg(certificate)
            .args(flags);
        let sealed = process::run(&mut command, secret.as_bytes())?.succeeded()?;
        let mut sealed: Value = serde_json::from_str(&sealed)?;
        change(&mut sealed);
        self.kubectl().apply(&sealed.to_string())?;
        Ok(value)
    }

    fn opened(&self, namespace: &str, name: &str, value: &str) -> Result<()> {
        eventually(SOON, &format!("{namespace}/{name} is opened"), || {
            let secret = self
                .kubectl()
                .get_json(&["secret", name, "-n", namespace])?;
            ensure!(secret["data"]["password"] == BASE64_STANDARD.encode(value));
            let sealed = self
                .kubectl()
                .get_json(&["sealedsecret", name, "-n", namespace])?;
            ensure!(condition(&sealed, "Recorded").0 == "True", "{sealed}");
            Ok(())
        })
    }

    fn is_absent(&self, namespace: &str, name: &str) -> bool {
        let found = self.kubectl().get_json(&["secret", name, "-n", namespace]);
        found.is_err_and(|error| error.to_string().contains("NotFound"))
    }
}

/// The controller, told where it may listen here and nothing else.
fn start_as<'a>(
    kubectl: &Kubectl,
    room: &Path,
    namespace: &str,
    given: impl Iterator<Item = &'a str>,
    more: &[&str],
) -> Result<Running> {
    let address = format!("127.0.0.1:{}", free_port()?);
    let mut command = Command::new(process::binary(process::CONTROLLER)?);
    command
        .args(given)
        .arg("--kubeconfig")
        .arg(kubectl.kubeconfig())
        .arg(format!("--listen-addr={address}"))
        .args([
            "--listen-metrics-addr=127.0.0.1:0",
            "--storage-addr=127.0.0.1:0",
        ])
        .arg("--webhooks-addr=127.0.0.1:0")
        .arg("--storage-path")
        .arg(room.join("confined-data"))
        .args(more)
        .env("POD_NAMESPACE", namespace);
    let mut server = Server::start("confined", &mut command, room)?;
    process::wait_ready(&mut server, &address, "/readyz", SOON)?;
    Ok(Running {
        address,
        log: room.join("confined.log"),
        _server: server,
    })
}

#[test]
fn roles_in_its_namespaces_are_all_that_it_needs() -> Result<()> {
    let it = Confined::new()?;
    for name in ["shop", "elsewhere"] {
        it.namespace(name)?;
    }
    its_own_namespace_alone(&it)?;
    named_namespaces(&it)
}

fn its_own_namespace_alone(it: &Confined) -> Result<()> {
    it.install(&["--namespaced"])?;
    let running = it.start(&["--leader-elect"])?;
    let elsewhere = it.seal(&running, "shop", "db", "ours")?;
    let own = it.seal(&running, KEYS, "db", "ours")?;
    it.opened(KEYS, "db", &own)?;
    always(
        Duration::from_secs(1),
        "nothing is opened elsewhere",
        || {
            ensure!(it.is_absent("shop", "db"), "{elsewhere}");
            Ok(())
        },
    )?;
    nothing_was_forbidden(&running.log())
}

/// The peer skips a namespace that is not there when it starts, for ever.
fn named_namespaces(it: &Confined) -> Result<()> {
    it.install(&["--namespaced", "--additional-namespaces=shop"])?;
    let more = [
        "--additional-namespaces=shop,later",
        "--label-selector=class=ours",
    ];
    let running = it.start(&more)?;
    let shop = it.seal(&running, "shop", "db", "ours")?;
    it.seal(&running, "shop", "theirs", "theirs")?;
    it.seal(&running, "elsewhere", "db", "ours")?;
    it.opened("shop", "db", &shop)?;
    let edit = [
        "patch",
        "secret",
        "db",
        "-n",
        "shop",
        "--type=merge",
        "-p",
        r#"{"data":{"password":"bWluZQ=="}}"#,
    ];
    it.kubectl().run(&edit)?;
    it.opened("shop", "db", &shop)?;

    it.namespace("later")?;
    let later = it.seal(&running, "later", "db", "ours")?;
    it.install(&["--namespaced", "--additional-namespaces=shop,later"])?;
    it.opened("later", "db", &later)?;
    assert!(it.is_absent("shop", "theirs"), "the selector counts");
    assert!(it.is_absent("elsewhere", "db"));

    let log = running.log();
    let troubles = log
        .lines()
        .filter(|line| line.to_lowercase().contains("forbidden"));
    assert_eq!(troubles.count(), 2, "once for each watch:\n{log}");
    nothing_was_forbidden(&log)?;
    reviews(it, &running)
}

/// Whose a token is may be asked in the whole cluster only: without that right, re-sealing is refused.
fn reviews(it: &Confined, running: &Running) -> Result<()> {
    let token = it.plane.service_account_token(KEYS, "signet-controller")?;
    let ask = || {
        http::post(
            &running.address,
            "/v1/reseal",
            ("x-signet-token", &token),
            "{}",
        )
    };
    assert_eq!(ask()?, 503);
    it.install(&[
        "--namespaced",
        "--additional-namespaces=shop,later",
        "--auth-delegator",
    ])?;
    eventually(SOON, "the token is known", || {
        let status = ask()?;
        // Known, and then the body is no SealedSecret.
        ensure!(status == 422, "{status}");
        Ok(())
    })
}

/// Of what is not allowed, only the namespace that was not there yet was asked for.
fn nothing_was_forbidden(log: &str) -> Result<()> {
    let mut wrong = log.lines().filter(|line| {
        line.to_lowercase().contains("forbidden") && !line.contains("in namespace later")
    });
    match wrong.next() {
        None => Ok(()),
        Some(line) => anyhow::bail!("{line}"),
    }
}

/// The same for an installation in the whole cluster: what the suite does as administrator, once as
/// the controller itself.
#[test]
fn the_cluster_role_is_all_that_it_needs() -> Result<()> {
    let rig = Rig::start(&[])?;
    rig.kill_controller();
    let kubectl = rig
        .plane()
        .kubectl_as("signet-system", "signet-controller")?;
    let none = std::iter::empty();
    let running = start_as(
        &kubectl,
        rig.directory(),
        "signet-system",
        none,
        &["--leader-elect"],
    )?;
    let namespace = rig.namespace("as-installed")?;
    let repository = rig.repository(&namespace)?;
    let value = canary::fresh(rig.directory(), "as-installed")?;
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: db, namespace: {namespace}}}\nstringData: {{password: '{value}'}}\n"
    );
    let certificate = rig.directory().join("as-installed.pem");
    fs::write(&certificate, http::get(&running.address, "/v1/cert.pem")?)?;
    let path = certificate.display().to_string();
    let sealed = rig
        .signet(&["seal", "--cert", &path], &secret)?
        .succeeded()?;
    let map = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings, namespace: {namespace}}}\ndata: {{a: \"${{WORD}}\"}}\n"
    );
    let variables = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: words, namespace: signet-system}\ndata: {WORD: b}\n";
    rig.kubectl().apply(variables)?;
    repository.write("app/db.yaml", &sealed)?;
    repository.write("app/settings.yaml", &map)?;
    let commit = repository.push("First")?;
    rig.connect(
        &repository,
        "  prune: true\n  wait: true\n  postBuild: {substituteFrom: [{kind: ConfigMap, name: words}]}",
    )?;
    rig.applied(&namespace, &commit)?;
    assert_eq!(rig.secret(&namespace, "db")?["password"], value);
    let delete = ["delete", "configmap", "settings", "-n", &namespace];
    rig.kubectl().run(&delete)?;
    rig.until("drift is put right", || {
        let get = ["configmap", "settings", "-n", &namespace];
        rig.kubectl().get_json(&get).map(drop)
    })?;
    let events = rig.events("signet-system", &namespace)?;
    ensure!(!events.is_empty(), "no event was recorded");
    nothing_was_forbidden(&running.log())
}

#[test]
fn copying_needs_no_more_than_the_installation_gives() -> Result<()> {
    let confined = Confined::new()?;
    confined.install(&["--kinds=sealedsecret", "--copy-sealed-secrets"])?;
    for name in ["home", "target"] {
        confined.namespace(name)?;
    }
    let accept = |word: &str| {
        let annotation = format!("signet.dev/accept-copies-from{word}");
        confined
            .kubectl()
            .run(&["annotate", "namespace", "target", &annotation])
    };
    accept("=home/db")?;
    let running = confined.start(&[])?;
    let flags = ["--scope", "cluster-wide"];
    let value = confined.seal_with(&running, "home", "db", &flags, &|sealed| {
        sealed["metadata"]["annotations"]["signet.dev/copy-to"] = "target".into();
    })?;
    confined.opened("home", "db", &value)?;
    eventually(SOON, "the copy is there", || {
        let copy = confined
            .kubectl()
            .get_json(&["secret", "db", "-n", "target"])?;
        ensure!(copy["data"]["password"] == BASE64_STANDARD.encode(&value));
        Ok(())
    })?;
    accept("-")?;
    eventually(SOON, "the copy is gone", || {
        ensure!(confined.is_absent("target", "db"));
        Ok(())
    })?;
    nothing_was_forbidden(&running.log())
}
