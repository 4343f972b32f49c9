//! The chain of a SealedSecret: facts in, steps out; no request is made here.
//!
//! ```text
//! definition → object → controller → looked at → items → keys → opened → Secret → certificate
//! ```
//! A step that rests on one that is not there is left out.

use serde_json::Value;

use super::chain::{Chain, State, Step};
use super::facts::Facts;
use crate::look::{Level, Looked};

mod cause;
mod keys;
mod looked_at;
mod opened;
mod secret;
#[cfg(test)]
mod tests;

pub use keys::{Key, Need};

/// What the steps read of the object, once.
struct Seen<'f> {
    facts: &'f Facts,
    object: &'f Value,
    looked: Looked,
}

/// A finished judgement.
pub struct Judgement {
    /// The steps.
    pub chain: Chain,
    /// Which key each item needs.
    pub items: Vec<Need>,
    /// Which keys there are.
    pub keys: Vec<Key>,
}

/// Judges.
pub fn judge(facts: &Facts) -> Judgement {
    let mut chain = Chain::default();
    let keys = keys::list(&facts.keys, facts.now);
    chain.push(definition(facts));
    let Some(object) = facts.sealed.as_ref().filter(|_| facts.defined) else {
        if facts.defined {
            chain.push(absent(facts));
        }
        chain.push(looked_at::controller(facts, None));
        return Judgement {
            chain,
            items: Vec::new(),
            keys,
        };
    };
    let seen = Seen {
        facts,
        object,
        looked: Looked::at(object, None),
    };
    chain.push(seen.there());
    chain.push(looked_at::controller(facts, Some(&seen)));
    chain.push(looked_at::step(&seen));
    chain.push(seen.well_formed());
    let items = keys::needs(&seen);
    chain.push(keys::step(&seen, &items));
    chain.push(opened::step(&seen, &items));
    chain.push(secret::step(&seen));
    chain.push(keys::certificate(facts));
    Judgement { chain, items, keys }
}

fn definition(facts: &Facts) -> Step {
    const NAME: &str = "definition";
    if facts.defined {
        return Step::good(NAME, "the cluster knows SealedSecrets");
    }
    Step::new(State::Blocked, NAME, "the cluster knows no SealedSecrets")
        .means("Neither Signet nor the sealed-secrets controller is installed.")
        .then("signet install --image IMAGE | kubectl apply -f -")
}

fn absent(facts: &Facts) -> Step {
    let (namespace, name) = (&facts.namespace, &facts.name);
    Step::new(State::Blocked, "object", format!("SealedSecret {namespace}/{name} is not there"))
        .means("Whatever applies the repository has not applied it: its file may be left out, or go to another namespace or cluster.")
        .then("kubectl get sealedsecrets --all-namespaces")
        .then("kubectl get kustomizations --all-namespaces")
}

impl Seen<'_> {
    fn there(&self) -> Step {
        let (looked, metadata) = (&self.looked, &self.object["metadata"]);
        let says = format!(
            "generation {}, {}: opens as {}",
            self.generation(),
            looked.scope,
            looked.opens_as()
        );
        if metadata["deletionTimestamp"].is_null() {
            return Step::good("object", says);
        }
        let finalizers: Vec<_> = metadata["finalizers"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        Step::new(State::Blocked, "object", "it is being deleted").means(format!(
            "It goes when its finalizers are gone: {}. Its Secret goes with it.",
            finalizers.join(", ")
        ))
    }

    fn well_formed(&self) -> Step {
        const NAME: &str = "items";
        let looked = &self.looked;
        let errors = looked
            .findings
            .iter()
            .filter(|found| found.level == Level::Error);
        let errors: Vec<_> = errors.map(|found| found.message.clone()).collect();
        if !errors.is_empty() {
            let step = Step::new(State::Blocked, NAME, errors.join("; "));
            return step
                .means("No key can open this, wherever it is: seal the value again and commit it.")
                .then(self.kubectl("get", "-o yaml | signet inspect -"));
        }
        let count = crate::text::plural(looked.items.len(), "item");
        // What was opened in this place was sealed for it, whatever the template says.
        let proven = ["moved", "template-scope"];
        let odd = looked
            .findings
            .iter()
            .filter(|found| !self.is_synced() || !proven.contains(&found.code));
        let odd: Vec<_> = odd.map(|found| found.message.clone()).collect();
        if odd.is_empty() {
            return Step::good(NAME, format!("{count}, well formed"));
        }
        odd.into_iter()
            .fold(Step::new(State::Warning, NAME, count), Step::means)
    }

    fn generation(&self) -> i64 {
        self.object["metadata"]["generation"].as_i64().unwrap_or(0)
    }

    fn observed(&self) -> Option<i64> {
        self.object["status"]["observedGeneration"].as_i64()
    }

    /// Whether the status speaks of the object as it is now.
    fn is_current(&self) -> bool {
        self.observed() == Some(self.generation())
    }

    fn is_synced(&self) -> bool {
        self.is_current()
            && self
                .condition("Synced")
                .is_some_and(|said| said["status"] == "True")
    }

    fn condition(&self, kind: &str) -> Option<&Value> {
        let conditions = self.object["status"]["conditions"].as_array()?;
        conditions.iter().find(|said| said["type"] == kind)
    }

    /// A command about this SealedSecret.
    fn kubectl(&self, verb: &str, rest: &str) -> String {
        let Facts {
            namespace, name, ..
        } = self.facts;
        format!("kubectl -n {namespace} {verb} sealedsecret {name} {rest}")
            .trim_end()
            .to_owned()
    }
}
