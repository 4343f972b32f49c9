//! What a run says as Kubernetes events.

use signet_api::duration;

use super::{HELD, Outcome, PROGRESSING, SUCCEEDED, capped};
use crate::changeset::ChangeSet;

/// Bytes of an event's message; the newer event API takes 1,024.
const EVENT_MAX: usize = 1_000;

/// The events of a run, in order, each as (is a warning, reason, message). `interval` is when the
/// next run comes, as the specification writes it.
///
/// A run that changed nothing still has its last event; whether it is news is for the caller to
/// say, who knows the status before.
#[must_use]
pub fn events(outcome: &Outcome, interval: &str) -> Vec<(bool, String, String)> {
    match outcome {
        Outcome::Applied {
            changes,
            warnings,
            took,
            ..
        } => {
            let took = duration::format(*took);
            let warnings = warnings
                .iter()
                .map(|warning| event(true, "Warning", warning));
            let done = format!("Reconciliation finished in {took}, next run in {interval}");
            let changes = changes_of(changes).into_iter();
            changes
                .chain(warnings)
                .chain([event(false, SUCCEEDED, &done)])
                .collect()
        }
        Outcome::Failed {
            reason, message, ..
        } => vec![event(true, reason, message)],
        Outcome::Held {
            message, changes, ..
        } => changes_of(changes)
            .into_iter()
            .chain([event(true, HELD, message)])
            .collect(),
    }
}

/// One event for what was applied and one for what was deleted, as far as anything was.
fn changes_of(changes: &ChangeSet) -> Vec<(bool, String, String)> {
    [changes.applied_message(), changes.deleted_message()]
        .iter()
        .filter(|message| !message.is_empty())
        .map(|message| event(false, PROGRESSING, message))
        .collect()
}

fn event(warning: bool, reason: &str, message: &str) -> (bool, String, String) {
    (warning, reason.to_owned(), capped(message, EVENT_MAX))
}
