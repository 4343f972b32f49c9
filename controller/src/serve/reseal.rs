//! `POST /v1/reseal`: a SealedSecret goes in, its items come out sealed for the newest key.
//!
//! Only for callers who may read the Secret anyway, as RBAC says of the very namespace and name in
//! the object; those and the scope make the label that an item opens under, so naming another
//! object opens nothing (threat T22). Plaintext never leaves. Whatever does not open is one and
//! the same answer, and a caller without rights learns not even that (threat T23).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use rand_chacha::ChaCha20Rng;
use serde::Serialize;
use serde_json::Value;
use signet_api::SealedSecret;
use signet_cluster::User;
use signet_seal::format::bitnami;
use signet_seal::{Keyring, rotation};

use super::Host;
use super::door::Refusal;
use crate::keys::Urgency;

/// Largest body: an object of etcd is no larger than this.
pub const BODY_LIMIT: usize = 1 << 20;

/// A caller has this long to send the body.
const BODY_TIME: Duration = Duration::from_secs(10);

/// The answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Resealed {
    /// Items that were not on the newest key, sealed for it; those not named are on it already.
    encrypted_data: BTreeMap<String, String>,
    /// The deprecated `spec.data`, if it was not on the newest key.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<String>,
    /// Fingerprint of the newest key.
    sealed_for: String,
}

/// See the module's documentation. Who asks was settled at the door, before a byte of the body was
/// read.
pub async fn reseal<H: Host>(
    State(host): State<Arc<H>>,
    Extension(user): Extension<User>,
    body: Body,
) -> Response {
    match answer(host.as_ref(), &user, body).await {
        Ok(resealed) => json(&resealed),
        Err(refusal) => refusal.into_response(),
    }
}

/// What the caller may is settled before anything is opened.
async fn answer<H: Host>(host: &H, user: &User, body: Body) -> Result<Resealed, Refusal> {
    let sealed = sealed_secret(&read(body).await?).ok_or(Refusal::NotSealedSecret)?;
    authorize(host, user, &sealed).await?;
    let mut rng = host.generator();
    let done = host
        .keyring()
        .work(Urgency::Later, sealed, move |sealed, keys| {
            move_items(sealed, keys, &mut rng)
        })
        .await;
    done.map_err(|_| Refusal::Unavailable)?
}

/// Whether `user` may read the Secret that the object becomes.
///
/// # Errors
/// A [`Refusal`]: no name, no right, or nobody to ask.
pub async fn authorize<H: Host>(
    host: &H,
    user: &User,
    sealed: &SealedSecret,
) -> Result<(), Refusal> {
    let (Some(namespace), Some(name)) = (&sealed.metadata.namespace, &sealed.metadata.name) else {
        return Err(Refusal::NotSealedSecret);
    };
    match host.may_read(user, namespace, name).await {
        Ok(true) => {
            tracing::info!(user = user.name, namespace, name, "re-seals");
            Ok(())
        }
        Ok(false) => Err(Refusal::Forbidden),
        Err(error) => {
            tracing::warn!("access could not be reviewed: {error}");
            Err(Refusal::Unavailable)
        }
    }
}

fn move_items(
    sealed: &SealedSecret,
    keys: &Keyring,
    rng: &mut ChaCha20Rng,
) -> Result<Resealed, Refusal> {
    let newest = keys.newest().ok_or(Refusal::Unavailable)?;
    let sealer = bitnami::sealer(newest).map_err(|_| Refusal::Unavailable)?;
    let moved = rotation::reseal(sealed, keys, sealer.as_ref(), rng);
    if !moved.failed.is_empty() {
        return Err(Refusal::NotOpened);
    }
    Ok(Resealed {
        encrypted_data: moved.items,
        data: moved.blob,
        sealed_for: newest.fingerprint().to_string(),
    })
}

async fn read(body: Body) -> Result<Vec<u8>, Refusal> {
    let whole = tokio::time::timeout(BODY_TIME, to_bytes(body, BODY_LIMIT)).await;
    let bytes = whole
        .map_err(|_| Refusal::TooSlow)?
        .map_err(|_| Refusal::TooLarge)?;
    Ok(bytes.to_vec())
}

/// Reads the body; kind, namespace and name must be there, because RBAC is asked about them.
fn sealed_secret(body: &[u8]) -> Option<SealedSecret> {
    let object: Value = serde_json::from_slice(body).ok()?;
    let said = |field: &str| {
        object["metadata"][field]
            .as_str()
            .is_some_and(|text| !text.is_empty())
    };
    if object["kind"] != "SealedSecret" || !said("namespace") || !said("name") {
        return None;
    }
    serde_json::from_value(object).ok()
}

fn json(answer: &Resealed) -> Response {
    match serde_json::to_vec(answer) {
        Ok(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(_) => Refusal::Unavailable.into_response(),
    }
}
