//! Status and event of one attempt: said when they are news, and never otherwise.

use serde_json::json;
use signet_api::sealed_secret::SealedSecretStatus;

use super::copies::Report;
use super::status::{self, Copied, Notes};
use super::subject::Subject;
use super::{Attempt, COMPONENT, kind};
use crate::wake::Key;
use crate::world::World;

/// Says how an attempt ended. Returns whether the status now says it.
///
/// A record that has changed, because somebody touched a Secret in a way that needed no write, is
/// noted without an event: nothing has happened to the Secret.
pub async fn say(world: &World, attempt: &Attempt) -> bool {
    let Attempt {
        subject,
        ending,
        copied,
        ..
    } = attempt;
    let (now, old) = (world.now(), subject.status.as_ref());
    let record = attempt.record.as_ref().map(ToString::to_string);
    let words = copied.as_ref().map(|report| report.words(&subject.key));
    let notes = Notes {
        record: record.as_deref(),
        moment: attempt.moment,
        copied: match &words {
            None => Copied::AsBefore,
            Some(None) => Copied::Nothing,
            Some(Some(words)) => Copied::So(words),
        },
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
    let copies = async {
        if let Some(report) = copied {
            say_of_copies(world, subject, report, notes.copied).await;
        }
    };
    let (written, (), ()) = futures::join!(put_status(world, subject, status), event, copies);
    written
}

/// An event of its own, since the Secret itself may be right while a copy is not.
async fn say_of_copies(world: &World, subject: &Subject, report: &Report, copied: Copied<'_>) {
    if report.changed.is_empty() && status::says_of_copies(subject.status.as_ref(), copied) {
        return;
    }
    let (warning, reason, text) = match copied {
        Copied::So(words) => (
            words.well == Some(false),
            words.reason,
            words.message.clone(),
        ),
        Copied::Nothing | Copied::AsBefore => {
            (false, "Copied", "there are no copies any more".to_owned())
        }
    };
    world
        .event(&subject.regarding(), COMPONENT, warning, reason, &text)
        .await;
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
