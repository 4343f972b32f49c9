//! The Secret itself, by its metadata alone: is it there, whose is it, may it be written.

use serde_json::Value;
use signet_api::names::{DRIFT, MANAGED, PATCH};

use super::super::chain::{State, Step};
use super::super::facts::Facts;
use super::Seen;
use super::cause::Cause;
use crate::online::Asked;

const NAME: &str = "Secret";

/// The step.
pub(super) fn step(seen: &Seen<'_>) -> Step {
    let said = seen.condition("Synced").filter(|_| seen.is_current());
    let failed = said.filter(|said| said["status"] != "True");
    if let Some(said) = failed {
        let message = said["message"].as_str().unwrap_or_default();
        let step = Step::new(State::Blocked, NAME, message.replace('\n', "; "));
        match Cause::of(said) {
            Cause::NotManaged => return not_managed(seen, step),
            Cause::Immutable => return immutable(seen, step),
            Cause::Drifted => return drifted(seen, step),
            Cause::NotWritten => return not_written(seen, step),
            _ => {}
        }
    }
    match &seen.facts.secret {
        Asked::Refused(why) => Step::new(State::Unknown, NAME, why.clone()),
        Asked::Answer(None) if seen.is_synced() => deleted(seen),
        // Another step says why it is not made.
        Asked::Answer(None) => Step::new(State::Unknown, NAME, "it is not there yet"),
        Asked::Answer(Some(secret)) => there(seen, secret),
    }
}

fn there(seen: &Seen<'_>, secret: &Value) -> Step {
    let set = |name: &str| secret["metadata"]["annotations"][name] == "true";
    let owner = owner(secret);
    let ours = owner.is_some_and(|owner| owner["uid"] == seen.object["metadata"]["uid"]);
    let policy = seen.object["metadata"]["annotations"][DRIFT].as_str();
    let says = match (ours, set(PATCH), set(MANAGED)) {
        (_, true, _) => "it is there, and is merged into: keys of others stay (patch)",
        (true, ..) => "it is there and belongs to the SealedSecret",
        (false, _, true) => "it is there, and may be written (managed)",
        _ => {
            return not_managed(
                seen,
                Step::new(
                    State::Blocked,
                    NAME,
                    "it is there and belongs to somebody else",
                ),
            );
        }
    };
    match policy {
        Some(policy @ ("ignore" | "report")) => Step::good(
            NAME,
            format!("{says}; what others change is left ({DRIFT}: {policy})"),
        ),
        _ => Step::good(NAME, says),
    }
}

fn owner(secret: &Value) -> Option<&Value> {
    let owners = secret["metadata"]["ownerReferences"].as_array()?;
    owners.iter().find(|owner| owner["controller"] == true)
}

fn not_managed(seen: &Seen<'_>, step: Step) -> Step {
    let Facts {
        namespace, name, ..
    } = seen.facts;
    let owner = match &seen.facts.secret {
        Asked::Answer(Some(secret)) => owner(secret),
        _ => None,
    };
    let text = |owner: &Value, field: &str| owner[field].as_str().unwrap_or("?").to_owned();
    let step = match owner {
        Some(owner) if owner["kind"] == "SealedSecret" && owner["name"] == name.as_str() => step.means(
            "It was made from an earlier SealedSecret of this name, which was deleted. Kubernetes removes it soon, and then it is made again.",
        ),
        Some(owner) => step.means(format!(
            "It belongs to {} {}. Two cannot write one Secret: rename one of them.",
            text(owner, "kind"),
            text(owner, "name")
        )),
        None => step.means("A Secret of this name was there before, and belongs to nobody."),
    };
    step.means(
        "If the SealedSecret is to take it over and replace what is in it, say so on the Secret, as \
         below; with patch instead of managed, what is sealed is merged into it.",
    )
    .then(format!(
        "kubectl -n {namespace} annotate secret {name} {MANAGED}=true"
    ))
}

fn immutable(seen: &Seen<'_>, step: Step) -> Step {
    let Facts {
        namespace, name, ..
    } = seen.facts;
    step.means("Nobody can change an immutable Secret. Delete it, and it is made again at once with what is sealed; until then its readers do without.")
        .then(format!("kubectl -n {namespace} delete secret {name}"))
}

fn drifted(seen: &Seen<'_>, step: Step) -> Step {
    step.means(format!(
        "The SealedSecret says that this is to be reported and left ({DRIFT}: report)."
    ))
    .means("Take the annotation away, in the repository too, and the Secret is put back at once.")
    .then(seen.kubectl("annotate", &format!("{DRIFT}-")))
}

fn not_written(seen: &Seen<'_>, step: Step) -> Step {
    let namespace = &seen.facts.namespace;
    let (own, account) = match &seen.facts.controller {
        Asked::Answer(Some(found)) => (found.namespace.as_str(), found.account.as_str()),
        _ => seen.facts.place.split_once('/').unwrap_or_default(),
    };
    step.means("The API server did not take the Secret. It is tried again, at least every 5 minutes.")
        .then(format!("kubectl auth can-i update secrets -n {namespace} --as=system:serviceaccount:{own}:{account}"))
        .then(format!("kubectl -n {namespace} describe resourcequota"))
}

fn deleted(seen: &Seen<'_>) -> Step {
    let step = Step::new(
        State::Blocked,
        NAME,
        "it was deleted, and the status says that it was right before",
    );
    let place = &seen.facts.place;
    let (own, name) = place.split_once('/').unwrap_or((place, ""));
    match seen.object["metadata"]["annotations"][DRIFT].as_str() {
        Some(policy @ ("ignore" | "report")) => step
            .means(format!("The SealedSecret says that a deleted Secret is left so ({DRIFT}: {policy})."))
            .then(seen.kubectl("annotate", &format!("{DRIFT}-"))),
        _ => step
            .means("The controller makes it again within a second, unless it does not run or was started with --skip-recreate.")
            .then(format!("kubectl -n {own} logs deployment/{name} --tail=50")),
    }
}
