//! Hostile commits: what a symbolic link, a name or a tree says never leads out of the commit
//! (T1, T2). The trees are made by the real `git`, the impossible ones by its plumbing.
#![allow(clippy::unwrap_used)] // a failed unwrap is the failed test

mod support;

use std::io::Write;
use std::process::{Command, Stdio};

use signet_engine::tree::{Entry, Tree};
use signet_source::{Limits, ReadError};
use signet_testkit::git_repo::GitRepo;
use support::{World, path, shown};

/// Commits what `make` puts into a repository, fetches it, and reads `apps`.
fn read_apps(make: impl FnOnce(&GitRepo)) -> Result<Tree, ReadError> {
    let world = World::new();
    world.work.write("apps/web.yaml", "web").unwrap();
    world.work.write("base/db.yaml", "db").unwrap();
    world.work.write("base/deep/queue.yaml", "queue").unwrap();
    make(&world.work);
    world.push("Links");
    world
        .fetch()
        .read(&path("apps"), &Limits::default(), |_| true)
}

/// Why links with these texts, each in a directory of its own beside `apps`, are refused.
fn refusals(targets: &[&str]) -> Vec<String> {
    let world = World::new();
    world.work.write("apps/web.yaml", "web").unwrap();
    world.work.write("base/db.yaml", "db").unwrap();
    world.work.write("base/deep/queue.yaml", "queue").unwrap();
    for (number, target) in targets.iter().enumerate() {
        world
            .work
            .link(&format!("case{number}/link"), target)
            .unwrap();
    }
    world.push("Links");
    let snapshot = world.fetch();
    let refusal = |number: usize| {
        let case = path(&format!("case{number}"));
        let error = snapshot
            .read(&case, &Limits::default(), |_| true)
            .unwrap_err();
        let own = case.child("link").unwrap();
        assert!(
            matches!(&error, ReadError::Link { link, .. } if *link == own),
            "{error}"
        );
        error.to_string()
    };
    (0..targets.len()).map(refusal).collect()
}

fn all_refused(targets: &[&str], why: &str) {
    for refusal in refusals(targets) {
        assert!(refusal.contains(why), "{refusal}");
    }
}

#[test]
fn links_out_of_the_repository_are_refused() {
    let absolute = [
        "/etc/passwd",
        "/",
        "//etc",
        "/proc/self/environ",
        "/../apps",
    ];
    all_refused(&absolute, "it is absolute");
    let climbing = [
        "../..",
        "../../etc/passwd",
        "../../../../../../../../etc/passwd",
        "../base/../../etc/passwd",
        "./../.././etc",
        "..//../etc",
        "../apps/../../apps/web.yaml",
        "../base/deep/../../../x",
    ];
    all_refused(&climbing, "out of the repository");
    let nowhere = [
        "nowhere",
        "../base/nope",
        "../apps/web.yaml/x",
        "../.git/config",
        "../base/db.yaml/..",
    ];
    all_refused(&nowhere, "nothing is there");
    all_refused(&["..\\..\\etc", "a\\b"], "plain names");
}

#[test]
fn links_in_circles_are_refused() {
    let circle = |pairs: &[(&str, &str)]| {
        let error = read_apps(|work| {
            pairs
                .iter()
                .for_each(|(from, to)| work.link(from, to).unwrap());
        });
        match error {
            Err(ReadError::Link { why, .. }) => why.to_owned(),
            other => format!("{other:?}"),
        }
    };
    assert!(circle(&[("apps/a", "a")]).contains("circle"));
    assert!(circle(&[("apps/a", "b"), ("apps/b", "a")]).contains("circle"));
    assert!(circle(&[("apps/a", "../base/a"), ("base/a", "../apps/a")]).contains("circle"));
    assert!(circle(&[("apps/a", "a/b")]).contains("circle"));
    for into_itself in [".", "../apps", "..", "./"] {
        assert!(
            circle(&[("apps/a", into_itself)]).contains("leads back"),
            "{into_itself}"
        );
    }
    let mutual = [("apps/a", "../base"), ("base/back", "../apps")];
    assert!(circle(&mutual).contains("leads back"));
}

#[test]
fn a_long_chain_of_links_is_refused_and_a_short_one_followed() {
    let chain = |length: usize| {
        read_apps(|work| {
            work.write("apps/l0", "end").unwrap();
            for number in 1..=length {
                work.link(&format!("apps/l{number}"), &format!("l{}", number - 1))
                    .unwrap();
            }
        })
    };
    let files = chain(40).unwrap().files;
    assert_eq!(files.iter().filter(|file| file.bytes == b"end").count(), 41);
    assert!(
        chain(41)
            .unwrap_err()
            .to_string()
            .contains("too many links")
    );
}

#[test]
fn links_inside_the_repository_appear_under_their_own_path() {
    let tree = read_apps(|work| {
        work.link("apps/db.yaml", "../base/db.yaml").unwrap();
        work.link("apps/deep", "../base/deep").unwrap();
        work.link("apps/again.yaml", "db.yaml").unwrap();
        work.link("apps/through.yaml", "deep/queue.yaml").unwrap();
        work.link("apps/up.yaml", "deep/../db.yaml").unwrap();
    });
    let expected = [
        "apps/again.yaml=db",
        "apps/db.yaml=db",
        "apps/deep/queue.yaml=queue",
        "apps/through.yaml=queue",
        // `..` after a link goes to the real parent, as on a file system.
        "apps/up.yaml=db",
        "apps/web.yaml=web",
    ];
    assert_eq!(shown(&tree.unwrap()), expected);
}

#[test]
fn a_link_out_of_the_directory_makes_its_id_change_with_the_whole_commit() {
    let world = World::new();
    world.work.write("apps/web.yaml", "web").unwrap();
    world.work.link("apps/db.yaml", "../base/db.yaml").unwrap();
    let read_at = |db: &str| {
        world.work.write("base/db.yaml", db).unwrap();
        world.push("Change the base");
        let snapshot = world.fetch();
        let tree = support::read(&snapshot, "apps");
        assert_eq!(
            snapshot.tree_id(&path("apps")).unwrap(),
            Some(tree.id.clone())
        );
        tree
    };
    let (one, two) = (read_at("one"), read_at("two"));
    assert_ne!(one.id, two.id);
    assert_eq!(shown(&two), ["apps/db.yaml=two", "apps/web.yaml=web"]);
}

#[test]
fn the_path_asked_for_may_lead_through_links_and_not_out() {
    let world = World::new();
    world.work.write("real/web.yaml", "web").unwrap();
    world.work.link("alias", "real").unwrap();
    world.work.link("out", "../..").unwrap();
    world.push("Aliases");
    let snapshot = world.fetch();
    assert_eq!(
        shown(&support::read(&snapshot, "alias")),
        ["alias/web.yaml=web"]
    );
    assert_eq!(
        snapshot.tree_id(&path("alias")).unwrap(),
        snapshot.tree_id(&path("real")).unwrap()
    );
    let read = |text: &str| {
        snapshot
            .read(&path(text), &Limits::default(), |_| true)
            .unwrap_err()
    };
    assert!(matches!(read("out"), ReadError::Link { .. }));
    assert_eq!(read("nope"), ReadError::NoSuchPath(path("nope")));
    assert_eq!(
        read("real/web.yaml"),
        ReadError::NotADirectory(path("real/web.yaml"))
    );
}

#[test]
fn links_that_multiply_are_stopped() {
    let error = read_apps(|work| {
        for level in 0..12 {
            for copy in 0..10 {
                let target = format!("../d{}", level + 1);
                work.link(&format!("apps/d{level}/l{copy}"), &target)
                    .unwrap();
            }
        }
        work.write("apps/d12/end", "x").unwrap();
    });
    let error = error.unwrap_err();
    assert!(matches!(error, ReadError::Limit { .. }), "{error}");
}

#[test]
fn limits_name_the_file_and_the_bound() {
    let world = World::new();
    for name in ["a", "b", "c"] {
        world
            .work
            .write(&format!("apps/{name}.yaml"), "12345")
            .unwrap();
    }
    world.work.write("apps/logo.png", "x".repeat(5000)).unwrap();
    world.push("Three files");
    let snapshot = world.fetch();
    let yaml = |path: &signet_engine::tree::RepoPath| path.to_string().ends_with(".yaml");
    let read = |limits: &Limits| snapshot.read(&path("apps"), limits, yaml);
    let enough = Limits {
        files: 3,
        bytes: 15,
        file_bytes: 5,
    };
    assert_eq!(read(&enough).unwrap().files.len(), 3);
    for short in [
        Limits { files: 2, ..enough },
        Limits {
            bytes: 14,
            ..enough
        },
    ] {
        let error = read(&short).unwrap_err();
        assert!(
            matches!(&error, ReadError::Limit { path, .. } if *path == support::path("apps/c.yaml"))
        );
    }
    let error = read(&Limits {
        file_bytes: 4,
        ..enough
    })
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "apps/a.yaml: 5 bytes (a file may have 4)"
    );
}

#[test]
fn names_no_file_should_have_are_refused() {
    for name in ["..", ".", "a\\b", "a\u{7f}/b"] {
        let world = World::new();
        world.work.write("apps/web.yaml", "web").unwrap();
        world.push("Decent");
        let blob = world
            .work
            .git(&["rev-parse", "HEAD:apps/web.yaml"])
            .unwrap();
        let tree = raw_tree(&world.work, &[("100644", name, &blob)]);
        let top = raw_tree(&world.work, &[("40000", "apps", &tree)]);
        commit_tree(&world, &top);
        let read = world
            .fetch()
            .read(&path("apps"), &Limits::default(), |_| true);
        assert!(
            matches!(read, Err(ReadError::Name { .. })),
            "{name:?}: {read:?}"
        );
    }
}

#[test]
fn a_name_that_stands_twice_is_refused() {
    let world = World::with_one_commit();
    let blob = world
        .work
        .git(&["rev-parse", "HEAD:apps/web.yaml"])
        .unwrap();
    let twice = [("100644", "web.yaml", blob.as_str()); 2];
    let tree = raw_tree(&world.work, &twice);
    commit_tree(&world, &raw_tree(&world.work, &[("40000", "apps", &tree)]));
    let read = world
        .fetch()
        .read(&path("apps"), &Limits::default(), |_| true);
    assert!(matches!(read, Err(ReadError::Name { .. })), "{read:?}");
}

#[test]
fn git_directories_and_submodules_in_a_tree_are_only_names() {
    let world = World::with_one_commit();
    let head = world.work.git(&["rev-parse", "HEAD"]).unwrap();
    let blob = world
        .work
        .git(&["rev-parse", "HEAD:apps/web.yaml"])
        .unwrap();
    let git = raw_tree(&world.work, &[("100644", "config", &blob)]);
    let apps = [("40000", ".git", git.as_str()), ("160000", "module", &head)];
    let apps = raw_tree(&world.work, &apps);
    commit_tree(&world, &raw_tree(&world.work, &[("40000", "apps", &apps)]));
    // A source leaves `.git` out unless its own rules take it back in.
    let tree = support::read(&world.fetch(), "apps");
    assert_eq!(shown(&tree), [""; 0]);
    let mut request = support::request(&world.url);
    request.selection.ignore = Some("!.git/".to_owned());
    let all = world.repository.fetch(&request).unwrap();
    let tree = support::read(&all, "apps");
    assert_eq!(shown(&tree), ["apps/.git/config=kind: Web\n"]);
}

/// Writes a tree object that no index could hold.
fn raw_tree(work: &GitRepo, entries: &[(&str, &str, &str)]) -> String {
    let mut bytes = Vec::new();
    for (mode, name, id) in entries {
        bytes.extend_from_slice(format!("{mode} {name}\0").as_bytes());
        let digits: Vec<char> = id.chars().collect();
        for pair in digits.chunks(2) {
            bytes.push(u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap());
        }
    }
    let mut child = Command::new("git")
        .args(["hash-object", "-t", "tree", "-w", "--stdin", "--literally"])
        .current_dir(work.dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&bytes).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout)
        .unwrap()
        .trim()
        .to_owned()
}

/// Pushes a commit of `tree` as `main`.
fn commit_tree(world: &World, tree: &str) {
    let commit = world
        .work
        .git(&["commit-tree", "-m", "Hostile", tree])
        .unwrap();
    world
        .work
        .push(&world.url, &["-f", &format!("{commit}:refs/heads/main")])
        .unwrap();
}

#[test]
fn a_place_behind_links_is_where_it_really_is() {
    let world = World::new();
    world.work.write("base/deep/queue.yaml", "queue").unwrap();
    world.work.link("apps/base", "../base").unwrap();
    world
        .work
        .link("base/again.yaml", "deep/queue.yaml")
        .unwrap();
    world.work.link("apps/out", "../../etc").unwrap();
    world.push("Links");
    let snapshot = world.fetch();
    let at = |text: &str| match snapshot.entry(&path(text)).unwrap().unwrap() {
        Entry::File { at, .. } | Entry::Directory { at } => at.to_string(),
    };
    assert_eq!(at("apps/base"), "base");
    assert_eq!(at("apps/base/again.yaml"), "base/deep/queue.yaml");
    let bytes = snapshot.bytes(&path("apps/base/again.yaml"), 10).unwrap();
    assert_eq!(bytes.unwrap(), b"queue");
    let refused = snapshot.entry(&path("apps/out/passwd")).unwrap_err();
    assert!(matches!(refused, ReadError::Link { .. }), "{refused}");
}
