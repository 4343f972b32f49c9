//! `flux get`, `stats`, `export`, `debug`: what there is, and how it is.

use anyhow::{Context as _, Result};
use serde_json::Value;
use signet_tests::flux::{cli, table};

use super::Demo;

/// The row of `name` under its heading.
fn row(text: &str, name: &str) -> Result<Vec<String>> {
    let rows = table(text);
    assert_eq!(
        rows[0],
        ["NAME", "REVISION", "SUSPENDED", "READY", "MESSAGE"],
        "{text}"
    );
    let found = rows.into_iter().find(|row| row[0] == name);
    found.with_context(|| format!("no {name}:\n{text}"))
}

#[test]
fn flux_get_shows_sources_and_kustomizations() -> Result<()> {
    let demo = Demo::applied("get")?;
    let (name, short) = (demo.name(), demo.short());
    let stored = format!("stored artifact for revision '{short}'");
    let shown = cli(demo.rig, &["get", "sources", "git"])?.succeeded()?;
    assert_eq!(row(&shown, name)?, [name, &short, "False", "True", &stored]);
    let applied = format!("Applied revision: {short}");
    let shown = cli(demo.rig, &["get", "kustomizations"])?.succeeded()?;
    assert_eq!(
        row(&shown, name)?,
        [name, &short, "False", "True", &applied]
    );

    let shown = cli(demo.rig, &["get", "all"])?.succeeded()?;
    let rows = table(&shown);
    for kind in ["gitrepository", "kustomization"] {
        let full = format!("{kind}/{name}");
        let row = rows.iter().find(|row| row[0] == full);
        assert_eq!(row.context("no row")?[3], "True", "{shown}");
    }
    Ok(())
}

#[test]
fn flux_get_finds_what_is_not_ready() -> Result<()> {
    let demo = Demo::pushed("selector")?;
    demo.repository.write("app/bad.yaml", "a: [b")?;
    demo.repository.push("Broken")?;
    demo.rig.connect(&demo.repository, "  prune: true")?;
    demo.rig.fails(demo.name(), &["app/bad.yaml:1"])?;
    let selector = "--status-selector=ready=false";
    let shown = cli(demo.rig, &["get", "kustomizations", selector])?.succeeded()?;
    let row = row(&shown, demo.name())?;
    assert_eq!((row[2].as_str(), row[3].as_str()), ("False", "False"));
    assert!(row[4].contains("app/bad.yaml:1"), "{shown}");
    let ready = "--status-selector=ready=true";
    let shown = cli(demo.rig, &["get", "kustomizations", ready])?;
    assert!(!shown.stdout.contains(demo.name()), "{shown:?}");
    Ok(())
}

#[test]
fn flux_stats_counts_what_runs_and_what_is_stored() -> Result<()> {
    let demo = Demo::applied("stats")?;
    let shown = cli(demo.rig, &["stats", "--all-namespaces"])?.succeeded()?;
    let rows = table(&shown);
    let of = |kind: &str| rows.iter().find(|row| row[0] == kind).cloned();
    let sources = of("GitRepository").context("a row for sources")?;
    assert!(sources[1].parse::<u32>()? > 0, "{shown}");
    assert!(sources[4].ends_with("B"), "{shown}");
    let kustomizations = of("Kustomization").context("a row for Kustomizations")?;
    assert!(kustomizations[1].parse::<u32>()? > 0, "{shown}");
    Ok(())
}

#[test]
fn flux_export_prints_what_could_be_committed() -> Result<()> {
    let demo = Demo::applied("export")?;
    let name = demo.name();
    let exported = cli(demo.rig, &["export", "source", "git", name])?.succeeded()?;
    for line in [
        "kind: GitRepository",
        "  interval: 10m0s",
        "    branch: main",
        "  timeout: 1m0s",
        &format!("  url: {}", demo.repository.url()),
    ] {
        assert!(
            exported.lines().any(|found| found == line),
            "{line}: {exported}"
        );
    }
    let exported = cli(demo.rig, &["export", "kustomization", name])?.succeeded()?;
    for line in [
        "kind: Kustomization",
        "  interval: 10m0s",
        "  path: ./app",
        "  prune: true",
        "    kind: GitRepository",
    ] {
        assert!(
            exported.lines().any(|found| found == line),
            "{line}: {exported}"
        );
    }
    assert!(!exported.contains("status:"), "{exported}");
    Ok(())
}

#[test]
fn flux_debug_shows_status_and_history() -> Result<()> {
    let demo = Demo::applied("debug")?;
    let name = demo.name();
    let debug = |flag: &str| cli(demo.rig, &["debug", "kustomization", name, flag])?.succeeded();
    let status = debug("--show-status")?;
    for words in [
        format!("message: 'Applied revision: {}'", demo.revision()),
        format!("lastAppliedRevision: {}", demo.revision()),
        format!("id: {name}_settings__ConfigMap"),
        format!("id: {name}_web_apps_Deployment"),
    ] {
        assert!(status.contains(&words), "{words}: {status}");
    }
    let history = debug("--show-history")?;
    for words in [
        "lastReconciledStatus: ReconciliationSucceeded",
        "totalReconciliations: 1",
    ] {
        assert!(history.contains(words), "{words}: {history}");
    }
    let object = demo.rig.kustomization(name)?;
    let digest = object.pointer("/status/history/0/digest");
    let digest = digest.and_then(Value::as_str).context("no digest")?;
    let digits = digest.strip_prefix("sha256:").context("no algorithm")?;
    assert_eq!(digits.len(), 64, "{digest}");
    Ok(())
}
