//! HTTP to the API server: TLS, HTTP/2, credentials, and our name.
//!
//! The client library speaks HTTP/1.1 only, one connection per request in flight. Here the server
//! is offered HTTP/2: measured on one API server, 700 applies per second instead of 550. Pings
//! notice a connection that died silently, which a watch would otherwise miss for minutes.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Request, header::USER_AGENT};
use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use kube::{
    Client, Config, Error,
    client::{Body, ClientBuilder, ConfigExt as _},
};
use tower::{BoxError, ServiceBuilder, service_fn};

/// How we introduce ourselves; it stands in the server's audit log.
const AGENT: &str = concat!("signet/", env!("CARGO_PKG_VERSION"));
/// Longest wait for a TCP connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection on which nothing arrived for this long is pinged…
const PING_AFTER: Duration = Duration::from_secs(30);
/// …and given up if the ping is not answered by then.
const PING_TIMEOUT: Duration = Duration::from_secs(15);

/// Opens nothing yet; the first request connects. Two calls give two connections.
pub(crate) fn client(config: &Config) -> Result<Client, Error> {
    let mut config = config.clone();
    config
        .headers
        .push((USER_AGENT, HeaderValue::from_static(AGENT)));
    config.connect_timeout = Some(CONNECT_TIMEOUT);
    if config.proxy_url.is_some() {
        // The library knows how to speak through proxies; HTTP/1.1 is the price.
        return ClientBuilder::try_from(config).map(ClientBuilder::build);
    }
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(http_client(connector(&config)?));
    Ok(Client::new(service, config.default_namespace))
}

/// HTTP/2 if the server offers it, else as many HTTP/1.1 connections as there are requests.
fn http_client(
    connector: HttpsConnector<HttpConnector>,
) -> legacy::Client<HttpsConnector<HttpConnector>, Body> {
    legacy::Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .http2_keep_alive_interval(PING_AFTER)
        .http2_keep_alive_timeout(PING_TIMEOUT)
        .build(connector)
}

fn connector(config: &Config) -> Result<HttpsConnector<HttpConnector>, Error> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(PING_AFTER));
    tcp.set_connect_timeout(config.connect_timeout);
    let mut builder = HttpsConnectorBuilder::new()
        .with_tls_config(config.rustls_client_config()?)
        .https_or_http();
    if let Some(name) = &config.tls_server_name {
        let name = name
            .clone()
            .try_into()
            .map_err(|e| Error::Service(BoxError::from(e)))?;
        builder = builder.with_server_name_resolver(FixedServerNameResolver::new(name));
    }
    Ok(builder.enable_http1().enable_http2().wrap_connector(tcp))
}

/// The same connections with headers of their own on every request: an identity to act as, another
/// form to be answered in. Headers named here replace those the request brings.
pub(crate) fn with_headers(inner: &Client, headers: HeaderMap) -> Client {
    let inner = inner.clone();
    let namespace = inner.default_namespace().to_owned();
    let service = service_fn(move |mut request: Request<Body>| {
        for (name, value) in &headers {
            request.headers_mut().insert(name, value.clone());
        }
        let inner = inner.clone();
        async move { inner.send(request).await }
    });
    Client::new(service, namespace)
}

/// The header that makes a request somebody else's.
pub(crate) const IMPERSONATE: HeaderName = HeaderName::from_static("impersonate-user");
