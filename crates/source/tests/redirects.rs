//! Credentials belong to one scheme, host and port (T5).
#![allow(clippy::unwrap_used)] // a failed unwrap is the failed test

mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use signet_source::{Credentials, FetchError, Reach, Request};
use support::{World, request};
use zeroize::Zeroizing;

/// A server that redirects everything with `status`, and notes each request it gets, headers and all.
struct Redirector {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

/// Makes the address to redirect to from the path asked for.
type Target = fn(&str) -> String;

/// `to` makes the whole target address of the path asked for.
fn redirector(status: u16, to: impl Fn(&str) -> String + Send + 'static) -> Redirector {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(&stream).lines();
            let head: Vec<String> = lines
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
                .collect();
            let path = head
                .first()
                .and_then(|line| line.split(' ').nth(1))
                .unwrap_or("/")
                .to_owned();
            noted.lock().unwrap().push(head.join("\n"));
            let answer = format!(
                "HTTP/1.1 {status} Moved\r\nlocation: {}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
                to(&path)
            );
            stream.write_all(answer.as_bytes()).ok();
        }
    });
    Redirector { address, seen }
}

impl Redirector {
    fn url(&self) -> String {
        format!("http://{}/fleet.git", self.address)
    }

    fn seen(&self) -> String {
        self.seen.lock().unwrap().join("\n\n")
    }
}

fn with_login(url: &str) -> Request {
    let credentials = Credentials::Basic {
        username: "bob".into(),
        password: Zeroizing::new("hunter2".into()),
    };
    Request {
        credentials,
        ..request(url)
    }
}

#[test]
fn another_host_gets_no_credentials() {
    for status in [301, 302, 307, 308] {
        let world = World::with_one_commit();
        // The second server is open: the fetch goes through, without the login.
        let target = world.server.address();
        let spy = redirector(308, move |path| format!("http://{target}{path}"));
        let spied_on = spy.address;
        let first = redirector(status, move |path| format!("http://{spied_on}{path}"));
        let snapshot = world.repository.fetch(&with_login(&first.url())).unwrap();
        assert_eq!(snapshot.subject, "Add web");
        assert!(
            first.seen().contains("authorization: Basic"),
            "{}",
            first.seen()
        );
        assert!(
            spy.seen().contains("GET /fleet.git/info/refs"),
            "{}",
            spy.seen()
        );
        assert!(
            !spy.seen().to_lowercase().contains("authorization"),
            "{}",
            spy.seen()
        );
    }
}

#[test]
fn another_host_that_wants_credentials_gets_an_error_instead() {
    let world = World::with_one_commit();
    world.server.require_login("bob", "hunter2");
    let target = world.server.address();
    let first = redirector(302, move |path| format!("http://{target}{path}"));
    let error = world
        .repository
        .fetch(&with_login(&first.url()))
        .unwrap_err();
    assert!(
        matches!(error, FetchError::Authentication { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("gets no credentials"), "{error}");
    world.repository.fetch(&with_login(&world.url)).unwrap();
}

#[test]
fn redirects_to_elsewhere_are_refused() {
    let world = World::with_one_commit();
    let cases: [(Target, &str); 5] = [
        (|_| "ftp://127.0.0.1/x".into(), "away from http"),
        (
            |_| "http://127.0.0.1:1/other".into(),
            "does not lead to a Git repository",
        ),
        (
            |path| format!("http://u:p@127.0.0.1:1{path}"),
            "contains credentials",
        ),
        (|_| "file:///etc/passwd".into(), "away from http"),
        (|path| path.to_owned(), "too many redirects"),
    ];
    for (to, why) in cases {
        let first = redirector(302, to);
        let error = world.repository.fetch(&request(&first.url())).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[test]
fn a_repository_that_moved_on_the_same_host_is_followed_with_credentials() {
    let world = World::with_one_commit();
    world.server.require_login("bob", "hunter2");
    std::fs::rename(
        world.server.path("fleet.git"),
        world.server.path("moved.git"),
    )
    .unwrap();
    let error = world.repository.fetch(&with_login(&world.url)).unwrap_err();
    assert!(matches!(error, FetchError::NotFound { .. }), "{error}");
    let snapshot = world
        .repository
        .fetch(&with_login(&world.server.url("moved.git")))
        .unwrap();
    assert_eq!(snapshot.subject, "Add web");
}

#[test]
fn a_source_cannot_make_the_controller_call_elsewhere() {
    let world = World::with_one_commit();
    let fetch = |request: &Request| world.repository.fetch(request).unwrap_err();
    for url in [
        "http://169.254.169.254/latest",
        "https://[::ffff:a9fe:a9fe]/latest",
        "ssh://git@169.254.169.254/latest",
    ] {
        let mut request = request(url);
        if url.starts_with("ssh") {
            request.credentials = Credentials::Ssh {
                identity: Zeroizing::new(b"key\n".to_vec()),
                known_hosts: b"h ssh-ed25519 AAAA\n".to_vec(),
            };
        }
        let error = fetch(&request);
        assert!(error.to_string().contains("link-local"), "{url}: {error}");
        assert!(error.is_terminal(), "{url}: only another URL helps");
    }
    let path = "latest/info/refs?service=git-upload-pack";
    let lure = redirector(302, move |_| format!("http://169.254.169.254/{path}"));
    let error = fetch(&request(&lure.url()));
    assert!(error.to_string().contains("link-local"), "{error}");
    let elsewhere = Request {
        reach: Reach::only(["git.example".to_owned()]),
        ..request(&world.url)
    };
    let error = fetch(&elsewhere);
    assert!(
        error.to_string().contains("\"127.0.0.1\" is not among"),
        "{error}"
    );
    assert_eq!(world.server.packs_sent(), 0);
    let here = Request {
        reach: Reach::only(["127.0.0.1".to_owned()]),
        ..elsewhere
    };
    assert!(world.repository.fetch(&here).is_ok());
}
