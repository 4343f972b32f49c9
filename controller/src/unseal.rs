//! A SealedSecret becomes a Secret: read, open, judge, write, say so.
//!
//! Events, conditions and merging are the sealed-secrets controller's, so that dashboards and
//! habits keep working. What differs: a message is always current, nothing is written or said
//! twice, and a Secret changed by hand is put back.

mod decide;
mod sightings;
mod status;
mod subject;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde_json::{Value, json};
use signet_api::SealedSecret;
use signet_api::sealed_secret::SealedSecretStatus;
use signet_cluster::{ApiError, Kind, SecretObject};
use signet_seal::secret::{Opened, open_sealed};

use crate::metrics::Outcome;
use crate::queue::Again;
use crate::store::key_of;
use crate::wake::{Key, Wake};
use crate::world::World;
use decide::Verdict;
pub use sightings::Sightings;
use sightings::declaration;
use status::Ending;
use subject::Subject;

/// `apiVersion` of every SealedSecret.
const OWNER_API_VERSION: &str = "bitnami.com/v1alpha1";

/// Under this name events are recorded and statuses written.
const COMPONENT: &str = "signet-controller";

/// Name of the queue in [`World::backoff`] and of the kind in the metrics.
const QUEUE: &str = "SealedSecret";

/// Longest wait before a failed write is tried again.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// How often one attempt looks again when somebody else wrote between reading and writing.
const LOOKS: usize = 3;

/// Brings the Secret of one SealedSecret up to date and says so in its status. Returns when to try
/// again; `None` if only a change can help or nothing is left to do.
///
/// Writes, events and status updates happen only when they say something new. The echo of our own
/// write in the watch costs no request; anything else costs one GET.
pub async fn reconcile(world: &World, key: &Key, wake: Wake) -> Option<Again> {
    let Some(object) = world.stores.sealed.get(key) else {
        forget(world, key);
        return None;
    };
    let subject = Subject::of(key, &object);
    let echo = wake == Wake::Drift && world.sightings.as_left(key, subject.declaration);
    if subject.deleting || echo {
        return None;
    }
    let started = world.now();
    world.metrics.unseal_requested();
    let ending = unseal(world, &subject, &object).await;
    let said = say(world, &subject, &ending).await;
    world.metrics.unsealed(
        &key.namespace,
        &key.name,
        &subject.instance,
        ending.metric(),
    );
    let outcome = if ending.metric().is_none() {
        Outcome::Success
    } else {
        Outcome::Failure
    };
    world.metrics.reconciled(
        QUEUE,
        outcome,
        world.now().duration_since(started).unsigned_abs(),
    );
    again(world, key, &ending, said)
}

/// Its Secret goes by its owner reference.
fn forget(world: &World, key: &Key) {
    world.metrics.forget(&key.namespace, &key.name);
    world.succeeded(QUEUE, key);
    world.sightings.forget(key);
}

/// Takes in that a Secret was changed or deleted, from its metadata. Returns the SealedSecret of
/// its name if there is one and the change is not known to be our own.
///
/// By name and not by owner reference, so that a Secret whose reference somebody removed, one
/// that was only patched, and one that stood in the way and is gone are seen too.
pub fn touched(world: &World, secret: &Value) -> Option<Key> {
    let key = key_of(secret)?;
    let sealed = world.stores.sealed.get(&key)?;
    world.sightings.seen(&key, secret);
    (!world.sightings.as_left(&key, declaration(&sealed))).then_some(key)
}

/// Whether the status says that all is well.
pub fn is_synced(object: &Value) -> bool {
    object["status"]["conditions"][0]["status"] == "True"
}

async fn unseal(world: &World, subject: &Subject, object: &Value) -> Ending {
    let sealed = match subject::parse(object) {
        Ok(sealed) => sealed,
        Err(cause) => return Ending::NotOpened(cause),
    };
    // The copy holds ciphertext only.
    match world.keyring.work(sealed.clone(), open_sealed).await {
        Ok(Ok(opened)) => write(world, subject, &sealed, &opened).await,
        Ok(Err(cause)) => Ending::NotOpened(cause.to_string()),
        Err(cause) => Ending::NotWritten(cause.to_string()),
    }
}

/// Reads only if it must: where nobody has tried before, creating is the first question.
async fn write(world: &World, subject: &Subject, sealed: &SealedSecret, opened: &Opened) -> Ending {
    let Key { namespace, name } = &subject.key;
    let mut look = subject.tried();
    let mut last = None;
    for _ in 0..LOOKS {
        let live = if look {
            world.cluster.get_secret(namespace, name).await
        } else {
            Ok(None)
        };
        let done = match live {
            Ok(live) => attempt(world, subject, sealed, opened, live.as_ref()).await,
            Err(error) => Err(error),
        };
        match done {
            Ok(ending) => return ending,
            // 409: somebody created or changed it meanwhile. 404: somebody deleted it.
            Err(error) if error.code == 409 || error.is_not_found() && look => last = Some(error),
            Err(error) => return Ending::NotWritten(error.to_string()),
        }
        look = true;
    }
    Ending::NotWritten(last.map_or_else(String::new, |error| error.to_string()))
}

async fn attempt(
    world: &World,
    subject: &Subject,
    sealed: &SealedSecret,
    opened: &Opened,
    live: Option<&SecretObject>,
) -> Result<Ending, ApiError> {
    match decide::decide(sealed, opened, live.map(|live| &live.body)) {
        Verdict::Create(body) => {
            let refusal = decide::standing(sealed, &body);
            let left = world
                .cluster
                .create_secret(&SecretObject::new(body))
                .await?;
            world
                .sightings
                .left(&subject.key, subject.declaration, &left.body);
            Ok(refusal.map_or(Ending::Synced { wrote: true }, Ending::Refused))
        }
        Verdict::Update(body) => {
            let left = world
                .cluster
                .replace_secret(&SecretObject::new(body))
                .await?;
            world
                .sightings
                .left(&subject.key, subject.declaration, &left.body);
            Ok(Ending::Synced { wrote: true })
        }
        Verdict::Leave => {
            live.inspect(|live| {
                world
                    .sightings
                    .left(&subject.key, subject.declaration, &live.body);
            });
            Ok(Ending::Synced { wrote: false })
        }
        Verdict::Refuse(refusal) => Ok(Ending::Refused(refusal)),
    }
}

/// Status and event, if there is something new to say. Returns whether the status now says it.
async fn say(world: &World, subject: &Subject, ending: &Ending) -> bool {
    let now = world.now();
    let status = status::next(subject.status.as_ref(), subject.generation, ending, now);
    if status.is_none() && !ending.wrote() {
        return true;
    }
    let warning = ending.message().is_some();
    let (regarding, text) = (subject.regarding(), ending.event());
    let event = world.event(&regarding, COMPONENT, warning, ending.reason(), &text);
    let (written, ()) = futures::join!(put_status(world, subject, status), event);
    written
}

async fn put_status(world: &World, subject: &Subject, status: Option<SealedSecretStatus>) -> bool {
    let Some(status) = status else { return true };
    let Key { namespace, name } = &subject.key;
    let patch = json!({ "status": status });
    let sent = world
        .cluster
        .merge_patch(&kind(), Some(namespace), name, &patch, true, COMPONENT)
        .await;
    match sent {
        Err(error) if !error.is_not_found() => {
            world.metrics.unseal_failed("status", namespace);
            tracing::warn!(
                namespace,
                name,
                "the status of a SealedSecret was not written: {error}"
            );
            false
        }
        _ => true,
    }
}

fn again(world: &World, key: &Key, ending: &Ending, said: bool) -> Option<Again> {
    if said && !ending.passes() {
        world.succeeded(QUEUE, key);
        return None;
    }
    let after = status::scattered(world.backoff(QUEUE, key, LONGEST_WAIT), &key.name);
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
