//! `flux tree`, `trace`, `events`, `diff` and `build`: from an object to the commit and back.

use anyhow::{Context as _, Result};
use signet_tests::flux::{cli, said, table};

use super::{Demo, config_map, revision};

#[test]
fn flux_tree_shows_what_is_owned() -> Result<()> {
    let demo = Demo::applied("tree")?;
    let name = demo.name();
    let shown = cli(demo.rig, &["tree", "kustomization", name])?.succeeded()?;
    let expected = format!(
        "Kustomization/signet-system/{name}
├── ConfigMap/{name}/settings
└── Deployment/{name}/web"
    );
    assert_eq!(shown.trim_end(), expected);
    Ok(())
}

#[test]
fn flux_trace_finds_the_commit_of_an_object() -> Result<()> {
    let demo = Demo::applied("trace")?;
    let name = demo.name();
    let arguments = ["trace", "configmap", "settings"];
    let shown = signet_tests::flux::cli_in(demo.rig, name, &arguments)?.succeeded()?;
    let without_times: String = shown
        .lines()
        .filter(|line| !line.starts_with("Status:          Last reconciled at "))
        .map(|line| format!("{line}\n"))
        .collect();
    let (revision, url) = (demo.revision(), demo.repository.url());
    let expected = format!(
        "Object:          ConfigMap/settings
Namespace:       {name}
Status:          Managed by Flux
---
Kustomization:   {name}
Namespace:       signet-system
Path:            ./app
Revision:        {revision}
Message:         Applied revision: {revision}
---
GitRepository:   {name}
Namespace:       signet-system
URL:             {url}
Branch:          main
Revision:        {revision}
Message:         stored artifact for revision '{revision}'"
    );
    assert_eq!(without_times.trim(), expected);
    assert_eq!(shown.matches("Last reconciled at").count(), 2, "{shown}");
    Ok(())
}

#[test]
fn flux_events_tell_the_story_of_a_commit() -> Result<()> {
    let demo = Demo::applied("events")?;
    let name = demo.name();
    let about = format!("--for=Kustomization/{name}");
    let shown = cli(demo.rig, &["events", &about])?.succeeded()?;
    let rows = table(&shown);
    assert_eq!(
        rows[0],
        ["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]
    );
    let find = |reason: &str| {
        let found = rows.iter().position(|row| row[2] == reason);
        found.with_context(|| format!("no {reason}:\n{shown}"))
    };
    let kustomization = format!("Kustomization/{name}");
    let changed = find("Progressing")?;
    let created = format!("ConfigMap/{name}/settings created");
    assert_eq!(
        rows[changed][1..],
        ["Normal", "Progressing", &kustomization, &created]
    );
    let next = format!("Deployment/{name}/web created");
    assert_eq!(rows[changed + 1][1..], ["", "", "", &next]);
    let done = &rows[find("ReconciliationSucceeded")?];
    assert_eq!(done[1], "Normal");
    assert!(
        done[4].starts_with("Reconciliation finished in "),
        "{shown}"
    );
    assert!(done[4].ends_with(", next run in 10m0s"), "{shown}");
    let stored = &rows[find("NewArtifact")?];
    let repository = format!("GitRepository/{name}");
    assert_eq!(
        stored[1..],
        [
            "Normal",
            "NewArtifact",
            &repository,
            "stored artifact for commit 'First version'"
        ]
    );
    assert_eq!(rows.len(), 5, "nothing else was said:\n{shown}");
    Ok(())
}

#[test]
fn what_is_said_again_is_one_event_with_a_number() -> Result<()> {
    let demo = Demo::applied("number")?;
    for _ in 0..3 {
        cli(demo.rig, &["reconcile", "source", "git", demo.name()])?.succeeded()?;
    }
    let selector = format!("involvedObject.name={}", demo.name());
    let arguments = [
        "events",
        "-n",
        "signet-system",
        "--field-selector",
        &selector,
    ];
    let list = demo.rig.kubectl().get_json(&arguments)?;
    let items = list["items"].as_array().context("a list")?;
    let same: Vec<_> = items
        .iter()
        .filter(|event| event["reason"] == "GitOperationSucceeded")
        .collect();
    assert_eq!(same.len(), 1, "{same:?}");
    assert_eq!(same[0]["count"], 3);
    let message = format!(
        "no changes since last reconciliation: observed revision '{}'",
        demo.revision()
    );
    assert_eq!(same[0]["message"], message.as_str());
    assert_eq!(same[0]["reportingComponent"], "source-controller");
    Ok(())
}

#[test]
fn flux_diff_sees_what_a_change_would_do_and_nothing_else() -> Result<()> {
    let demo = Demo::applied("diff")?;
    let name = demo.name();
    let path = demo.repository.work().join("app");
    let path = format!("--path={}", path.display());
    let same = cli(
        demo.rig,
        &["diff", "kustomization", name, &path, "--progress-bar=false"],
    )?;
    assert_eq!((same.code, said(&same).as_str()), (Some(0), ""));

    demo.repository
        .write("app/cm.yaml", &config_map(name, "debug"))?;
    demo.repository.remove("app/deploy.yaml")?;
    let more = config_map(name, "x").replace("settings", "more");
    demo.repository.write("app/more.yaml", &more)?;
    let other = cli(
        demo.rig,
        &["diff", "kustomization", name, &path, "--progress-bar=false"],
    )?;
    assert_eq!(other.code, Some(1), "as diff(1) does: {other:?}");
    let told = said(&other);
    for line in [
        format!("► ConfigMap/{name}/more created"),
        format!("► ConfigMap/{name}/settings drifted"),
        format!("► Deployment/{name}/web deleted"),
    ] {
        assert!(told.contains(&line), "{line}: {told}");
    }
    assert!(told.contains("info") && told.contains("debug"), "{told}");
    Ok(())
}

#[test]
fn flux_build_renders_what_we_would_apply() -> Result<()> {
    let demo = Demo::applied("build")?;
    let name = demo.name();
    let path = demo.repository.work().join("app");
    let path = format!("--path={}", path.display());
    let built = cli(demo.rig, &["build", "kustomization", name, &path])?.succeeded()?;
    let labels = format!("kustomize.toolkit.fluxcd.io/name: {name}");
    assert_eq!(built.matches(&labels).count(), 2, "{built}");

    let exported = cli(demo.rig, &["export", "kustomization", name])?.succeeded()?;
    let file = demo.rig.directory().join(format!("{name}.yaml"));
    std::fs::write(&file, exported)?;
    let file = format!("--kustomization-file={}", file.display());
    let offline = cli(
        demo.rig,
        &["build", "kustomization", name, &path, "--dry-run", &file],
    )?;
    assert!(offline.succeeded()?.contains("name: web"));
    Ok(())
}

#[test]
fn events_carry_what_notifications_go_by() -> Result<()> {
    let demo = Demo::applied("annotations")?;
    let selector = format!("involvedObject.name={}", demo.name());
    let arguments = [
        "events",
        "-n",
        "signet-system",
        "--field-selector",
        &selector,
    ];
    let list = demo.rig.kubectl().get_json(&arguments)?;
    let items = list["items"].as_array().context("a list")?;
    let of = |reason: &str| {
        let found = items.iter().find(|event| event["reason"] == reason);
        found.with_context(|| format!("no {reason}"))
    };
    let revision = revision(&demo.commit);
    let group = "kustomize.toolkit.fluxcd.io";
    let done = &of("ReconciliationSucceeded")?["metadata"]["annotations"];
    assert_eq!(done[format!("{group}/revision")], revision.as_str());
    assert_eq!(done[format!("{group}/commit_status")], "update");
    let changed = of("Progressing")?;
    assert_eq!(
        changed["metadata"]["annotations"][format!("{group}/revision")],
        revision.as_str()
    );
    assert_eq!(changed["source"]["component"], "kustomize-controller");
    assert_eq!(changed["reportingComponent"], "kustomize-controller");
    assert_eq!(
        changed["involvedObject"]["apiVersion"],
        "kustomize.toolkit.fluxcd.io/v1"
    );
    let stored = &of("NewArtifact")?["metadata"]["annotations"];
    let object =
        demo.rig
            .kubectl()
            .get_json(&["gitrepository", demo.name(), "-n", "signet-system"])?;
    let artifact = &object["status"]["artifact"];
    assert_eq!(
        stored["source.toolkit.fluxcd.io/revision"],
        artifact["revision"]
    );
    assert_eq!(
        stored["source.toolkit.fluxcd.io/digest"],
        artifact["digest"]
    );
    Ok(())
}
