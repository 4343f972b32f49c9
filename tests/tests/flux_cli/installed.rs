//! `flux check`, `version`, `logs` and `uninstall`: an installation with `--as-flux` is found by them.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use signet_tests::flux::{cli, said};
use signet_tests::kubelet::Kubelet;
use signet_tests::rig::Rig;

use super::{config_map, revision};

const IMAGE: &str = "registry.example/signet-controller:v9.8.7";

#[test]
fn an_installation_as_flux_is_found_by_its_command_line() -> Result<()> {
    let rig = Rig::start(&["--log-format=json"])?;
    let kubelet = Kubelet::start(
        &rig,
        "worker",
        rig.directory().join("signet-controller.log"),
    )?;
    let before = cli(&rig, &["check"])?.failed()?;
    assert!(before.contains("no controllers found"), "{before}");

    let manifests = rig.signet(&["install", "--as-flux", "--image", IMAGE], "")?;
    rig.kubectl().apply(&manifests.succeeded()?)?;
    let pod = rig.until("the Deployment has its pod", || pod_of(&rig))?;
    kubelet.run(&rig, "signet-system", &pod)?;
    it_is_checked(&rig)?;
    it_has_a_version(&rig)?;
    its_log_is_read(&rig)?;
    it_is_taken_away_without_the_secrets(&rig)
}

/// The one pod that runs our image and is not on its way out.
fn pod_of(rig: &Rig) -> Result<String> {
    let list = rig.kubectl().get_json(&["pods", "-n", "signet-system"])?;
    let items = list["items"].as_array().context("a list")?;
    let ours = |pod: &&Value| {
        pod["spec"]["containers"][0]["image"] == IMAGE
            && pod["metadata"]["deletionTimestamp"].is_null()
    };
    let found = items.iter().find(ours).context("no pod yet")?;
    Ok(found["metadata"]["name"]
        .as_str()
        .unwrap_or_default()
        .to_owned())
}

fn it_is_checked(rig: &Rig) -> Result<()> {
    let checked = cli(rig, &["check", "--poll-interval=1s"])?;
    let told = said(&checked);
    checked.succeeded()?;
    for line in [
        "✔ bootstrapped: false",
        "✔ signet-controller: deployment ready",
        &format!("► {IMAGE}"),
        "✔ gitrepositories.source.toolkit.fluxcd.io/v1",
        "✔ kustomizations.kustomize.toolkit.fluxcd.io/v1",
        "✔ receivers.notification.toolkit.fluxcd.io/v1",
        "✔ all checks passed",
    ] {
        assert!(told.lines().any(|found| found == line), "{line}: {told}");
    }
    assert!(told.contains("✔ distribution: flux-v"), "{told}");
    assert!(!told.contains("sealedsecrets"), "{told}");
    Ok(())
}

fn it_has_a_version(rig: &Rig) -> Result<()> {
    let told = cli(rig, &["version"])?;
    let told = said(&told);
    assert!(told.contains("signet-controller: v9.8.7"), "{told}");
    assert!(told.contains("distribution: flux-v"), "{told}");
    Ok(())
}

fn its_log_is_read(rig: &Rig) -> Result<()> {
    let name = rig.namespace("logs")?;
    let repository = rig.repository(&name)?;
    repository.write("app/cm.yaml", &config_map(&name, "info"))?;
    let commit = repository.push("First version")?;
    rig.connect(&repository, "  prune: true")?;
    rig.applied(&name, &commit)?;
    let logs = |more: &[&str]| -> Result<String> {
        let mut arguments = vec!["logs", "--flux-namespace=signet-system"];
        arguments.extend(more);
        cli(rig, &arguments)?.succeeded()
    };
    let by_name = format!("--name={name}");
    let of_ours = logs(&["--kind=Kustomization", &by_name])?;
    let about = format!(" info Kustomization/{name}.signet-system - Reconciliation finished in ");
    assert!(of_ours.contains(&about), "{of_ours}");
    let of_source = logs(&["--kind=GitRepository", &by_name])?;
    let stored = format!(
        " info GitRepository/{name}.signet-system - stored artifact for commit 'First version'"
    );
    assert!(of_source.contains(&stored), "{of_source}");

    repository.write("app/cm.yaml", "a: [b")?;
    repository.push("Broken")?;
    rig.look(&name)?;
    rig.fails(&name, &["app/cm.yaml:1"])?;
    rig.until("the failure is in the log", || {
        let errors = logs(&["--level=error", &by_name])?;
        let about = format!(" error Kustomization/{name}.signet-system - app/cm.yaml:1");
        ensure!(errors.contains(&about), "{errors}");
        ensure!(!errors.contains(" info "), "{errors}");
        Ok(())
    })?;
    let everything = logs(&["--all-namespaces"])?;
    let revision = revision(&commit);
    assert!(
        !revision.is_empty() && everything.lines().count() > 3,
        "{everything}"
    );
    let first = everything.lines().next().context("a line")?;
    let time = first.split(' ').next().context("a time")?;
    time.parse::<jiff::Timestamp>()?;
    Ok(())
}

/// `flux uninstall` takes away what is part of Flux. SealedSecrets, their definition and their keys are
/// not, as long as the namespace is kept.
fn it_is_taken_away_without_the_secrets(rig: &Rig) -> Result<()> {
    let gone = cli(rig, &["uninstall", "--keep-namespace", "--silent"])?;
    let told = said(&gone);
    gone.succeeded()?;
    let deleted = "Deployment/signet-system/signet-controller deleted";
    assert!(told.contains(deleted), "{told}");
    let definition = |name: &str| rig.kubectl().get_json(&["crd", name]);
    rig.until("the definitions of Flux's kinds are gone", || {
        ensure!(definition("kustomizations.kustomize.toolkit.fluxcd.io").is_err());
        ensure!(definition("gitrepositories.source.toolkit.fluxcd.io").is_err());
        Ok(())
    })?;
    definition("sealedsecrets.bitnami.com")?;
    assert!(
        rig.key_backup()?.contains("tls.key"),
        "the keys are still there"
    );
    Ok(())
}
