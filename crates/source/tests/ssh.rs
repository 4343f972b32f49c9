//! Fetching over ssh from a real `sshd` on loopback. Without `/usr/sbin/sshd` the tests say so
//! and pass over.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a failed unwrap is the failed test; skipping is said aloud

mod support;

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use signet_source::{Credentials, FetchError, Request};
use support::{World, read, request, shown};
use zeroize::Zeroizing;

const SSHD: &str = "/usr/sbin/sshd";

/// A running `sshd` that lets one key in; stopped when dropped.
struct Sshd {
    child: Child,
    port: u16,
    dir: tempfile::TempDir,
}

impl Sshd {
    /// None, with a word on standard output, where there is no `sshd`.
    fn start() -> Option<Self> {
        Self::accepting("GIT_PROTOCOL")
    }

    /// One that takes only `variable` from the client's environment.
    fn accepting(variable: &str) -> Option<Self> {
        if !Path::new(SSHD).exists() {
            println!("skipped: {SSHD} is missing (Debian: apt-get install openssh-server)");
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        for name in ["host", "client", "other"] {
            keygen(dir.path(), name);
        }
        std::fs::copy(dir.path().join("client.pub"), dir.path().join("authorized")).unwrap();
        // sshd wants this directory even where it is not started by the system.
        std::fs::create_dir_all("/run/sshd").ok();
        let port = TcpListener::bind(("127.0.0.1", 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let child = serve(dir.path(), port, variable);
        let sshd = Self { child, port, dir };
        sshd.wait();
        Some(sshd)
    }

    fn wait(&self) {
        let begin = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(
                begin.elapsed() < Duration::from_secs(10),
                "sshd does not listen"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn url(&self, repository: &Path) -> String {
        let user = Command::new("id").arg("-un").output().unwrap().stdout;
        let user = String::from_utf8(user).unwrap();
        format!(
            "ssh://{}@127.0.0.1:{}{}",
            user.trim(),
            self.port,
            repository.display()
        )
    }

    fn file(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.dir.path().join(name)).unwrap()
    }

    /// A `known_hosts` that pins the public key in `file`.
    fn pinned(&self, file: &str) -> Vec<u8> {
        let key = String::from_utf8(self.file(file)).unwrap();
        format!("[127.0.0.1]:{} {key}", self.port).into_bytes()
    }

    fn credentials(&self, key: &str, pinned: &str) -> Credentials {
        let identity = Zeroizing::new(self.file(key));
        Credentials::Ssh {
            identity,
            known_hosts: self.pinned(pinned),
        }
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn keygen(dir: &Path, name: &str) {
    let args = ["-q", "-t", "ed25519", "-N", "", "-f", name];
    assert!(
        Command::new("ssh-keygen")
            .args(args)
            .current_dir(dir)
            .status()
            .unwrap()
            .success()
    );
}

fn serve(dir: &Path, port: u16, variable: &str) -> Child {
    let option = |name: &str, value: &str| ["-o".to_owned(), format!("{name}={value}")];
    let at = |name: &str| dir.join(name).display().to_string();
    let options = [
        option("ListenAddress", &format!("127.0.0.1:{port}")),
        option("HostKey", &at("host")),
        option("AuthorizedKeysFile", &at("authorized")),
        option("PidFile", "none"),
        option("UsePAM", "no"),
        option("StrictModes", "no"),
        option("PasswordAuthentication", "no"),
        option("PermitRootLogin", "prohibit-password"),
        option("AcceptEnv", variable),
    ];
    let mut command = Command::new(SSHD);
    command
        .args(["-D", "-e", "-f", "/dev/null"])
        .args(options.concat());
    command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// A fetch of the world's repository over ssh.
fn over_ssh(world: &World, sshd: &Sshd, credentials: Credentials) -> Request {
    Request {
        credentials,
        ..request(&sshd.url(&world.server.path("fleet.git")))
    }
}

#[test]
fn a_branch_is_fetched_over_ssh_and_updates_bring_only_what_is_new() {
    let Some(sshd) = Sshd::start() else { return };
    let world = World::with_one_commit();
    let ask = over_ssh(&world, &sshd, sshd.credentials("client", "host.pub"));
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
    let Some(sshd) = Sshd::accepting("LANG") else {
        return;
    };
    let world = World::with_one_commit();
    let ask = over_ssh(&world, &sshd, sshd.credentials("client", "host.pub"));
    world.repository.fetch(&ask).unwrap();
    world.work.write("apps/db.yaml", "kind: Db\n").unwrap();
    world.push("Add db");
    let second = world.repository.fetch(&ask).unwrap();
    assert_eq!(read(&second, "apps").files.len(), 2);
}

#[test]
fn another_host_key_than_the_pinned_one_is_refused() {
    let Some(sshd) = Sshd::start() else { return };
    let world = World::with_one_commit();
    let ask = over_ssh(&world, &sshd, sshd.credentials("client", "other.pub"));
    let error = world.repository.fetch(&ask).unwrap_err();
    assert!(matches!(error, FetchError::HostKey { .. }), "{error}");
    assert!(error.to_string().contains("known_hosts"), "{error}");
    assert_eq!(error.reason(), "AuthenticationFailed");
    let known_hosts = b"example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==\n".to_vec();
    let identity = Zeroizing::new(sshd.file("client"));
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
    let Some(sshd) = Sshd::start() else { return };
    let world = World::with_one_commit();
    let mut broken = sshd.credentials("client", "host.pub");
    if let Credentials::Ssh { identity, .. } = &mut broken {
        *identity = Zeroizing::new(b"not a key\n".to_vec());
    }
    for credentials in [
        sshd.credentials("other", "host.pub"),
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
    let Some(sshd) = Sshd::start() else { return };
    let world = World::with_one_commit();
    let url = sshd.url(Path::new("/nowhere/fleet.git"));
    let credentials = sshd.credentials("client", "host.pub");
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
