//! What is installed answers where stock `kubeseal` looks for it: through the API server's service
//! proxy, by the Service and the Pod that `signet install` makes.
//!
//! The proxy refuses endpoints on loopback, so everything runs in a network namespace in which `lo`
//! has a second address: the test starts itself again in there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests fail by panicking; skipping is said aloud"
)]

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use signet_tests::ControlPlane;
use signet_tests::beside::{Beside, same};
use signet_tests::kubectl::Kubectl;
use signet_tests::process;
use signet_tests::sealed_secrets::SealedSecrets;
use signet_tests::server::Server;
use signet_tests::tools::{self, Program};
use signet_tests::{canary, eventually};

/// The address of the Pod, on `lo` of the namespace.
const ADDRESS: &str = "10.213.0.1";
const INSIDE: &str = "inside_a_network_namespace";
const ENTER: &str = "ip link set lo up && ip address add \"$1/32\" dev lo && shift && exec \"$@\"";
const SOON: Duration = Duration::from_secs(60);

#[test]
fn stock_kubeseal_finds_what_is_installed() -> Result<()> {
    // Inside there is no network to build them with.
    tools::find_all(&Program::CONTROL_PLANE)?;
    tools::find(Program::Kubeseal)?;
    tools::find(Program::SealedSecretsController)?;
    let namespace = ["--net", "--map-root-user"];
    let tried = Command::new("unshare").args(namespace).arg("true").status();
    if !tried.is_ok_and(|status| status.success()) {
        println!("!!! SKIPPED: this kernel makes no network namespace for us (unshare --net).");
        println!("!!! Nothing shows now that kubeseal reaches the controller by service proxy.");
        return Ok(());
    }
    let mut command = Command::new("unshare");
    command
        .args(namespace)
        .args(["sh", "-c", ENTER, "sh", ADDRESS])
        .arg(std::env::current_exe()?)
        .args(["--exact", INSIDE, "--ignored", "--nocapture"]);
    let said = process::run(&mut command, b"")?.succeeded()?;
    ensure!(
        said.contains("1 passed"),
        "the test inside did not run:\n{said}"
    );
    Ok(())
}

/// One cluster with what `signet install` prints, and the controller that its Pod stands for.
struct Installed {
    room: tempfile::TempDir,
    plane: ControlPlane,
    _controller: Server,
}

#[test]
#[ignore = "stock_kubeseal_finds_what_is_installed runs it in a network namespace of its own"]
fn inside_a_network_namespace() -> Result<()> {
    let it = Installed::new()?;
    let certificate = it.kubeseal(&["--fetch-cert"], "")?;
    ensure!(
        certificate.starts_with("-----BEGIN CERTIFICATE-----"),
        "{certificate}"
    );
    ensure!(
        certificate.trim() == it.signet(&["cert"], "")?.trim(),
        "another certificate"
    );

    // Under the names of `signet install`, and under those that kubeseal looks for by itself.
    let named = ["--controller-name", "signet-controller"];
    for (name, flags) in [("named", &named[..]), ("unnamed", &[])] {
        let value = canary::fresh(it.plane.directory(), name)?;
        let sealed = it.kubeseal(&[flags, &["--format=yaml"]].concat(), &secret(name, &value))?;
        it.kubectl().apply(&sealed)?;
        it.opened(name, &value)?;
    }

    validate_and_re_encrypt(&it)?;
    ours_asks_as_kubeseal_does(&it)?;

    // Ours asks the controller the same way, and it re-seals for whoever may read the Secret.
    let value = canary::fresh(it.plane.directory(), "rotated")?;
    let sealed = it.signet(&["seal"], &secret("rotated", &value))?;
    let directory = it.room.path().join("repository");
    std::fs::create_dir(&directory)?;
    std::fs::write(directory.join("db.yaml"), &sealed)?;
    it.signet(
        &["rotate", "--new-key", &directory.display().to_string()],
        "",
    )?;
    let rotated = std::fs::read_to_string(directory.join("db.yaml"))?;
    ensure!(rotated != sealed, "nothing was re-sealed");
    it.kubectl().apply(&rotated)?;
    it.opened("rotated", &value)?;
    // Under the other name, whose port it has to ask for.
    let directory = directory.display().to_string();
    let other = [
        "rotate",
        "--new-key",
        "--controller-name",
        "sealed-secrets-controller",
    ];
    it.signet(&[&other[..], &[&directory]].concat(), "")?;
    let again = std::fs::read_to_string(format!("{directory}/db.yaml"))?;
    ensure!(
        again != rotated,
        "nothing was re-sealed under the other name"
    );
    let renewed = it.kubeseal(&["--fetch-cert"], "")?;
    ensure!(renewed != certificate, "the old certificate is served on");
    Ok(())
}

/// As scripts call them, without a token of their own: the API server has let them through.
fn validate_and_re_encrypt(it: &Installed) -> Result<()> {
    let value = canary::fresh(it.plane.directory(), "again")?;
    let sealed = it.kubeseal(&["--format=yaml"], &secret("again", &value))?;
    it.kubeseal(&["--validate"], &sealed)?;
    let moved = sealed.replace("name: again", "name: elsewhere");
    let refused = it.kubeseal_ends(&["--validate"], &moved)?.failed()?;
    ensure!(
        refused.contains("unable to decrypt sealed secret: elsewhere"),
        "{refused}"
    );
    let again = it.kubeseal(&["--re-encrypt", "--format=yaml"], &sealed)?;
    it.kubectl().apply(&again)?;
    it.opened("again", &value)?;
    let refused = it.kubeseal_ends(&["--re-encrypt"], &moved)?.failed()?;
    ensure!(refused.contains("cannot re-encrypt secret"), "{refused}");
    Ok(())
}

/// Everything that needs a controller, by the real kubeseal and by ours under that name, from
/// Signet's controller and from the real one.
fn ours_asks_as_kubeseal_does(it: &Installed) -> Result<()> {
    let kubectl = it.kubectl().in_namespace("kube-system");
    let selector = "sealedsecrets.bitnami.com/sealed-secrets-key=active";
    let keys = kubectl.get_json(&["secrets", "-l", selector])?;
    let keys = keys["items"].as_array().context("a list of keys")?.iter();
    let pem = |key: &Value, name: &str| -> Result<String> {
        let text = key["data"][name].as_str().context("a key")?;
        Ok(String::from_utf8(BASE64_STANDARD.decode(text)?)?)
    };
    let keys: Result<Vec<String>> = keys
        .map(|key| Ok(pem(key, "tls.key")? + &pem(key, "tls.crt")?))
        .collect();
    let mut beside = Beside::new(&keys?)?;
    beside.variable("KUBECONFIG", &it.plane.kubeconfig().display().to_string());

    let value = canary::fresh(it.plane.directory(), "beside")?;
    let plain = secret("beside", &value).replace("{name", "{labels: {app: web}, name");
    let sealed = beside.theirs("--format=yaml", &plain)?;
    let rich = sealed
        .replacen(
            "metadata:",
            "# Ours.\nmetadata:\n  labels: {team: a} # kept",
            1,
        )
        .replace(
            "  template:",
            "  future: [1]\n  template:\n    data: {url: 'https://{{ .password }}'}",
        );
    let moved = sealed.replace("name: beside", "name: elsewhere");
    beside.file("sealed.yaml", sealed.clone());
    beside.file("rich.yaml", rich.clone());
    let words = "our own words behind the ones that scripts look for";
    let mut cases = vec![
        same("", &plain),
        same("--scope cluster-wide -o yaml", &plain),
        same("--raw --scope cluster-wide", &value).label(""),
        same("--fetch-cert -w cert.pem", ""),
        same("--rotate -o yaml", &sealed).differs(
            (0, "Flag --rotate has been deprecated"),
            (0, "sealed"),
            "the peer says so in the middle of the object",
        ),
        same("--re-encrypt --controller-name theirs -f rich.yaml", "").differs(
            (0, "rich.yaml"),
            (0, "future"),
            "the peer writes what the controller leaves of the object",
        ),
    ];
    for controller in ["", "--controller-name theirs"] {
        let mode = |flags: &str, input: &str| same(&format!("{flags} {controller}"), input);
        cases.extend([
            mode("--fetch-cert", ""),
            mode("--validate", &sealed),
            mode("--validate", &moved),
            mode("--validate", &format!("{sealed}{moved}")),
            mode("--validate -f sealed.yaml", ""),
            mode("--re-encrypt -o yaml", &sealed).any_order(),
            mode("--re-encrypt", &format!("{sealed}{sealed}")).any_order(),
            mode("--re-encrypt -w out.yaml", &sealed).any_order(),
            mode("--re-encrypt -f sealed.yaml", "").any_order(),
            mode("--re-encrypt", &moved).differs(
                (1, "cannot re-encrypt secret: "),
                (1, "cannot re-encrypt secret: "),
                words,
            ),
            mode("--validate", &plain).differs(
                (1, "cannot validate sealed secret: "),
                (1, "it is not a SealedSecret"),
                "a Secret in the clear is sent to nobody",
            ),
        ]);
    }
    let _theirs = it.start_theirs()?;
    let failed = cases.iter().filter_map(|case| beside.check(case).err());
    let failed: Vec<String> = failed.map(|error| format!("{error:#}")).collect();
    ensure!(failed.is_empty(), "{}", failed.join("\n\n"));

    // Whichever controller answers: nothing of a file is lost but the old ciphertext.
    for controller in ["sealed-secrets-controller", "theirs"] {
        let file = it.room.path().join("rich.yaml");
        std::fs::write(&file, &rich)?;
        let mut command = Command::new(process::binary(process::SIGNET)?);
        command
            .arg0("kubeseal")
            .args(["--re-encrypt", "--controller-name", controller, "-f"])
            .arg(&file)
            .env("KUBECONFIG", it.plane.kubeconfig());
        process::run(&mut command, b"")?.succeeded()?;
        let after = std::fs::read_to_string(&file)?;
        let masked = |text: &str| -> Vec<String> {
            let line = |line: &str| match line.split_once("password: ") {
                Some((before, _)) => before.to_owned(),
                None => line.to_owned(),
            };
            text.lines().map(line).collect()
        };
        ensure!(masked(&after) == masked(&rich), "{controller}:\n{after}");
        let again = beside.theirs("--validate", &after.replace("  future: [1]\n", ""))?;
        ensure!(again.is_empty(), "{controller}: {again}");
    }
    Ok(())
}

fn secret(name: &str, value: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: default}}\nstringData: {{password: '{value}'}}\n"
    )
}

impl Installed {
    fn new() -> Result<Self> {
        let room = tempfile::tempdir()?;
        let plane = ControlPlane::start_in_the_run("proxy-", room.path())?;
        let install = [
            "install",
            "--as-sealed-secrets",
            "--namespace",
            "kube-system",
            "--image",
            "registry.example/signet:test",
        ];
        let manifests = process::run(process::signet(room.path())?.args(install), b"")?;
        let manifests = manifests.succeeded()?;
        plane.kubectl().apply(&manifests)?;
        let kubectl = plane.kubectl().in_namespace("kube-system");
        let deployment = kubectl.get_json(&["deployment", "signet-controller"])?;
        let controller = start(&deployment, plane.kubeconfig(), room.path())?;
        expose(&kubectl, &deployment)?;
        Ok(Self {
            room,
            plane,
            _controller: controller,
        })
    }

    /// The real controller beside ours, with the same keys, behind a Service of its own.
    fn start_theirs(&self) -> Result<SealedSecrets> {
        let listen = format!("{ADDRESS}:8090");
        let room = self.room.path().join("theirs");
        std::fs::create_dir_all(&room)?;
        let theirs = SealedSecrets::start_at(&listen, &self.plane, &room, &[])?;
        let kubectl = self.kubectl().in_namespace("kube-system");
        let mut service = kubectl.get_json(&["service", "signet-controller"])?;
        service["metadata"] = json!({"name": "theirs", "namespace": "kube-system"});
        service["spec"] = json!({"ports": [{"name": "http", "port": 8080, "targetPort": 8090}]});
        service["status"] = json!({});
        kubectl.apply(&service.to_string())?;
        let pods = kubectl.get_json(&["pods", "-l", "app.kubernetes.io/component=controller"])?;
        let pod = pods.pointer("/items/0/metadata/name");
        let pod = pod.and_then(Value::as_str).context("no Pod")?;
        for object in endpoints("theirs", pod, &json!({"containerPort": 8090})) {
            kubectl.apply(&object.to_string())?;
        }
        Ok(theirs)
    }

    fn kubectl(&self) -> &Kubectl {
        self.plane.kubectl()
    }

    fn kubeseal(&self, arguments: &[&str], input: &str) -> Result<String> {
        self.kubeseal_ends(arguments, input)?.succeeded()
    }

    fn kubeseal_ends(&self, arguments: &[&str], input: &str) -> Result<process::Finished> {
        let mut command = Command::new(tools::find(Program::Kubeseal)?);
        command
            .args(arguments)
            .env("HOME", self.room.path())
            .env("KUBECONFIG", self.plane.kubeconfig());
        process::run(&mut command, input.as_bytes())
    }

    fn signet(&self, arguments: &[&str], input: &str) -> Result<String> {
        let mut command = process::signet(self.room.path())?;
        command
            .args(arguments)
            .env("KUBECONFIG", self.plane.kubeconfig())
            .env("SIGNET_CONTROLLER_NAMESPACE", "kube-system");
        process::run(&mut command, input.as_bytes())?.succeeded()
    }

    fn opened(&self, name: &str, value: &str) -> Result<()> {
        eventually(SOON, &format!("{name} is open"), || {
            let object = self
                .kubectl()
                .get_json(&["secret", name, "-n", "default"])?;
            let encoded = BASE64_STANDARD.encode(value);
            ensure!(object["data"]["password"] == encoded, "another value");
            Ok(())
        })
    }
}

/// Runs the controller as the container of `deployment` would: its arguments and its environment,
/// but a directory of ours for its volume, and a kubeconfig for its ServiceAccount.
fn start(deployment: &Value, kubeconfig: &Path, room: &Path) -> Result<Server> {
    let container = &deployment["spec"]["template"]["spec"]["containers"][0];
    let storage = room.join("data");
    let arguments = container["args"]
        .as_array()
        .context("a container with arguments")?;
    let arguments = arguments.iter().filter_map(Value::as_str);
    let mut command = Command::new(process::binary(process::CONTROLLER)?);
    command
        .args(arguments.map(|word| word.replace("/data", &storage.display().to_string())))
        .arg("--kubeconfig")
        .arg(kubeconfig)
        .env("POD_NAMESPACE", "kube-system");
    let mut server = Server::start("signet-controller", &mut command, room)?;
    process::wait_ready(&mut server, &format!("{ADDRESS}:8080"), "/readyz", SOON)?;
    Ok(server)
}

/// There is no node and no kube-proxy: gives the Pod of the Deployment its address, and the Service
/// of `signet install` as well as one of kubeseal's default name their endpoints.
fn expose(kubectl: &Kubectl, deployment: &Value) -> Result<()> {
    let selector = "app.kubernetes.io/component=controller";
    let pod = eventually(SOON, "the Deployment has its Pod", || {
        let pods = kubectl.get_json(&["pods", "-l", selector])?;
        let name = pods.pointer("/items/0/metadata/name");
        name.and_then(Value::as_str)
            .map(str::to_owned)
            .context("no Pod")
    })?;
    let status = json!({"status": {
        "phase": "Running", "podIP": ADDRESS, "podIPs": [{"ip": ADDRESS}],
        "conditions": [{"type": "Ready", "status": "True"}],
    }});
    let patch = [
        "patch",
        "pod",
        &pod,
        "--subresource=status",
        "--type=merge",
        "-p",
        &status.to_string(),
    ];
    kubectl.run(&patch)?;
    let mut service = kubectl.get_json(&["service", "signet-controller"])?;
    let port = &deployment["spec"]["template"]["spec"]["containers"][0]["ports"][0];
    for name in ["signet-controller", "sealed-secrets-controller"] {
        service["metadata"] = json!({"name": name, "namespace": "kube-system"});
        let given = service["spec"]["ports"].clone();
        service["spec"] =
            json!({"ports": given, "selector": deployment["spec"]["selector"]["matchLabels"]});
        service["status"] = json!({});
        kubectl.apply(&service.to_string())?;
        for object in endpoints(name, &pod, port) {
            kubectl.apply(&object.to_string())?;
        }
    }
    Ok(())
}

fn endpoints(service: &str, pod: &str, port: &Value) -> [Value; 2] {
    let target = json!({"kind": "Pod", "name": pod, "namespace": "kube-system"});
    let port = json!({"name": "http", "port": port["containerPort"], "protocol": "TCP"});
    let old = json!({
        "apiVersion": "v1", "kind": "Endpoints",
        "metadata": {"name": service, "namespace": "kube-system"},
        "subsets": [{"addresses": [{"ip": ADDRESS, "targetRef": target}], "ports": [port]}],
    });
    let new = json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {"name": service, "namespace": "kube-system",
                     "labels": {"kubernetes.io/service-name": service}},
        "addressType": "IPv4", "ports": [port],
        "endpoints": [{"addresses": [ADDRESS], "targetRef": target, "conditions": {"ready": true}}],
    });
    [old, new]
}
