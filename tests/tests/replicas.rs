//! Two replicas: one works, both answer; when the one is killed the other goes on, and no Secret is
//! touched by the change.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use signet_tests::http::{self, free_port};
use signet_tests::rig::{Rig, SOON, condition};
use signet_tests::server::Server;
use signet_tests::{canary, process};

/// The promise, from the kill of the leader to the first thing that its successor does.
const REPLACED_WITHIN: Duration = Duration::from_secs(15);

/// A second controller, with addresses and storage of its own.
struct Second {
    _server: Server,
    artifacts: String,
    address: String,
    metrics: String,
}

fn second(rig: &Rig) -> Result<Second> {
    let (listen, metrics, artifacts) = (free_port()?, free_port()?, free_port()?);
    let mut command = Command::new(process::binary(process::CONTROLLER)?);
    command
        .arg("--kubeconfig")
        .arg(rig.kubectl().kubeconfig())
        .arg("--storage-path")
        .arg(rig.directory().join("second"))
        .args(["--namespace", "signet-system", "--leader-elect"])
        .arg(format!("--listen-addr=127.0.0.1:{listen}"))
        .arg(format!("--listen-metrics-addr=127.0.0.1:{metrics}"))
        .arg(format!("--storage-addr=127.0.0.1:{artifacts}"))
        .arg("--webhooks-addr=127.0.0.1:0");
    let mut server = Server::start("second", &mut command, rig.directory())?;
    let address = format!("127.0.0.1:{listen}");
    process::wait_ready(&mut server, &address, "/readyz", SOON)?;
    Ok(Second {
        _server: server,
        artifacts: format!("127.0.0.1:{artifacts}"),
        address,
        metrics: format!("127.0.0.1:{metrics}"),
    })
}

fn leads(metrics: &str) -> Result<bool> {
    let text = String::from_utf8(http::get(metrics, "/metrics")?)?;
    Ok(text.lines().any(|line| line == "signet_leader 1"))
}

fn seal(rig: &Rig, namespace: &str, name: &str) -> Result<String> {
    let value = canary::fresh(rig.directory(), name)?;
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: {namespace}}}\nstringData: {{password: '{value}'}}\n"
    );
    rig.kubectl()
        .apply(&rig.signet(&["seal"], &secret)?.succeeded()?)?;
    Ok(value)
}

fn versions(rig: &Rig, what: &[&str]) -> Result<Vec<String>> {
    let list = rig.kubectl().get_json(what)?;
    let items = list["items"].as_array().context("a list")?.iter();
    Ok(items
        .map(|item| item["metadata"]["resourceVersion"].to_string())
        .collect())
}

/// Whichever replica a consumer reaches, it gets the very bytes that the status promises.
fn same_artifact(rig: &Rig, second: &Second, name: &str) -> Result<()> {
    let repository = rig.repository(name)?;
    repository.write("app/readme.md", "text")?;
    let commit = repository.push("First")?;
    rig.connect(&repository, "  prune: true")?;
    rig.applied(name, &commit)?;
    let source = ["gitrepository", name, "-n", "signet-system"];
    let path = rig.kubectl().get_json(&source)?["status"]["artifact"]["path"].clone();
    let path = format!("/{}", path.as_str().context("a path")?);
    let (first, port) = (rig.kubectl().get_json(&source)?, second.artifacts.clone());
    let url = first["status"]["artifact"]["url"]
        .as_str()
        .context("a URL")?;
    let address = url
        .trim_start_matches("http://")
        .trim_end_matches(path.as_str());
    let promised = http::get(address, &path)?;
    rig.until("the second replica has it", || {
        ensure!(http::get(&port, &path)? == promised, "other bytes");
        Ok(())
    })
}

#[test]
fn a_killed_leader_is_replaced_and_no_secret_is_touched() -> Result<()> {
    let rig = Rig::start(&["--leader-elect"])?;
    let namespace = rig.namespace("replicas")?;
    let second = second(&rig)?;
    rig.until("the first leads and the second does not", || {
        ensure!(leads(&rig.metrics_address())? && !leads(&second.metrics)?);
        Ok(())
    })?;
    let certificate = http::get(&rig.address(), "/v1/cert.pem")?;
    assert_eq!(http::get(&second.address, "/v1/cert.pem")?, certificate);
    same_artifact(&rig, &second, &namespace)?;
    for number in 0..5 {
        seal(&rig, &namespace, &format!("db-{number}"))?;
    }
    rig.until("all are unsealed", || {
        let list = rig
            .kubectl()
            .get_json(&["sealedsecrets", "-n", &namespace])?;
        let items = list["items"].as_array().context("a list")?;
        ensure!(items.iter().all(|it| condition(it, "Recorded").0 == "True"));
        Ok(())
    })?;
    let secrets = ["secrets", "-n", &namespace];
    let keys = ["secrets", "-n", "signet-system"];
    let before = (versions(&rig, &secrets)?, versions(&rig, &keys)?);

    rig.kill_controller();
    let killed = Instant::now();
    rig.until("the second leads", || {
        ensure!(leads(&second.metrics)?);
        Ok(())
    })?;
    let value = seal(&rig, &namespace, "new")?;
    rig.until("the second unseals", || {
        ensure!(rig.secret(&namespace, "new")?["password"] == value);
        Ok(())
    })?;
    let took = killed.elapsed();
    assert!(took < REPLACED_WITHIN, "it took {took:?}");

    let mut now = (versions(&rig, &secrets)?, versions(&rig, &keys)?);
    now.0.retain(|version| before.0.contains(version));
    assert_eq!(now, before, "a Secret was touched, or a key made");
    let text = String::from_utf8(http::get(&second.metrics, "/metrics")?)?;
    assert!(
        text.contains("signet_sealed_secrets_opened_total 1\n"),
        "only the new one was opened: {text}"
    );
    Ok(())
}
