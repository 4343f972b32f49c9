//! Status and event of one attempt: said when they are news, and never otherwise.

use serde_json::json;
use signet_api::sealed_secret::SealedSecretStatus;

use super::status::{self, Notes};
use super::subject::Subject;
use super::{COMPONENT, Done, kind};
use crate::wake::Key;
use crate::world::World;

/// Says how an attempt ended. Returns whether the status now says it.
///
/// A record that has changed, because somebody touched a Secret in a way that needed no write, is
/// noted without an event: nothing has happened to the Secret.
pub async fn say(world: &World, subject: &Subject, done: &Done) -> bool {
    let (now, old, ending) = (world.now(), subject.status.as_ref(), &done.ending);
    let record = done.record.as_ref().map(ToString::to_string);
    let notes = Notes {
        record: record.as_deref(),
        moment: done.moment,
    };
    let status = status::next(old, subject.generation, ending, notes, now);
    let news = ending.wrote() || !status::says(old, subject.generation, ending);
    let event = async {
        if news {
            let (regarding, text) = (subject.regarding(), ending.event());
            let warning = ending.message().is_some();
            world
                .event(&regarding, COMPONENT, warning, ending.reason(), &text)
                .await;
        }
    };
    let (written, ()) = futures::join!(put_status(world, subject, status), event);
    written
}

async fn put_status(world: &World, subject: &Subject, status: Option<SealedSecretStatus>) -> bool {
    let Some(status) = status.filter(|_| world.settings.unsealing.update_status) else {
        return true;
    };
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
