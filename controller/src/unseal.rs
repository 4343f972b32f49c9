//! A SealedSecret becomes a Secret: read, open, judge, write, say so.
//!
//! Events, conditions and merging are the sealed-secrets controller's, so that dashboards and
//! habits keep working. What differs: a message is always current, nothing is written or said
//! twice, a Secret changed by hand is put back, and what is proven to be in order
//! (`controller/src/unseal/record.rs`) is not opened again.

mod declared;
mod drift;
mod record;
mod roll;
mod say;
mod sightings;
mod status;
mod subject;
#[cfg(test)]
mod tests;
pub mod watch;
mod write;

use std::sync::Arc;

use serde_json::Value;
use signet_api::SealedSecret;
use signet_cluster::{ApiError, Kind};
use signet_seal::secret::{Opened, Opening, open_with};

use crate::keys::Urgency;
use crate::metrics::Outcome;
use crate::queue::Again;
use crate::store::key_of;
use crate::wake::{Key, Wake};
use crate::world::World;
pub use declared::Declared;
use record::Record;
pub use roll::{Changes, reconcile as roll};
pub use sightings::Sightings;
use status::Ending;
use subject::Subject;

/// `apiVersion` of every SealedSecret.
const OWNER_API_VERSION: &str = "bitnami.com/v1alpha1";

/// Under this name events are recorded and statuses written.
const COMPONENT: &str = "signet-controller";

/// Name of the queue in [`World::backoff`] and of the kind in the metrics.
const QUEUE: &str = "SealedSecret";

/// Brings the Secret of one SealedSecret up to date and says so in its status. Returns when to try
/// again; `None` if only a change can help or nothing is left to do.
///
/// Writes, events and status updates happen only when they say something new. What is proven to be
/// in order, and the echo of our own write in the watch, cost no request and open nothing.
pub async fn reconcile(world: &World, key: &Key, wake: Wake) -> Option<Again> {
    let Some(subject) = world.sealed.get(key) else {
        return forget(world, key).await;
    };
    // An echo cleared the timer of what is still to be done, such as a status that was not taken.
    let echo = wake == Wake::Drift
        && world.sightings.as_left(key, &subject.declaration)
        && !world.is_failing(QUEUE, key);
    if subject.deleting || echo || is_in_order(world, &subject) {
        return None;
    }
    let started = world.now();
    world.metrics.unseal_requested();
    let (subject, ending, record) = unseal(world, subject, wake).await?;
    let said = say::say(world, &subject, &ending, record.as_ref()).await;
    let error = ending.metric();
    world
        .metrics
        .unsealed(&key.namespace, &key.name, &subject.instance, error);
    let outcome = match error {
        None => Outcome::Success,
        Some(_) => Outcome::Failure,
    };
    world.metrics.reconciled(
        QUEUE,
        outcome,
        world.now().duration_since(started).unsigned_abs(),
    );
    again(world, key, &ending, said)
}

/// Its Secret goes by its owner reference, unless the operator wants us to delete it.
async fn forget(world: &World, key: &Key) -> Option<Again> {
    world.metrics.forget(&key.namespace, &key.name);
    world.sightings.forget(key);
    if world.settings.unsealing.delete_orphans
        && let Err(error) = write::delete_orphan(world, key).await
    {
        tracing::warn!(%key, "the Secret of a SealedSecret that is gone was not deleted: {error}");
        return again(world, key, &Ending::NotWritten(error.to_string()), true);
    }
    world.succeeded(QUEUE, key);
    None
}

/// Takes in that a Secret was changed or deleted, from its metadata. Returns the SealedSecret of
/// its name if there is one and the change is not known to be our own.
///
/// By name and not by owner reference, so that a Secret whose reference somebody removed, one
/// that was only patched, and one that stood in the way and is gone are seen too.
pub fn touched(world: &World, secret: &Value) -> Option<Key> {
    let key = key_of(secret)?;
    let sealed = world.sealed.get(&key)?;
    world.sightings.seen(&key, secret);
    (!world.sightings.as_left(&key, &sealed.declaration)).then_some(key)
}

/// Whether the status proves that the Secret is as the watch sees it because we, or the controller
/// before us, left it so for this very declaration, and every key that was needed is still here.
fn is_in_order(world: &World, subject: &Subject) -> bool {
    let (key, declaration) = (&subject.key, &subject.declaration);
    let proven = || {
        let version = world.sightings.last_seen(key)?;
        let record = subject.record().filter(|_| subject.is_synced())?;
        let ring = world.keyring.current();
        record
            .holds(&ring, declaration, &version)
            .then_some((record, version))
    };
    let Some((record, version)) = proven() else {
        return false;
    };
    world.keyring.remember(record.keys);
    world.sightings.left(key, *declaration, Some(version));
    world.sealed.opened(key, declaration);
    world.metrics.verified();
    world
        .metrics
        .unsealed(&key.namespace, &key.name, &subject.instance, None);
    world.succeeded(QUEUE, key);
    true
}

/// Whether the keys that opened this object are no longer all here, or none has opened it yet.
pub fn concerns(subject: &Subject, ring: &signet_seal::Keyring) -> bool {
    let missing = |record: Record| !record.keys.iter().all(|key| ring.contains(key));
    !subject.is_synced() || subject.record().is_some_and(missing)
}

/// Opens and writes. `None` if the object is gone.
async fn unseal(
    world: &World,
    subject: Arc<Subject>,
    wake: Wake,
) -> Option<(Arc<Subject>, Ending, Option<Record>)> {
    let (subject, sealed) = match fetch(world, &subject).await {
        Ok(found) => found?,
        Err(error) => return Some((subject, Ending::NotFetched(error.to_string()), None)),
    };
    let sealed = match sealed.and_then(|sealed| subject.drift.clone().map(|_| sealed)) {
        Ok(sealed) => sealed,
        Err(cause) => return Some((subject, Ending::NotOpened(cause), None)),
    };
    let (ending, record) = match open(world, &subject, &sealed, wake).await {
        Ok(opened) => {
            let ending = write::write(world, &subject, &sealed, &opened).await;
            let record = record(world, &subject, &opened, &ending);
            (ending, record)
        }
        Err(ending) => (ending, None),
    };
    Some((subject, ending, record))
}

/// The whole object: from memory, or from the API server if it was opened before. What cannot be
/// read as a SealedSecret is told apart from what is gone (`None`).
async fn fetch(
    world: &World,
    subject: &Arc<Subject>,
) -> Result<Option<(Arc<Subject>, Result<SealedSecret, String>)>, ApiError> {
    let key = &subject.key;
    if let Some(body) = world.sealed.body(key) {
        let object: Value = serde_json::from_slice(&body).unwrap_or_default();
        return Ok(Some((subject.clone(), subject::parse(object))));
    }
    let (kind, namespace) = (kind(), Some(key.namespace.as_str()));
    let Some(object) = world.cluster.get(&kind, namespace, &key.name).await? else {
        return Ok(None);
    };
    world.sealed.put(object.clone());
    let subject = world.sealed.get(key).unwrap_or_else(|| subject.clone());
    Ok(Some((subject, subject::parse(object))))
}

/// Tries the keys that opened it before, then those that opened others lately, then the rest.
async fn open(
    world: &World,
    subject: &Subject,
    sealed: &SealedSecret,
    wake: Wake,
) -> Result<Opened, Ending> {
    let own = subject.record().map(|record| record.keys);
    let opening = Opening {
        guesses: own
            .into_iter()
            .flatten()
            .chain(world.keyring.recent())
            .collect(),
        refuse_deprecated: !world.settings.unsealing.accept_deprecated,
    };
    let urgency = if wake.is_urgent() {
        Urgency::Now
    } else {
        Urgency::Later
    };
    world.metrics.opened();
    // The copy holds ciphertext only.
    let work = world
        .keyring
        .work(urgency, sealed.clone(), move |sealed, ring| {
            open_with(sealed, ring, &opening)
        });
    match work.await {
        Ok(Ok(opened)) => {
            world.keyring.remember(opened.used.values().copied());
            Ok(opened)
        }
        Ok(Err(cause)) => Err(Ending::NotOpened(status::explained(&cause))),
        Err(cause) => Err(Ending::NotWritten(cause.to_string())),
    }
}

/// What to note so that this need not be done again; nothing if it did not succeed.
fn record(world: &World, subject: &Subject, opened: &Opened, ending: &Ending) -> Option<Record> {
    if !matches!(ending, Ending::Synced { .. }) {
        return None;
    }
    let (key, declaration) = (&subject.key, &subject.declaration);
    let version = world.sightings.last_left(key, declaration)?;
    world.sealed.opened(key, declaration);
    let keys = opened.used.values().copied().collect();
    Record::prove(&world.keyring.current(), keys, declaration, &version)
}

fn again(world: &World, key: &Key, ending: &Ending, said: bool) -> Option<Again> {
    if said && !ending.passes() {
        world.succeeded(QUEUE, key);
        return None;
    }
    let failures = world.failed(QUEUE, key);
    let wait = status::wait(failures, world.settings.unsealing.quick_retries);
    let after = status::scattered(wait, &key.name);
    Some(Again {
        after,
        wake: Wake::Retry,
    })
}

/// The kind that is unsealed.
pub fn kind() -> Kind {
    Kind::of(OWNER_API_VERSION, "SealedSecret", "sealedsecrets")
}

/// The kind that it becomes.
pub fn secret_kind() -> Kind {
    Kind::secret()
}
