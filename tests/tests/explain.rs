//! `signet explain` against a real cluster: what blocks is found, and the command that it prints
//! mends it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use signet_tests::process;
use signet_tests::rig::Rig;
use signet_tests::{canary, eventually};

/// A key pair that no cluster of the tests uses.
const OTHER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/vectors/sealed-secrets/rsa2048.crt"
);
const OTHER_KEY: &str = "SHA256:xOcgpWnk7p/7QEOow2qcctewnX+aJakdZ+rMugAUxzM";

#[test]
fn what_blocks_is_found_and_the_printed_command_mends_it() -> Result<()> {
    let rig = Rig::start(&[])?;
    let stage = Stage {
        namespace: rig.namespace("explain")?,
        rig,
    };
    stage.well()?;
    stage.sealed_for_another_key()?;
    stage.renamed()?;
    stage.somebody_elses()?;
    stage.immutable()?;
    stage.drifted()?;
    stage.rights()?;
    stage.without_a_controller()
}

struct Stage {
    rig: Rig,
    namespace: String,
}

impl Stage {
    /// A SealedSecret of a fresh value, as JSON.
    fn seal(&self, name: &str, rest: &str, flags: &[&str]) -> Result<Value> {
        let (namespace, value) = (&self.namespace, canary::fresh(self.rig.directory(), name)?);
        let secret = format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: {namespace}}}\ntype: Opaque\n{rest}stringData: {{password: '{value}'}}\n"
        );
        let sealed = self
            .rig
            .signet(&[&["seal", "-o", "json"], flags].concat(), &secret)?;
        Ok(serde_json::from_str(&sealed.succeeded()?)?)
    }

    fn apply(&self, object: &Value) -> Result<()> {
        self.rig.kubectl().apply(&object.to_string()).map(drop)
    }

    fn explain(&self, name: &str) -> Result<Value> {
        let object = format!("{}/{name}", self.namespace);
        let finished = self.rig.signet(&["explain", &object, "-o", "json"], "")?;
        let explained: Value = serde_json::from_str(&finished.stdout).context(finished.stderr)?;
        let code = if explained["healthy"] == true { 0 } else { 3 };
        ensure!(finished.code == Some(code), "exit code {:?}", finished.code);
        Ok(explained)
    }

    /// Waits until the first blocker is `step`; answers it.
    fn blocked(&self, name: &str, step: &str) -> Result<Value> {
        self.rig.until(&format!("{name} is blocked at {step}"), || {
            let explained = self.explain(name)?;
            ensure!(explained["blocker"] == step, "{explained:#}");
            let steps = explained["steps"].as_array().context("steps")?;
            let found = steps.iter().find(|found| found["name"] == step);
            found.cloned().context("no such step")
        })
    }

    fn healthy(&self, name: &str) -> Result<Value> {
        self.rig.until(&format!("{name} is healthy"), || {
            let explained = self.explain(name)?;
            ensure!(explained["healthy"] == true, "{explained:#}");
            Ok(explained)
        })
    }

    /// Types a printed command.
    fn typed(&self, step: &Value, at: usize) -> Result<()> {
        let command = step["next"][at].as_str().context("no command")?;
        let finished = process::typed(command, self.rig.kubectl(), self.rig.directory())?;
        finished.succeeded().map(drop)
    }

    fn well(&self) -> Result<()> {
        self.apply(&self.seal("well", "", &[])?)?;
        let explained = self.healthy("well")?;
        assert_eq!(explained["items"][0]["keyIsThere"], true);
        let key = &explained["keys"][0];
        assert_eq!(
            (&key["newest"], &key["life"]),
            (&json!(true), &json!("fresh"))
        );
        assert_eq!(explained["items"][0]["sealedFor"], key["fingerprint"]);
        let events = explained["events"].as_array().context("events")?;
        assert!(
            events.iter().any(|event| event["reason"] == "Unsealed"),
            "{events:?}"
        );
        let text = self
            .rig
            .signet(&["explain", "sealedsecret/well", "-n", &self.namespace], "")?;
        let text = text.succeeded()?;
        assert!(
            text.contains("  ok       opened       with SHA256:"),
            "{text}"
        );
        Ok(())
    }

    fn sealed_for_another_key(&self) -> Result<()> {
        self.apply(&self.seal("other", "", &["--cert", OTHER])?)?;
        let step = self.blocked("other", "keys")?;
        let says = step["says"].as_str().context("text")?;
        assert_eq!(
            says,
            format!("password: sealed for {OTHER_KEY}, which is not here")
        );
        self.rig.until("the condition names it too", || {
            let object = ["sealedsecret", "other", "-n", &self.namespace];
            let object = self.rig.kubectl().get_json(&object)?;
            let (_, _, message) = signet_tests::rig::condition(&object, "Synced");
            let expected = format!(
                "no key could decrypt secret (password)\nsealed for {OTHER_KEY}, which is none of the keys here (password)"
            );
            ensure!(message == expected, "{message}");
            Ok(())
        })
    }

    fn renamed(&self) -> Result<()> {
        let mut sealed = self.seal("before", "", &[])?;
        sealed["metadata"]["name"] = "after".into();
        self.apply(&sealed)?;
        let step = self.blocked("after", "opened")?.to_string();
        let (namespace, before) = (&self.namespace, "the template says");
        assert!(
            step.contains(&format!("{before} {namespace}/before")),
            "{step}"
        );
        assert!(step.contains("Its keys are here."), "{step}");
        Ok(())
    }

    fn somebody_elses(&self) -> Result<()> {
        let namespace = ["-n", self.namespace.as_str()];
        let make = ["create", "secret", "generic", "taken", "--from-literal=a=b"];
        self.rig.kubectl().run(&[&make[..], &namespace].concat())?;
        self.apply(&self.seal("taken", "", &[])?)?;
        let step = self.blocked("taken", "Secret")?;
        assert!(step.to_string().contains("belongs to nobody"), "{step}");
        self.typed(&step, 0)?;
        self.healthy("taken").map(drop)
    }

    fn immutable(&self) -> Result<()> {
        self.apply(&self.seal("fixed", "immutable: true\n", &[])?)?;
        self.healthy("fixed")?;
        self.apply(&self.seal("fixed", "immutable: true\n", &[])?)?;
        let step = self.blocked("fixed", "Secret")?;
        assert!(step.to_string().contains("immutable"), "{step}");
        self.typed(&step, 0)?;
        self.healthy("fixed").map(drop)
    }

    fn drifted(&self) -> Result<()> {
        let mut sealed = self.seal("left", "", &[])?;
        sealed["metadata"]["annotations"]["signet.dev/drift"] = "report".into();
        self.apply(&sealed)?;
        self.healthy("left")?;
        let edit = r#"{"stringData":{"password":"mine"}}"#;
        let patch = ["patch", "secret", "left", "-n", &self.namespace, "-p", edit];
        self.rig.kubectl().run(&patch)?;
        let step = self.blocked("left", "Secret")?;
        assert!(step.to_string().contains("data.password"), "{step}");
        self.typed(&step, 0)?;
        self.healthy("left").map(drop)
    }

    /// Somebody who may read SealedSecrets and nothing else; somebody who may not even that.
    fn rights(&self) -> Result<()> {
        let (kubectl, namespace) = (self.rig.kubectl(), self.namespace.as_str());
        kubectl.run(&["create", "serviceaccount", "dev", "-n", namespace])?;
        let config = self.rig.plane().kubectl_as(namespace, "dev")?;
        let object = format!("{namespace}/well");
        let ask = || {
            let mut command = process::signet(self.rig.directory())?;
            let command = command.args(["explain", &object]);
            process::run(command.env("KUBECONFIG", config.kubeconfig()), b"")
        };
        let refused = ask()?;
        assert_eq!(refused.code, Some(1));
        assert!(
            refused
                .stderr
                .contains("kubectl auth can-i get sealedsecrets"),
            "{}",
            refused.stderr
        );
        let reader = [
            "create",
            "role",
            "reader",
            "--verb=get",
            "--resource=sealedsecrets.bitnami.com",
        ];
        kubectl.run(&[&reader[..], &["-n", namespace]].concat())?;
        let account = format!("--serviceaccount={namespace}:dev");
        let bind = [
            "create",
            "rolebinding",
            "reader",
            "--role=reader",
            &account,
            "-n",
            namespace,
        ];
        kubectl.run(&bind)?;
        let text = eventually(signet_tests::rig::SOON, "the role is known", || {
            ask()?.succeeded()
        })?;
        assert!(
            text.contains(&format!(
                "unknown  Secret       you may not get secrets in namespace {namespace}"
            )),
            "{text}"
        );
        assert!(
            text.contains("ok       keys         every item's key is here; 1 key opens"),
            "{text}"
        );
        Ok(())
    }

    fn without_a_controller(&self) -> Result<()> {
        self.rig.kill_controller();
        self.apply(&self.seal("late", "", &["--cert", OTHER])?)?;
        let step = self.blocked("late", "controller")?;
        assert!(step.to_string().contains("0 of 1 ready"), "{step}");
        self.rig
            .kubectl()
            .run(&["delete", "secret", "well", "-n", &self.namespace])?;
        let step = self.blocked("well", "Secret")?;
        assert!(step.to_string().contains("makes it again"), "{step}");
        let absent = self.blocked("nowhere", "object")?;
        assert!(absent.to_string().contains("is not there"), "{absent}");
        Ok(())
    }
}
