//! Fetching over ssh from a real `sshd` on loopback. Without it the tests say so
//! and pass over.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a failed unwrap is the failed test; skipping is said aloud

mod support;

use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use signet_source::{Credentials, CredentialsError, FetchError, Request};
use signet_testkit::sshd::{PROGRAM, Sshd};
use support::{World, read, request, shown};
use zeroize::Zeroizing;

/// A server that takes git's protocol version; none, with a word on standard output, where there
/// is no `sshd`.
fn sshd() -> Option<Sshd> {
    accepting("GIT_PROTOCOL")
}

fn accepting(variable: &str) -> Option<Sshd> {
    let found = Sshd::accepting(variable).unwrap();
    if found.is_none() {
        println!("skipped: {PROGRAM} is missing (Debian: apt-get install openssh-server)");
    }
    found
}

/// What a Secret with the private key `key` and the pinned public key `pinned` says.
fn credentials(sshd: &Sshd, key: &str, pinned: &str) -> Credentials {
    Credentials::Ssh {
        identity: Zeroizing::new(sshd.file(key).unwrap().into_bytes()),
        known_hosts: sshd.known_hosts(pinned).unwrap().into_bytes(),
    }
}

/// A fetch of the world's repository over ssh.
fn over_ssh(world: &World, sshd: &Sshd, credentials: Credentials) -> Request {
    Request {
        credentials,
        ..request(&sshd.url(&world.server.path("fleet.git")).unwrap())
    }
}

#[test]
fn a_branch_is_fetched_over_ssh_and_updates_bring_only_what_is_new() {
    let Some(sshd) = sshd() else { return };
    let world = World::with_one_commit();
    let ask = over_ssh(&world, &sshd, credentials(&sshd, "client", "host.pub"));
    let first = world.repository.fetch(&ask).unwrap();
    assert_eq!(shown(&read(&first, ".")), ["apps/web.yaml=kind: Web\n"]);
    world.work.write("apps/db.yaml", "kind: Db\n").unwrap();
    let id = world.push("Add db");
    let second = world.repository.fetch(&ask).unwrap();
    assert_eq!(second.revision.to_string(), format!("main@sha1:{id}"));
    assert_eq!(read(&second, "apps").files.len(), 2);
    assert_eq!(
        world.repository.fetch(&ask).unwrap().revision,
        second.revision
    );
}

#[test]
fn a_host_that_takes_no_protocol_version_is_spoken_to() {
    let Some(sshd) = accepting("LANG") else {
        return;
    };
    let world = World::with_one_commit();
    let ask = over_ssh(&world, &sshd, credentials(&sshd, "client", "host.pub"));
    world.repository.fetch(&ask).unwrap();
    world.work.write("apps/db.yaml", "kind: Db\n").unwrap();
    world.push("Add db");
    let second = world.repository.fetch(&ask).unwrap();
    assert_eq!(read(&second, "apps").files.len(), 2);
}

#[test]
fn another_host_key_than_the_pinned_one_is_refused() {
    let Some(sshd) = sshd() else { return };
    let world = World::with_one_commit();
    let ask = over_ssh(&world, &sshd, credentials(&sshd, "client", "other.pub"));
    let error = world.repository.fetch(&ask).unwrap_err();
    assert!(matches!(error, FetchError::HostKey { .. }), "{error}");
    assert!(error.to_string().contains("known_hosts"), "{error}");
    assert_eq!(error.reason(), "AuthenticationFailed");
    let known_hosts = b"example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==\n".to_vec();
    let identity = Zeroizing::new(sshd.file("client").unwrap().into_bytes());
    let ask = over_ssh(
        &world,
        &sshd,
        Credentials::Ssh {
            identity,
            known_hosts,
        },
    );
    let error = world.repository.fetch(&ask).unwrap_err();
    assert!(matches!(error, FetchError::HostKey { .. }), "{error}");
}

#[test]
fn a_wrong_key_no_key_and_a_key_that_is_none_are_refused() {
    let Some(sshd) = sshd() else { return };
    let world = World::with_one_commit();
    let mut broken = credentials(&sshd, "client", "host.pub");
    if let Credentials::Ssh { identity, .. } = &mut broken {
        *identity = Zeroizing::new(b"not a key\n".to_vec());
    }
    for credentials in [
        credentials(&sshd, "other", "host.pub"),
        Credentials::None,
        broken,
    ] {
        let error = world
            .repository
            .fetch(&over_ssh(&world, &sshd, credentials))
            .unwrap_err();
        assert!(
            matches!(error, FetchError::Authentication { .. }),
            "{error}"
        );
    }
}

#[test]
fn a_repository_that_is_not_there_is_named() {
    let Some(sshd) = sshd() else { return };
    let world = World::with_one_commit();
    let url = sshd.url(Path::new("/nowhere/fleet.git")).unwrap();
    let credentials = credentials(&sshd, "client", "host.pub");
    let error = world
        .repository
        .fetch(&Request {
            credentials,
            ..request(&url)
        })
        .unwrap_err();
    assert!(matches!(error, FetchError::NotFound { .. }), "{error}");
}

#[test]
fn a_host_that_says_nothing_costs_no_more_than_the_timeout() {
    let world = World::new();
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!(
        "ssh://git@127.0.0.1:{}/fleet.git",
        silent.local_addr().unwrap().port()
    );
    let credentials = Credentials::Ssh {
        identity: Zeroizing::new(b"key\n".to_vec()),
        known_hosts: b"h ssh-ed25519 AAAA\n".to_vec(),
    };
    let timeout = Duration::from_secs(1);
    let begin = Instant::now();
    let error = world
        .repository
        .fetch(&Request {
            credentials,
            timeout,
            ..request(&url)
        })
        .unwrap_err();
    assert!(matches!(error, FetchError::Timeout { .. }), "{error}");
    assert!(
        begin.elapsed() < Duration::from_secs(5),
        "{:?}",
        begin.elapsed()
    );
}

#[test]
fn a_private_key_under_a_password_is_opened_with_the_one_of_the_secret() {
    let Some(sshd) = sshd() else { return };
    let world = World::with_one_commit();
    let locked = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(locked.path(), sshd.file("client").unwrap()).unwrap();
    let path = locked.path().to_str().unwrap();
    let lock = ["-q", "-p", "-P", "", "-N", "open sesame", "-f", path];
    let done = std::process::Command::new("ssh-keygen").args(lock).output();
    assert!(done.unwrap().status.success());
    let identity = std::fs::read(locked.path()).unwrap();
    let known_hosts = sshd.known_hosts("host.pub").unwrap();
    let read = |password: &str| {
        let pairs: [(&str, &[u8]); 3] = [
            ("identity", &identity),
            ("known_hosts", known_hosts.as_bytes()),
            ("password", password.as_bytes()),
        ];
        let pair = |(key, value): (&str, &[u8])| (key.to_owned(), Zeroizing::new(value.to_vec()));
        Credentials::from_secret("ssh://h", pairs.into_iter().map(pair).collect())
    };
    let ask = over_ssh(&world, &sshd, read("open sesame\n").unwrap());
    let snapshot = world.repository.fetch(&ask).unwrap();
    assert_eq!(
        shown(&support::read(&snapshot, ".")),
        ["apps/web.yaml=kind: Web\n"]
    );
    let wrong = read("guess").unwrap_err();
    assert_eq!(wrong, CredentialsError::WrongPassword);
    assert!(!wrong.to_string().contains("guess"));
}
