//! https with a private authority (T7): trusted if it is the one given, refused in every other case.
#![allow(clippy::unwrap_used)] // a failed unwrap is the failed test

mod support;

use std::net::SocketAddr;

use signet_source::{FetchError, Request, Tls};
use signet_testkit::tls_front::{self, Authority};
use support::{World, request};
use zeroize::Zeroizing;

fn authority() -> Authority {
    Authority::new().unwrap()
}

/// A TLS front before a plain server, with a certificate of `authority` for `name`; with `clients`,
/// only those with a certificate of that authority come in.
fn front(
    behind: SocketAddr,
    authority: &Authority,
    name: &str,
    clients: Option<&Authority>,
) -> u16 {
    let config = authority.server(name, clients).unwrap();
    tls_front::start(behind, config).unwrap()
}

fn trusting(authority: &Authority) -> Tls {
    Tls {
        ca: Some(authority.pem().into_bytes()),
        client: None,
    }
}

fn fetch(world: &World, port: u16, tls: Tls) -> Result<String, FetchError> {
    let url = format!("https://localhost:{port}/fleet.git");
    let fetched = world.repository.fetch(&Request {
        tls,
        ..request(&url)
    });
    fetched.map(|snapshot| snapshot.subject)
}

#[test]
fn the_authority_in_the_secret_is_trusted_and_no_other() {
    let world = World::with_one_commit();
    let (ours, other) = (authority(), authority());
    let port = front(world.server.address(), &ours, "localhost", None);
    assert_eq!(fetch(&world, port, trusting(&ours)).unwrap(), "Add web");
    for tls in [trusting(&other), Tls::default()] {
        let error = fetch(&world, port, tls).unwrap_err();
        assert!(matches!(error, FetchError::Tls { .. }), "{error}");
        assert!(error.to_string().contains("ca.crt"), "{error}");
    }
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let world = World::with_one_commit();
    let ours = authority();
    let port = front(world.server.address(), &ours, "git.example.com", None);
    let error = fetch(&world, port, trusting(&ours)).unwrap_err();
    assert!(matches!(error, FetchError::Tls { .. }), "{error}");
}

#[test]
fn a_client_certificate_is_shown_where_it_is_asked_for() {
    let world = World::with_one_commit();
    let (ours, clients) = (authority(), authority());
    let port = front(world.server.address(), &ours, "localhost", Some(&clients));
    let (certificate, key) = clients.sign("fleet").unwrap();
    let key = Zeroizing::new(key.serialize_pem().into_bytes());
    let client = Some((certificate.pem().into_bytes(), key));
    let tls = Tls {
        client,
        ..trusting(&ours)
    };
    assert_eq!(fetch(&world, port, tls).unwrap(), "Add web");
    assert!(fetch(&world, port, trusting(&ours)).is_err());
}
