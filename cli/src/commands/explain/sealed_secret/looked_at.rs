//! Whether a controller runs, and whether it has looked at the object as it is now.

use super::super::chain::{State, Step};
use super::super::facts::Facts;
use super::Seen;
use crate::deployed::Deployed;
use crate::online::Asked;

/// Whether a controller runs. That it is not found matters less if somebody has looked at the object
/// since it changed last.
pub(super) fn controller(facts: &Facts, seen: Option<&Seen<'_>>) -> Step {
    const NAME: &str = "controller";
    let place = &facts.place;
    let current = seen.is_some_and(Seen::is_current);
    let bad = if current {
        State::Warning
    } else {
        State::Blocked
    };
    if facts.answers == Some(true) {
        return Step::good(NAME, format!("{place} answers"));
    }
    match (&facts.controller, &facts.peer) {
        (Asked::Answer(Some(found)), _) if found.ready > 0 => running(NAME, found),
        (Asked::Answer(Some(found)), _) => stopped(Step::new(bad, NAME, state(found)), found),
        (_, Some(peer)) if peer.ready > 0 => running(NAME, peer),
        (_, Some(peer)) => stopped(Step::new(bad, NAME, state(peer)), peer),
        (Asked::Answer(None), None) => Step::new(bad, NAME, format!("no Deployment {place}"))
            .means("No controller is where it was looked for: say where with --controller-namespace and --controller-name, or install it.")
            .then("kubectl get deployments --all-namespaces")
            .then("signet install --image IMAGE | kubectl apply -f -"),
        (Asked::Refused(why), None) => Step::new(State::Unknown, NAME, format!("{place} does not answer, and {why}")),
    }
}

fn running(name: &'static str, found: &Deployed) -> Step {
    let Deployed { wanted, ready, .. } = found;
    Step::good(name, format!("{}: {ready} of {wanted} ready", found.id()))
}

fn state(found: &Deployed) -> String {
    match found.wanted {
        0 => format!("{} is scaled to no pod", found.id()),
        wanted => format!("{}: 0 of {wanted} ready", found.id()),
    }
}

fn stopped(step: Step, found: &Deployed) -> Step {
    let Deployed {
        namespace, name, ..
    } = found;
    let step = step.means(
        "Nothing is unsealed and no change is seen until it runs. Secrets that were made stay.",
    );
    if found.wanted == 0 {
        return step.then(format!(
            "kubectl -n {namespace} scale deployment {name} --replicas=1"
        ));
    }
    step.then(format!(
        "kubectl -n {namespace} get pods -l {}",
        found.pods()
    ))
    .then(format!("kubectl -n {namespace} logs deployment/{name}"))
}

/// Whether it was looked at since it changed last.
pub(super) fn step(seen: &Seen<'_>) -> Step {
    const NAME: &str = "looked at";
    let now = seen.generation();
    match seen.observed() {
        Some(observed) if observed == now => {
            let time = seen
                .condition("Synced")
                .and_then(|said| said["lastUpdateTime"].as_str());
            let time = time.map_or_else(String::new, |time| format!(", status of {time}"));
            Step::good(NAME, format!("at generation {now}{time}"))
        }
        _ if silent(seen) => Step::new(
            State::Unknown,
            NAME,
            "its controller writes no status (--update-status=false)",
        ),
        Some(observed) => waiting(
            seen,
            format!("at generation {observed}, and it is at {now} now"),
        ),
        None => waiting(seen, "never".to_owned()),
    }
}

fn waiting(seen: &Seen<'_>, says: String) -> Step {
    let step = Step::new(State::Blocked, "looked at", says);
    if let Some(why) = left_out(seen) {
        return step.means(why);
    }
    let place = &seen.facts.place;
    let (namespace, name) = place.split_once('/').unwrap_or((place, ""));
    step.means("The controller has not come to it: it has just begun, is at work, or does not run.")
        .then(format!(
            "kubectl -n {namespace} logs deployment/{name} --tail=50"
        ))
}

fn deployed<'f>(seen: &'f Seen<'_>) -> Option<&'f Deployed> {
    match &seen.facts.controller {
        Asked::Answer(Some(found)) => Some(found),
        _ => seen.facts.peer.as_ref(),
    }
}

fn silent(seen: &Seen<'_>) -> bool {
    deployed(seen).is_some_and(|found| found.flag("update-status") == Some("false"))
}

/// Flags by which the controller looks after some objects only.
fn left_out(seen: &Seen<'_>) -> Option<String> {
    let found = deployed(seen)?;
    let (own, namespace) = (found.namespace.as_str(), seen.facts.namespace.as_str());
    let more = found.flag("additional-namespaces").unwrap_or_default();
    let few = !more.is_empty() || found.flag("all-namespaces") == Some("false");
    let watched = |name: &str| name == own || more.split(',').any(|listed| listed.trim() == name);
    if few && !watched(namespace) {
        let list = [own, more].join(",");
        let list = list.trim_end_matches(',');
        return Some(format!(
            "The controller looks after these namespaces only: {list}. See --additional-namespaces of its Deployment {}.",
            found.id()
        ));
    }
    let kinds = found.flag("kinds").unwrap_or("sealedsecret");
    if !kinds.split(',').any(|kind| kind.trim() == "sealedsecret") {
        return Some(format!(
            "The controller leaves SealedSecrets to another one: --kinds={kinds}."
        ));
    }
    let selector = found.flag("label-selector")?;
    Some(format!(
        "The controller looks after objects with these labels only: {selector}."
    ))
}
