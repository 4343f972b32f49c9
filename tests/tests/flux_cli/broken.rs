//! A commit that can never be applied: `flux reconcile` says why in a second or two, where Flux's own
//! controller leaves it waiting for five minutes and then says `context deadline exceeded`.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::Value;
use signet_tests::flux::{cli, said};
use signet_tests::rig::condition;

use super::{Demo, config_map, deployment};

/// The command looks every two seconds; twice, since it asks the source first. The rest is for a machine
/// that has much else to do.
const AT_ONCE: Duration = Duration::from_secs(30);

/// What is wrong, the files, and what `flux` is to say.
type Case = (&'static str, Vec<(&'static str, String)>, Vec<&'static str>);

fn cases(namespace: &str) -> Vec<Case> {
    let bad_name = config_map(namespace, "x").replace("name: settings", "name: 'Bad Name!'");
    let bad_field = deployment(namespace)
        .replace("name: web", "name: other")
        .replace("matchLabels: {app: web}", "matchLabels: {app: elsewhere}");
    let immutable = deployment(namespace).replace("app: web", "app: other");
    let twice = config_map(namespace, "a") + "---\n" + &config_map(namespace, "b");
    vec![
        (
            "a file that is no YAML",
            vec![("app/bad.yaml", "a: [b\n c".to_owned())],
            vec!["app/bad.yaml:1", "not valid YAML"],
        ),
        (
            "a name that is none",
            vec![("app/bad.yaml", bad_name)],
            vec!["app/bad.yaml:1", "Bad Name!"],
        ),
        (
            "an object that the API server refuses",
            vec![("app/bad.yaml", bad_field)],
            vec!["app/bad.yaml", "Invalid", "Deployment"],
        ),
        (
            "a field that cannot be changed",
            vec![("app/deploy.yaml", immutable)],
            vec!["app/deploy.yaml", "immutable"],
        ),
        (
            "an object that stands twice",
            vec![("app/cm.yaml", String::new()), ("app/bad.yaml", twice)],
            vec!["app/bad.yaml", "settings"],
        ),
    ]
}

#[test]
fn what_can_never_be_applied_fails_at_once_with_the_reason() -> Result<()> {
    let demo = Demo::applied("never")?;
    for (what, files, words) in cases(demo.name()) {
        for (path, text) in &files {
            demo.repository.write(path, text)?;
        }
        demo.repository.push(what)?;
        let begun = Instant::now();
        let arguments = ["reconcile", "kustomization", demo.name(), "--with-source"];
        let told = said(&cli(demo.rig, &arguments)?);
        assert!(begun.elapsed() < AT_ONCE, "{what}: {:?}", begun.elapsed());
        let last = told.lines().find(|line| line.starts_with('✗'));
        let last = last.unwrap_or_else(|| panic!("{what}: {told}"));
        for word in words {
            assert!(last.contains(word), "{what}: {word} is not in {last}");
        }
        let object = demo.rig.kustomization(demo.name())?;
        let (stalled, reason, message) = condition(&object, "Stalled");
        assert_eq!(stalled, "True", "{what}");
        assert_eq!(
            condition(&object, "Ready"),
            ("False".to_owned(), reason, message)
        );
        for path in ["app/bad.yaml", "app/cm.yaml", "app/deploy.yaml"] {
            drop(demo.repository.remove(path));
        }
        demo.repository
            .write("app/cm.yaml", &config_map(demo.name(), "info"))?;
        demo.repository
            .write("app/deploy.yaml", &deployment(demo.name()))?;
    }
    nothing_was_applied(&demo)?;
    it_recovers(&demo)
}

fn nothing_was_applied(demo: &Demo) -> Result<()> {
    let found = demo
        .rig
        .kubectl()
        .get_json(&["configmaps", "-n", demo.name()])?;
    let items = found["items"].as_array().cloned().unwrap_or_default();
    let names: Vec<_> = items
        .iter()
        .filter_map(|item| item.pointer("/metadata/name").and_then(Value::as_str))
        .filter(|name| *name != "kube-root-ca.crt")
        .collect();
    assert_eq!(names, ["settings"]);
    Ok(())
}

fn it_recovers(demo: &Demo) -> Result<()> {
    let commit = demo.repository.push("Good again")?;
    let arguments = ["reconcile", "kustomization", demo.name(), "--with-source"];
    let told = said(&cli(demo.rig, &arguments)?);
    let applied = format!("✔ applied revision main@sha1:{commit}");
    assert!(told.contains(&applied), "{told}");
    let object = demo.rig.kustomization(demo.name())?;
    assert_eq!(condition(&object, "Stalled").0, "", "it is gone");
    Ok(())
}

#[test]
fn a_source_that_is_not_there_fails_with_the_reason() -> Result<()> {
    let demo = Demo::applied("gone")?;
    let patch = r#"{"spec":{"ref":{"branch":"no-such-branch"}}}"#;
    let (name, kind) = (demo.name(), "gitrepository");
    let arguments = [
        "patch",
        kind,
        name,
        "-n",
        "signet-system",
        "--type=merge",
        "-p",
        patch,
    ];
    demo.rig.kubectl().run(&arguments)?;
    let arguments = ["reconcile", "source", "git", name, "--timeout=10s"];
    let told = said(&cli(demo.rig, &arguments)?);
    assert!(told.contains('✗'), "{told}");
    let shown = cli(demo.rig, &["get", "sources", "git", name])?.succeeded()?;
    assert!(shown.contains("no-such-branch"), "{shown}");
    Ok(())
}
