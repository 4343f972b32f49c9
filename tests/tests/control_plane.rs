//! The harness itself: that the control plane is a real one, and that its helpers hold.

use std::time::Duration;

use anyhow::{Result, ensure};
use signet_tests::control_plane::{Options, User};
use signet_tests::{ControlPlane, TestNamespace, eventually};

#[test]
fn objects_outlive_an_api_server_that_is_away() -> Result<()> {
    let mut plane = ControlPlane::start()?;
    plane
        .kubectl()
        .run(&["create", "configmap", "kept", "--from-literal=a=1"])?;
    plane.stop_api_server()?;
    let away = plane
        .kubectl()
        .run(&["get", "configmap", "kept", "--request-timeout=2s"]);
    ensure!(away.is_err(), "the API server still answers: {away:?}");
    plane.start_api_server()?;
    let kept = plane.kubectl().get_json(&["configmap", "kept"])?;
    ensure!(kept["data"]["a"] == "1", "{kept}");
    Ok(())
}

#[test]
fn a_service_account_may_do_what_rbac_says_and_no_more() -> Result<()> {
    let plane = ControlPlane::shared()?;
    let namespace = TestNamespace::create(plane, "rbac")?;
    let admin = namespace.kubectl();
    admin.run(&["create", "serviceaccount", "reader"])?;
    admin.run(&[
        "create",
        "role",
        "read",
        "--verb=get",
        "--resource=configmaps",
    ])?;
    let subject = format!("--serviceaccount={}:reader", namespace.name());
    admin.run(&["create", "rolebinding", "read", "--role=read", &subject])?;
    admin.run(&["create", "configmap", "open", "--from-literal=a=1"])?;
    let reader = plane
        .kubectl_as(namespace.name(), "reader")?
        .in_namespace(namespace.name());
    namespace.eventually(Duration::from_secs(10), "the role is in force", || {
        reader.run(&["get", "configmap", "open"])
    })?;
    let refused = reader.run(&["get", "secrets"]);
    ensure!(refused.is_err_and(|error| error.to_string().contains("Forbidden")));
    Ok(())
}

#[test]
fn a_user_of_the_token_file_is_that_user() -> Result<()> {
    let users = vec![User {
        name: "alice".to_owned(),
        groups: vec!["team".to_owned()],
    }];
    let plane = ControlPlane::start_with(Options {
        users,
        ..Options::default()
    })?;
    let alice = plane
        .kubectl()
        .with_kubeconfig(plane.kubeconfig_for("alice", "alice")?);
    let said = alice.run(&["auth", "whoami", "-o", "json"])?;
    ensure!(
        said.contains("\"alice\"") && said.contains("\"team\""),
        "{said}"
    );
    Ok(())
}

#[test]
fn a_namespace_is_deleted_after_its_test() -> Result<()> {
    let plane = ControlPlane::shared()?;
    let name = {
        let namespace = TestNamespace::create(plane, "short-lived")?;
        namespace
            .kubectl()
            .run(&["create", "configmap", "inside", "--from-literal=a=1"])?;
        namespace.name().to_owned()
    };
    let dump = std::fs::read_to_string(plane.directory().join(format!("dump/{name}.json")))?;
    ensure!(
        dump.contains("\"inside\""),
        "the dump lacks what was there: {dump}"
    );
    eventually(Duration::from_secs(60), "the namespace is gone", || {
        ensure!(plane.kubectl().run(&["get", "namespace", &name]).is_err());
        Ok(())
    })
}
