//! A SealedSecret becomes a Secret: read, open, judge, write, say so.
//!
//! Events, conditions and merging are the sealed-secrets controller's, so that dashboards and
//! habits keep working. What differs: a message is always current, nothing is written or said
//! twice, a Secret changed by hand is put back, and what is proven to be in order
//! (`controller/src/unseal/record.rs`) is not opened again.

mod copies;
mod declared;
mod drift;
mod record;
mod roll;
mod say;
mod sightings;
mod status;
mod subject;
mod templates;
#[cfg(test)]
mod tests;
pub mod watch;
mod write;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use signet_api::SealedSecret;
use signet_cluster::{ApiError, Kind};
use signet_seal::secret::{Opened, Opening, TemplateRules, open_with};

use crate::keys::Urgency;
use crate::metrics::Outcome;
use crate::queue::Again;
use crate::store::key_of;
use crate::wake::{Key, Wake};
use crate::world::World;
pub use copies::Copies;
use copies::{Content, Report};
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
    if subject.deleting {
        return None;
    }
    let pruned = copies::prune(world, &subject).await;
    // An echo cleared the timer of what is still to be done, such as a status that was not taken.
    let echo = matches!(wake, Wake::Drift | Wake::Namespace)
        && world.sightings.undisturbed(key, &subject.declaration)
        && copies::quiet(world, &subject)
        && !world.is_failing(QUEUE, key);
    if !pruned.passes() && (echo || is_in_order(world, &subject)) {
        return None;
    }
    let started = world.now();
    world.metrics.unseal_requested();
    let attempt = unseal(world, subject, wake, pruned).await?;
    let Attempt {
        subject,
        ending,
        copied,
        ..
    } = &attempt;
    let said = say::say(world, &attempt).await;
    let said = said && !copied.as_ref().is_some_and(Report::passes);
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
    again(world, key, ending, said)
}

/// Its Secret goes by its owner reference, unless the operator wants us to delete it.
async fn forget(world: &World, key: &Key) -> Option<Again> {
    world.metrics.forget(&key.namespace, &key.name);
    world.sightings.forget(key);
    if let Err(error) = copies::forget(world, key).await {
        tracing::warn!(%key, "copies of a SealedSecret that is gone are still there: {error}");
        return again(world, key, &Ending::NotWritten(error), true);
    }
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
        let copies = copies::found(world, subject)?;
        let ring = world.keyring.current();
        record
            .holds(&ring, &judged(world, subject)?, &version, &copies)
            .then_some((record, version, copies))
    };
    let Some((record, version, copies)) = proven() else {
        return false;
    };
    world.keyring.remember(record.keys);
    for (namespace, version) in copies {
        let copy = Key::new(namespace, &key.name);
        let before = world.sightings.last_seen(&copy);
        world
            .sightings
            .left(&copy, *declaration, Some(version), before);
    }
    let before = Some(version.clone());
    world
        .sightings
        .left(key, *declaration, Some(version), before);
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

/// What a record vouches for; `None` if the object does not say how it is to be rendered.
fn judged(world: &World, subject: &Subject) -> Option<declared::Digest> {
    let templates = subject.templates.as_ref().ok()?;
    Some(templates.judged(&subject.declaration, world.settings.unsealing.templates))
}

/// What one attempt came to.
struct Attempt {
    subject: Arc<Subject>,
    ending: Ending,
    record: Option<Record>,
    /// When the templates of this generation were rendered first.
    moment: Option<Timestamp>,
    /// `None` if nothing was found out about copies.
    copied: Option<Report>,
}

impl Attempt {
    /// Nothing was opened; what is known of an earlier rendering stays.
    fn failed(subject: Arc<Subject>, ending: Ending, copied: Option<Report>) -> Self {
        Self {
            moment: subject.rendered_at(),
            subject,
            ending,
            record: None,
            copied,
        }
    }
}

/// Opens and writes. `None` if the object is gone.
async fn unseal(
    world: &World,
    subject: Arc<Subject>,
    wake: Wake,
    pruned: Report,
) -> Option<Attempt> {
    let (subject, sealed) = match fetch(world, &subject).await {
        Ok(found) => found?,
        Err(error) => {
            let ending = Ending::NotFetched(error.to_string());
            return Some(Attempt::failed(subject, ending, None));
        }
    };
    let (sealed, opened, moment) = match open(world, &subject, sealed, wake).await {
        Ok(opened) => opened,
        Err(ending) => {
            let copied = copies::spread(world, &subject, None, pruned).await;
            return Some(Attempt::failed(subject, ending, Some(copied)));
        }
    };
    let ending = write::write(world, &subject, &sealed, &opened).await;
    let content = Content {
        sealed: &sealed,
        opened: &opened,
        wrote: ending.wrote(),
    };
    let copied = copies::spread(world, &subject, Some(&content), pruned).await;
    Some(Attempt {
        record: record(world, &subject, &opened, &ending, &copied),
        moment: opened.rendered.then_some(moment),
        copied: Some(copied),
        subject,
        ending,
    })
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

/// Opens what was read, if what is written in its annotations can be read too. Returns also what
/// is now to its templates.
async fn open(
    world: &World,
    subject: &Subject,
    sealed: Result<SealedSecret, String>,
    wake: Wake,
) -> Result<(SealedSecret, Opened, Timestamp), Ending> {
    let annotations = subject.drift.clone().and(subject.templates.clone());
    let read = sealed.and_then(|sealed| Ok((sealed, annotations?)));
    let (sealed, templates) = read.map_err(Ending::NotOpened)?;
    let rules = templates.rules(world.settings.unsealing.templates);
    let moment = templates::moment(world, subject);
    let opened = try_keys(world, subject, &sealed, (rules, moment), wake).await?;
    if opened.rendered {
        world.sealed.rendered(subject, moment);
    }
    Ok((sealed, opened, moment))
}

/// Tries the keys that opened it before, then those that opened others lately, then the rest.
async fn try_keys(
    world: &World,
    subject: &Subject,
    sealed: &SealedSecret,
    (templates, moment): (TemplateRules, Timestamp),
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
        templates,
        now: Some(moment),
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
fn record(
    world: &World,
    subject: &Subject,
    opened: &Opened,
    ending: &Ending,
    copied: &Report,
) -> Option<Record> {
    if !matches!(ending, Ending::Synced { .. }) {
        return None;
    }
    let (key, declaration) = (&subject.key, &subject.declaration);
    let version = world.sightings.last_left(key, declaration)?;
    world.sealed.opened(key, declaration);
    let copies = copies::versions(world, subject, copied)?;
    let keys = opened.used.values().copied().collect();
    let (ring, judged) = (world.keyring.current(), judged(world, subject)?);
    Record::prove(&ring, keys, &judged, &version, &copies)
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
