//! Sealing keys come, go and are bad while the controller runs; nobody but it reads them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use anyhow::{Context, Result, ensure};
use signet_tests::rig::Rig;
use signet_tests::{canary, http};

const KEYS: &str = "signet-system";

fn certificate(rig: &Rig) -> Result<Vec<u8>> {
    http::get(&rig.address(), "/v1/cert.pem")
}

fn seal(rig: &Rig, namespace: &str, name: &str) -> Result<(String, String)> {
    let value = canary::fresh(rig.directory(), name)?;
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: {namespace}}}\nstringData: {{password: '{value}'}}\n"
    );
    Ok((rig.signet(&["seal"], &secret)?.succeeded()?, value))
}

fn opens(rig: &Rig, namespace: &str, name: &str, value: &str) -> Result<()> {
    rig.until(&format!("{name} is open"), || {
        ensure!(rig.secret(namespace, name)?["password"] == value);
        Ok(())
    })
}

fn key_names(rig: &Rig) -> Result<Vec<String>> {
    let selector = "sealedsecrets.bitnami.com/sealed-secrets-key=active";
    let names = ["get", "secrets", "-n", KEYS, "-l", selector, "-o", "name"];
    let names = rig.kubectl().run(&names)?;
    Ok(names.lines().map(str::to_owned).collect())
}

/// How many key Secrets the ConfigMap speaks of, if the broken one is counted with those it lists.
fn published(rig: &Rig) -> Result<usize> {
    let map = ["configmap", "signet-sealing-certificate", "-n", KEYS];
    let map = rig.kubectl().get_json(&map)?;
    let text = map["data"]["keys.json"].as_str().context("no list")?;
    let keys: Vec<serde_json::Value> = serde_json::from_str(text)?;
    ensure!(keys[0]["newest"] == true && keys[0]["fingerprint"].is_string());
    Ok(keys.len() + 1)
}

#[test]
fn keys_come_and_go_without_a_restart_and_a_bad_one_is_named() -> Result<()> {
    let rig = Rig::start(&[])?;
    let namespace = rig.namespace("keys")?;
    let first = certificate(&rig)?;
    let bad = "
apiVersion: v1
kind: Secret
metadata:
  name: broken
  namespace: signet-system
  labels: {sealedsecrets.bitnami.com/sealed-secrets-key: active}
type: kubernetes.io/tls
data: {tls.crt: '', tls.key: ''}
";
    rig.kubectl().apply(bad)?;
    rig.until("the bad key is named", || {
        let events = rig.events(KEYS, "broken")?.join("\n");
        ensure!(
            events.contains("BadSealingKey: not used as a sealing key: tls.key"),
            "{events}"
        );
        Ok(())
    })?;
    assert_eq!(certificate(&rig)?, first, "the good one counts on");

    // A key of one's own; an instant later, because keys are ordered by seconds.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let own = rig.signet(&["keygen", "--secret"], "")?.succeeded()?;
    let known = key_names(&rig)?;
    rig.kubectl().run_with_input(&["create", "-f", "-"], &own)?;
    rig.until("it is sealed for", || {
        ensure!(certificate(&rig)? != first);
        Ok(())
    })?;
    let (sealed, value) = seal(&rig, &namespace, "own")?;
    rig.kubectl().apply(&sealed)?;
    opens(&rig, &namespace, "own", &value)?;

    assert_eq!(published(&rig)?, known.len() + 1, "each key is listed");

    // Withdrawn: the one before is sealed for again.
    let mut now = key_names(&rig)?;
    now.retain(|name| !known.contains(name));
    let [own] = now.as_slice() else {
        panic!("one key more was expected: {now:?}")
    };
    rig.kubectl().run(&["delete", "-n", KEYS, own])?;
    rig.until("the one before is sealed for again", || {
        ensure!(certificate(&rig)? == first);
        ensure!(published(&rig)? == known.len());
        Ok(())
    })?;

    // The signal that the peer's operators know.
    let id = rig.controller_id().context("a controller runs")?;
    let id = rustix::process::Pid::from_raw(id.cast_signed()).context("a process")?;
    rustix::process::kill_process(id, rustix::process::Signal::USR1)?;
    rig.until("a new key is made", || {
        ensure!(certificate(&rig)? != first);
        Ok(())
    })?;
    let (sealed, value) = seal(&rig, &namespace, "signalled")?;
    rig.kubectl().apply(&sealed)?;
    opens(&rig, &namespace, "signalled", &value)
}

/// T43: by what `signet install` grants, and by Kubernetes' own `admin` role in another namespace.
#[test]
fn nobody_but_the_controller_reads_the_keys() -> Result<()> {
    let rig = Rig::shared()?;
    let namespace = rig.namespace("tenant")?;
    rig.kubectl().run(&[
        "create",
        "rolebinding",
        "tenant",
        "-n",
        &namespace,
        "--clusterrole=admin",
        "--user=tenant",
    ])?;
    let may = |who: &[&str], what: &[&str]| -> Result<bool> {
        let question = [&["auth", "can-i"], what, &["-n", KEYS], who].concat();
        // The answer is "no" with exit code 1.
        Ok(rig.kubectl().run(&question).is_ok())
    };
    let controller = ["--as=system:serviceaccount:signet-system:signet-controller"];
    let tenant = ["--as=tenant", "--as-group=system:authenticated"];
    for verb in [
        "get", "list", "watch", "create", "update", "patch", "delete",
    ] {
        assert!(
            !may(&tenant, &[verb, "secrets"])?,
            "a tenant may {verb} keys"
        );
    }
    assert!(may(
        &tenant,
        &["get", "configmaps/signet-sealing-certificate"]
    )?);
    assert!(!may(&tenant, &["get", "configmaps/other"])?);
    assert!(!may(
        &tenant,
        &["patch", "configmaps/signet-sealing-certificate"]
    )?);
    for (verb, expected) in [
        ("get", true),
        ("list", true),
        ("create", true),
        ("delete", false),
    ] {
        assert_eq!(may(&controller, &[verb, "secrets"])?, expected, "{verb}");
    }
    for what in [
        ["create", "deployments.apps"],
        ["patch", "deployments.apps"],
        ["create", "pods"],
        ["get", "pods/exec"],
        ["create", "clusterrolebindings.rbac.authorization.k8s.io"],
    ] {
        assert!(!may(&controller, &what)?, "the controller may {what:?}");
    }
    Ok(())
}
