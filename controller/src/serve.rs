//! What the controller answers over HTTP: health, the public certificate, re-sealing, metrics.
//!
//! The router is built from [`ROUTES`], and a test walks that table: a path is open to everybody
//! or it asks for a Kubernetes token (threat T13). Two paths are the sealed-secrets controller's and
//! open as there, within limits; `--require-token` closes them (threat T23).
//!
//! Artifacts of sources have a listener of their own, `artifacts`, and so have the calls of Git
//! servers, `controller/src/receiver`.

mod artifacts;
mod door;
mod limit;
mod listen;
mod peer;
mod reseal;
#[cfg(test)]
mod tests;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any, get, post};
use futures::future::BoxFuture;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use signet_cluster::{ApiError, User};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::Instant;

pub use self::limit::Limit;
use self::listen::listen;
use self::tls::Tls;
use crate::keys::KeyringHandle;
use crate::metrics::{self, Metrics, classic};
use crate::receiver;
use crate::world::World;

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Everybody: what is behind it is public.
    Open,
    /// Whoever shows a token that the API server knows; what they may do is asked of RBAC.
    Token,
    /// As the operator wants: everybody, so many times a second, or as with `Token`.
    Switch,
}

/// On which listener a path stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// `--listen-addr`, which the Service and its proxy reach.
    Service,
    /// `--listen-metrics-addr`, which only the pod network reaches.
    Metrics,
}

/// One path.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// As it is asked for.
    pub path: &'static str,
    /// Who may ask.
    pub door: Door,
    /// Where it stands.
    pub side: Side,
    page: Page,
}

#[derive(Clone, Copy, Debug)]
enum Page {
    Live,
    Ready,
    Certificate,
    Reseal,
    Verify,
    Rotate,
    Metrics,
}

/// Every path there is.
pub const ROUTES: &[Route] = &[
    Route {
        path: "/healthz",
        door: Door::Open,
        side: Side::Service,
        page: Page::Live,
    },
    Route {
        path: "/livez",
        door: Door::Open,
        side: Side::Service,
        page: Page::Live,
    },
    Route {
        path: "/readyz",
        door: Door::Open,
        side: Side::Service,
        page: Page::Ready,
    },
    Route {
        path: "/v1/cert.pem",
        door: Door::Open,
        side: Side::Service,
        page: Page::Certificate,
    },
    Route {
        path: "/v1/reseal",
        door: Door::Token,
        side: Side::Service,
        page: Page::Reseal,
    },
    Route {
        path: "/v1/verify",
        door: Door::Switch,
        side: Side::Service,
        page: Page::Verify,
    },
    Route {
        path: "/v1/rotate",
        door: Door::Switch,
        side: Side::Service,
        page: Page::Rotate,
    },
    Route {
        path: "/metrics",
        door: Door::Open,
        side: Side::Metrics,
        page: Page::Metrics,
    },
];

/// What the pages need of the world; a test brings its own.
pub trait Host: Send + Sync + 'static {
    /// Whose token this is; `None` if nobody's.
    fn identify<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<User>, ApiError>>;
    /// Whether RBAC lets `user` read that Secret.
    fn may_read<'a>(
        &'a self,
        user: &'a User,
        namespace: &'a str,
        name: &'a str,
    ) -> BoxFuture<'a, Result<bool, ApiError>>;
    /// The keys in use.
    fn keyring(&self) -> &KeyringHandle;
    /// A generator for one answer.
    fn generator(&self) -> ChaCha20Rng;
    /// Whether the SealedSecrets that there are have been seen, where they are ours to open.
    fn listed(&self) -> bool;
    /// Whether they are ours to open.
    fn unseals(&self) -> bool;
    /// The numbers.
    fn metrics(&self) -> &Metrics;
    /// Turns of callers of [`Door::Switch`].
    fn limit(&self) -> &Limit;
    /// Time to send a request.
    fn read_timeout(&self) -> Duration;
    /// Whether [`Door::Switch`] wants a token.
    fn require_token(&self) -> bool;
}

impl Host for World {
    fn identify<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<User>, ApiError>> {
        Box::pin(self.cluster.review_token(token))
    }

    fn may_read<'a>(
        &'a self,
        user: &'a User,
        namespace: &'a str,
        name: &'a str,
    ) -> BoxFuture<'a, Result<bool, ApiError>> {
        Box::pin(
            self.cluster
                .may(user, "get", "", "secrets", namespace, name),
        )
    }

    fn keyring(&self) -> &KeyringHandle {
        &self.keyring
    }

    fn generator(&self) -> ChaCha20Rng {
        self.rng.with(ChaCha20Rng::from_rng)
    }

    fn listed(&self) -> bool {
        !World::unseals(self) || self.metrics.has_listed("SealedSecret")
    }

    fn unseals(&self) -> bool {
        World::unseals(self)
    }

    fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    fn limit(&self) -> &Limit {
        &self.limit
    }

    fn read_timeout(&self) -> Duration {
        self.settings.http.read
    }

    fn require_token(&self) -> bool {
        self.settings.http.require_token
    }
}

/// Binds the listeners and serves on them. The task ends only if a server does.
///
/// # Errors
/// An address that cannot be listened on, with the flag that names it.
pub async fn spawn(world: &Arc<World>) -> anyhow::Result<JoinHandle<()>> {
    let settings = &world.settings;
    let service = bind("--listen-addr", settings.listen).await?;
    let metrics = bind("--listen-metrics-addr", settings.listen_metrics).await?;
    let artifacts = bind("--storage-addr", settings.listen_artifacts).await?;
    let (service_pages, metrics_pages) =
        (router(world, Side::Service), router(world, Side::Metrics));
    let files = artifacts::router(world.shelf.root());
    let webhooks = bind("--webhooks-addr", settings.listen_webhooks).await?;
    let calls = receiver::router(world);
    let whole = settings.http.read + settings.http.write;
    let tls = settings.tls.as_ref().map(Tls::load).transpose()?;
    let tls = tls.map(Arc::new);
    if let Some(tls) = tls.clone() {
        tokio::spawn(async move { tls.follow().await });
    }
    Ok(tokio::spawn(async move {
        tokio::select! {
            never = listen(service, service_pages, whole, tls.clone()) => match never {},
            never = listen(metrics, metrics_pages, whole, tls.clone()) => match never {},
            never = listen(webhooks, calls, whole, tls) => match never {},
            // Their addresses in the status of sources are plain, as Flux's are.
            never = listen(artifacts, files, whole, None) => match never {},
        }
    }))
}

async fn bind(flag: &str, address: SocketAddr) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("{flag} {address}"))?;
    tracing::info!(address = %listener.local_addr()?, "listening ({flag})");
    Ok(listener)
}

/// The router of one listener.
pub fn router<H: Host>(host: &Arc<H>, side: Side) -> Router {
    ROUTES
        .iter()
        .filter(|route| route.side == side)
        .fold(Router::new(), |router, route| {
            router.route(route.path, guarded(host, route))
        })
        .with_state(host.clone())
}

/// A page behind the door that the table gives it.
fn guarded<H: Host>(host: &Arc<H>, route: &Route) -> MethodRouter<Arc<H>> {
    let page = page(route.page);
    let guarded = match route.door {
        Door::Open => page,
        Door::Token => page.route_layer(from_fn_with_state(host.clone(), door::guard::<H>)),
        Door::Switch => page.layer(from_fn_with_state(
            host.clone(),
            door::guard_on_request::<H>,
        )),
    };
    let (host, path) = (host.clone(), route.path);
    guarded.layer(from_fn(move |request: Request, next: Next| {
        let host = host.clone();
        async move { counted(host.as_ref(), path, request, next).await }
    }))
}

/// Notes path, method, code and duration.
async fn counted<H: Host>(host: &H, path: &str, request: Request, next: Next) -> Response {
    let (method, start) = (request.method().clone(), Instant::now());
    let response = next.run(request).await;
    let (code, took) = (response.status().as_u16(), start.elapsed());
    host.metrics().http(path, method.as_str(), code, took);
    response
}

fn page<H: Host>(page: Page) -> MethodRouter<Arc<H>> {
    use axum::extract::State;
    match page {
        Page::Live => get(|| async { "ok\n" }),
        Page::Ready => get(|State(host): State<Arc<H>>| async move { ready(host.as_ref()) }),
        Page::Certificate => {
            get(|State(host): State<Arc<H>>| async move { certificate(host.as_ref()) })
        }
        Page::Metrics => get(
            |State(host): State<Arc<H>>, headers: HeaderMap| async move {
                numbers(host.as_ref(), &headers)
            },
        ),
        Page::Reseal => post(reseal::reseal::<H>),
        // The peer does not look at the method.
        Page::Verify => any(peer::verify::<H>),
        Page::Rotate => any(peer::rotate::<H>),
    }
}

/// Ready means: there is a key to seal for, where that is our business, and what is to be unsealed
/// is known.
fn ready<H: Host>(host: &H) -> Response {
    let key = !host.unseals() || host.keyring().current().newest().is_some();
    if key && host.listed() {
        return "ok\n".into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response()
}

fn certificate<H: Host>(host: &H) -> Response {
    let keys = host.keyring().current();
    let Some(newest) = keys.newest() else {
        return (
            StatusCode::INTERNAL_SERVER_ERROR,
            "cannot get certificate\n",
        )
            .into_response();
    };
    (
        [(header::CONTENT_TYPE, "application/x-pem-file")],
        newest.pem().to_owned(),
    )
        .into_response()
}

/// In the form that is asked for, without a word the older one, as the peer gives it.
fn numbers<H: Host>(host: &H, headers: &HeaderMap) -> Response {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    let open = accept.is_some_and(|accept| accept.contains("application/openmetrics-text"));
    let (kind, text) = if open {
        (metrics::OPEN_METRICS, host.metrics().text())
    } else {
        (metrics::CLASSIC, classic(&host.metrics().text()))
    };
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
