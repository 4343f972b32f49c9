//! The verdict, carried out: one look and one write, again if somebody else wrote in between.

use serde_json::Value;
use signet_api::{ObjectId, SealedSecret};
use signet_cluster::{ApiError, Kind, SecretObject};
use signet_seal::secret::Opened;
use signet_seal::secret::decide::{self, Verdict};

use super::copies;
use super::drift::{self, Drifted, Policy};
use super::roll;
use super::sightings::Version;
use super::status::Ending;
use super::subject::Subject;
use crate::wake::Key;
use crate::world::World;

/// How often one attempt looks again when somebody else wrote between reading and writing.
const LOOKS: usize = 3;

/// A Secret that is to become what was opened.
pub struct Place<'a> {
    /// Its namespace and name.
    pub key: &'a Key,
    /// Whether it may be there already; if not, creating is the first question.
    pub look: bool,
    /// Whether it was right for this declaration once, even if this process has not left it so.
    pub was_right: bool,
    /// Whether it is a copy, and not the SealedSecret's own.
    pub copy: bool,
    /// What the watch has said of it so far.
    pub before: Option<Version>,
}

impl<'a> Place<'a> {
    fn own(world: &World, subject: &'a Subject) -> Self {
        Self {
            key: &subject.key,
            look: subject.tried(),
            was_right: subject.was_right(),
            copy: false,
            before: world.sightings.last_seen(&subject.key),
        }
    }

    fn decide(&self, sealed: &SealedSecret, opened: &Opened, live: Option<&Value>) -> Verdict {
        match self.copy {
            false => decide::decide(sealed, opened, live),
            true => copies::decide(sealed, opened, live, &self.key.namespace),
        }
    }
}

/// Makes the SealedSecret's own Secret what was opened.
pub async fn write(
    world: &World,
    subject: &Subject,
    sealed: &SealedSecret,
    opened: &Opened,
) -> Ending {
    put(world, subject, &Place::own(world, subject), sealed, opened).await
}

/// Makes one Secret what was opened. Reads only if it must.
pub async fn put(
    world: &World,
    subject: &Subject,
    place: &Place<'_>,
    sealed: &SealedSecret,
    opened: &Opened,
) -> Ending {
    let Key { namespace, name } = place.key;
    let mut look = place.look;
    let mut last = None;
    for _ in 0..LOOKS {
        let live = if look {
            world.cluster.get_secret(namespace, name).await
        } else {
            Ok(None)
        };
        let done = match live {
            Ok(live) => attempt(world, subject, place, sealed, opened, live.as_ref()).await,
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
    place: &Place<'_>,
    sealed: &SealedSecret,
    opened: &Opened,
    live: Option<&SecretObject>,
) -> Result<Ending, ApiError> {
    let verdict = place.decide(sealed, opened, live.map(|live| &live.body));
    if let Some(ending) = left_alone(world, subject, place, &verdict, live) {
        return Ok(ending);
    }
    match verdict {
        Verdict::Create(body) => {
            let refusal = decide::standing(sealed, &body).filter(|_| !place.copy);
            let body = SecretObject::new(body);
            left(
                world,
                subject,
                place,
                &world.cluster.create_secret(&body).await?,
            );
            Ok(refusal.map_or(Ending::Synced { wrote: true }, Ending::Refused))
        }
        Verdict::Update(body) => {
            let body = SecretObject::new(body);
            left(
                world,
                subject,
                place,
                &world.cluster.replace_secret(&body).await?,
            );
            if let Some(live) = live {
                roll::written(world, place.key, &live.body, &body.body);
            }
            Ok(Ending::Synced { wrote: true })
        }
        Verdict::Leave => {
            live.inspect(|live| left(world, subject, place, live));
            Ok(Ending::Synced { wrote: false })
        }
        Verdict::Refuse(refusal) => {
            if place.copy {
                copies::refused(world, subject, place, live, &refusal);
            }
            Ok(Ending::Refused(refusal))
        }
    }
}

/// Deletes the Secret that a SealedSecret of this name controls, or that says it may be written by
/// one. Another of the same name stays.
///
/// # Errors
/// What the API server said; that there is none is no error.
pub async fn delete_orphan(world: &World, key: &Key) -> Result<(), ApiError> {
    let Key { namespace, name } = key;
    let Some(secret) = world.cluster.get_secret(namespace, name).await? else {
        return Ok(());
    };
    if !decide::is_ours_by_name(&secret.body, name) {
        return Ok(());
    }
    let id = ObjectId {
        group: String::new(),
        version: "v1".to_owned(),
        kind: "Secret".to_owned(),
        namespace: Some(namespace.clone()),
        name: name.clone(),
    };
    let uid = secret.body["metadata"]["uid"].as_str();
    world.cluster.delete(&Kind::secret(), &id, uid).await?;
    Ok(())
}

/// Whether drift is to stay as it is: the Secret was right for this very declaration before, and
/// the object's annotation, or the operator about deleted Secrets, says so.
fn left_alone(
    world: &World,
    subject: &Subject,
    place: &Place<'_>,
    verdict: &Verdict,
    live: Option<&SecretObject>,
) -> Option<Ending> {
    let was_left = world.sightings.was_left(place.key, &subject.declaration);
    let drifted = match verdict {
        Verdict::Create(_) if was_left && world.settings.unsealing.skip_recreate => {
            return Some(Ending::Synced { wrote: false });
        }
        _ if !was_left && !place.was_right => return None,
        Verdict::Create(_) => Drifted::Deleted,
        Verdict::Update(next) => drift::changed(&live?.body, next),
        Verdict::Leave | Verdict::Refuse(_) => return None,
    };
    match subject.drift {
        Ok(Policy::Report) => Some(Ending::Drifted(drifted)),
        Ok(Policy::Ignore) => {
            live.inspect(|live| left(world, subject, place, live));
            Some(Ending::Synced { wrote: false })
        }
        Ok(Policy::Enforce) | Err(_) => None,
    }
}

fn left(world: &World, subject: &Subject, place: &Place<'_>, secret: &SecretObject) {
    let version = Version::of(&secret.body);
    world.sightings.left(
        place.key,
        subject.declaration,
        version,
        place.before.clone(),
    );
}
