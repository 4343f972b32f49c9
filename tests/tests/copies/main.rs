//! One sealed value in many namespaces: where a cluster-wide SealedSecret asks for it and the Namespace
//! accepts it, and nowhere else.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod absence;
mod consent;
mod upkeep;

use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow, ensure};
use serde_json::Value;
use signet_tests::canary;
use signet_tests::rig::{Rig, condition};

const ACCEPT: &str = "signet.dev/accept-copies-from";

/// A rig whose controller copies and rolls, for the tests that do not stop it.
fn shared() -> Result<&'static Rig> {
    static SHARED: OnceLock<Result<Rig, String>> = OnceLock::new();
    let flags = ["--copy-sealed-secrets", "--roll-workloads=annotated"];
    SHARED
        .get_or_init(|| Rig::start(&flags).map_err(|error| format!("{error:#}")))
        .as_ref()
        .map_err(|error| anyhow!("no rig: {error}"))
}

/// The words of a test about one SealedSecret, `home/db`.
struct Story<'a> {
    rig: &'a Rig,
    home: String,
}

impl<'a> Story<'a> {
    fn new(rig: &'a Rig) -> Result<Self> {
        let home = rig.namespace("home")?;
        Ok(Self { rig, home })
    }

    /// A namespace that accepts copies from `from`; from nobody if that is empty.
    fn target(&self, from: &str) -> Result<String> {
        let name = self.rig.namespace("target")?;
        if !from.is_empty() {
            self.annotate("namespace", &name, &format!("{ACCEPT}={from}"))?;
        }
        Ok(name)
    }

    fn annotate(&self, kind: &str, name: &str, annotation: &str) -> Result<()> {
        let arguments = [
            "annotate",
            "--overwrite",
            "-n",
            &self.home,
            kind,
            name,
            annotation,
        ];
        self.rig.kubectl().run(&arguments).map(drop)
    }

    /// Seals a new value under `scope`, with these annotations; returns the value.
    fn seal(&self, scope: &str, annotations: &[(&str, &str)]) -> Result<String> {
        let value = canary::fresh(self.rig.directory(), "copied")?;
        let secret = format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: db, namespace: {}}}\nstringData: {{password: '{value}'}}\n",
            self.home
        );
        let sealed = self
            .rig
            .signet(&["seal", "--scope", scope, "-o", "json"], &secret)?;
        let mut sealed: Value = serde_json::from_str(&sealed.succeeded()?)?;
        for (name, text) in annotations {
            sealed["metadata"]["annotations"][*name] = (*text).into();
        }
        self.rig.kubectl().apply(&sealed.to_string())?;
        Ok(value)
    }

    fn copies_to(&self, targets: &[&str]) -> Result<String> {
        self.seal(
            "cluster-wide",
            &[("signet.dev/copy-to", &targets.join(","))],
        )
    }

    /// Waits until the Secret `db` in a namespace has this value.
    fn there(&self, namespace: &str, value: &str) -> Result<()> {
        self.rig
            .until(&format!("{namespace}/db has the value"), || {
                ensure!(self.rig.secret(namespace, "db")?["password"] == value);
                Ok(())
            })
    }

    /// Waits until there is no Secret `db` in a namespace.
    fn gone(&self, namespace: &str) -> Result<()> {
        self.rig.until(&format!("{namespace}/db is gone"), || {
            ensure!(self.absent(namespace)?);
            Ok(())
        })
    }

    fn absent(&self, namespace: &str) -> Result<bool> {
        let list = self.rig.kubectl().get_json(&["secrets", "-n", namespace])?;
        let items = list["items"].as_array().context("a list")?;
        Ok(!items.iter().any(|item| item["metadata"]["name"] == "db"))
    }

    /// Waits until condition `Copied` has this status and reason and these words; returns its message.
    fn says(&self, status: &str, reason: &str, words: &[&str]) -> Result<String> {
        self.rig
            .until(&format!("Copied says {status} {reason} {words:?}"), || {
                let object = self.sealed()?;
                let (is, why, message) = condition(&object, "Copied");
                ensure!(
                    (is.as_str(), why.as_str()) == (status, reason),
                    "{is} {why} {message}"
                );
                ensure!(words.iter().all(|word| message.contains(word)), "{message}");
                ensure!(condition(&object, "Synced").0 == "True");
                ensure!(object["status"]["conditions"][0]["type"] == "Synced");
                Ok(message)
            })
    }

    fn sealed(&self) -> Result<Value> {
        self.rig
            .kubectl()
            .get_json(&["sealedsecret", "db", "-n", &self.home])
    }

    fn version(&self, namespace: &str) -> Result<String> {
        let secret = self
            .rig
            .kubectl()
            .get_json(&["secret", "db", "-n", namespace])?;
        Ok(secret["metadata"]["resourceVersion"].to_string())
    }
}
