//! Fetching over real smart HTTP from repositories made by the real `git`.
#![allow(clippy::unwrap_used)] // a failed unwrap is the failed test

mod support;

use std::time::{Duration, Instant};

use signet_source::{Bounds, Credentials, FetchError, Reference, Repository, Request};
use signet_testkit::git_server::GitServer;
use support::{World, at, commit, path, read, request, shown};
use zeroize::Zeroizing;

fn basic(username: &str, password: &str) -> Credentials {
    let password = Zeroizing::new(password.to_owned());
    Credentials::Basic {
        username: username.to_owned(),
        password,
    }
}

#[test]
fn a_branch_is_fetched_and_its_directory_read() {
    let world = World::new();
    world.work.write("apps/web.yaml", "kind: Web\n").unwrap();
    world.work.write("apps/db/db.yaml", "kind: Db\n").unwrap();
    world.work.write("README", "no manifest").unwrap();
    let id = world.push("Add the apps\n\nA longer story.");
    let snapshot = world.fetch();
    assert_eq!(snapshot.revision.to_string(), format!("main@sha1:{id}"));
    assert_eq!(snapshot.subject, "Add the apps");
    let tree = read(&snapshot, "apps");
    assert_eq!(
        shown(&tree),
        ["apps/db/db.yaml=kind: Db\n", "apps/web.yaml=kind: Web\n"]
    );
    assert_eq!(
        tree.id,
        world.work.git(&["rev-parse", "HEAD:apps"]).unwrap()
    );
    assert_eq!(snapshot.tree_id(&path("apps")).unwrap(), Some(tree.id));
    assert_eq!(snapshot.tree_id(&path("nope/deep")).unwrap(), None);
}

#[test]
fn nothing_is_transferred_when_nothing_changed() {
    let world = World::with_one_commit();
    world.fetch();
    assert_eq!(world.server.packs_sent(), 1);
    world.fetch();
    assert_eq!(world.server.packs_sent(), 1);
    world.push("Nothing in it");
    world.fetch();
    assert_eq!(world.server.packs_sent(), 2);
}

#[test]
fn a_push_and_a_revert_are_seen_and_the_old_snapshot_stays_readable() {
    let world = World::with_one_commit();
    let first = world.fetch();
    world
        .work
        .write("apps/web.yaml", "kind: Changed\n")
        .unwrap();
    world.push("Change web");
    let second = world.fetch();
    world.work.git(&["revert", "--no-edit", "HEAD"]).unwrap();
    world.work.push(&world.url, &[]).unwrap();
    let third = world.fetch();
    assert_eq!(shown(&read(&first, ".")), ["apps/web.yaml=kind: Web\n"]);
    assert_eq!(
        shown(&read(&second, ".")),
        ["apps/web.yaml=kind: Changed\n"]
    );
    assert_eq!(read(&third, "."), read(&first, "."));
    assert_ne!(third.revision, first.revision);
}

#[test]
fn a_forced_push_back_needs_no_transfer() {
    let world = World::with_one_commit();
    let first = world.fetch();
    world.work.write("apps/new.yaml", "kind: New\n").unwrap();
    world.push("Add new");
    world.fetch();
    world
        .work
        .git(&["reset", "-q", "--hard", "HEAD~1"])
        .unwrap();
    world.work.push(&world.url, &["-f", "HEAD"]).unwrap();
    let packs = world.server.packs_sent();
    let back = world.fetch();
    assert_eq!(back.revision, first.revision);
    assert_eq!(shown(&read(&back, ".")), ["apps/web.yaml=kind: Web\n"]);
    assert_eq!(world.server.packs_sent(), packs);
}

#[test]
fn a_forced_push_of_another_history_is_followed() {
    let world = World::with_one_commit();
    world.fetch();
    world
        .work
        .git(&["checkout", "-q", "--orphan", "other"])
        .unwrap();
    world.work.write("apps/web.yaml", "kind: Other\n").unwrap();
    let id = world.work.commit("Start again").unwrap();
    world.work.push(&world.url, &["-f", "HEAD:main"]).unwrap();
    let snapshot = world.fetch();
    assert_eq!(snapshot.revision.hash, id);
    assert_eq!(
        shown(&read(&snapshot, ".")),
        ["apps/web.yaml=kind: Other\n"]
    );
}

#[test]
fn tags_names_and_commits_are_fetched_as_flux_prints_them() {
    let world = World::with_one_commit();
    let old = world.work.git(&["rev-parse", "HEAD"]).unwrap();
    world
        .work
        .git(&["tag", "-a", "v1.0", "-m", "first"])
        .unwrap();
    world.push("Later");
    world
        .work
        .push(&world.url, &["v1.0", "HEAD:refs/pull/420/head"])
        .unwrap();
    let new = world.work.git(&["rev-parse", "HEAD"]).unwrap();
    let fetch = |reference| {
        let fetched = world.repository.fetch(&at(reference, &world.url)).unwrap();
        assert_eq!(
            shown(&read(&fetched, "apps")),
            ["apps/web.yaml=kind: Web\n"]
        );
        fetched.revision.to_string()
    };
    assert_eq!(
        fetch(Reference::Tag("v1.0".into())),
        format!("v1.0@sha1:{old}")
    );
    let pull = "refs/pull/420/head";
    assert_eq!(
        fetch(Reference::Name(pull.into())),
        format!("{pull}@sha1:{new}")
    );
    assert_eq!(fetch(commit(&old, None)), format!("sha1:{old}"));
    assert_eq!(
        fetch(commit(&old, Some("main"))),
        format!("main@sha1:{old}")
    );
}

#[test]
fn a_commit_in_the_middle_of_history_is_fetched_alone() {
    let world = World::with_one_commit();
    let middle = world.work.git(&["rev-parse", "HEAD"]).unwrap();
    world.work.write("apps/web.yaml", "kind: Later\n").unwrap();
    world.push("Later");
    let snapshot = world
        .repository
        .fetch(&at(commit(&middle, None), &world.url))
        .unwrap();
    assert_eq!(shown(&read(&snapshot, ".")), ["apps/web.yaml=kind: Web\n"]);
    let nowhere = at(commit(&"1".repeat(40), None), &world.url);
    let error = world.repository.fetch(&nowhere).unwrap_err();
    assert!(
        matches!(error, FetchError::NoSuchReference { .. }),
        "{error}"
    );
    let short = world
        .repository
        .fetch(&at(commit("abc123", None), &world.url))
        .unwrap_err();
    assert!(short.to_string().contains("40 hex digits"), "{short}");
}

#[test]
fn a_missing_branch_is_named_with_what_there_is() {
    let world = World::with_one_commit();
    let master = Reference::Branch("master".into());
    let error = world.repository.fetch(&at(master, &world.url)).unwrap_err();
    let expected = format!(
        "branch \"master\" not found in {}; there is \"main\"",
        world.url
    );
    assert_eq!(error.to_string(), expected);
    assert_eq!(error.reason(), "GitOperationFailed");
    world.fetch();
}

#[test]
fn an_empty_repository_says_so_and_recovers_with_the_first_push() {
    let world = World::new();
    let error = world.repository.fetch(&request(&world.url)).unwrap_err();
    assert!(matches!(error, FetchError::Empty { .. }), "{error}");
    assert_eq!(error.reason(), "EmptyGitRepository");
    world.push("First");
    assert_eq!(world.fetch().subject, "First");
}

#[test]
fn a_repository_that_is_gone_is_told_apart_and_what_was_fetched_stays() {
    let world = World::with_one_commit();
    let snapshot = world.fetch();
    std::fs::rename(
        world.server.path("fleet.git"),
        world.server.path("gone.git"),
    )
    .unwrap();
    let error = world.repository.fetch(&request(&world.url)).unwrap_err();
    assert!(matches!(error, FetchError::NotFound { .. }), "{error}");
    assert_eq!(shown(&read(&snapshot, ".")), ["apps/web.yaml=kind: Web\n"]);
    std::fs::rename(
        world.server.path("gone.git"),
        world.server.path("fleet.git"),
    )
    .unwrap();
    assert_eq!(world.fetch().revision, snapshot.revision);
}

#[test]
fn a_server_that_is_away_is_an_error_that_passes() {
    let (url, dir) = {
        let server = GitServer::start().unwrap();
        (server.url("fleet.git"), tempfile::tempdir().unwrap())
    };
    let error = Repository::open(dir.path())
        .unwrap()
        .fetch(&request(&url))
        .unwrap_err();
    assert!(matches!(error, FetchError::Other { .. }), "{error}");
    // Reset, where the port was closed at this very moment.
    let said = ["onnection refused", "onnection reset"];
    let said = said.iter().any(|said| error.to_string().contains(said));
    assert!(said, "{error}");
}

#[test]
fn credentials_are_needed_checked_and_never_shown() {
    let world = World::with_one_commit();
    world.server.require_login("bob", "hunter2-canary");
    let try_as = |credentials| {
        world.repository.fetch(&Request {
            credentials,
            ..request(&world.url)
        })
    };
    for wrong in [
        Credentials::None,
        basic("bob", "wrong-canary"),
        basic("eve", "hunter2-canary"),
    ] {
        let error = try_as(wrong).unwrap_err();
        assert!(
            matches!(error, FetchError::Authentication { .. }),
            "{error}"
        );
        assert_eq!(error.reason(), "AuthenticationFailed");
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }
    assert_eq!(
        try_as(basic("bob", "hunter2-canary")).unwrap().subject,
        "Add web"
    );
    let revoked = try_as(basic("bob", "old")).unwrap_err();
    assert!(
        matches!(revoked, FetchError::Authentication { .. }),
        "{revoked}"
    );
}

#[test]
fn servers_without_protocol_version_2_are_spoken_to() {
    let world = World::new();
    world.server.speak_old_protocol();
    let empty = world.repository.fetch(&request(&world.url)).unwrap_err();
    assert!(matches!(empty, FetchError::Empty { .. }), "{empty}");
    world.work.write("apps/web.yaml", "kind: Web\n").unwrap();
    let old = world.push("Add web");
    world.work.git(&["tag", "-a", "v1", "-m", "first"]).unwrap();
    world.work.push(&world.url, &["v1"]).unwrap();
    world.fetch();
    world
        .work
        .write("apps/web.yaml", "kind: Changed\n")
        .unwrap();
    world.push("Change web");
    assert_eq!(
        shown(&read(&world.fetch(), ".")),
        ["apps/web.yaml=kind: Changed\n"]
    );
    let tag = Reference::Tag("v1".into());
    let tag = world.repository.fetch(&at(tag, &world.url)).unwrap();
    assert_eq!(tag.revision.to_string(), format!("v1@sha1:{old}"));
    let dir = tempfile::tempdir().unwrap();
    let fresh = Repository::open(dir.path()).unwrap();
    let tag = fresh
        .fetch(&at(Reference::Tag("v1".into()), &world.url))
        .unwrap();
    assert_eq!(shown(&read(&tag, ".")), ["apps/web.yaml=kind: Web\n"]);
    let alone = fresh
        .fetch(&at(commit(&"2".repeat(40), None), &world.url))
        .unwrap_err();
    assert!(
        matches!(alone, FetchError::NoSuchReference { .. }),
        "{alone}"
    );
}

#[test]
fn bounds_on_packs_hold_and_the_next_fetch_is_not_hurt() {
    let world = World::with_one_commit();
    world.work.write("big", "x".repeat(100_000)).unwrap();
    world.work.write("random", noise(300_000)).unwrap();
    world.push("Big");
    let limited = |bounds| {
        let dir = tempfile::tempdir().unwrap();
        let repository = Repository::open(dir.path()).unwrap().with_bounds(bounds);
        repository
            .fetch(&request(&world.url))
            .unwrap_err()
            .to_string()
    };
    let few_bytes = limited(Bounds {
        pack_bytes: 50_000,
        ..Bounds::default()
    });
    assert!(few_bytes.contains("too many bytes"), "{few_bytes}");
    let few_objects = limited(Bounds {
        objects: 3,
        ..Bounds::default()
    });
    assert!(few_objects.contains("objects (at most 3)"), "{few_objects}");
    assert_eq!(world.fetch().subject, "Big");
}

/// Bytes that do not compress.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as u8
    };
    std::iter::repeat_with(&mut next).take(length).collect()
}

#[test]
fn a_server_that_never_answers_costs_no_more_than_the_timeout() {
    let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/fleet.git", silent.local_addr().unwrap());
    let (error, took) = timed(&url);
    assert!(matches!(error, FetchError::Timeout { .. }), "{error}");
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[test]
fn a_server_that_drips_costs_no_more_than_the_timeout() {
    use std::io::{Read, Write};
    let drip = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/fleet.git", drip.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = drip.accept().unwrap();
        assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
        let head =
            "HTTP/1.1 200 OK\r\ncontent-type: application/x-git-upload-pack-advertisement\r\n\r\n";
        stream.write_all(head.as_bytes()).unwrap();
        stream
            .write_all(b"001e# service=git-upload-pack\n0000000eversion 2\n")
            .unwrap();
        while stream.write_all(b"0009fetch").is_ok() {
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    let (error, took) = timed(&url);
    assert!(matches!(error, FetchError::Timeout { .. }), "{error}");
    assert!(took < Duration::from_secs(3), "{took:?}");
}

fn timed(url: &str) -> (FetchError, Duration) {
    let dir = tempfile::tempdir().unwrap();
    let repository = Repository::open(dir.path()).unwrap();
    let begin = Instant::now();
    let timeout = Duration::from_secs(1);
    let error = repository
        .fetch(&Request {
            timeout,
            ..request(url)
        })
        .unwrap_err();
    (error, begin.elapsed())
}
