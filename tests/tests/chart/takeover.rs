//! From a release of the sealed-secrets chart to one of ours, by `helm upgrade`, and away: the
//! definition, the SealedSecrets and the keys are never gone.

use anyhow::{Result, ensure};
use serde_json::Value;
use signet_tests::control_plane::ControlPlane;
use signet_tests::helm::Helm;
use signet_tests::process::Finished;

use super::{helm, namespace, ours, peers_chart, plane};

const PLACE: &str = "takeover";

/// As the documents of that project say it is installed.
const VALUES: &str = "fullnameOverride: sealed-secrets-controller";

/// What is there before, and must be there after.
const KEPT: &str = "
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: db, namespace: takeover}
spec: {encryptedData: {password: AgA=}}
---
apiVersion: v1
kind: Secret
metadata: {name: sealed-secrets-key1, namespace: takeover, labels: {sealedsecrets.bitnami.com/sealed-secrets-key: active}}
";

const DEFINITION: [&str; 2] = ["crd", "sealedsecrets.bitnami.com"];

/// What must stay the same object throughout; the first three also when the release is gone.
const WATCHED: [&[&str]; 5] = [
    &DEFINITION,
    &["sealedsecret", "db"],
    &["secret", "sealed-secrets-key1"],
    &["service", "sealed-secrets-controller"],
    &["deployment", "sealed-secrets-controller"],
];

/// The values that keep names and selector as they are.
const SAME_NAMES: &str = "{fullnameOverride: sealed-secrets-controller, nameOverride: sealed-secrets, kinds: [sealedsecret]}";

/// One release, in hands that change.
struct Story {
    plane: &'static ControlPlane,
    helm: Helm,
    _room: tempfile::TempDir,
}

impl Story {
    fn begin() -> Result<Self> {
        let (plane, room) = (plane()?, tempfile::tempdir()?);
        namespace(plane, PLACE)?;
        let story = Self {
            plane,
            helm: helm(room.path(), plane)?,
            _room: room,
        };
        let theirs = peers_chart()?.display().to_string();
        let install = ["install", "sealed-secrets", &theirs, "--namespace", PLACE];
        story.helm.run(&install, VALUES)?.succeeded()?;
        let established = ["wait", "--for=condition=Established", "crd", DEFINITION[1]];
        plane.kubectl().run(&established)?;
        plane.kubectl().apply(KEPT)?;
        Ok(story)
    }

    fn get(&self, what: &[&str]) -> Result<Value> {
        let place = ["-n", PLACE];
        self.plane.kubectl().get_json(&[what, &place].concat())
    }

    /// Which objects are there; an empty text for one that is not.
    fn uids(&self) -> [String; 5] {
        let uid = |object: Value| object["metadata"]["uid"].as_str().map(str::to_owned);
        WATCHED.map(|what| self.get(what).ok().and_then(uid).unwrap_or_default())
    }

    fn upgrade(&self, values: &str, flags: &[&str]) -> Result<Finished> {
        let chart = ours("", "").chart.display().to_string();
        let upgrade = ["upgrade", "sealed-secrets", &chart, "--namespace", PLACE];
        self.helm.run(&[&upgrade, flags].concat(), values)
    }

    fn container(&self) -> Result<Value> {
        let deployment = self.get(&["deployment", "sealed-secrets-controller"])?;
        Ok(deployment["spec"]["template"]["spec"]["containers"][0].clone())
    }

    fn is_ours(&self) -> Result<()> {
        let container = self.container()?;
        let image = container["image"].as_str().unwrap_or_default();
        let well = image.starts_with("signet.dev/signet-controller:");
        ensure!(well && container["command"].is_null(), "{container}");
        let definition = self.get(&DEFINITION)?;
        let kept = &definition["metadata"]["annotations"]["helm.sh/resource-policy"];
        ensure!(kept == "keep", "{definition}");
        // Ours lets `null` stand in a template's data.
        let data = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/template/properties/data/additionalProperties/nullable";
        let upgraded = definition.pointer(data) == Some(&Value::Bool(true));
        ensure!(upgraded, "their definition is there still");
        let binding = self.get(&["clusterrolebinding", "sealed-secrets-controller"]);
        ensure!(binding.is_err(), "their binding is there still");
        Ok(())
    }
}

#[test]
fn a_release_of_the_peers_chart_becomes_one_of_ours_and_nothing_is_lost() -> Result<()> {
    let story = Story::begin()?;
    let before = story.uids();
    assert!(before.iter().all(|uid| !uid.is_empty()), "{before:?}");

    // Their definition belongs to no release, and so Helm wants to be told. And server-side apply
    // would leave defaults of their Deployment there that ours does not bear.
    let refused = story
        .upgrade(SAME_NAMES, &["--server-side=false"])?
        .failed()?;
    ensure!(refused.contains("ownership"), "{refused}");
    assert_eq!(story.uids(), before, "a refusal touched something");
    let take = ["--take-ownership", "--server-side=false"];
    story.upgrade(SAME_NAMES, &take)?.succeeded()?;
    story.is_ours()?;
    for replicas in [2, 1] {
        let more = SAME_NAMES.replacen('{', &format!("{{replicaCount: {replicas}, "), 1);
        story.upgrade(&more, &["--server-side=true"])?.succeeded()?;
    }
    assert_eq!(story.uids(), before, "something was made anew");

    let back = ["rollback", "sealed-secrets", "1", "--namespace", PLACE];
    story.helm.run_without_values(&back)?.succeeded()?;
    let image = story.container()?["image"].to_string();
    ensure!(
        image.contains("bitnami/sealed-secrets-controller:"),
        "{image}"
    );
    assert_eq!(story.uids(), before, "going back made something anew");

    story.upgrade(SAME_NAMES, &take)?.succeeded()?;
    let uninstall = ["uninstall", "sealed-secrets", "--namespace", PLACE];
    story.helm.run_without_values(&uninstall)?.succeeded()?;
    let after = story.uids();
    assert_eq!(after[..3], before[..3], "uninstalling took what is to stay");
    assert!(after[3].is_empty() && after[4].is_empty(), "{after:?}");
    Ok(())
}
