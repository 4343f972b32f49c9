//! The newest tag of a range, as a server has it; and a proxy on the way to it.
#![allow(clippy::unwrap_used)] // a failed unwrap is the failed test

mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;

use signet_source::{FetchError, Proxy, Reference, Request, SecretData};
use support::{World, at, request, shown};
use zeroize::Zeroizing;

#[test]
fn the_newest_tag_of_a_range_is_followed() {
    let world = World::with_one_commit();
    let range = |text: &str| {
        world
            .repository
            .fetch(&at(Reference::Semver(text.into()), &world.url))
    };
    let none = range(">=1").unwrap_err();
    assert!(matches!(none, FetchError::NoSuchReference { .. }), "{none}");
    for version in ["v1.0.0", "v1.2.0", "v2.0.0-rc.1", "nightly"] {
        world
            .work
            .write("apps/web.yaml", format!("kind: {version}\n"))
            .unwrap();
        world.push(version);
        world
            .work
            .git(&["tag", "-a", "-m", version, version])
            .unwrap();
    }
    world.work.push(&world.url, &["--tags"]).unwrap();
    let newest = range(">=1").unwrap();
    let commit = world.work.git(&["rev-parse", "v1.2.0^{commit}"]).unwrap();
    assert_eq!(newest.revision.to_string(), format!("v1.2.0@sha1:{commit}"));
    assert_eq!(
        shown(&support::read(&newest, ".")),
        ["apps/web.yaml=kind: v1.2.0\n"]
    );
    assert!(
        range(">=2.0.0-0")
            .unwrap()
            .revision
            .to_string()
            .starts_with("v2.0.0-rc.1@")
    );
    let none = range(">=3").unwrap_err();
    assert!(none.to_string().contains("there is \"nightly\""), "{none}");
    let bad = range("newest").unwrap_err();
    assert!(bad.to_string().contains("spec.ref.semver"), "{bad}");
}

/// A proxy that tells what it is asked and passes nothing on.
fn telling() -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().take(4) {
            answer(&stream.unwrap(), &tell);
        }
    });
    (address, told)
}

fn answer(mut stream: &TcpStream, tell: &mpsc::Sender<String>) {
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let _nobody_asks = tell.send(head.join("\n").to_lowercase());
    let body = "no, hunter2";
    let _gone = write!(
        stream,
        "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
}

fn through(url: &str, address: &str, login: bool) -> Request {
    let mut secret = SecretData::new();
    let mut put = |key: &str, value: &str| {
        secret.insert(key.to_owned(), Zeroizing::new(value.as_bytes().to_vec()))
    };
    put("address", address);
    if login {
        put("username", "bob");
        put("password", "hunter2");
    }
    Request {
        proxy: Some(Proxy::from_secret(&secret).unwrap()),
        ..request(url)
    }
}

#[test]
fn a_proxy_is_asked_with_its_own_login_which_is_never_shown() {
    let world = World::with_one_commit();
    let (address, told) = telling();
    let error = world
        .repository
        .fetch(&through(&world.url, &address, true))
        .unwrap_err();
    let asked = told.recv().unwrap();
    assert!(
        asked.contains(&format!("get {}/info/refs", world.url)),
        "{asked}"
    );
    assert!(
        asked.contains("proxy-authorization: basic ym9iomh1bnrlcji="),
        "{asked}"
    );
    assert!(!error.to_string().contains("hunter2"), "{error}");
    assert!(!error.to_string().contains("Ym9i"), "{error}");
    let error = world
        .repository
        .fetch(&through("https://git.example/a.git", &address, true))
        .unwrap_err();
    let asked = told.recv().unwrap();
    assert!(asked.starts_with("connect git.example:443"), "{asked}");
    assert!(!error.to_string().contains("hunter2"), "{error}");
    assert_eq!(world.server.packs_sent(), 0);
}

#[test]
fn ssh_takes_no_proxy_and_says_so() {
    let world = World::new();
    let error = world
        .repository
        .fetch(&through(
            "ssh://git@host/a.git",
            "socks5://proxy:1080",
            false,
        ))
        .unwrap_err();
    assert!(error.to_string().contains("spec.proxySecretRef"), "{error}");
}
