//! The history in a status: one line for each rendered set and how it ended, newest first.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use signet_api::duration;
use signet_api::kustomization::Snapshot;

use super::{End, HELD, Outcome, SUCCEEDED};

/// Lines kept, as in Flux.
const KEPT: usize = 5;
/// How old the newest line may grow while nothing happens: a write for every quiet interval
/// would cost the API server more than it tells anybody.
const QUIET: SignedDuration = SignedDuration::from_hours(1);

/// Records a run that came so far that something was rendered, and that ended. `asked` says that a
/// person asked for this run, who wants to see it.
pub(super) fn record(history: &mut Vec<Snapshot>, outcome: &Outcome, asked: bool, now: Timestamp) {
    let status = match &outcome.end {
        End::Applied(_) => SUCCEEDED,
        End::Failed { reason, .. } => reason,
        End::Held(_) => HELD,
        End::Waiting { .. } => return,
    };
    let (Some(revision), Some(digest)) = (&outcome.revision, &outcome.digest) else {
        return;
    };
    let same = |line: &Snapshot| line.digest == *digest && line.last_reconciled_status == status;
    let nothing_happened = !asked && outcome.changes.changed().next().is_none();
    let fresh = |line: &Snapshot| {
        let unchanged = line.metadata.get("revision") == Some(revision);
        unchanged && now.duration_since(line.last_reconciled.0) < QUIET
    };
    if nothing_happened
        && history
            .first()
            .is_some_and(|line| same(line) && fresh(line))
    {
        return;
    }
    let before = history.iter().position(same).map(|at| history.remove(at));
    let line = Snapshot {
        digest: digest.clone(),
        first_reconciled: before
            .as_ref()
            .map_or(Time(now), |line| line.first_reconciled.clone()),
        last_reconciled: Time(now),
        last_reconciled_duration: duration::format(outcome.took),
        last_reconciled_status: status.to_owned(),
        total_reconciliations: before.map_or(0, |line| line.total_reconciliations) + 1,
        metadata: BTreeMap::from([("revision".to_owned(), revision.clone())]),
    };
    history.insert(0, line);
    history.truncate(KEPT);
}
