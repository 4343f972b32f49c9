//! Health: whether an object has become what was declared, read from the object alone.
//!
//! The rules are those of kstatus, which `flux`, `kubectl wait` scripts and dashboards go by:
//! first what holds for every kind (deletion, observed generation, `Reconciling`, `Stalled`),
//! then the kind's own rule, else its `Ready` condition. An object without any sign is ready.

mod view;
mod workload;

use serde_json::Value;
use signet_api::object_id::split_api_version;

use view::View;

/// How an object is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// It is what was declared.
    Ready,
    /// It is on its way; says what is missing.
    Waiting(String),
    /// It will not get there without a change; says why.
    Failed(String),
}

/// Judges one live object by its metadata and status.
#[must_use]
pub fn assess(body: &Value) -> Health {
    let view = View(body);
    of_every_kind(view).unwrap_or_else(|| of_its_kind(view))
}

fn of_every_kind(view: View<'_>) -> Option<Health> {
    if view.text("/metadata/deletionTimestamp").is_some() {
        return Some(waiting("it is being deleted"));
    }
    let (generation, observed) = (
        view.number("/metadata/generation"),
        view.number("/status/observedGeneration"),
    );
    if let (Some(generation), Some(observed)) = (generation, observed)
        && generation != observed
    {
        return Some(waiting(format!(
            "generation {observed} of {generation} is observed"
        )));
    }
    let stalled = || view.condition("Stalled").filter(|c| c.is_true());
    let reconciling = || view.condition("Reconciling").filter(|c| c.is_true());
    stalled()
        .map(|c| Health::Failed(c.words("Stalled")))
        .or_else(|| reconciling().map(|c| waiting(c.words("Reconciling"))))
}

fn of_its_kind(view: View<'_>) -> Health {
    let (group, _) = split_api_version(view.text("/apiVersion").unwrap_or_default());
    match (group, view.text("/kind").unwrap_or_default()) {
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition(view),
        ("bitnami.com", "SealedSecret") => sealed_secret(view),
        ("", "Namespace") => phase(view, "Active"),
        ("", "PersistentVolumeClaim") => phase(view, "Bound"),
        ("", "Pod") => workload::pod(view),
        ("apps", "Deployment") => workload::deployment(view),
        ("apps", "StatefulSet") => workload::stateful_set(view),
        ("apps", "DaemonSet") => workload::daemon_set(view),
        ("batch", "Job") => workload::job(view),
        _ => ready_condition(view),
    }
}

/// Objects of a kind can be made once it is established; a name that another kind holds never is.
fn definition(view: View<'_>) -> Health {
    match (
        view.condition("NamesAccepted"),
        view.condition("Established"),
    ) {
        (Some(names), _) if names.is_false() => Health::Failed(names.words("NamesAccepted")),
        (_, Some(established)) if established.is_true() => Health::Ready,
        _ => waiting("the kind is not established"),
    }
}

/// Ready means open: the controller must have spoken about this very generation, or a Deployment
/// would start with the Secret of yesterday.
fn sealed_secret(view: View<'_>) -> Health {
    let observed = view.number("/status/observedGeneration");
    if observed.is_none() || observed != view.number("/metadata/generation") {
        return waiting("it is not unsealed yet");
    }
    match view.condition("Synced") {
        Some(synced) if synced.is_true() => Health::Ready,
        Some(synced) if synced.is_false() => Health::Failed(synced.words("Synced")),
        _ => waiting("it is not unsealed yet"),
    }
}

fn phase(view: View<'_>, wanted: &str) -> Health {
    match view.text("/status/phase") {
        Some(phase) if phase == wanted => Health::Ready,
        Some(phase) => waiting(format!("phase is {phase}")),
        None => waiting("it has no phase yet"),
    }
}

fn ready_condition(view: View<'_>) -> Health {
    match view.condition("Ready") {
        Some(ready) if !ready.is_true() => waiting(ready.words("Ready")),
        _ => Health::Ready,
    }
}

fn waiting(what: impl Into<String>) -> Health {
    Health::Waiting(what.into())
}

#[cfg(test)]
mod tests;
