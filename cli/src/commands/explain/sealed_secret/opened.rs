//! Whether the items were opened, and if not, why not.

use signet_seal::Scope;

use super::super::chain::{State, Step};
use super::Seen;
use super::cause::Cause;
use super::keys::Need;

const NAME: &str = "opened";

/// The step.
pub(super) fn step(seen: &Seen<'_>, needs: &[Need]) -> Step {
    let Some(said) = seen.condition("Synced").filter(|_| seen.is_current()) else {
        return Step::new(State::Unknown, NAME, "no status speaks of it as it is now");
    };
    let message = said["message"].as_str().unwrap_or_default();
    if said["status"] == "True" {
        return Step::good(NAME, opened_with(seen));
    }
    let step = Step::new(State::Blocked, NAME, message.replace('\n', "; "));
    match Cause::of(said) {
        Cause::NoKey => no_key(seen, needs, step),
        Cause::Malformed => step
            .means("The object is not of its form. Mend what is named and commit it.")
            .then(seen.kubectl("get", "-o yaml | signet inspect -")),
        Cause::Template => template(seen, step),
        Cause::Form => step
            .means("spec.data is the form of 2018. Open it with a key backup, and seal the Secret again.")
            .then(seen.kubectl("get", "-o yaml | signet unseal --key KEY-BACKUP.yaml | signet seal")),
        Cause::NotManaged | Cause::Immutable | Cause::Drifted | Cause::NotWritten => {
            Step::good(NAME, "its items open; what is wrong is the Secret")
        }
        Cause::Other => step.then(seen.kubectl("describe", "")),
    }
}

/// Ours notes which keys opened it.
fn opened_with(seen: &Seen<'_>) -> String {
    let record = seen
        .condition("Recorded")
        .and_then(|said| said["message"].as_str());
    let keys = record.and_then(|text| Some(text.strip_prefix("opened with ")?.split_once(';')?.0));
    let Some(keys) = keys else {
        return "every item was opened".to_owned();
    };
    let newest = seen.facts.keys.known().iter().find(|key| key.newest);
    let old = newest.is_some_and(|newest| keys != newest.fingerprint && keys != "no key");
    let note = if old {
        "; `signet rotate` moves it to the newest"
    } else {
        ""
    };
    format!("with {keys}{note}")
}

fn no_key(seen: &Seen<'_>, needs: &[Need], step: Step) -> Step {
    // The keys step has said it already, and says what to do.
    if needs.iter().any(|need| need.key_is_there == Some(false)) {
        return step.means("The key is missing, see above.");
    }
    let noted = needs.iter().all(|need| need.key_is_there == Some(true));
    let step = if noted {
        step.means("Its keys are here. So it was sealed under another label than it is opened under, or changed since.")
    } else {
        step.means("It was sealed for another key, or under another label than it is opened under; it does not note which key.")
    };
    step.means(rule(seen))
        .means(guess(seen))
        .then("signet seal -f SECRET.yaml > SEALED.yaml")
        .then(seen.kubectl("get", "-o yaml | signet inspect --cert CERT.pem -"))
}

/// The scope rules, for this object.
fn rule(seen: &Seen<'_>) -> String {
    let looked = &seen.looked;
    let (namespace, name) = (&looked.namespace, &looked.name);
    let label = match looked.scope {
        Scope::Strict => format!(
            "strict, which is without a scope annotation: it must have been sealed for name {name} in namespace {namespace}"
        ),
        Scope::NamespaceWide => {
            format!("namespace-wide: it must have been sealed so, for namespace {namespace}")
        }
        Scope::ClusterWide => "cluster-wide: it must have been sealed so".to_owned(),
    };
    format!(
        "What counts are the annotations, name and namespace of the SealedSecret itself. They say {label}."
    )
}

/// Under which label it was sealed cannot be read off an item.
fn guess(seen: &Seen<'_>) -> String {
    let suspects = ["moved", "template-scope", "scope-not-true", "two-scopes"];
    let found = seen
        .looked
        .findings
        .iter()
        .filter(|found| suspects.contains(&found.code));
    let hints: Vec<_> = found.map(|found| found.message.as_str()).collect();
    if hints.is_empty() {
        return "The item does not tell what it was sealed for, and the template agrees with the SealedSecret.".to_owned();
    }
    format!(
        "The item does not tell what it was sealed for, but: {}.",
        hints.join("; ")
    )
}

fn template(seen: &Seen<'_>, step: Step) -> Step {
    step.means("spec.template.data cannot be rendered. The Secret stays as it was.")
        .then(seen.kubectl("get", "-o yaml | signet inspect -"))
}
