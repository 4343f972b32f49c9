//! What a run says as Kubernetes events.

use signet_api::duration;

use super::{End, HELD, Outcome, PROGRESSING, SUCCEEDED, capped};
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
    let mut all = changes_of(&outcome.changes);
    match &outcome.end {
        End::Applied(applied) => {
            let took = duration::format(outcome.took);
            let warnings = applied.warnings.iter();
            all.extend(warnings.map(|warning| event(true, "Warning", warning)));
            let done = format!("Reconciliation finished in {took}, next run in {interval}");
            all.push(event(false, SUCCEEDED, &done));
        }
        // The waiting itself is no news; that it began stands in the status.
        End::Waiting { .. } => {}
        End::Failed {
            reason, message, ..
        } => all.push(event(true, reason, message)),
        End::Held(message) => all.push(event(true, HELD, message)),
    }
    all
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
