//! The archive of a commit, read back by the real `tar`; and what belongs to a source.
#![allow(clippy::unwrap_used)] // a failed unwrap is the failed test

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};
use signet_source::{Artifacts, FetchError, Kept, Request, Retention, Selection, Snapshot};
use support::{World, path, read, request, shown};

/// A shelf in a directory of its own, and what it has of `snapshot`.
fn kept(snapshot: &Snapshot) -> (tempfile::TempDir, Artifacts, Kept) {
    let directory = tempfile::tempdir().unwrap();
    let artifacts = Artifacts::open(directory.path()).unwrap();
    let kept = artifacts.keep("team-a", "fleet", snapshot).unwrap();
    (directory, artifacts, kept)
}

fn listing(archive: &Path) -> Vec<String> {
    let mut command = Command::new("tar");
    command.args(["--numeric-owner", "--utc", "--full-time", "-tvzf"]);
    let output = command.arg(archive).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    text.lines().map(words).collect()
}

fn names(archive: &Path) -> Vec<String> {
    let last = |line: &String| line.rsplit(' ').next().unwrap().to_owned();
    listing(archive).iter().map(last).collect()
}

fn with(url: &str, ignore: &str, sparse: &[&str]) -> Request {
    Request {
        selection: Selection {
            ignore: Some(ignore.to_owned()),
            sparse: sparse.iter().map(|text| path(text)).collect(),
        },
        ..request(url)
    }
}

#[test]
fn an_archive_holds_files_and_directories_without_owner_time_or_links() {
    let world = World::new();
    world.work.write("app/cm.yaml", "kind: A\n").unwrap();
    world.work.write("app/run.sh", "#!/bin/sh\n").unwrap();
    world.work.git(&["add", "-A"]).unwrap();
    world
        .work
        .git(&["update-index", "--chmod=+x", "app/run.sh"])
        .unwrap();
    world.work.link("app/link.yaml", "cm.yaml").unwrap();
    world.work.git(&["add", "app/link.yaml"]).unwrap();
    world.work.git(&["commit", "-q", "-m", "First"]).unwrap();
    world.work.push(&world.url, &[]).unwrap();
    let snapshot = world.fetch();
    let (_directory, artifacts, kept) = kept(&snapshot);
    let archive = artifacts.root().join(&kept.path);
    assert_eq!(
        listing(&archive),
        [
            "drwxr-x--- 0/0 0 1970-01-01 00:00:00 .",
            "drwxr-x--- 0/0 0 1970-01-01 00:00:00 app",
            "-rw------- 0/0 8 1970-01-01 00:00:00 app/cm.yaml",
            "-rwx------ 0/0 10 1970-01-01 00:00:00 app/run.sh",
        ]
    );
    let bytes = fs::read(&archive).unwrap();
    let digest: String = Sha256::digest(&bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    assert_eq!(kept.digest, format!("sha256:{digest}"));
    assert_eq!(kept.size, bytes.len() as u64);
    let hash = &snapshot.revision.hash;
    assert_eq!(
        kept.path,
        format!("gitrepository/team-a/fleet/{hash}.tar.gz")
    );
}

#[test]
fn equal_content_makes_equal_bytes() {
    let world = World::with_one_commit();
    let first = kept(&world.fetch()).2;
    world.push("Nothing in it");
    let second = kept(&world.fetch()).2;
    assert_eq!(first.digest, second.digest);
    assert_ne!(first.path, second.path);
}

#[test]
fn a_long_path_is_packed_whole() {
    let world = World::new();
    let deep = format!("{}/{}.yaml", "d".repeat(90), "f".repeat(90));
    world.work.write(&deep, "kind: A\n").unwrap();
    world.push("Long");
    let (_directory, artifacts, kept) = kept(&world.fetch());
    assert!(names(&artifacts.root().join(&kept.path)).contains(&deep));
}

#[test]
fn what_is_ignored_is_neither_read_nor_packed() {
    let world = World::new();
    world.work.write("deploy/app.yaml", "kind: A\n").unwrap();
    world.work.write("deploy/notes.md", "text").unwrap();
    world.work.write("deploy/old/x.yaml", "kind: X\n").unwrap();
    world
        .work
        .write("deploy/old/.sourceignore", "x.yaml\n")
        .unwrap();
    world.work.write("src/main.rs", "fn main() {}").unwrap();
    world.work.link("src/nowhere", "../../outside").unwrap();
    world.push("First");
    let rules = "/src\n*.md\n.sourceignore\n";
    let snapshot = world
        .repository
        .fetch(&with(&world.url, rules, &[]))
        .unwrap();
    assert_eq!(shown(&read(&snapshot, ".")), ["deploy/app.yaml=kind: A\n"]);
    let (_directory, artifacts, kept) = kept(&snapshot);
    let held = names(&artifacts.root().join(&kept.path));
    assert_eq!(held, [".", "deploy", "deploy/app.yaml", "deploy/old"]);
}

#[test]
fn other_rules_make_another_id_of_the_same_tree() {
    let world = World::with_one_commit();
    let id = |rules: &str| {
        let snapshot = world
            .repository
            .fetch(&with(&world.url, rules, &[]))
            .unwrap();
        let tree = snapshot.tree_id(&path("apps")).unwrap().unwrap();
        assert_eq!(read(&snapshot, "apps").id, tree);
        (tree, snapshot.content_id())
    };
    let (all, fewer) = (id(""), id("*.yaml"));
    assert_ne!(all.0, fewer.0);
    assert_ne!(all.1, fewer.1);
    assert_eq!(all, id(""));
    assert_eq!(all.0, world.work.git(&["rev-parse", "HEAD:apps"]).unwrap());
}

#[test]
fn sparse_takes_the_named_directories_and_says_which_is_missing() {
    let world = World::new();
    for file in [
        "apps/web/a.yaml",
        "apps/db/b.yaml",
        "infra/c.yaml",
        "top.yaml",
    ] {
        world.work.write(file, "kind: A\n").unwrap();
    }
    world.push("First");
    let sparse = |dirs: &[&str]| world.repository.fetch(&with(&world.url, "", dirs));
    let snapshot = sparse(&["./apps/web", "infra"]).unwrap();
    assert_eq!(
        shown(&read(&snapshot, ".")),
        ["apps/web/a.yaml=kind: A\n", "infra/c.yaml=kind: A\n"]
    );
    let (_directory, artifacts, kept) = kept(&snapshot);
    let held = names(&artifacts.root().join(&kept.path));
    assert_eq!(
        held,
        [
            ".",
            "apps",
            "apps/web",
            "apps/web/a.yaml",
            "infra",
            "infra/c.yaml"
        ]
    );
    let error = sparse(&["apps", "nope"]).unwrap_err();
    assert!(matches!(error, FetchError::Selection { .. }), "{error}");
    assert!(
        error.to_string().contains("path nope does not exist"),
        "{error}"
    );
    assert_eq!(error.reason(), "GitOperationFailed");
}

#[test]
fn older_archives_go_when_they_are_too_many_and_too_old() {
    let world = World::with_one_commit();
    let (_directory, artifacts, first) = kept(&world.fetch());
    let mut all = vec![first];
    for message in ["Second", "Third", "Fourth"] {
        world.push(message);
        std::thread::sleep(Duration::from_millis(20));
        all.push(artifacts.keep("team-a", "fleet", &world.fetch()).unwrap());
    }
    let current = &all[3].path;
    let retention = Retention {
        records: 2,
        age: Duration::from_secs(60),
    };
    let collect = |now| {
        artifacts
            .collect("team-a", "fleet", current, &retention, now)
            .unwrap()
    };
    assert_eq!(collect(SystemTime::now()), 0, "all are young");
    assert_eq!(collect(SystemTime::now() + Duration::from_secs(120)), 2);
    let left: Vec<bool> = all.iter().map(|one| artifacts.has(one)).collect();
    assert_eq!(left, [false, false, true, true]);
}

#[test]
fn archives_of_sources_that_are_gone_are_swept() {
    let world = World::with_one_commit();
    let (directory, artifacts, gone) = kept(&world.fetch());
    let stays = artifacts.keep("team-b", "fleet", &world.fetch()).unwrap();
    artifacts
        .sweep(|namespace, _| namespace == "team-b")
        .unwrap();
    assert!(!artifacts.has(&gone));
    assert!(artifacts.has(&stays));
    artifacts.forget("team-b", "fleet").unwrap();
    artifacts.forget("team-b", "never-was").unwrap();
    assert!(!artifacts.has(&stays));
    assert_eq!(
        fs::read_dir(directory.path().join("unfinished"))
            .unwrap()
            .count(),
        0
    );
}

#[test]
fn what_was_left_unfinished_goes_and_what_was_finished_stays() {
    let world = World::with_one_commit();
    let (directory, artifacts, kept) = kept(&world.fetch());
    fs::write(directory.path().join("unfinished/half"), "half").unwrap();
    drop(artifacts);
    let again = Artifacts::open(directory.path()).unwrap();
    assert!(again.has(&kept));
    assert!(!directory.path().join("unfinished/half").exists());
}
