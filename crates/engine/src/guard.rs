//! The guard: nothing of a commit is applied unless all of it may be.
//!
//! Takes what was rendered and what the cluster knows of kinds, and gives back the objects as
//! they are to be sent, or every reason why not, each with file, line and remedy.

mod clean;
mod finding;
mod identity;
mod namespace;
mod secrets;

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;
use signet_api::ObjectId;

pub use finding::Finding;

use crate::manifest::{Manifest, Origin};

/// What to do about a `kind: Secret` with values in the repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlainSecrets {
    /// Apply it.
    Allow,
    /// Apply it and say so.
    #[default]
    Warn,
    /// Apply nothing of the commit.
    Refuse,
}

/// What one Kustomization asks of its objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Policy for Secrets that are not sealed.
    pub plain_secrets: PlainSecrets,
    /// `spec.targetNamespace`: where every namespaced object goes.
    pub target_namespace: Option<String>,
    /// The Kustomization, as namespace and name; it becomes the owner labels.
    pub owner: (String, String),
    /// Files that are encrypted in the repository: a Secret out of one of them is no plain one.
    pub opened: BTreeSet<String>,
}

/// A set that may be applied.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Guarded {
    /// The objects as they are to be sent, in the order in which they came.
    pub manifests: Vec<Manifest>,
    /// What a person should know although it was applied.
    pub warnings: Vec<Finding>,
}

/// Checks and completes a rendered set. `namespaced` says whether the cluster knows a kind as
/// namespaced; `None` for a kind it does not know, which is then looked for among the
/// definitions of the set itself and otherwise left to the API server.
///
/// # Errors
///
/// Every finding that forbids to apply, in the order of the repository; never only the first.
pub fn check(
    manifests: Vec<Manifest>,
    rules: &Rules,
    namespaced: &dyn Fn(&ObjectId) -> Option<bool>,
) -> Result<Guarded, Vec<Finding>> {
    let defined = scopes_defined(&manifests);
    let scope = |id: &ObjectId| {
        namespaced(id).or_else(|| defined.get(&(id.group.clone(), id.kind.clone())).copied())
    };
    let (mut guarded, mut refused) = (Guarded::default(), Vec::new());
    for mut manifest in manifests {
        let before = refused.len();
        refused.extend(identity::check(&manifest));
        let written_in = manifest.id.namespace.clone();
        let namespaced = scope(&manifest.id);
        refused.extend(namespace::place(&mut manifest, rules, namespaced));
        refused.extend(secrets::encrypted(&manifest));
        refused.extend(secrets::sealed_elsewhere(&manifest, written_in.as_deref()));
        refused.extend(clean::clean(&mut manifest, rules));
        match rules.plain_secrets {
            PlainSecrets::Allow => {}
            PlainSecrets::Warn => guarded.warnings.extend(secrets::plain(&manifest, rules)),
            PlainSecrets::Refuse => refused.extend(secrets::plain(&manifest, rules)),
        }
        if refused.len() == before {
            guarded.manifests.push(manifest);
        }
    }
    refused.extend(declared_twice(&guarded.manifests));
    if refused.is_empty() {
        Ok(guarded)
    } else {
        Err(refused)
    }
}

/// The scopes of the kinds that the set itself defines.
fn scopes_defined(manifests: &[Manifest]) -> HashMap<(String, String), bool> {
    let definitions = manifests
        .iter()
        .filter(|m| m.id.kind == "CustomResourceDefinition");
    definitions
        .filter_map(|m| {
            let text = |pointer: &str| m.body.pointer(pointer).and_then(Value::as_str);
            let kind = (
                text("/spec/group")?.to_owned(),
                text("/spec/names/kind")?.to_owned(),
            );
            Some((kind, text("/spec/scope")? == "Namespaced"))
        })
        .collect()
}

/// Two declarations of one object would take turns for ever. Versions of one kind are one object.
fn declared_twice(manifests: &[Manifest]) -> Vec<Finding> {
    let mut first: HashMap<String, &Origin> = HashMap::new();
    let mut twice = Vec::new();
    for manifest in manifests {
        match first.get(&manifest.id.inventory_id()) {
            None => drop(first.insert(manifest.id.inventory_id(), &manifest.origin)),
            Some(origin) => twice.push(Finding::new(
                manifest,
                format!("it is declared twice, first at {origin}"),
                "keep one of the two",
            )),
        }
    }
    twice
}

#[cfg(test)]
mod tests;
