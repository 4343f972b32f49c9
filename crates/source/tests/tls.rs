//! https with a private authority (T7): trusted if it is the one given, refused in every other case.
#![allow(clippy::unwrap_used)] // a failed unwrap is the failed test

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use signet_source::{FetchError, Request, Tls};
use support::{World, request};
use zeroize::Zeroizing;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn signed(by: &Authority, name: &str) -> (rcgen::Certificate, KeyPair) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    (params.signed_by(&key, by).unwrap(), key)
}

/// A TLS front before a plain server, with a certificate of `authority` for `name`; with `clients`,
/// only those with a certificate of that authority come in.
fn front(
    behind: SocketAddr,
    authority: &Authority,
    name: &str,
    clients: Option<&Authority>,
) -> u16 {
    let (certificate, key) = signed(authority, name);
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let config = Arc::new(
        builder
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap(),
    );
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // A client that refuses our certificate hangs up; that is its test, not ours.
            forward(stream.unwrap(), &config, behind).ok();
        }
    });
    port
}

/// One request through: the server behind ends each connection after its answer.
fn forward(
    stream: TcpStream,
    config: &Arc<ServerConfig>,
    behind: SocketAddr,
) -> std::io::Result<()> {
    let connection = ServerConnection::new(Arc::clone(config)).map_err(std::io::Error::other)?;
    let mut tls = BufReader::new(StreamOwned::new(connection, stream));
    let mut request = String::new();
    let mut length = 0;
    while !request.ends_with("\r\n\r\n") {
        let start = request.len();
        if tls.read_line(&mut request)? == 0 {
            return Ok(());
        }
        let line = request[start..].to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    tls.read_exact(&mut body)?;
    let mut plain = TcpStream::connect(behind)?;
    plain.write_all(request.as_bytes())?;
    plain.write_all(&body)?;
    let mut answer = Vec::new();
    plain.read_to_end(&mut answer)?;
    let tls = tls.get_mut();
    tls.write_all(&answer)?;
    tls.conn.send_close_notify();
    tls.flush()
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
    let (certificate, key) = signed(&clients, "fleet");
    let key = Zeroizing::new(key.serialize_pem().into_bytes());
    let client = Some((certificate.pem().into_bytes(), key));
    let tls = Tls {
        client,
        ..trusting(&ours)
    };
    assert_eq!(fetch(&world, port, tls).unwrap(), "Add web");
    assert!(fetch(&world, port, trusting(&ours)).is_err());
}
