//! One sealed value in many namespaces: where a cluster-wide SealedSecret asks for it and the
//! Namespace accepts it, a Secret of the same name is kept there like the SealedSecret's own.
//!
//! Who may say what is judged by [`plan`] alone. A copy is known again by a mark on it
//! ([`mark`]), so that no list of copies has to be kept anywhere; what a copy is to be is judged by
//! [`decide`], and written by the hand that writes every Secret (`controller/src/unseal/write.rs`).
//! One opening serves all copies, and the proof that nothing has changed covers them.

mod decide;
mod index;
mod known;
mod mark;
mod namespaces;
mod notice;
mod plan;
mod said;
mod wish;

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, stream};
use serde_json::Value;
use signet_api::{ObjectId, SealedSecret};
use signet_cluster::{ApiError, Kind, SecretObject};
use signet_seal::secret::Opened;

use super::sightings::Version;
use super::status::{Ending, reason_of_copies};
use super::subject::Subject;
use super::write::{self, Place};
use super::{kind, secret_kind};
use crate::wake::Key;
use crate::world::World;
pub use decide::decide;
pub use index::Copies;
pub use known::{found, quiet, versions};
pub use mark::Mark;
pub use notice::{declared, known_sealed, secret, secrets_listed, undeclared, watch_namespaces};
pub use said::{Report, Words};
use signet_seal::secret::decide::Refusal;
pub use wish::Wish;

use index::Refused;
use said::{Barrier, Trouble};

/// What there is to write copies of.
pub struct Content<'a> {
    /// The SealedSecret.
    pub sealed: &'a SealedSecret,
    /// What was in it.
    pub opened: &'a Opened,
    /// Whether its own Secret had to be written: then every copy is looked at.
    pub wrote: bool,
}

/// Removes the copies that are not to be any more. That needs no value, so it is done before anything
/// is opened, and also where nothing opens.
pub async fn prune(world: &World, subject: &Subject) -> Report {
    let mut report = Report::of(&subject.wish);
    if world.settings.unsealing.copies
        && let Some(plan) = known::plan(world, subject)
    {
        let uid = Some(subject.uid.as_str());
        remove(world, &subject.key, uid, plan.remove, &mut report).await;
    }
    report
}

/// Writes the copies that are to be; without content, because nothing could be opened, they stay as
/// they are. `report` says what [`prune`] did.
pub async fn spread(
    world: &World,
    subject: &Subject,
    content: Option<&Content<'_>>,
    mut report: Report,
) -> Report {
    match known::plan(world, subject) {
        _ if !world.settings.unsealing.copies => report.stop(Barrier::Off),
        None => report.stop(Barrier::NotKnown),
        Some(plan) => {
            report.withhold(plan.withheld);
            match content {
                Some(content) => write_all(world, subject, plan.write, content, &mut report).await,
                None if plan.write.is_empty() => {}
                None => report.stop(Barrier::NotOpened),
            }
        }
    }
    world.copies.say(&subject.key, report.words(&subject.key));
    let failed = report
        .troubles
        .iter()
        .filter(|(_, it)| matches!(it, Trouble::Failed(_)));
    failed.for_each(|(namespace, _)| world.metrics.unseal_failed("copy", namespace));
    report
}

/// The SealedSecret is gone, and its copies go.
///
/// # Errors
/// Namespaces in which that did not succeed, with the cause.
pub async fn forget(world: &World, key: &Key) -> Result<(), String> {
    let orphans = known::orphans(world, key);
    let mut report = Report::default();
    remove(world, key, None, orphans, &mut report).await;
    let words = report.words(key).filter(|_| !report.troubles.is_empty());
    words.map_or(Ok(()), |words| Err(words.message))
}

/// Notes that a Secret stands where a copy should.
pub fn refused(
    world: &World,
    subject: &Subject,
    place: &Place<'_>,
    live: Option<&SecretObject>,
    why: &Refusal,
) {
    let refused = live
        .and_then(|live| Version::of(&live.body))
        .map(|version| Refused {
            version,
            before: place.before.clone(),
            declaration: subject.declaration,
            why: why.clone(),
        });
    world
        .copies
        .refuse(&subject.key, &place.key.namespace, refused);
}

async fn write_all(
    world: &World,
    subject: &Subject,
    namespaces: BTreeSet<String>,
    content: &Content<'_>,
    report: &mut Report,
) {
    let each: Vec<_> = namespaces
        .into_iter()
        .map(|namespace| async move {
            let ending = write(world, subject, &namespace, content).await;
            (namespace, ending)
        })
        .collect();
    let width = world.settings.concurrent_apply;
    let mut endings = stream::iter(each).buffer_unordered(width);
    while let Some((namespace, ending)) = endings.next().await {
        if !matches!(ending, Ending::Refused(_)) {
            world.copies.refuse(&subject.key, &namespace, None);
        }
        report.take(namespace, &ending);
    }
}

async fn write(world: &World, subject: &Subject, namespace: &str, content: &Content<'_>) -> Ending {
    let at = Key::new(namespace, &subject.key.name);
    if !content.wrote && world.sightings.undisturbed(&at, &subject.declaration) {
        return Ending::Synced { wrote: false };
    }
    let before = world.sightings.last_seen(&at);
    let mark = world.copies.mark(&at);
    let reason = reason_of_copies(subject.status.as_ref());
    let place = Place {
        key: &at,
        look: mark.is_some() || before.is_some(),
        was_right: mark.is_some() && subject.was_right() && reason.is_some_and(said::were_right),
        copy: true,
        before,
    };
    write::put(world, subject, &place, content.sealed, content.opened).await
}

/// Removes copies of `key`, whose uid is this if it is there. Those that were made for an object of
/// another uid go only if the API server says that it is gone: what a watch knows may be old.
async fn remove(
    world: &World,
    key: &Key,
    uid: Option<&str>,
    copies: BTreeMap<String, Mark>,
    report: &mut Report,
) {
    let doubtful = copies.values().any(|mark| Some(mark.uid.as_str()) != uid);
    let living = match doubtful {
        true => living(world, key).await,
        false => Ok(None),
    };
    for (namespace, mark) in copies {
        let removed = match &living {
            Ok(Some(living)) if Some(mark.uid.as_str()) != uid && *living == mark.uid => Ok(false),
            Ok(_) => remove_one(world, &Key::new(&namespace, &key.name), &mark).await,
            Err(error) => Err(error.clone()),
        };
        match removed {
            Ok(true) => {
                report.changed.insert(namespace);
            }
            Ok(false) => {}
            Err(error) => {
                let cause = format!("the copy was not removed: {error}");
                report.troubles.insert(namespace, Trouble::Failed(cause));
            }
        }
    }
}

/// The uid of the SealedSecret that is there.
async fn living(world: &World, key: &Key) -> Result<Option<String>, ApiError> {
    let (namespace, name) = (Some(key.namespace.as_str()), &key.name);
    let found = world.cluster.get_metadata(&kind(), namespace, name).await?;
    Ok(found.and_then(|object| object["metadata"]["uid"].as_str().map(str::to_owned)))
}

/// Removes one, if it still says that it is that copy. `false` if it is gone or says otherwise.
async fn remove_one(world: &World, at: &Key, mark: &Mark) -> Result<bool, ApiError> {
    let kind = secret_kind();
    let id = id(&kind, at);
    let found = world
        .cluster
        .get_metadata(&kind, Some(&at.namespace), &at.name)
        .await?;
    let uid = Some(mark.secret.uid.as_str());
    let still = |object: &Value| {
        let same =
            Mark::of(object).is_some_and(|it| it.source == mark.source && it.uid == mark.uid);
        same && object["metadata"]["uid"].as_str() == uid
    };
    if !found.is_some_and(|object| still(&object)) {
        return Ok(false);
    }
    let removed = match world.cluster.delete(&kind, &id, uid).await {
        // Another of that name has come since.
        Err(error) if error.is_conflict() => false,
        removed => removed?,
    };
    world.copies.secret(at, None);
    world.sightings.forget(at);
    let source = &mark.source;
    tracing::info!(namespace = at.namespace, name = at.name, %source, "a copy was removed");
    Ok(removed)
}

fn id(kind: &Kind, key: &Key) -> ObjectId {
    ObjectId {
        group: kind.group.clone(),
        version: kind.version.clone(),
        kind: kind.kind.clone(),
        namespace: Some(key.namespace.clone()),
        name: key.name.clone(),
    }
}

/// Texts by name; what is no text is left out.
fn texts(object: &Value) -> BTreeMap<String, String> {
    let entries = object.as_object().into_iter().flatten();
    let texts = entries.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
    texts.collect()
}
