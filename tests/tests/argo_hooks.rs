//! Waves and hooks as Argo CD's annotations write them, with real Jobs. No node runs their Pods; the
//! tests say for it how each ended.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use signet_tests::rig::{Repository, Rig, condition};

fn config_map(namespace: &str, name: &str, value: &str, annotations: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {namespace}, annotations: {{{annotations}}}}}\n\
         data: {{value: {value}}}\n"
    )
}

fn job(namespace: &str, name: &str, annotations: &str) -> String {
    format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {{{name}, namespace: {namespace}, annotations: {{{annotations}}}}}\n\
         spec:\n  backoffLimit: 0\n  template:\n    spec:\n      restartPolicy: Never\n      \
         containers: [{{name: main, image: example.com/main:1}}]\n"
    )
}

fn hook(phase: &str) -> String {
    format!("argocd.argoproj.io/hook: \"{phase}\"")
}

fn is_there(rig: &Rig, namespace: &str, name: &str) -> bool {
    rig.kubectl()
        .get_json(&["configmap", name, "-n", namespace])
        .is_ok()
}

/// The uid of a Job, once there is one other than `before`.
fn begun(rig: &Rig, namespace: &str, name: &str, before: Option<&str>) -> Result<String> {
    rig.until(&format!("the Job {name} begins"), || {
        let job = rig.kubectl().get_json(&["job", name, "-n", namespace])?;
        let uid = job["metadata"]["uid"].as_str().context("a uid")?.to_owned();
        ensure!(Some(uid.as_str()) != before, "still the one before");
        ensure!(job["metadata"].get("deletionTimestamp").is_none(), "going");
        Ok(uid)
    })
}

/// Ends the Pods of a Job, as its node would.
fn end(rig: &Rig, namespace: &str, uid: &str, phase: &str) -> Result<()> {
    rig.until("the Job has a Pod", || {
        let selector = format!("batch.kubernetes.io/controller-uid={uid}");
        let pods = rig
            .kubectl()
            .get_json(&["pods", "-n", namespace, "-l", &selector])?;
        let pods = pods["items"].as_array().cloned().unwrap_or_default();
        ensure!(!pods.is_empty(), "none yet");
        let patch = format!("{{\"status\": {{\"phase\": \"{phase}\"}}}}");
        for name in pods
            .iter()
            .filter_map(|pod| pod["metadata"]["name"].as_str())
        {
            let patch = [
                "patch",
                "pod",
                name,
                "-n",
                namespace,
                "--subresource=status",
                "-p",
                &patch,
            ];
            rig.kubectl().run(&patch)?;
        }
        Ok(())
    })
}

fn connected(rig: &Rig, story: &str, files: &[(&str, String)]) -> Result<(Repository, String)> {
    let namespace = story.to_owned();
    let repository = rig.repository(&namespace)?;
    for (name, text) in files {
        repository.write(&format!("app/{name}"), text)?;
    }
    let commit = repository.push("First")?;
    rig.connect(
        &repository,
        "  prune: true\n  retryInterval: 30m\n  timeout: 5m",
    )?;
    Ok((repository, commit))
}

#[test]
fn hooks_run_once_before_and_after_each_set() -> Result<()> {
    let rig = Rig::shared()?;
    let namespace = rig.namespace("hooks")?;
    let after = format!(
        "{}, argocd.argoproj.io/hook-delete-policy: HookSucceeded",
        hook("PostSync")
    );
    let files = [
        (
            "migrate.yaml",
            job(&namespace, "name: migrate", &hook("PreSync")),
        ),
        ("web.yaml", config_map(&namespace, "web", "one", "")),
        ("smoke.yaml", job(&namespace, "name: smoke", &after)),
    ];
    let (repository, commit) = connected(rig, &namespace, &files)?;
    let first = begun(rig, &namespace, "migrate", None)?;
    rig.until("it is said what is waited for", || {
        let said = condition(&rig.kustomization(&namespace)?, "Reconciling").2;
        ensure!(said.contains("hooks of stage 1"), "{said}");
        Ok(())
    })?;
    ensure!(
        !is_there(rig, &namespace, "web"),
        "applied before its hook was through"
    );
    end(rig, &namespace, &first, "Succeeded")?;
    let smoke = begun(rig, &namespace, "smoke", None)?;
    ensure!(
        is_there(rig, &namespace, "web"),
        "not applied before the hook after it"
    );
    end(rig, &namespace, &smoke, "Succeeded")?;
    rig.applied(&namespace, &commit)?;
    ensure!(
        rig.kubectl()
            .get_json(&["job", "smoke", "-n", &namespace])
            .is_err(),
        "it goes"
    );
    let inventory = rig.kustomization(&namespace)?["status"]["inventory"].to_string();
    ensure!(
        inventory.contains("migrate") && !inventory.contains("smoke"),
        "{inventory}"
    );

    // A commit that changes nothing of the set, and a manual change, run no hook.
    repository.write("README", "hello")?;
    let commit = rig.push(&repository, "Elsewhere")?;
    rig.applied(&namespace, &commit)?;
    rig.kubectl()
        .run(&["delete", "configmap", "web", "-n", &namespace])?;
    rig.until("it is put back", || {
        ensure!(is_there(rig, &namespace, "web"), "not yet");
        Ok(())
    })?;
    assert_eq!(begun(rig, &namespace, "migrate", None)?, first);

    repository.write("app/web.yaml", &config_map(&namespace, "web", "two", ""))?;
    let commit = rig.push(&repository, "Second")?;
    let second = begun(rig, &namespace, "migrate", Some(&first))?;
    let web = || {
        rig.kubectl()
            .get_json(&["configmap", "web", "-n", &namespace])
    };
    assert_eq!(web()?["data"]["value"], "one");
    end(rig, &namespace, &second, "Succeeded")?;
    let smoke = begun(rig, &namespace, "smoke", None)?;
    assert_eq!(web()?["data"]["value"], "two");
    end(rig, &namespace, &smoke, "Succeeded")?;
    rig.applied(&namespace, &commit)
}

#[test]
fn a_hook_that_fails_stops_the_rest_and_runs_again_when_asked() -> Result<()> {
    let rig = Rig::shared()?;
    let namespace = rig.namespace("hook-fails")?;
    let files = [
        (
            "migrate.yaml",
            job(&namespace, "name: migrate", &hook("PreSync")),
        ),
        ("web.yaml", config_map(&namespace, "web", "one", "")),
        (
            "alarm.yaml",
            config_map(&namespace, "alarm", "loud", &hook("SyncFail")),
        ),
    ];
    let (_, commit) = connected(rig, &namespace, &files)?;
    let first = begun(rig, &namespace, "migrate", None)?;
    ensure!(
        !is_there(rig, &namespace, "alarm"),
        "nothing has failed yet"
    );
    end(rig, &namespace, &first, "Failed")?;
    rig.fails(&namespace, &["failed early", "migrate"])?;
    let reason = condition(&rig.kustomization(&namespace)?, "Ready").1;
    assert_eq!(reason, "HookFailed");
    ensure!(
        is_there(rig, &namespace, "alarm"),
        "the hook of a failure has not run"
    );
    ensure!(
        !is_there(rig, &namespace, "web"),
        "applied although its hook failed"
    );

    let token = format!("reconcile.fluxcd.io/requestedAt={}", rig.name("again"));
    let annotate = [
        "annotate",
        "--overwrite",
        "-n",
        "signet-system",
        "kustomization",
        &namespace,
        &token,
    ];
    rig.kubectl().run(&annotate)?;
    let second = begun(rig, &namespace, "migrate", Some(&first))?;
    end(rig, &namespace, &second, "Succeeded")?;
    rig.applied(&namespace, &commit)
}

#[test]
fn a_restart_in_the_middle_runs_no_hook_twice() -> Result<()> {
    let rig = Rig::start(&[])?;
    let namespace = rig.namespace("hook-restart")?;
    let named = format!("{}, mark: one", hook("PreSync"));
    let files = [
        (
            "migrate.yaml",
            job(&namespace, "generateName: migrate-", &named),
        ),
        ("web.yaml", config_map(&namespace, "web", "one", "")),
    ];
    let (_, commit) = connected(&rig, &namespace, &files)?;
    let jobs = || -> Result<Vec<Value>> {
        let all = rig.kubectl().get_json(&["jobs", "-n", &namespace])?;
        Ok(all["items"].as_array().cloned().unwrap_or_default())
    };
    let uid = rig.until("the hook begins", || {
        let uid = jobs()?.first().map(|job| job["metadata"]["uid"].clone());
        Ok(uid.context("no Job")?.as_str().context("a uid")?.to_owned())
    })?;
    rig.kill_controller();
    rig.start_controller()?;
    end(&rig, &namespace, &uid, "Succeeded")?;
    rig.applied(&namespace, &commit)?;
    let jobs = jobs()?;
    assert_eq!(jobs.len(), 1, "{jobs:?}");
    assert_eq!(jobs[0]["metadata"]["uid"], uid.as_str());
    Ok(())
}

#[test]
fn a_wave_begins_when_the_one_before_is_healthy() -> Result<()> {
    let rig = Rig::shared()?;
    let namespace = rig.namespace("waves")?;
    let wave = |number: i32| format!("argocd.argoproj.io/sync-wave: \"{number}\"");
    let files = [
        ("a.yaml", config_map(&namespace, "late", "x", &wave(2))),
        ("b.yaml", job(&namespace, "name: between", "")),
        ("c.yaml", config_map(&namespace, "early", "x", &wave(-3))),
        (
            "d.yaml",
            config_map(&namespace, "never", "x", &hook("Skip")),
        ),
    ];
    let (_, commit) = connected(rig, &namespace, &files)?;
    let between = begun(rig, &namespace, "between", None)?;
    ensure!(
        is_there(rig, &namespace, "early"),
        "the first wave is not there"
    );
    ensure!(
        !is_there(rig, &namespace, "late"),
        "the last wave did not wait"
    );
    end(rig, &namespace, &between, "Succeeded")?;
    rig.applied(&namespace, &commit)?;
    ensure!(
        is_there(rig, &namespace, "late"),
        "the last wave is not there"
    );
    ensure!(
        !is_there(rig, &namespace, "never"),
        "what is to be skipped was applied"
    );
    Ok(())
}
