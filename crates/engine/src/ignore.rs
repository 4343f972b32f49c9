//! Fields of which a change by somebody else is no drift (`spec.ignore` of a Kustomization): an
//! autoscaler's replicas, an operator's defaults.
//!
//! For the decision whether an object is to be written, ignored fields have no part: they are taken
//! out of what is declared ([`Rules::strip`]), and losing one moves no digest of what we own
//! ([`Rules::ownership`]). When the object is written all the same, what is sent depends on who owns
//! an ignored field that has drifted ([`Rules::payload`]):
//!
//! - another manager that applies owns it: it is left out, and so is our ownership;
//! - nobody else does: the live value is sent, which keeps ownership and reverts nothing.
//!
//! The rules are Flux's (fluxcd/pkg/ssa 0.76). Where Flux gives up and sends the live value, because
//! a list stands inside a list or a key of a list is a number, the owner is found here.

mod owners;
mod pointer;
mod selector;

use serde_json::Value;
use signet_api::ignore_rule::IgnoreRule;

use crate::digest;
use crate::drift;
use crate::invalid::Invalid;

use owners::Owners;
use pointer::Pointer;
use selector::Target;

/// The rules of a Kustomization, compiled.
#[derive(Default)]
pub struct Rules(Vec<Rule>);

struct Rule {
    paths: Vec<Pointer>,
    target: Target,
}

impl Rules {
    /// Compiles them all.
    ///
    /// # Errors
    /// Every field that is wrong: a path that is no JSON pointer or names the whole object, a
    /// pattern or a selector that is none.
    pub fn compile(rules: &[IgnoreRule]) -> Result<Self, Vec<Invalid>> {
        let mut wrong = Vec::new();
        let mut compiled = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            let field = format!("spec.ignore[{index}]");
            let mut paths = Vec::new();
            for (at, path) in rule.paths.iter().enumerate() {
                match Pointer::parse(path) {
                    Ok(pointer) => paths.push(pointer),
                    Err(cause) => wrong.push(Invalid::new(format!("{field}.paths[{at}]"), cause)),
                }
            }
            let target = rule.target.clone().unwrap_or_default();
            let target = Target::compile(&target, &field, &mut wrong);
            compiled.push(Rule { paths, target });
        }
        if wrong.is_empty() {
            Ok(Self(compiled))
        } else {
            Err(wrong)
        }
    }

    /// Whether nothing is ignored in any object.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether anything is ignored in this object.
    #[must_use]
    pub fn concern(&self, body: &Value) -> bool {
        self.0.iter().any(|rule| rule.target.selects(body))
    }

    /// Whether two forms of an object are the same, apart from what is ignored in it and from what
    /// the API server keeps for itself.
    #[must_use]
    pub fn same(&self, one: &Value, other: &Value) -> bool {
        declarable(&self.strip(other, one)) == declarable(&self.strip(other, other))
    }

    /// What is ignored in an object.
    fn paths(&self, body: &Value) -> Vec<&Pointer> {
        let rules = self.0.iter().filter(|rule| rule.target.selects(body));
        rules.flat_map(|rule| &rule.paths).collect()
    }

    /// The object without what is ignored in it: for a digest of what was declared, and for a
    /// comparison, both sides of which are stripped by what is ignored in `body`.
    #[must_use]
    pub fn strip(&self, body: &Value, object: &Value) -> Value {
        let mut stripped = object.clone();
        for path in in_order_of_removal(self.paths(body)) {
            path.remove(&mut stripped);
        }
        stripped
    }

    /// What to send when the object is written: the declared body, but for every ignored field of
    /// which the live value differs from what the dry run came to.
    ///
    /// `live` and `rehearsed` are whole objects as the API server answers them, `managedFields` and
    /// all; `manager` is ours.
    #[must_use]
    pub fn payload(
        &self,
        declared: &Value,
        live: &Value,
        rehearsed: &Value,
        manager: &str,
    ) -> Value {
        let drifted = |path: &&Pointer| path.get(live) != path.get(rehearsed);
        let drifted: Vec<&Pointer> = self.paths(rehearsed).into_iter().filter(drifted).collect();
        let owners = Owners::of(live);
        let mut payload = declared.clone();
        let mut given_up = Vec::new();
        for path in drifted {
            let fields = owners.fields(path, live);
            let place = path.through_keys(&fields, declared);
            let foreign = fields.is_some_and(|fields| owners.others_own(&fields, manager));
            match path.get(live) {
                Some(value) if !foreign => place.set(&mut payload, value),
                _ => given_up.push(place),
            }
        }
        for place in in_order_of_removal(given_up.iter().collect()) {
            place.remove(&mut payload);
        }
        payload
    }

    /// [`drift::ownership`] without the ignored fields: whoever takes one from us does not move it.
    ///
    /// `declared` tells which items of lists are meant where `metadata` alone is known.
    #[must_use]
    pub fn ownership(&self, metadata: &Value, declared: &Value, manager: &str) -> Option<String> {
        let paths = self.paths(declared);
        if paths.is_empty() {
            return drift::ownership(metadata, manager);
        }
        let owners = Owners::of_metadata(metadata);
        let ignored: Vec<Vec<String>> = paths
            .iter()
            .filter_map(|path| owners.fields(path, declared))
            .collect();
        let ours: Vec<String> = drift::ours(metadata, manager)
            .map(|entry| digest::canonical(&owners::without(entry, &ignored)))
            .collect();
        (!ours.is_empty()).then(|| digest::of_set(ours.iter().map(String::as_str)))
    }
}

/// The part of an object that a manifest can declare.
fn declarable(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|key, _| key == "labels" || key == "annotations");
    }
    object
}

/// Items at the end of a list first, so that none moves another.
fn in_order_of_removal(mut paths: Vec<&Pointer>) -> Vec<&Pointer> {
    paths.sort_by(|a, b| b.compare(a));
    paths
}

#[cfg(test)]
mod tests;
