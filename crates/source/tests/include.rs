//! One source inside another, as readers and the archive see it.
#![allow(clippy::unwrap_used)] // a failed unwrap is the failed test

mod support;

use std::process::Command;

use signet_engine::tree::Entry;
use signet_source::{Artifacts, Include, ReadError, Request, Selection, Snapshot};
use support::{World, path, read, request, shown};

fn library() -> World {
    let world = World::new();
    world.work.write("base/x.yaml", "kind: X\n").unwrap();
    world.work.write("base/notes.md", "text").unwrap();
    world.work.write("other/y.yaml", "kind: Y\n").unwrap();
    world.push("Library");
    world
}

fn include(at: &str, from: &str, snapshot: Snapshot) -> Include {
    Include {
        at: path(at),
        from: path(from),
        snapshot,
    }
}

#[test]
fn what_is_included_is_read_where_it_stands() {
    let (world, library) = (World::with_one_commit(), library());
    let whole = world
        .fetch()
        .including(vec![include("deps/lib", "base", library.fetch())])
        .unwrap();
    assert_eq!(
        shown(&read(&whole, ".")),
        [
            "apps/web.yaml=kind: Web\n",
            "deps/lib/notes.md=text",
            "deps/lib/x.yaml=kind: X\n"
        ]
    );
    for directory in ["deps", "deps/lib"] {
        let tree = read(&whole, directory);
        assert_eq!(
            shown(&tree),
            ["deps/lib/notes.md=text", "deps/lib/x.yaml=kind: X\n"]
        );
        assert_eq!(whole.tree_id(&path(directory)).unwrap(), Some(tree.id));
    }
    assert_eq!(whole.tree_id(&path("deps/none")).unwrap(), None);
}

#[test]
fn ids_change_with_what_is_included_and_nowhere_else() {
    let (world, library) = (World::with_one_commit(), library());
    let with = |library: Snapshot| {
        world
            .fetch()
            .including(vec![include("deps", "base", library)])
            .unwrap()
    };
    let before = with(library.fetch());
    library
        .work
        .write("base/x.yaml", "kind: Changed\n")
        .unwrap();
    library.push("Change");
    let after = with(library.fetch());
    let id = |snapshot: &Snapshot, at: &str| snapshot.tree_id(&path(at)).unwrap();
    assert_ne!(id(&before, "deps"), id(&after, "deps"));
    assert_ne!(id(&before, "."), id(&after, "."));
    assert_eq!(id(&before, "apps"), id(&after, "apps"));
    assert_ne!(before.content_id(), after.content_id());
    assert_eq!(before.revision, after.revision);
}

#[test]
fn the_archive_holds_it_and_the_rules_of_the_whole_apply() {
    let (world, library) = (World::with_one_commit(), library());
    let selection = Selection {
        ignore: Some("*.md\n".to_owned()),
        ..Selection::default()
    };
    let own = world
        .repository
        .fetch(&Request {
            selection,
            ..request(&world.url)
        })
        .unwrap();
    let whole = own
        .including(vec![include("lib", "", library.fetch())])
        .unwrap();
    let directory = tempfile::tempdir().unwrap();
    let artifacts = Artifacts::open(directory.path()).unwrap();
    let kept = artifacts.keep("a", "b", &whole).unwrap();
    let listed = Command::new("tar")
        .arg("-tzf")
        .arg(artifacts.root().join(kept.path))
        .output()
        .unwrap();
    let names = String::from_utf8(listed.stdout).unwrap();
    let names: Vec<&str> = names.lines().collect();
    assert_eq!(
        names,
        [
            ".",
            "apps",
            "apps/web.yaml",
            "lib/base",
            "lib/base/x.yaml",
            "lib/other",
            "lib/other/y.yaml"
        ]
    );
    assert_eq!(
        shown(&read(&whole, "lib/base")),
        ["lib/base/x.yaml=kind: X\n"]
    );
}

#[test]
fn a_place_that_is_taken_and_a_directory_that_is_not_there_are_named() {
    let (world, library) = (World::with_one_commit(), library());
    let put = |at: &str, from: &str| {
        world
            .fetch()
            .including(vec![include(at, from, library.fetch())])
    };
    for taken in ["apps", "apps/web.yaml", "."] {
        assert!(
            matches!(put(taken, "base"), Err(ReadError::Taken(_))),
            "{taken}"
        );
    }
    let missing = put("deps", "nope").unwrap_err();
    assert_eq!(missing, ReadError::NoSuchPath(path("nope")));
}

#[test]
fn one_place_is_looked_at_without_the_rest() {
    let (world, library) = (World::with_one_commit(), library());
    let whole = world
        .fetch()
        .including(vec![include("deps/lib", "base", library.fetch())])
        .unwrap();
    let at = |text: &str| match whole.entry(&path(text)).unwrap() {
        Some(Entry::File { at, id }) if id.len() == 40 => format!("file {at}"),
        Some(Entry::Directory { at }) => format!("directory {at}"),
        other => format!("{other:?}"),
    };
    for (asked, found) in [
        ("apps/web.yaml", "file apps/web.yaml"),
        ("deps", "directory deps"),
        ("deps/lib", "directory deps/lib"),
        ("deps/lib/x.yaml", "file deps/lib/x.yaml"),
        ("deps/lib/none", "None"),
        ("deps/other/y.yaml", "None"),
        ("apps/web.yaml/below", "None"),
    ] {
        assert_eq!(at(asked), found, "{asked}");
    }
    let read = |text: &str| whole.bytes(&path(text), 100).unwrap();
    assert_eq!(read("deps/lib/x.yaml").unwrap(), b"kind: X\n");
    assert_eq!(read("apps/web.yaml").unwrap(), b"kind: Web\n");
    assert_eq!(read("apps"), None);
    assert!(whole.bytes(&path("apps/web.yaml"), 3).is_err());
}
