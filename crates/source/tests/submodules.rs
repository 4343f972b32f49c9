//! Submodules that the real `git` makes, fetched over real HTTP.
#![allow(clippy::unwrap_used)] // a failed unwrap is the failed test

mod support;

use signet_source::{Credentials, FetchError, Request};
use signet_testkit::git_repo::GitRepo;
use signet_testkit::git_server::GitServer;
use support::{World, read, request, shown};
use zeroize::Zeroizing;

fn with_submodules(url: &str) -> Request {
    Request {
        submodules: true,
        ..request(url)
    }
}

/// A repository `name` on `server` with one file.
fn library(server: &GitServer, name: &str, value: &str) -> (GitRepo, String) {
    server.create(name).unwrap();
    let work = GitRepo::new().unwrap();
    work.write("x.yaml", format!("kind: {value}\n")).unwrap();
    let id = work.commit(value).unwrap();
    work.push(&server.url(name), &[]).unwrap();
    (work, id)
}

/// Pins `id` of the repository at `url` at the path `at`, as `git submodule add` does.
fn pin(work: &GitRepo, at: &str, url: &str, id: &str) {
    let old = std::fs::read_to_string(work.dir().join(".gitmodules")).unwrap_or_default();
    let text = format!("{old}[submodule \"{at}\"]\n\tpath = {at}\n\turl = {url}\n");
    work.write(".gitmodules", text).unwrap();
    work.git(&["add", ".gitmodules"]).unwrap();
    work.git(&[
        "update-index",
        "--add",
        "--cacheinfo",
        &format!("160000,{id},{at}"),
    ])
    .unwrap();
    work.git(&["commit", "-q", "-m", "Pin"]).unwrap();
}

#[test]
fn the_pinned_commit_is_part_of_the_source_and_submodules_of_it_too() {
    let world = World::with_one_commit();
    let (_, deep) = library(&world.server, "deep.git", "Deep");
    let (lib, _) = library(&world.server, "lib.git", "Lib");
    pin(&lib, "deep", &world.server.url("deep.git"), &deep);
    lib.push(&world.server.url("lib.git"), &[]).unwrap();
    let id = lib.git(&["rev-parse", "HEAD"]).unwrap();
    lib.write("x.yaml", "kind: Later\n").unwrap();
    lib.git(&["commit", "-q", "-am", "Later"]).unwrap();
    lib.push(&world.server.url("lib.git"), &[]).unwrap();
    pin(&world.work, "deps/lib", "../lib.git", &id);
    world.work.push(&world.url, &[]).unwrap();
    let snapshot = world
        .repository
        .fetch(&with_submodules(&world.url))
        .unwrap();
    assert_eq!(
        shown(&read(&snapshot, ".")),
        [
            "apps/web.yaml=kind: Web\n",
            "deps/lib/deep/x.yaml=kind: Deep\n",
            "deps/lib/x.yaml=kind: Lib\n"
        ]
    );
    assert_eq!(
        shown(&read(&snapshot, "deps/lib/deep")),
        ["deps/lib/deep/x.yaml=kind: Deep\n"]
    );
    let without = world.repository.fetch(&request(&world.url)).unwrap();
    assert_eq!(shown(&read(&without, ".")), ["apps/web.yaml=kind: Web\n"]);
    assert_ne!(snapshot.content_id(), without.content_id());
    let packs = world.server.packs_sent();
    world
        .repository
        .fetch(&with_submodules(&world.url))
        .unwrap();
    assert_eq!(
        world.server.packs_sent(),
        packs,
        "everything is here already"
    );
}

#[test]
fn credentials_do_not_go_along_to_another_host() {
    let world = World::with_one_commit();
    let other = GitServer::start().unwrap();
    let (_, id) = library(&other, "lib.git", "Lib");
    other.require_login("bob", "hunter2");
    pin(&world.work, "lib", &other.url("lib.git"), &id);
    world.work.push(&world.url, &[]).unwrap();
    let password = Zeroizing::new("hunter2".to_owned());
    let credentials = Credentials::Basic {
        username: "bob".to_owned(),
        password,
    };
    let ask = Request {
        credentials,
        ..with_submodules(&world.url)
    };
    let error = world.repository.fetch(&ask).unwrap_err();
    assert!(matches!(&error, FetchError::Submodule { .. }), "{error}");
    assert!(
        error
            .to_string()
            .starts_with("submodule lib: authentication failed"),
        "{error}"
    );
    assert_eq!(error.reason(), "AuthenticationFailed");
}

#[test]
fn a_submodule_cannot_lead_to_files_programs_or_metadata() {
    for (url, why) in [
        ("file:///etc", "scheme"),
        ("ext::sh -c touch% x", "URL"),
        ("/etc", "URL"),
        ("-uhostile", "URL"),
        ("http://169.254.169.254/latest", "link-local"),
    ] {
        let world = World::with_one_commit();
        let id = world.work.git(&["rev-parse", "HEAD"]).unwrap();
        pin(&world.work, "lib", url, &id);
        world.work.push(&world.url, &[]).unwrap();
        let error = world
            .repository
            .fetch(&with_submodules(&world.url))
            .unwrap_err();
        assert!(error.to_string().contains(why), "{url}: {error}");
        assert!(!error.is_terminal(), "{url}: another commit may mend it");
    }
}

#[test]
fn a_submodule_without_an_address_is_named() {
    let world = World::with_one_commit();
    let id = world.work.git(&["rev-parse", "HEAD"]).unwrap();
    world
        .work
        .git(&[
            "update-index",
            "--add",
            "--cacheinfo",
            &format!("160000,{id},lib"),
        ])
        .unwrap();
    world
        .work
        .git(&["commit", "-q", "-m", "No address"])
        .unwrap();
    world.work.push(&world.url, &[]).unwrap();
    let error = world
        .repository
        .fetch(&with_submodules(&world.url))
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("no address that can be used for the submodule lib"),
        "{error}"
    );
}
