//! What a fetch leaves on the disk (T3), and that it does not grow without end.
#![allow(clippy::unwrap_used)] // a failed unwrap is the failed test

mod support;

use std::path::Path;

use signet_source::{Limits, ReadError, Repository};
use support::{World, path, read, request, shown};

/// Every file below `dir` outside the object directories, sorted.
fn outside_objects(dir: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut ahead = vec![dir.to_owned()];
    while let Some(next) = ahead.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let entry = entry.unwrap();
            if entry.file_name() == "objects" {
                continue;
            }
            names.push(
                entry
                    .path()
                    .strip_prefix(dir)
                    .unwrap()
                    .display()
                    .to_string(),
            );
            if entry.file_type().unwrap().is_dir() {
                ahead.push(entry.path());
            }
        }
    }
    names.sort();
    names
}

#[test]
fn a_fetch_writes_objects_and_the_shallow_boundary_and_no_ref() {
    let world = World::with_one_commit();
    world.fetch();
    let before = outside_objects(world.dir.path());
    assert!(
        !before.iter().any(|name| name.contains("refs/heads/")),
        "{before:?}"
    );
    world.work.git(&["tag", "v1"]).unwrap();
    world
        .work
        .write("hooks/post-checkout", "#!/bin/sh\ntouch x\n")
        .unwrap();
    world
        .work
        .write("config", "[core]\n\tfsmonitor = touch x\n")
        .unwrap();
    world.push("Look like a repository");
    world.work.push(&world.url, &["v1"]).unwrap();
    let snapshot = world.fetch();
    assert_eq!(outside_objects(world.dir.path()), before);
    assert_eq!(read(&snapshot, ".").files.len(), 3);
}

#[test]
fn many_fetches_end_in_one_store_with_few_packs() {
    let world = World::with_one_commit();
    let first = world.fetch();
    for number in 0..45 {
        world
            .work
            .write("apps/web.yaml", format!("number: {number}\n"))
            .unwrap();
        world.push("Again");
        world.fetch();
    }
    assert_eq!(shown(&read(&first, ".")), ["apps/web.yaml=kind: Web\n"]);
    let last = world.fetch();
    assert_eq!(shown(&read(&last, ".")), ["apps/web.yaml=number: 44\n"]);
    let stores = || {
        let entries = std::fs::read_dir(world.dir.path()).unwrap();
        entries
            .filter(|entry| entry.as_ref().unwrap().path().is_dir())
            .count()
    };
    assert_eq!(stores(), 2);
    drop(first);
    assert_eq!(stores(), 1);
}

#[test]
fn what_a_killed_process_left_is_cleared_and_fetched_again() {
    let world = World::with_one_commit();
    let torn = world.dir.path().join("other/store-3/objects/pack");
    std::fs::create_dir_all(&torn).unwrap();
    std::fs::write(torn.join("tmp_pack"), "half").unwrap();
    let repository = Repository::open(&world.dir.path().join("other")).unwrap();
    assert!(!torn.exists());
    assert_eq!(
        repository.fetch(&request(&world.url)).unwrap().subject,
        "Add web"
    );
}

#[test]
fn two_repositories_cannot_share_a_directory() {
    let world = World::new();
    assert!(Repository::open(world.dir.path()).is_err());
}

#[test]
fn a_store_that_lost_its_objects_is_replaced_by_the_next_fetch() {
    let world = World::with_one_commit();
    let snapshot = world.fetch();
    let packs = world.dir.path().join("store-1/objects/pack");
    std::fs::remove_dir_all(&packs).unwrap();
    std::fs::create_dir(&packs).unwrap();
    drop(snapshot);
    world.work.write("apps/more.yaml", "kind: More\n").unwrap();
    world.push("More");
    // Only what is new is sent, so the loss shows when the whole is read.
    let holed = world.fetch();
    let error = holed
        .read(&path("apps"), &Limits::default(), |_| true)
        .unwrap_err();
    assert!(matches!(error, ReadError::Damaged { .. }), "{error}");
    let files = read(&world.fetch(), "apps").files.len();
    assert_eq!(files, 2);
}
