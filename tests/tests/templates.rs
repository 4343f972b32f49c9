//! Templates in a cluster: rendered once and to the same bytes whatever happens, by the rules that the
//! object asks for, and refused as a whole with every cause.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use signet_tests::canary;
use signet_tests::rig::{Rig, condition};

/// A SealedSecret `db` with a password, and these lines below `spec.template.data`.
fn sealed(rig: &Rig, namespace: &str, value: &str, entries: &[&str]) -> Result<String> {
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: db, namespace: {namespace}}}\nstringData: {{password: '{value}'}}\n"
    );
    let sealed = rig.signet(&["seal"], &secret)?.succeeded()?;
    let mut with = "  template:\n    data:\n".to_owned();
    for entry in entries {
        with.push_str(&format!("      {entry}\n"));
    }
    assert!(sealed.contains("  template:\n"), "{sealed}");
    Ok(sealed.replace("  template:\n", &with))
}

/// The Secret once it has these keys.
fn made(rig: &Rig, namespace: &str, keys: &[&str]) -> Result<BTreeMap<String, String>> {
    rig.until("the Secret is there", || {
        let data = rig.secret(namespace, "db")?;
        ensure!(data.keys().eq(keys.iter()), "{:?}", data.keys());
        Ok(data)
    })
}

fn said(rig: &Rig, namespace: &str, kind: &str) -> Result<(String, String, String)> {
    let object = ["sealedsecret", "db", "-n", namespace];
    Ok(condition(&rig.kubectl().get_json(&object)?, kind))
}

const DRAWN: &str = "token: '{{ randAlphaNum 24 }} {{ now | unixEpoch }} {{ uuidv4 }} {{ htpasswd \"admin\" .password }}'";

#[test]
fn what_was_drawn_stays_until_somebody_declares_otherwise() -> Result<()> {
    let rig = Rig::start(&[])?;
    let namespace = rig.namespace("drawn")?;
    let value = canary::fresh(rig.directory(), "drawn")?;
    let object = sealed(&rig, &namespace, &value, &[DRAWN])?;
    rig.kubectl().apply(&object)?;
    let first = made(&rig, &namespace, &["password", "token"])?;
    rig.until("the moment is kept", || {
        let (status, _, message) = said(&rig, &namespace, "Rendered")?;
        ensure!(status == "True" && message == "templates of generation 1");
        Ok(())
    })?;

    let same = |when: &str| {
        rig.until(when, || {
            ensure!(rig.secret(&namespace, "db")? == first, "another Secret");
            Ok(())
        })
    };
    let edit = r#"{"stringData":{"token":"mine"}}"#;
    let patch = ["patch", "secret", "db", "-n", &namespace, "--type=merge"];
    rig.kubectl().run(&[&patch[..], &["-p", edit]].concat())?;
    same("it is put back")?;
    let delete = ["delete", "secret", "db", "-n", &namespace];
    rig.kubectl().run(&delete)?;
    same("it is made again")?;
    rig.kill_controller();
    rig.kubectl().run(&delete)?;
    rig.start_controller()?;
    same("a restart makes it again")?;

    // Sealed anew it is another spec.
    let again = sealed(&rig, &namespace, &value, &[DRAWN])?;
    rig.kubectl().apply(&again)?;
    rig.until("it is drawn anew", || {
        let now = rig.secret(&namespace, "db")?;
        ensure!(now["token"] != first["token"] && now["password"] == value);
        Ok(())
    })
}

#[test]
fn the_object_chooses_whose_rules_count() -> Result<()> {
    let rig = Rig::shared()?;
    let namespace = rig.namespace("rules")?;
    let value = canary::fresh(rig.directory(), "rules")?;
    let entries = [
        "password: 'not {{ .password | len }}'",
        "seen: '{{ .password | len }}'",
    ];
    let object = sealed(rig, &namespace, &value, &entries)?;
    rig.kubectl().apply(&object)?;
    let newer = made(rig, &namespace, &["password", "seen"])?;
    assert_eq!(newer["password"], value);
    assert_eq!(newer["seen"], value.len().to_string());
    let annotate = |rules: &str| {
        let rules = format!("signet.dev/template-rules={rules}");
        let annotate = ["annotate", "--overwrite", "sealedsecret", "db", &rules];
        rig.kubectl()
            .run(&[&annotate[..], &["-n", &namespace]].concat())
    };
    annotate("0.36")?;
    rig.until("the entry counts", || {
        let password = rig.secret(&namespace, "db")?["password"].clone();
        ensure!(password == format!("not {}", value.len()));
        Ok(())
    })?;
    annotate("0.38")?;
    rig.until("what nobody knows is refused by name", || {
        let (status, _, message) = said(rig, &namespace, "Synced")?;
        ensure!(status == "False", "{status}");
        ensure!(
            message.contains("signet.dev/template-rules: write 0.40 or 0.36"),
            "{message}"
        );
        Ok(())
    })
}

#[test]
fn a_template_that_fails_writes_nothing_and_says_why_without_a_value() -> Result<()> {
    let rig = Rig::shared()?;
    let namespace = rig.namespace("fails")?;
    let value = canary::fresh(rig.directory(), "fails")?;
    let entries = [
        "good: '{{ .password }}'",
        "number: '{{ index .password 999 }}'",
        "reads: '{{ env \"HOME\" }}'",
        "told: '{{ fail .password }}'",
        "turns: '{{ range 10000000 }}{{ end }}'",
    ];
    let object = sealed(rig, &namespace, &value, &entries)?;
    rig.kubectl().apply(&object)?;
    rig.until("the condition names every cause", || {
        let (status, _, message) = said(rig, &namespace, "Synced")?;
        ensure!(status == "False", "{status}");
        for part in [
            "(number)",
            "function \"env\" not defined (reads)",
            "(told)",
            "more than 4000000 steps (turns)",
        ] {
            ensure!(message.contains(part), "{part} in {message}");
        }
        ensure!(!message.contains("(good)") && !message.contains(&value));
        Ok(())
    })?;
    assert!(rig.secret(&namespace, "db").is_err(), "nothing is written");
    Ok(())
}
