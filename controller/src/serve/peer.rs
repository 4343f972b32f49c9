//! `/v1/verify` and `/v1/rotate`, as `kubeseal --validate` and `--re-encrypt` ask for them.
//!
//! Paths, codes and bodies are the sealed-secrets controller's. What differs: a body is capped,
//! nothing is rendered, at most one is worked on at a time, and what comes back from `rotate` is the
//! object that went in, with other ciphertext: its template and metadata are not moved about.
//!
//! Both open an item under the label that the object's own namespace, name and annotations make,
//! and `rotate` seals it under the same label again, so neither can carry a value elsewhere (threat
//! T22, CVE-2026-22728). Whatever does not open is one and the same answer (threat T23).

use std::sync::Arc;

use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use rand_chacha::ChaCha20Rng;
use serde_json::Value;
use signet_api::SealedSecret;
use signet_api::names::{LAST_APPLIED, LAST_APPLIED_KUBECFG, SEALED_FOR};
use signet_cluster::User;
use signet_seal::format::bitnami;
use signet_seal::secret::label_of;
use signet_seal::{Keyring, rotation, text};
use signet_yaml::Budget;
use tokio::time::Instant;

use super::Host;
use super::door::{Caller, Refusal};
use super::reseal::{BODY_LIMIT, authorize};
use crate::keys::Urgency;

/// Why there is no answer. The peer has no words for any of it.
enum No {
    /// Larger than an object can be.
    TooLarge,
    /// It came too slowly, or broke off.
    Unread,
    /// No single SealedSecret, or it does not open and that is all that is said.
    Failed,
    /// The caller may not.
    Refused(Refusal),
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
            Self::Unread => StatusCode::BAD_REQUEST.into_response(),
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            Self::Refused(refusal) => refusal.into_response(),
        }
    }
}

/// 200 if every item opens, 409 if not, 500 if it is no SealedSecret.
pub async fn verify<H: Host>(
    State(host): State<Arc<H>>,
    caller: Caller,
    user: Option<Extension<User>>,
    body: Body,
) -> Response {
    limited(host.as_ref(), &caller, "verify", async {
        let (sealed, _) = take(host.as_ref(), user, body).await?;
        let work = host.keyring().work(Urgency::Later, sealed, opens);
        let open = work.await.map_err(|_| No::Failed)?;
        Ok(if open {
            StatusCode::OK.into_response()
        } else {
            StatusCode::CONFLICT.into_response()
        })
    })
    .await
}

/// 200 and the object on the newest key, 500 if it is no SealedSecret or does not open.
pub async fn rotate<H: Host>(
    State(host): State<Arc<H>>,
    caller: Caller,
    user: Option<Extension<User>>,
    body: Body,
) -> Response {
    limited(host.as_ref(), &caller, "rotate", async {
        let (sealed, object) = take(host.as_ref(), user, body).await?;
        let mut rng = host.generator();
        let work = host
            .keyring()
            .work(Urgency::Later, sealed, move |sealed, keys| {
                moved(sealed, object, keys, &mut rng)
            });
        let object = work.await.map_err(|_| No::Failed)?.ok_or(No::Failed)?;
        let kind = [("content-type", "text/plain; charset=utf-8")];
        Ok((kind, object.to_string()).into_response())
    })
    .await
}

async fn limited<H: Host>(
    host: &H,
    caller: &Caller,
    page: &str,
    answer: impl Future<Output = Result<Response, No>>,
) -> Response {
    let turn = host
        .limit()
        .ask(&format!("{page} {}", caller.name), Instant::now());
    let mut response = if turn.granted {
        answer.await.unwrap_or_else(No::into_response)
    } else {
        (StatusCode::TOO_MANY_REQUESTS, "limit exceeded\n").into_response()
    };
    turn.write(response.headers_mut());
    response
}

/// Reads the body; where a token was asked for, its owner must be allowed to read the Secret.
async fn take<H: Host>(
    host: &H,
    user: Option<Extension<User>>,
    body: Body,
) -> Result<(SealedSecret, Value), No> {
    let whole = tokio::time::timeout(host.read_timeout(), to_bytes(body, BODY_LIMIT)).await;
    let bytes = whole.map_err(|_| No::Unread)?.map_err(|error| {
        let text = error.to_string();
        if text.contains("limit") {
            No::TooLarge
        } else {
            No::Unread
        }
    })?;
    let (sealed, object) = read(&bytes).ok_or(No::Failed)?;
    if let Some(Extension(user)) = user {
        authorize(host, &user, &sealed).await.map_err(No::Refused)?;
    }
    Ok((sealed, object))
}

/// Exactly one SealedSecret, in YAML or in JSON.
fn read(bytes: &[u8]) -> Option<(SealedSecret, Value)> {
    let budget = Budget {
        documents: 2,
        ..Budget::default()
    };
    let documents = signet_yaml::read(bytes, &budget).ok()?;
    let [document] = documents.as_slice() else {
        return None;
    };
    let object = document.to_json();
    let ours = object["apiVersion"] == "bitnami.com/v1alpha1" && object["kind"] == "SealedSecret";
    let sealed = serde_json::from_value(object.clone()).ok()?;
    ours.then_some((sealed, object))
}

/// Whether every item opens under the label of its object. Nothing is kept of what was inside.
fn opens(sealed: &SealedSecret, keys: &Keyring) -> bool {
    let label = label_of(sealed);
    let blob = sealed.spec.data.as_ref().filter(|blob| !blob.is_empty());
    if blob.is_some() && !sealed.spec.encrypted_data.is_empty() {
        return false;
    }
    let mut last = None;
    let mut items = sealed.spec.encrypted_data.values().chain(blob);
    items.all(|item| {
        let Ok(item) = text::decode(item) else {
            return false;
        };
        let opened = keys.open(&label, &item, last.as_ref());
        last = opened.as_ref().ok().map(|(_, key)| **key);
        opened.is_ok()
    })
}

/// The object with its items on the newest key, without what belongs to the cluster it was read from.
fn moved(
    sealed: &SealedSecret,
    mut object: Value,
    keys: &Keyring,
    rng: &mut ChaCha20Rng,
) -> Option<Value> {
    let sealer = bitnami::sealer(keys.newest()?).ok()?;
    let moved = rotation::reseal(sealed, keys, sealer.as_ref(), rng);
    if !moved.failed.is_empty() {
        return None;
    }
    for (key, text) in moved.items {
        object["spec"]["encryptedData"][key.as_str()] = text.into();
    }
    if let Some(text) = moved.blob {
        object["spec"]["data"] = text.into();
    }
    object.as_object_mut()?.remove("status");
    let metadata = object.get_mut("metadata")?.as_object_mut()?;
    for part in SERVERS {
        metadata.remove(part);
    }
    let annotations = metadata
        .get_mut("annotations")
        .and_then(Value::as_object_mut);
    if let Some(annotations) = annotations {
        annotations.remove(LAST_APPLIED);
        annotations.remove(LAST_APPLIED_KUBECFG);
        if let (true, Some(note)) = (annotations.contains_key(SEALED_FOR), moved.note) {
            annotations.insert(SEALED_FOR.to_owned(), note.into());
        }
    }
    Some(object)
}

/// Metadata that the API server writes, and that has no place in a repository.
const SERVERS: [&str; 9] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
];
