//! What a run says as Kubernetes events.

use signet_api::kustomization::KustomizationStatus;
use signet_api::{condition, duration};

use super::{End, HEALTHY, HELD, Outcome, PROGRESSING, SUCCEEDED, capped};
use crate::changeset::ChangeSet;

/// Bytes of an event's message that Flux's notification-controller takes.
const EVENT_MAX: usize = 38_000;

/// Reason of a run whose dependencies are not ready.
const DEPENDENCY: &str = "DependencyNotReady";
/// Reason of a run without a commit to apply.
const NO_ARTIFACT: &str = "ArtifactFailed";

/// The events of a run, in order, each as (is a warning, reason, message). `interval` is when the
/// next run comes, as the specification writes it; `old` the status before.
///
/// A run that changed nothing still has its last event; whether it is news is for the caller to
/// say, who knows the status before.
#[must_use]
pub fn events(
    outcome: &Outcome,
    interval: &str,
    old: &KustomizationStatus,
) -> Vec<(bool, String, String)> {
    let mut all = changes_of(&outcome.changes);
    match &outcome.end {
        End::Applied(applied) => {
            let warnings = applied.warnings.iter();
            all.extend(warnings.map(|warning| event(true, "Warning", warning)));
            let healthy = applied.healthy.filter(|_| was_waited_for(outcome, old));
            all.extend(healthy.map(|took| {
                let took = duration::format(took);
                let message = format!("Health check passed in {took}");
                event(false, PROGRESSING, &message)
            }));
            all.push(event(false, SUCCEEDED, &finished(outcome, interval)));
        }
        // The waiting itself is no news; that it began stands in the status.
        End::Waiting { .. } => {}
        // Nor is that a source has nothing to give yet: its own events say why.
        End::Failed {
            reason: NO_ARTIFACT,
            transient: true,
            ..
        } => {}
        // Nobody needs to be called because one thing comes after another.
        End::Failed {
            reason: DEPENDENCY,
            message,
            terminal: false,
            ..
        } => all.push(event(false, DEPENDENCY, message)),
        End::Failed {
            reason, message, ..
        } => all.push(event(true, reason, message)),
        End::Held(message) => all.push(event(true, HELD, message)),
    }
    all
}

/// What is said of a success, in the log as in the event.
#[must_use]
pub fn finished(outcome: &Outcome, interval: &str) -> String {
    let took = duration::format(outcome.took);
    let next = duration::parse(interval).map_or_else(|| interval.to_owned(), duration::format);
    format!("Reconciliation finished in {took}, next run in {next}")
}

/// Whether health is news: it was not there before, or much has changed since.
fn was_waited_for(outcome: &Outcome, old: &KustomizationStatus) -> bool {
    let is_new = old.last_applied_revision != outcome.revision;
    let changed = outcome.changes.changed().next().is_some();
    !condition::is_true(&old.conditions, HEALTHY) || (is_new && changed)
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
