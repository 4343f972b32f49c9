//! A cluster changes hands, there and back: what the real kubeseal sealed and the real controller
//! opened is taken over by ours, added to, and handed back. No Secret is missing, written or changed
//! on the way, and the definition is the peer's own throughout.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use signet_tests::control_plane::{ControlPlane, Options};
use signet_tests::http::{self, free_port};
use signet_tests::kubectl::Kubectl;
use signet_tests::rig::{SOON, condition};
use signet_tests::sealed_secrets::SealedSecrets;
use signet_tests::server::Server;
use signet_tests::tools::{self, Program};
use signet_tests::{canary, eventually, process};

/// A room with a cluster in it, and the peer's certificate once it is known.
struct Stage {
    plane: ControlPlane,
    room: tempfile::TempDir,
}

/// One Secret before it is sealed: its name, how it is sealed, and the rest of its manifest.
struct Case {
    name: &'static str,
    flags: &'static [&'static str],
    manifest: &'static str,
}

/// Every scope, type and annotation. The type is always said: without it the peer writes its own
/// Secrets anew at each start.
const CASES: &[Case] = &[
    Case {
        name: "strict",
        flags: &["--scope=strict"],
        manifest: "metadata: {name: strict, namespace: shop, labels: {app: web}, annotations: {note: kept}}\ntype: Opaque\n",
    },
    Case {
        name: "namespace-wide",
        flags: &["--scope=namespace-wide"],
        manifest: "metadata: {name: namespace-wide, namespace: shop}\ntype: Opaque\n",
    },
    Case {
        name: "cluster-wide",
        flags: &["--scope=cluster-wide"],
        manifest: "metadata: {name: cluster-wide, namespace: shop}\ntype: Opaque\n",
    },
    Case {
        name: "typed",
        flags: &[],
        manifest: "metadata: {name: typed, namespace: shop}\ntype: example.com/typed\n",
    },
    Case {
        name: "immutable",
        flags: &[],
        manifest: "metadata: {name: immutable, namespace: shop}\ntype: Opaque\nimmutable: true\n",
    },
    Case {
        name: "managed",
        flags: &[],
        manifest: "metadata: {name: managed, namespace: shop, annotations: {sealedsecrets.bitnami.com/managed: 'true'}}\ntype: Opaque\n",
    },
    Case {
        name: "patched",
        flags: &[],
        manifest: "metadata: {name: patched, namespace: shop, annotations: {sealedsecrets.bitnami.com/patch: 'true'}}\ntype: Opaque\n",
    },
    Case {
        name: TEMPLATED,
        flags: &[],
        manifest: "metadata: {name: templated, namespace: shop}\ntype: Opaque\n",
    },
    Case {
        name: "unowned",
        flags: &[],
        manifest: "metadata: {name: unowned, namespace: shop, annotations: {sealedsecrets.bitnami.com/skip-set-owner-references: 'true', sealedsecrets.bitnami.com/managed: 'true'}}\ntype: Opaque\n",
    },
];

/// The case that has templates.
const TEMPLATED: &str = "templated";

/// They come to the same in every release of the peer.
const TEMPLATES: &str = r#"  template:
    data:
      url: 'postgres://{{ .password | urlquery }}@db/{{ index . "empty" | default "shop" }}'
      config: |
        {{- range $i, $part := splitList "-" .password }}
        {{ printf "%02d" $i }}: {{ $part | upper | quote }}
        {{- end }}
      binary-again: '{{ .binary }}'
      sum: '{{ .binary | b64enc }} {{ sha256sum .binary | trunc 8 }} {{ .missing }}'
"#;

/// Secrets that are there before their SealedSecrets.
const BEFORE: &str = "
apiVersion: v1
kind: Secret
metadata: {name: managed, namespace: shop, annotations: {sealedsecrets.bitnami.com/managed: 'true'}}
type: Opaque
data: {old: b2xk}
---
apiVersion: v1
kind: Secret
metadata: {name: patched, namespace: shop, annotations: {sealedsecrets.bitnami.com/patch: 'true'}}
type: Opaque
data: {old: b2xk}
";

#[test]
fn a_cluster_changes_hands_there_and_back() -> Result<()> {
    let stage = Stage::set()?;
    let theirs = stage.theirs()?;
    let certificate = http::get(&theirs.address, "/v1/cert.pem")?;
    fs::write(stage.room.path().join("cert.pem"), &certificate)?;
    stage.seal_all()?;
    stage.all_synced(CASES.len())?;
    let made = stage.secrets()?;
    assert_eq!(made.len(), CASES.len());
    let rendered = &made[TEMPLATED]["data"];
    assert_eq!(rendered["binary-again"], rendered["binary"]);
    let keys = stage.keys()?;
    theirs.stop()?;

    let (address, ours) = stage.ours()?;
    stage.all_recorded(CASES.len())?;
    assert_eq!(stage.secrets()?, made, "taking over touched a Secret");
    assert_eq!(stage.keys()?, keys, "taking over made a key");
    assert_eq!(http::get(&address, "/v1/cert.pem")?, certificate);
    stage.what_ours_does(&made)?;
    stage.all_recorded(CASES.len() + 1)?;
    let extended = stage.secrets()?;
    drop(ours);

    let theirs = stage.theirs()?;
    theirs.has_looked_at(CASES.len() + 1)?;
    stage.all_synced(CASES.len() + 1)?;
    assert_eq!(stage.secrets()?, extended, "handing back touched a Secret");
    assert_eq!(stage.keys()?, keys, "handing back made a key");
    Ok(())
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
        let crds = tree.join("helm/sealed-secrets/crds");
        stage
            .kubectl()
            .run(&["apply", "--server-side", "-f", &crds.display().to_string()])?;
        stage.kubectl().run(&["create", "namespace", "shop"])?;
        stage.kubectl().apply(BEFORE)?;
        Ok(stage)
    }

    fn kubectl(&self) -> &Kubectl {
        self.plane.kubectl()
    }

    fn theirs(&self) -> Result<SealedSecrets> {
        SealedSecrets::start(&self.plane, self.room.path(), &[])
    }

    /// With the arguments that the peer's Helm chart passes.
    fn ours(&self) -> Result<(String, Server)> {
        let (listen, metrics) = (free_port()?, free_port()?);
        let mut command = Command::new(process::binary(process::CONTROLLER)?);
        command
            .args(["--update-status", "--key-prefix", "sealed-secrets-key"])
            .arg(format!("--listen-addr=127.0.0.1:{listen}"))
            .arg(format!("--listen-metrics-addr=127.0.0.1:{metrics}"))
            .args(["--storage-addr=127.0.0.1:0", "--webhooks-addr=127.0.0.1:0"])
            .arg("--kubeconfig")
            .arg(self.kubectl().kubeconfig())
            .arg("--storage-path")
            .arg(self.room.path().join("storage"))
            .env("SEALED_SECRETS_KEY_RENEW_PERIOD", "0")
            .env("POD_NAMESPACE", "kube-system");
        let mut server = Server::start("signet-controller", &mut command, self.room.path())?;
        let address = format!("127.0.0.1:{listen}");
        process::wait_ready(&mut server, &address, "/readyz", SOON)?;
        Ok((address, server))
    }

    /// By the real kubeseal, with values of which one is no text.
    fn seal_all(&self) -> Result<()> {
        for case in CASES {
            let value = canary::fresh(self.plane.directory(), case.name)?;
            let secret = format!(
                "apiVersion: v1\nkind: Secret\n{}stringData: {{password: '{value}', empty: ''}}\ndata: {{binary: /wCA/g==}}\n",
                case.manifest
            );
            let mut command = Command::new(tools::find(Program::Kubeseal)?);
            command
                .args(case.flags)
                .args(["--format=yaml", "--cert"])
                .arg(self.room.path().join("cert.pem"))
                .env("HOME", self.room.path())
                .env("KUBECONFIG", self.kubectl().kubeconfig());
            let mut sealed = process::run(&mut command, secret.as_bytes())?.succeeded()?;
            if case.name == TEMPLATED {
                sealed = sealed.replace("  template:\n", TEMPLATES);
            }
            self.kubectl().apply(&sealed)?;
        }
        Ok(())
    }

    /// A value of ours, and a hand that is put right without a trace on any other Secret.
    fn what_ours_does(&self, made: &BTreeMap<String, Value>) -> Result<()> {
        let value = canary::fresh(self.plane.directory(), "ours")?;
        let secret = format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: ours, namespace: shop}}\ntype: Opaque\nstringData: {{password: '{value}'}}\n"
        );
        let mut command = process::signet(self.room.path())?;
        command
            .args(["seal", "--cert"])
            .arg(self.room.path().join("cert.pem"));
        let sealed = process::run(&mut command, secret.as_bytes())?.succeeded()?;
        self.kubectl().apply(&sealed)?;
        let edit = r#"{"data":{"password":"bWluZQ=="}}"#;
        let patch = ["patch", "secret", "strict", "-n", "shop", "--type=merge"];
        self.kubectl().run(&[&patch[..], &["-p", edit]].concat())?;
        eventually(SOON, "ours is there and the edit is gone", || {
            let now = self.secrets()?;
            ensure!(now.contains_key("ours"));
            ensure!(now["strict"]["data"] == made["strict"]["data"]);
            Ok(())
        })?;
        let mut now = self.secrets()?;
        now.remove("ours");
        for (name, secret) in now.iter().filter(|(name, _)| *name != "strict") {
            assert_eq!(secret, &made[name], "{name} was touched");
        }
        Ok(())
    }

    fn conditions(&self, kind: &str, count: usize) -> Result<()> {
        eventually(SOON, &format!("all are {kind}"), || {
            let list = self.kubectl().get_json(&["sealedsecrets", "-n", "shop"])?;
            let items = list["items"].as_array().context("a list")?;
            let well = |item: &&Value| {
                item["status"]["observedGeneration"] == item["metadata"]["generation"]
                    && condition(item, kind).0 == "True"
                    && item["status"]["conditions"][0]["type"] == "Synced"
            };
            let done = items.iter().filter(well).count();
            ensure!(done == count, "{done} of {}: {list}", items.len());
            Ok(())
        })
    }

    fn all_synced(&self, count: usize) -> Result<()> {
        self.conditions("Synced", count)
    }

    fn all_recorded(&self, count: usize) -> Result<()> {
        self.conditions("Recorded", count)
    }

    /// By name, everything that a write would change: uid, version, values, metadata.
    fn secrets(&self) -> Result<BTreeMap<String, Value>> {
        self.listed("shop")
    }

    fn keys(&self) -> Result<BTreeMap<String, Value>> {
        self.listed("kube-system")
    }

    fn listed(&self, namespace: &str) -> Result<BTreeMap<String, Value>> {
        let list = self.kubectl().get_json(&["secrets", "-n", namespace])?;
        let items = list["items"].as_array().context("a list")?;
        let named = |item: &Value| {
            let name = item["metadata"]["name"].as_str().unwrap_or_default();
            (name.to_owned(), item.clone())
        };
        Ok(items.iter().map(named).collect())
    }
}
