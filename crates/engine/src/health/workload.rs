//! Health of what runs Pods: numbers of replicas against what was asked for.

use super::view::{Condition, View};
use super::{Health, waiting};

/// All replicas are of the new template and available, and none of the old is left.
pub(super) fn deployment(view: View<'_>) -> Health {
    if let Some(progressing) = view.condition("Progressing")
        && progressing.has_reason("ProgressDeadlineExceeded")
    {
        return Health::Failed(progressing.words("Progressing"));
    }
    let wanted = wanted(view);
    at_least(
        view,
        wanted,
        &["updatedReplicas", "readyReplicas", "availableReplicas"],
    )
    .or_else(|| (view.count("replicas") > wanted).then(|| waiting("old replicas are left")))
    .or_else(|| unobserved(view))
    .unwrap_or(Health::Ready)
}

/// As a Deployment, by revisions; `OnDelete` waits for nobody, a partition only for its part.
pub(super) fn stateful_set(view: View<'_>) -> Health {
    if view.text("/spec/updateStrategy/type") == Some("OnDelete") {
        return Health::Ready;
    }
    let (wanted, revision) = (wanted(view), |which| {
        view.text(&format!("/status/{which}Revision"))
    });
    let partition = view
        .number("/spec/updateStrategy/rollingUpdate/partition")
        .unwrap_or(0);
    let updated = (wanted - partition).max(0);
    let rolled_out = partition > 0 || revision("update") == revision("current");
    at_least(view, wanted, &["readyReplicas"])
        .or_else(|| at_least(view, updated, &["updatedReplicas"]).filter(|_| partition > 0))
        .or_else(|| (!rolled_out).then(|| waiting("the new revision is not rolled out")))
        .or_else(|| unobserved(view))
        .unwrap_or(Health::Ready)
}

/// Every node that should run it does, and runs the new template.
pub(super) fn daemon_set(view: View<'_>) -> Health {
    let wanted = view.count("desiredNumberScheduled");
    at_least(
        view,
        wanted,
        &["updatedNumberScheduled", "numberReady", "numberAvailable"],
    )
    .or_else(|| unobserved(view))
    .unwrap_or(Health::Ready)
}

/// A Job is done when it is complete; one that is suspended waits for a person, not we for it.
pub(super) fn job(view: View<'_>) -> Health {
    let holds = |kind| view.condition(kind).filter(|c| c.is_true());
    if let Some(failed) = holds("Failed") {
        Health::Failed(failed.words("Failed"))
    } else if holds("Complete").is_some() || holds("Suspended").is_some() {
        Health::Ready
    } else {
        waiting("it is not complete")
    }
}

/// Running and ready, or finished well.
pub(super) fn pod(view: View<'_>) -> Health {
    match view.text("/status/phase") {
        Some("Succeeded") => Health::Ready,
        Some("Failed") => Health::Failed("phase is Failed".to_owned()),
        _ if view.condition("Ready").is_some_and(Condition::is_true) => Health::Ready,
        phase => waiting(format!("phase is {}", phase.unwrap_or("unknown"))),
    }
}

/// Replicas asked for; one if the manifest leaves it open.
fn wanted(view: View<'_>) -> i64 {
    view.number("/spec/replicas").unwrap_or(1)
}

fn at_least(view: View<'_>, wanted: i64, counters: &[&str]) -> Option<Health> {
    let short = counters.iter().find(|name| view.count(name) < wanted)?;
    Some(waiting(format!(
        "{short} is {} of {wanted}",
        view.count(short)
    )))
}

/// Zero of zero proves nothing before the controller has looked.
fn unobserved(view: View<'_>) -> Option<Health> {
    view.number("/status/observedGeneration")
        .is_none()
        .then(|| waiting("it is not observed yet"))
}
