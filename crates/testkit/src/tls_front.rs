//! https before a plain server: an authority, certificates that it signs, and a front that takes
//! TLS off. One request per connection, as [`crate::git_server`] answers them.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

/// A private certificate authority.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// A fresh one.
    ///
    /// # Errors
    ///
    /// If no key can be made.
    pub fn new() -> io::Result<Self> {
        let mut params = CertificateParams::new(Vec::<String>::new()).map_err(io::Error::other)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let issuer = CertifiedIssuer::self_signed(params, key).map_err(io::Error::other)?;
        Ok(Self(issuer))
    }

    /// Its certificate as PEM, for `ca.crt`.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate that it signs for `name` (a host name or an address), with its key.
    ///
    /// # Errors
    ///
    /// If no key can be made or the name is none.
    pub fn sign(&self, name: &str) -> io::Result<(rcgen::Certificate, KeyPair)> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let params = CertificateParams::new(vec![name.to_owned()]).map_err(io::Error::other)?;
        let certificate = params.signed_by(&key, &self.0).map_err(io::Error::other)?;
        Ok((certificate, key))
    }

    /// How a server with a certificate of this authority for `name` speaks TLS; with `clients`,
    /// only those with a certificate of that authority come in.
    ///
    /// # Errors
    ///
    /// As [`Self::sign`].
    pub fn server(&self, name: &str, clients: Option<&Self>) -> io::Result<Arc<ServerConfig>> {
        let (certificate, key) = self.sign(name)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?;
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                let root = authority.0.der().clone();
                roots.add(root).map_err(io::Error::other)?;
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                        .build()
                        .map_err(io::Error::other)?;
                builder.with_client_cert_verifier(verifier)
            }
        };
        let config = builder.with_single_cert(vec![certificate.der().clone()], key);
        Ok(Arc::new(config.map_err(io::Error::other)?))
    }
}

/// Listens on a free port of 127.0.0.1 as `config` says and passes each request on to `behind`;
/// gives the port. It lives as long as the process.
///
/// # Errors
///
/// If there is no port.
pub fn start(behind: SocketAddr, config: Arc<ServerConfig>) -> io::Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let port = listener.local_addr()?.port();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            // A client that refuses our certificate hangs up; that is its test, not ours.
            drop(forward(stream, &config, behind));
        }
    });
    Ok(port)
}

/// One request through: the server behind ends each connection after its answer.
fn forward(stream: TcpStream, config: &Arc<ServerConfig>, behind: SocketAddr) -> io::Result<()> {
    let connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
    let mut tls = BufReader::new(StreamOwned::new(connection, stream));
    let Some(request) = read(&mut tls)? else {
        return Ok(());
    };
    let mut plain = TcpStream::connect(behind)?;
    plain.write_all(&request)?;
    let mut answer = Vec::new();
    plain.read_to_end(&mut answer)?;
    let tls = tls.get_mut();
    tls.write_all(&answer)?;
    tls.conn.send_close_notify();
    tls.flush()
}

/// Head and body of a request; none if the client hung up before.
fn read(from: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut request = String::new();
    let mut length = 0;
    while !request.ends_with("\r\n\r\n") {
        let start = request.len();
        if from.read_line(&mut request)? == 0 {
            return Ok(None);
        }
        let line = request[start..].to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
    let mut whole = request.into_bytes();
    let head = whole.len();
    whole.resize(head + length, 0);
    from.read_exact(&mut whole[head..])?;
    Ok(Some(whole))
}
