//! From a release of the sealed-secrets chart to one of ours, by `helm upgrade`, and away: the
//! definition, the SealedSecrets and the keys are never gone.

use anyhow::{Result, ensure};
use serde_json::Value;
use signet_tests::control_plane::ControlPlane;

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

fn uid(plane: &ControlPlane, what: &[&str]) -> Result<String> {
    let object = plane.kubectl().get_json(&[what, &["-n", PLACE]].concat())?;
    Ok(object["metadata"]["uid"].to_string())
}

#[test]
fn a_release_of_the_peers_chart_becomes_one_of_ours_and_nothing_is_lost() -> Result<()> {
    let plane = plane()?;
    namespace(plane, PLACE)?;
    let room = tempfile::tempdir()?;
    let helm = helm(room.path(), plane)?;
    let theirs = peers_chart()?.display().to_string();
    let ours = ours("sealed-secrets", PLACE).chart.display().to_string();
    let run = |words: &[&str], values: &str| {
        let all = [words, &["--namespace", PLACE]].concat();
        helm.run(&all, values)
    };
    run(&["install", "sealed-secrets", &theirs], VALUES)?.succeeded()?;
    let established = ["wait", "--for=condition=Established", "crd"];
    let definition = [&established[..], &[DEFINITION[1]]].concat();
    plane.kubectl().run(&definition)?;
    plane.kubectl().apply(KEPT)?;
    let watched: [&[&str]; 5] = [
        &DEFINITION,
        &["sealedsecret", "db"],
        &["secret", "sealed-secrets-key1"],
        &["service", "sealed-secrets-controller"],
        &["deployment", "sealed-secrets-controller"],
    ];
    let uids = || watched.map(|what| uid(plane, what).unwrap_or_default());
    let before = uids();

    // Their definition belongs to no release, and so Helm wants to be told. And server-side apply
    // leaves defaults of their Deployment there that ours does not bear.
    let upgrade = ["upgrade", "sealed-secrets", &ours, "--server-side=false"];
    let values = "{fullnameOverride: sealed-secrets-controller, nameOverride: sealed-secrets, kinds: [sealedsecret]}";
    let refused = run(&upgrade, values)?.failed()?;
    ensure!(refused.contains("ownership"), "{refused}");
    assert_eq!(uids(), before, "a refusal touched something");
    let took = [&upgrade[..], &["--take-ownership"]].concat();
    run(&took, values)?.succeeded()?;
    assert_eq!(uids(), before, "something was made anew");
    ours_runs(plane)?;
    for replicas in [2, 1] {
        let more = values.replacen('{', &format!("{{replicaCount: {replicas}, "), 1);
        let upgrade = ["upgrade", "sealed-secrets", &ours, "--server-side=true"];
        run(&upgrade, &more)?.succeeded()?;
    }
    assert_eq!(
        uids(),
        before,
        "another number of replicas made something anew"
    );

    let uninstall = ["uninstall", "sealed-secrets", "--namespace", PLACE];
    helm.run_without_values(&uninstall)?.succeeded()?;
    let after = uids();
    assert_eq!(after[..3], before[..3], "uninstalling took what is to stay");
    assert!(after[3].is_empty() && after[4].is_empty(), "{after:?}");
    Ok(())
}

fn ours_runs(plane: &ControlPlane) -> Result<()> {
    let get = |what: &[&str]| plane.kubectl().get_json(&[what, &["-n", PLACE]].concat());
    let deployment = get(&["deployment", "sealed-secrets-controller"])?;
    let container = &deployment["spec"]["template"]["spec"]["containers"][0];
    let image = container["image"].as_str().unwrap_or_default();
    ensure!(
        image.starts_with("signet.dev/signet-controller:"),
        "{image}"
    );
    ensure!(container["command"].is_null(), "{container}");
    let definition = get(&DEFINITION)?;
    let kept = &definition["metadata"]["annotations"]["helm.sh/resource-policy"];
    ensure!(kept == "keep", "{definition}");
    // Ours lets `null` stand in a template's data.
    let data = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/template/properties/data/additionalProperties/nullable";
    ensure!(
        definition.pointer(data) == Some(&Value::Bool(true)),
        "not upgraded"
    );
    let gone = get(&["clusterrolebinding", "sealed-secrets-controller"]);
    ensure!(gone.is_err(), "their binding is still there");
    Ok(())
}
