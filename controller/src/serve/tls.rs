//! TLS on the listeners, where the operator asks for it: the certificate and its key come from
//! files, and are read again when they change, as a mounted Secret does when it is renewed.
//!
//! A renewal that cannot be used changes nothing: the certificate before it is served on, and the log
//! says what is wrong. Connections that stand keep theirs.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use zeroize::Zeroizing;

use crate::settings::TlsSettings;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(5);

/// First byte of a TLS connection: a handshake record. No method of HTTP begins with it.
const HANDSHAKE: u8 = 0x16;

/// A connection whose first byte has told what it speaks.
pub enum Greeted {
    /// TLS, agreed on.
    Tls(Box<TlsStream<TcpStream>>),
    /// Plain, where that is allowed.
    Plain(TcpStream),
}

/// How the listeners speak TLS.
pub struct Tls {
    acceptor: TlsAcceptor,
    certificate: Arc<Current>,
    files: TlsSettings,
}

impl Tls {
    /// Reads the certificate and its key.
    ///
    /// # Errors
    /// A file that cannot be read or holds something else, with its flag.
    pub fn load(files: &TlsSettings) -> Result<Self> {
        let (found, digest) = read(files)?;
        let certificate = Arc::new(Current(RwLock::new((Arc::new(found), digest))));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .context("setting TLS up")?
            .with_no_client_auth()
            .with_cert_resolver(certificate.clone());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            certificate,
            files: files.clone(),
        })
    }

    /// Agrees with a caller on how to speak. What is plain is refused, unless `--tls-optional`.
    ///
    /// # Errors
    /// The caller speaks something else, or hung up.
    pub async fn greet(&self, stream: TcpStream) -> io::Result<Greeted> {
        if self.files.optional {
            let mut first = [0];
            stream.peek(&mut first).await?;
            if first != [HANDSHAKE] {
                return Ok(Greeted::Plain(stream));
            }
        }
        let agreed = self.acceptor.accept(stream).await?;
        Ok(Greeted::Tls(Box::new(agreed)))
    }

    /// Looks at the files again and again, for ever.
    pub async fn follow(&self) {
        let mut said = String::new();
        loop {
            tokio::time::sleep(LOOK).await;
            match self.renew() {
                Ok(true) => tracing::info!("the TLS certificate was renewed"),
                Ok(false) => {}
                Err(error) => {
                    let text = format!("{error:#}");
                    if said != text {
                        tracing::warn!("the TLS certificate was not renewed: {text}");
                        said = text;
                    }
                    continue;
                }
            }
            said.clear();
        }
    }

    /// Takes the files in if they changed. Returns whether they did.
    fn renew(&self) -> Result<bool> {
        let (found, digest) = read(&self.files)?;
        let mut current = self.certificate.0.write();
        let current = current.as_mut().map_err(|_| anyhow!("a lock is broken"))?;
        if current.1 == digest {
            return Ok(false);
        }
        **current = (Arc::new(found), digest);
        Ok(true)
    }
}

/// What is served at the moment, with the digest of the files that it came from.
struct Current(RwLock<(Arc<CertifiedKey>, [u8; 32])>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Some(current.0.clone())
    }
}

/// It holds a private key.
impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Current(_)")
    }
}

fn read(files: &TlsSettings) -> Result<(CertifiedKey, [u8; 32])> {
    let (certificate, key) = (
        text("--tls-cert", &files.certificate)?,
        text("--tls-key", &files.key)?,
    );
    let digest = Sha256::new()
        .chain_update(&certificate)
        .chain_update(&key)
        .finalize();
    let chain = CertificateDer::pem_slice_iter(&certificate).collect::<Result<Vec<_>, _>>();
    let chain = chain.unwrap_or_default();
    let no_chain = || {
        anyhow!(
            "--tls-cert {}: no certificate in PEM",
            shown(&files.certificate)
        )
    };
    ensure!(!chain.is_empty(), no_chain());
    // Its own words could quote what it read.
    let no_key = |_| anyhow!("--tls-key {}: no private key in PEM", shown(&files.key));
    let key = PrivateKeyDer::from_pem_slice(&key).map_err(no_key)?;
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let pair = CertifiedKey::from_der(chain, key, &provider).with_context(|| {
        let (certificate, key) = (shown(&files.certificate), shown(&files.key));
        format!("--tls-cert {certificate} and --tls-key {key} are no pair that can be used")
    })?;
    Ok((pair, digest.into()))
}

fn text(flag: &str, path: &PathBuf) -> Result<Zeroizing<Vec<u8>>> {
    let read = std::fs::read(path).with_context(|| format!("{flag} {}", shown(path)))?;
    Ok(Zeroizing::new(read))
}

fn shown(path: &Path) -> std::path::Display<'_> {
    path.display()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use signet_testkit::tls_front::Authority;
    use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

    use super::*;

    struct Files {
        directory: tempfile::TempDir,
        authority: Authority,
    }

    impl Files {
        fn new() -> Self {
            Self {
                directory: tempfile::tempdir().unwrap(),
                authority: Authority::new().unwrap(),
            }
        }

        fn settings(&self) -> TlsSettings {
            TlsSettings {
                certificate: self.directory.path().join("tls.crt"),
                key: self.directory.path().join("tls.key"),
                optional: false,
            }
        }

        /// Issues a certificate for `name`; returns it in DER.
        fn issue(&self, name: &str) -> Vec<u8> {
            let (certificate, key) = self.authority.sign(name).unwrap();
            let settings = self.settings();
            std::fs::write(settings.certificate, certificate.pem()).unwrap();
            std::fs::write(settings.key, key.serialize_pem()).unwrap();
            certificate.der().to_vec()
        }
    }

    fn served(tls: &Tls) -> Vec<u8> {
        let current = tls.certificate.0.read().unwrap();
        current.0.cert[0].to_vec()
    }

    #[test]
    fn a_renewed_certificate_is_taken_in_and_a_broken_one_is_not() {
        let files = Files::new();
        let first = files.issue("a.example");
        let tls = Tls::load(&files.settings()).unwrap();
        assert_eq!(served(&tls), first);
        assert!(!tls.renew().unwrap(), "nothing changed");
        let second = files.issue("b.example");
        assert!(tls.renew().unwrap());
        assert_eq!(served(&tls), second);
        let before = std::fs::read(files.settings().key).unwrap();
        files.issue("c.example");
        std::fs::write(files.settings().key, before).unwrap();
        let error = format!("{:#}", tls.renew().unwrap_err());
        assert!(error.contains("no pair"), "{error}");
        assert_eq!(served(&tls), second, "the one before is served on");
    }

    /// Serves one page with `files`; returns where.
    async fn serve(files: &TlsSettings) -> std::net::SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let page = axum::Router::new().route("/", axum::routing::get(|| async { "ok" }));
        let tls = Arc::new(Tls::load(files).unwrap());
        let whole = Duration::from_secs(10);
        tokio::spawn(super::super::listen(listener, page, whole, Some(tls)));
        address
    }

    const REQUEST: &[u8] = b"GET / HTTP/1.0\r\nHost: a.example\r\n\r\n";

    async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<String> {
        stream.write_all(REQUEST).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    async fn over_tls(address: std::net::SocketAddr, authority: &Authority) -> io::Result<String> {
        let mut roots = rustls::RootCertStore::empty();
        let pem = authority.pem();
        roots
            .add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
            .unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let stream = TcpStream::connect(address).await?;
        let name = "a.example".try_into().unwrap();
        answer(connector.connect(name, stream).await?).await
    }

    #[tokio::test]
    async fn with_a_certificate_only_tls_is_spoken_unless_plain_is_allowed() {
        let files = Files::new();
        files.issue("a.example");
        let mut settings = files.settings();
        for optional in [false, true] {
            settings.optional = optional;
            let address = serve(&settings).await;
            let secure = over_tls(address, &files.authority).await.unwrap();
            assert!(secure.ends_with("ok"), "{secure}");
            let stranger = Authority::new().unwrap();
            assert!(over_tls(address, &stranger).await.is_err());
            let plain = answer(TcpStream::connect(address).await.unwrap()).await;
            let answered = plain.is_ok_and(|text| text.contains("200 OK") && text.ends_with("ok"));
            assert_eq!(answered, optional);
        }
    }

    #[test]
    fn what_is_no_certificate_or_key_is_refused_with_the_flags_name() {
        let files = Files::new();
        let settings = files.settings();
        let said = |settings: &TlsSettings| format!("{:#}", Tls::load(settings).err().unwrap());
        assert!(said(&settings).contains("--tls-cert"));
        files.issue("a.example");
        std::fs::write(&settings.key, "canary-no-key").unwrap();
        let error = said(&settings);
        assert!(
            error.contains("--tls-key") && !error.contains("canary"),
            "{error}"
        );
        std::fs::write(&settings.certificate, "").unwrap();
        assert!(said(&settings).contains("no certificate in PEM"));
    }
}
