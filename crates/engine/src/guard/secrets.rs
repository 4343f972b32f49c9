//! Secrets in a repository: plain ones, and sealed ones that cannot be opened where they go.

use serde_json::Value;
use signet_api::{ObjectId, names};

use super::{Finding, Rules};
use crate::manifest::{Manifest, disabled};

/// The finding about a Secret whose values anybody can read in the repository.
/// One whose file was encrypted, and is opened only here, is not.
pub(super) fn plain(manifest: &Manifest, rules: &Rules) -> Option<Finding> {
    if rules.opened.contains(&manifest.origin.file) {
        return None;
    }
    let is_secret = manifest.id.group.is_empty() && manifest.id.kind == "Secret";
    let filled = |key: &str| match manifest.body.get(key) {
        None | Some(Value::Null) => false,
        Some(Value::Object(map)) => !map.is_empty(),
        Some(_) => true,
    };
    (is_secret && (filled("data") || filled("stringData"))).then(|| {
        Finding::new(
            manifest,
            "it is a Secret in plain text, for everybody who can read the repository",
            "replace it with what `signet seal` makes of it, and change the values",
        )
    })
}

/// The finding about an object that SOPS has encrypted: applied as it is, its readers would get
/// ciphertext for a password.
///
/// One that says so itself ([`names::DECRYPT`]) is meant to stay as it is.
pub(super) fn encrypted(manifest: &Manifest) -> Option<Finding> {
    let mac = manifest.body.pointer("/sops/mac");
    mac.filter(|_| !disabled(&manifest.body, names::DECRYPT))
        .map(|_| {
            Finding::new(
                manifest,
                "it is encrypted with SOPS, and the Kustomization says nothing of decryption",
                "name a Secret with an age identity in spec.decryption, or seal it with `signet seal`",
            )
        })
}

/// The finding about a SealedSecret that is sealed for another namespace than it goes to.
///
/// What seals writes the namespace into object and template alike, and it is part of the label
/// of each item: after a move nothing opens. Cluster-wide items open anywhere. `written_in` is
/// the namespace before `targetNamespace` moved it.
pub(super) fn sealed_elsewhere(manifest: &Manifest, written_in: Option<&str>) -> Option<Finding> {
    let goes_to = manifest.id.namespace.as_deref()?;
    if !is_sealed(&manifest.id) || is_cluster_wide(&manifest.body) {
        return None;
    }
    let template = manifest.body.pointer("/spec/template/metadata/namespace");
    let sealed_for = [template.and_then(Value::as_str), written_in]
        .into_iter()
        .flatten()
        .find(|namespace| !namespace.is_empty() && *namespace != goes_to)?;
    Some(Finding::new(
        manifest,
        format!("it is sealed for namespace {sealed_for} but goes to {goes_to}"),
        format!("seal it again with `signet seal -n {goes_to}`, or cluster-wide"),
    ))
}

fn is_sealed(id: &ObjectId) -> bool {
    id.group == "bitnami.com" && id.kind == "SealedSecret"
}

/// The scope that unsealing goes by: an annotation of the SealedSecret itself.
fn is_cluster_wide(body: &Value) -> bool {
    let annotations = body.pointer("/metadata/annotations");
    let scope = annotations
        .and_then(|a| a.get(names::CLUSTER_WIDE))
        .and_then(Value::as_str);
    scope == Some("true")
}
