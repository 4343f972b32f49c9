//! `signet migrate sealed-secrets` beside the real controller of the sealed-secrets project: what it
//! says of a cluster is true, and its own commands take over and go back, as far as a cluster
//! without nodes goes. No Secret is missing, and none is written but those it named.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use signet_tests::control_plane::{ControlPlane, Options};
use signet_tests::http::{self, free_port};
use signet_tests::kubectl::Kubectl;
use signet_tests::rig::{SOON, condition};
use signet_tests::sealed_secrets::SealedSecrets;
use signet_tests::server::Server;
use signet_tests::tools::{self, Program};
use signet_tests::{canary, eventually, process};

const FLAGS: &[&str] = &["--key-renew-period=0", "--update-status", "--rate-limit=3"];

/// Name, scope, and the rest of a Secret's manifest. Each is well with both controllers.
const GOOD: &[(&str, &str, &str)] = &[
    (
        "strict",
        "strict",
        "metadata: {name: strict, namespace: shop, labels: {app: web}, annotations: {note: kept}}\ntype: Opaque\n",
    ),
    (
        "namespace-wide",
        "namespace-wide",
        "metadata: {name: namespace-wide, namespace: shop}\ntype: Opaque\n",
    ),
    (
        "cluster-wide",
        "cluster-wide",
        "metadata: {name: cluster-wide, namespace: shop}\ntype: Opaque\n",
    ),
    (
        "typed",
        "strict",
        "metadata: {name: typed, namespace: shop}\ntype: example.com/typed\n",
    ),
    (
        "immutable",
        "strict",
        "metadata: {name: immutable, namespace: shop}\ntype: Opaque\nimmutable: true\n",
    ),
    (
        "untyped",
        "strict",
        "metadata: {name: untyped, namespace: shop}\n",
    ),
];

/// What it says of those that are not, by name: codes, the heaviest first.
const SAID: &[(&str, &[&str])] = &[
    ("edited", &["put-back"]),
    ("foreign", &["somebody-elses", "not-synced"]),
    ("moved", &["does-not-open", "not-synced"]),
    ("overridden", &["put-back", "item-wins"]),
    ("templated", &["same"]),
    ("old", &["same", "deprecated-data", "no-type"]),
];

#[test]
fn what_it_says_is_true_and_its_commands_go_there_and_back() -> Result<()> {
    let stage = Stage::set()?;
    let theirs = stage.theirs()?;
    stage.seal_all(&theirs)?;
    stage.hand_edits()?;
    let made = stage.secrets()?;

    let report = stage.migrate(&["--compare"], 3)?;
    stage.is_true(&report)?;
    stage.rights(&report)?;
    let before = stage.theirs_objects()?;
    let ours = stage.take_over(&report, theirs)?;
    stage.looked_at("Recorded", GOOD.len() + 4)?; // and edited, overridden, templated and old
    let taken = stage.secrets()?;
    stage.only_changed(&made, &taken, &["edited", "overridden"])?;
    let theirs = stage.go_back(&report, ours)?;
    assert_eq!(
        stage.theirs_objects()?,
        before,
        "what was overwritten is back"
    );
    stage.only_changed(&taken, &stage.secrets()?, &["overridden"])?;

    // Without what is not well, there is nothing to say, and it waits for every one.
    for (name, _) in SAID {
        stage
            .kubectl()
            .run(&["delete", "sealedsecret", name, "-n", "shop"])?;
    }
    let made = stage.secrets()?;
    let report = stage.migrate(&[], 0)?;
    let ours = stage.take_over(&report, theirs)?;
    stage.only_changed(&made, &stage.secrets()?, &[])?;
    let theirs = stage.go_back(&report, ours)?;
    stage.only_changed(&made, &stage.secrets()?, &[])?;
    theirs.stop()
}

struct Stage {
    plane: ControlPlane,
    room: tempfile::TempDir,
}

impl Stage {
    fn set() -> Result<Self> {
        let stage = Self {
            plane: ControlPlane::start_with(Options {
                controller_manager: true,
                ..Options::default()
            })?,
            room: tempfile::tempdir()?,
        };
        let tree = tools::source_of(Program::SealedSecretsController)?;
        let crds = tree.join("helm/sealed-secrets/crds").display().to_string();
        let kubectl = stage.kubectl();
        kubectl.run(&["apply", "-f", &crds])?;
        kubectl.run(&["create", "namespace", "shop"])?;
        let file = stage.room.path().join("controller.yaml");
        fs::write(&file, manifest()?)?;
        kubectl.run(&["apply", "-f", &file.display().to_string()])?;
        Ok(stage)
    }

    fn kubectl(&self) -> &Kubectl {
        self.plane.kubectl()
    }

    fn theirs(&self) -> Result<SealedSecrets> {
        SealedSecrets::start(&self.plane, self.room.path(), FLAGS)
    }

    /// With the arguments of the Deployment that was applied, but for its addresses.
    fn ours(&self) -> Result<Server> {
        let deployment = ["deployment", "signet-controller", "-n", "kube-system"];
        let deployment = self.kubectl().get_json(&deployment)?;
        let args = &deployment["spec"]["template"]["spec"]["containers"][0]["args"];
        let args: Vec<String> = serde_json::from_value(args.clone())?;
        assert!(
            args.contains(&"--key-renew-period=0".to_owned()),
            "{args:?}"
        );
        let placed = [
            "--listen-addr",
            "--storage-addr",
            "--webhooks-addr",
            "--storage-path",
        ];
        let args = args
            .iter()
            .filter(|arg| !placed.iter().any(|name| arg.starts_with(name)));
        let (listen, metrics) = (free_port()?, free_port()?);
        let mut command = Command::new(process::binary(process::CONTROLLER)?);
        command
            .args(args)
            .arg(format!("--listen-addr=127.0.0.1:{listen}"))
            .arg(format!("--listen-metrics-addr=127.0.0.1:{metrics}"))
            .args(["--storage-addr=127.0.0.1:0", "--webhooks-addr=127.0.0.1:0"])
            .arg("--kubeconfig")
            .arg(self.kubectl().kubeconfig())
            .arg("--storage-path")
            .arg(self.room.path().join("storage"))
            .env("POD_NAMESPACE", "kube-system");
        let mut server = Server::start("signet-controller", &mut command, self.room.path())?;
        process::wait_ready(&mut server, &format!("127.0.0.1:{listen}"), "/readyz", SOON)?;
        Ok(server)
    }

    /// By the real kubeseal.
    fn kubeseal(&self, arguments: &[&str], input: &str) -> Result<String> {
        let mut command = Command::new(tools::find(Program::Kubeseal)?);
        command
            .args(arguments)
            .arg("--cert")
            .arg(self.room.path().join("cert.pem"))
            .env("HOME", self.room.path())
            .env("KUBECONFIG", self.kubectl().kubeconfig());
        process::run(&mut command, input.as_bytes())?.succeeded()
    }

    fn sealed(&self, name: &str, scope: &str, rest: &str) -> Result<Value> {
        let value = canary::fresh(self.plane.directory(), name)?;
        let secret =
            format!("apiVersion: v1\nkind: Secret\n{rest}stringData: {{password: '{value}'}}\n");
        let sealed = self.kubeseal(&["--scope", scope, "--format=json"], &secret)?;
        Ok(serde_json::from_str(&sealed)?)
    }

    fn apply(&self, object: &Value) -> Result<()> {
        self.kubectl().apply(&object.to_string()).map(drop)
    }

    fn seal_all(&self, theirs: &SealedSecrets) -> Result<()> {
        let certificate = http::get(&theirs.address, "/v1/cert.pem")?;
        fs::write(self.room.path().join("cert.pem"), certificate)?;
        for (name, scope, rest) in GOOD {
            self.apply(&self.sealed(name, scope, rest)?)?;
        }
        let plain =
            |name: &str| format!("metadata: {{name: {name}, namespace: shop}}\ntype: Opaque\n");
        let sealed = |name: &str| self.sealed(name, "strict", &plain(name));
        self.apply(&sealed("edited")?)?;
        self.kubectl().run(&[
            "create",
            "secret",
            "generic",
            "foreign",
            "-n",
            "shop",
            "--from-literal=a=b",
        ])?;
        self.apply(&sealed("foreign")?)?;
        let mut moved = sealed("before")?;
        moved["metadata"]["name"] = "moved".into();
        self.apply(&moved)?;
        let mut overridden = sealed("overridden")?;
        overridden["spec"]["template"]["data"] = json!({"password": "fixed"});
        self.apply(&overridden)?;
        let mut templated = sealed("templated")?;
        templated["spec"]["template"]["data"] = json!({"url": "{{ printf \"%s\" .password }}"});
        self.apply(&templated)?;
        let value = canary::fresh(self.plane.directory(), "old")?;
        let whole = json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "old", "namespace": "shop"},
            "type": "Opaque", "stringData": {}, "data": {"password": base64(&value)},
        });
        let raw = ["--raw", "--scope=strict", "--namespace=shop", "--name=old"];
        let blob = self.kubeseal(&raw, &whole.to_string())?;
        self.apply(&json!({
            "apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret",
            "metadata": {"name": "old", "namespace": "shop"},
            "spec": {"data": blob.trim(), "encryptedData": {}},
        }))?;
        self.looked_at("Synced", GOOD.len() + SAID.len() - 2) // but foreign and moved
    }

    /// Their controller does not see that.
    fn hand_edits(&self) -> Result<()> {
        let edit = r#"{"data":{"password":"bWluZQ=="}}"#;
        let patch = [
            "patch",
            "secret",
            "edited",
            "-n",
            "shop",
            "--type=merge",
            "-p",
            edit,
        ];
        self.kubectl().run(&patch).map(drop)
    }

    fn migrate(&self, flags: &[&str], code: i32) -> Result<Value> {
        let mut command = process::signet(self.room.path())?;
        command
            .args(["migrate", "sealed-secrets", "-o", "json"])
            .args(["--image", "registry.example/signet-controller:test"])
            .args(flags)
            .env("KUBECONFIG", self.kubectl().kubeconfig());
        let finished = process::run(&mut command, b"")?;
        ensure!(finished.code == Some(code), "{finished:?}");
        Ok(serde_json::from_str(&finished.stdout)?)
    }

    fn is_true(&self, report: &Value) -> Result<()> {
        let version = tools::version(Program::SealedSecretsController)?;
        assert_eq!(report["version"], version.as_str());
        assert_eq!(report["standing"], "theirs");
        let flags = report["flags"].as_array().context("flags")?;
        let passed: Vec<_> = flags.iter().filter(|flag| flag["passed"] == true).collect();
        let names: Vec<_> = passed.iter().map(|flag| flag["name"].as_str()).collect();
        assert_eq!(names, [Some("key-renew-period"), Some("rate-limit")]);
        let nullable = report["definition"]["null"].to_string();
        assert!(nullable.contains("spec.template.data.*"), "{nullable}");
        assert_eq!(
            report["definition"]["onlyTheirs"],
            json!([]),
            "nothing would be dropped"
        );
        let keys = report["keys"]["secrets"].as_array().context("keys")?;
        assert_eq!((keys.len(), keys[0]["active"] == true), (1, true));
        let rows = report["sealedSecrets"].as_array().context("rows")?;
        assert_eq!(rows.len(), GOOD.len() + SAID.len());
        for row in rows {
            let name = row["name"].as_str().context("a name")?;
            let remarks = row["remarks"].as_array().context("remarks")?;
            let codes: Vec<_> = remarks
                .iter()
                .filter_map(|remark| remark["code"].as_str())
                .collect();
            let said = SAID.iter().find(|(known, _)| *known == name);
            let expected: &[&str] = match (said, name) {
                (Some((_, codes)), _) => codes,
                (None, "untyped") => &["same", "no-type"],
                _ => &["same"],
            };
            let sorted = |codes: &[&str]| {
                codes
                    .iter()
                    .map(|code| (*code).to_owned())
                    .collect::<std::collections::BTreeSet<_>>()
            };
            assert_eq!(sorted(&codes), sorted(expected), "{row:#}");
            assert_eq!(row["opens"] == true, name != "moved", "{row:#}");
        }
        assert_eq!(
            (&report["changes"], &report["fails"]),
            (&json!(2), &json!(1))
        );
        Ok(())
    }

    /// Whoever may not read Secrets gets what can be said without, and is told what cannot.
    fn rights(&self, report: &Value) -> Result<()> {
        let kubectl = self.kubectl();
        kubectl.run(&["create", "serviceaccount", "viewer", "-n", "shop"])?;
        let role = [
            "create",
            "clusterrole",
            "viewer",
            "--verb=get,list",
            "--resource=sealedsecrets.bitnami.com,deployments.apps,services",
        ];
        kubectl.run(&role)?;
        kubectl.run(&[
            "create",
            "clusterrolebinding",
            "viewer",
            "--clusterrole=viewer",
            "--serviceaccount=shop:viewer",
        ])?;
        let viewer = self.plane.kubectl_as("shop", "viewer")?;
        self.typed(&report["takeOver"][0])?; // the backup of the keys
        let look = |flags: &[&str]| {
            let mut command = process::signet(self.room.path())?;
            command
                .args(["migrate", "sealed-secrets", "-o", "json"])
                .args(flags);
            command
                .current_dir(self.room.path())
                .env("KUBECONFIG", viewer.kubeconfig());
            let finished = process::run(&mut command, b"")?;
            serde_json::from_str::<Value>(&finished.stdout).context(finished.stderr)
        };
        let without = eventually(SOON, "the role is known", || look(&[]))?;
        let left_out = without["leftOut"].to_string();
        for words in [
            "you may not read secrets in namespace kube-system",
            "you may not list secrets in all namespaces",
            "no item was tried",
        ] {
            assert!(left_out.contains(words), "{left_out}");
        }
        assert_eq!(without["keys"]["tried"], 0);
        let with = look(&["--key-backup", "sealed-secrets-keys.yaml"])?;
        let opened = with["sealedSecrets"].as_array().context("rows")?;
        let opened = opened.iter().filter(|row| row["opens"] == true).count();
        assert_eq!(
            opened,
            GOOD.len() + SAID.len() - 1,
            "all but the one that was moved"
        );
        Ok(())
    }

    /// Types a printed command.
    fn typed(&self, step: &Value) -> Result<String> {
        let command = step["command"].as_str().context("no command")?;
        process::typed(command, self.kubectl(), self.room.path())?.succeeded()
    }

    /// Every command as it is printed. What nodes would do is done by hand: a Deployment's processes
    /// end when it is scaled down, begin when it is there, and are never reported ready.
    fn take_over(&self, report: &Value, theirs: SealedSecrets) -> Result<Server> {
        let (mut theirs, mut ours) = (Some(theirs), None);
        let steps = report["takeOver"].as_array().context("steps")?;
        assert_eq!(steps.len(), 7, "{steps:#?}");
        for step in steps {
            let command = step["command"].as_str().unwrap_or_default();
            if command.contains("rollout status") {
                continue;
            }
            let said = self.typed(step)?;
            if command.contains("--replicas=0") {
                theirs.take().context("theirs runs")?.stop()?;
            } else if command.contains("signet install") {
                ensure!(theirs.is_none(), "both would run");
                ours = Some(self.ours()?);
            } else if command.contains("custom-columns") {
                ensure!(said.contains("RECORDED"), "{said}");
            }
        }
        ours.context("ours was never installed")
    }

    fn go_back(&self, report: &Value, ours: Server) -> Result<SealedSecrets> {
        let mut ours = Some(ours);
        for step in report["goBack"].as_array().context("steps")? {
            let command = step["command"].as_str().unwrap_or_default();
            if command.contains("rollout status") {
                continue;
            }
            self.typed(step)?;
            if command.contains("--replicas=0") {
                ours.take().context("ours runs")?.terminate().map(drop)?;
            }
        }
        ensure!(ours.is_none(), "both would run");
        let theirs = self.theirs()?;
        let all = self.kubectl().get_json(&["sealedsecrets", "-n", "shop"])?;
        theirs.has_looked_at(all["items"].as_array().context("a list")?.len())?;
        Ok(theirs)
    }

    fn looked_at(&self, kind: &str, count: usize) -> Result<()> {
        eventually(SOON, &format!("{count} are {kind}"), || {
            let list = self.kubectl().get_json(&["sealedsecrets", "-n", "shop"])?;
            let items = list["items"].as_array().context("a list")?;
            let seen = |item: &&Value| {
                item["status"]["observedGeneration"] == item["metadata"]["generation"]
            };
            let well = |item: &&Value| seen(item) && condition(item, kind).0 == "True";
            let (seen, well) = (
                items.iter().filter(seen).count(),
                items.iter().filter(well).count(),
            );
            ensure!(
                seen == items.len() && well == count,
                "{well} of {seen}: {list:#}"
            );
            Ok(())
        })
    }

    /// Everything of each Secret that a write would change, its version among it.
    fn secrets(&self) -> Result<BTreeMap<String, Value>> {
        let list = self.kubectl().get_json(&["secrets", "-n", "shop"])?;
        let items = list["items"].as_array().context("a list")?;
        let named = |item: &Value| {
            let name = item["metadata"]["name"].as_str().unwrap_or_default();
            (name.to_owned(), item.clone())
        };
        Ok(items.iter().map(named).collect())
    }

    fn only_changed(
        &self,
        before: &BTreeMap<String, Value>,
        after: &BTreeMap<String, Value>,
        expected: &[&str],
    ) -> Result<()> {
        let names: Vec<_> = before.keys().collect();
        ensure!(names == after.keys().collect::<Vec<_>>(), "{names:?}");
        for (name, secret) in before {
            let changed = after[name] != *secret;
            if changed != expected.contains(&name.as_str()) {
                let version = |secret: &Value| secret["metadata"]["resourceVersion"].clone();
                bail!(
                    "{name}: {} became {}",
                    version(secret),
                    version(&after[name])
                );
            }
        }
        Ok(())
    }

    /// What the takeover overwrites, without what every write changes.
    fn theirs_objects(&self) -> Result<Vec<Value>> {
        let parts = [
            ("crd/sealedsecrets.bitnami.com", "/spec"),
            ("service/sealed-secrets-controller", "/spec"),
            ("role/sealed-secrets-service-proxier", "/rules"),
            ("rolebinding/sealed-secrets-service-proxier", "/subjects"),
            ("deployment/sealed-secrets-controller", "/spec"),
        ];
        let mut found = Vec::new();
        for (object, part) in parts {
            let object = self.kubectl().get_json(&[object, "-n", "kube-system"])?;
            let labels = object["metadata"]["labels"].clone();
            found.push(json!([object.pointer(part), labels]));
        }
        let services =
            self.kubectl()
                .run(&["get", "services", "-n", "kube-system", "-o", "name"])?;
        found.push(json!(
            services
                .lines()
                .filter(|name| name.contains("sealed-secrets"))
                .collect::<Vec<_>>()
        ));
        Ok(found)
    }
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_STANDARD.encode(text)
}

/// As the project's own `controller.yaml` has them, with our flags.
fn manifest() -> Result<String> {
    let image = format!(
        "docker.io/bitnami/sealed-secrets-controller:{}",
        tools::version(Program::SealedSecretsController)?
    );
    let metadata =
        |name: &str| json!({"name": name, "namespace": "kube-system", "labels": {"name": name}});
    let controller = "sealed-secrets-controller";
    let labels = json!({"name": controller});
    let proxier = "sealed-secrets-service-proxier";
    let all = [
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": metadata(controller),
            "spec": {"ports": [{"port": 8080, "targetPort": 8080}], "selector": labels, "type": "ClusterIP"},
        }),
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": metadata(proxier),
            "rules": [
                {"apiGroups": [""], "resources": ["services"], "resourceNames": [controller], "verbs": ["get"]},
                {"apiGroups": [""], "resources": ["services/proxy"], "verbs": ["create", "get"],
                 "resourceNames": ["http:sealed-secrets-controller:", "http:sealed-secrets-controller:http", controller]},
            ],
        }),
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": metadata(proxier),
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": proxier},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:authenticated"}],
        }),
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata(controller),
            "spec": {
                "replicas": 1, "selector": {"matchLabels": labels},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {"containers": [{
                        "name": controller, "image": image, "command": ["controller"], "args": FLAGS,
                    }]},
                },
            },
        }),
    ];
    Ok(all.map(|object| format!("---\n{object}\n")).concat())
}
