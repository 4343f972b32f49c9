//! The API server behind the proxy, as a kubeconfig names it.

use std::path::Path;

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Request, Response, Uri};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;

use super::BoxError;

pub(super) struct Upstream {
    server: String,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl Upstream {
    /// Trusts the authority of the kubeconfig; credentials are those of each request.
    pub(super) fn of(kubeconfig: &Path) -> Result<Self> {
        let config: Value = serde_json::from_str(&std::fs::read_to_string(kubeconfig)?)?;
        let cluster = &config["clusters"][0]["cluster"];
        let text = |name: &str| {
            cluster[name]
                .as_str()
                .context("a kubeconfig of the harness")
        };
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(trusting(
                &STANDARD.decode(text("certificate-authority-data")?)?,
            )?)
            .https_only()
            .enable_http1()
            .enable_http2()
            .build();
        Ok(Self {
            server: text("server")?.to_owned(),
            client: Client::builder(TokioExecutor::new()).build(connector),
        })
    }

    /// The answer to `request`, as it begins; its body may go on for ever.
    pub(super) async fn pass(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<Incoming>, BoxError> {
        let (mut head, body) = request.into_parts();
        head.uri = format!("{}{}", self.server, head.uri).parse::<Uri>()?;
        head.version = http::Version::default();
        head.headers.remove(http::header::HOST);
        head.headers.remove(http::header::CONNECTION);
        let mut answer = self
            .client
            .request(Request::from_parts(head, Full::new(body)))
            .await?;
        *answer.version_mut() = http::Version::default();
        Ok(answer)
    }
}

fn trusting(pem: &[u8]) -> Result<ClientConfig> {
    let certificates = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>()?;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates);
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
