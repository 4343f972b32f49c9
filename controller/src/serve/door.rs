//! The guarded door: whoever asks shows a Kubernetes token, and the API server says whose it is.
//!
//! Signet has no login of its own (threat T39). A refusal is one status and one text, whatever it
//! was that refused.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use signet_api::names::TOKEN_HEADER;
use signet_cluster::User;

use super::Host;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No token, or nobody's.
    Nobody,
    /// RBAC does not let the caller read that Secret.
    Forbidden,
    /// The body is larger than an object can be.
    TooLarge,
    /// The body came too slowly.
    TooSlow,
    /// The body is something else.
    NotSealedSecret,
    /// Some item does not open: wrong key, wrong place, damaged.
    NotOpened,
    /// Our own trouble.
    Unavailable,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, text) = match self {
            Self::Nobody => (StatusCode::UNAUTHORIZED, "a Kubernetes token is needed\n"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "not allowed to read that Secret\n"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "larger than 1 MiB\n"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "the body took too long\n"),
            Self::NotSealedSecret => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "not a SealedSecret in JSON with namespace and name\n",
            ),
            Self::NotOpened => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "no key could decrypt secret\n",
            ),
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "cannot answer now, try again\n",
            ),
        };
        (status, text).into_response()
    }
}

/// Lets a request through to its page with the [`User`] who asks, and counts the answer.
pub async fn guard<H: Host>(
    State(host): State<Arc<H>>,
    mut request: Request,
    next: Next,
) -> Response {
    let response = match identify(host.as_ref(), request.headers()).await {
        Ok(user) => {
            request.extensions_mut().insert(user);
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
    };
    host.metrics().answered(response.status().as_u16());
    response
}

/// [`guard`], if the operator wants a token for what the peer answers to everybody.
pub async fn guard_on_request<H: Host>(
    host: State<Arc<H>>,
    request: Request,
    next: Next,
) -> Response {
    if host.require_token() {
        return guard(host, request, next).await;
    }
    next.run(request).await
}

/// The address that a connection comes from, as [`super::listen`] knows it.
#[derive(Clone, Copy, Debug)]
pub struct Remote(pub IpAddr);

/// Whose turns are counted together: the owner of the token if there is one, else the address that
/// the last proxy saw, else that of the connection. What stands further to the left of
/// `X-Forwarded-For` is the caller's own invention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// A name that means nothing but this.
    pub name: String,
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        if let Some(user) = parts.extensions.get::<User>() {
            return Ok(Self {
                name: format!("user {}", user.name),
            });
        }
        let forwarded = parts.headers.get_all("x-forwarded-for").iter().next_back();
        let hop = forwarded
            .and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
        let remote = parts.extensions.get::<Remote>();
        let address = hop.or(remote.map(|remote| remote.0));
        Ok(Self {
            name: address.map_or_else(|| "?".to_owned(), |address: IpAddr| address.to_string()),
        })
    }
}

async fn identify<H: Host>(host: &H, headers: &HeaderMap) -> Result<User, Refusal> {
    let token = token(headers).ok_or(Refusal::Nobody)?;
    match host.identify(token).await {
        Ok(Some(user)) => Ok(user),
        Ok(None) => Err(Refusal::Nobody),
        Err(error) => {
            tracing::warn!("a token could not be reviewed: {error}");
            Err(Refusal::Unavailable)
        }
    }
}

/// The header of our own first: the API server's service proxy strips `Authorization`.
fn token(headers: &HeaderMap) -> Option<&str> {
    let own = headers
        .get(TOKEN_HEADER)
        .and_then(|value| value.to_str().ok());
    let bearer = || {
        headers
            .get(header::AUTHORIZATION)?
            .to_str()
            .ok()?
            .strip_prefix("Bearer ")
    };
    own.or_else(bearer)
        .map(str::trim)
        .filter(|token| !token.is_empty())
}
