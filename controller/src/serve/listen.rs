//! Connections, with the limits that keep a slow or greedy caller from holding the controller up.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::door::Remote;
use super::tls::{Greeted, Tls};

/// Bytes both ways.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Stream for T {}

/// A caller has this long to agree on TLS, and as long to send the head of its request.
const HEAD: Duration = Duration::from_secs(5);

/// Connections at once on one listener; more wait in the kernel.
const CONNECTIONS: usize = 256;

/// Serves `router` on `listener`, for ever, over TLS if there is any. A connection lives no longer
/// than `whole`, whatever it does.
pub async fn listen(
    listener: TcpListener,
    router: Router,
    whole: Duration,
    tls: Option<Arc<Tls>>,
) -> Infallible {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let place = places.clone().acquire_owned().await;
        let (stream, address) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: others will be given back.
                tracing::warn!("a connection was not accepted: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let router = router.clone().layer(Extension(Remote(address.ip())));
        let tls = tls.clone();
        tokio::spawn(async move {
            let served = tokio::time::timeout(whole, greeted(stream, router, tls)).await;
            tracing::trace!(in_time = served.is_ok(), "connection closed");
            drop(place);
        });
    }
}

async fn greeted(stream: TcpStream, router: Router, tls: Option<Arc<Tls>>) {
    let Some(tls) = tls else {
        return connection(stream, router).await;
    };
    match tokio::time::timeout(HEAD, tls.greet(stream)).await {
        Ok(Ok(Greeted::Tls(stream))) => connection(stream, router).await,
        Ok(Ok(Greeted::Plain(stream))) => connection(stream, router).await,
        Ok(Err(error)) => tracing::debug!("connection: {error}"),
        Err(_) => tracing::debug!("connection: no greeting in {HEAD:?}"),
    }
}

async fn connection(stream: impl Stream, router: Router) {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD);
    let service = TowerToHyperService::new(router);
    if let Err(error) = builder
        .serve_connection(TokioIo::new(stream), service)
        .await
    {
        tracing::debug!("connection: {error}");
    }
}
