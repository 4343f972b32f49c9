//! The SealedSecret that is in the file, and what of it is to change.

use std::collections::BTreeMap;

use signet_api::{SealedSecret, names};
use signet_seal::sealed_for::{self, SealedFor};
use signet_seal::secret::SealedManifest;
use signet_seal::{Fingerprint, Scope};
use signet_yaml::{Budget, Document, Node};

use crate::documents;
use crate::error::{Context, Error, Result};

/// The SealedSecret in the file.
pub struct Target {
    /// Number of its document.
    pub document: usize,
    /// Steps from the document's root to it: it may be an item of a List.
    path: Vec<String>,
    /// What its values are bound to.
    pub name: String,
    /// As far as the file says so.
    pub namespace: Option<String>,
    /// By its annotations.
    pub scope: Scope,
    /// Which key each value was sealed for, if the file says so at all.
    note: Option<SealedFor>,
    items: Vec<String>,
}

impl Target {
    /// Reads the one SealedSecret of a file.
    ///
    /// # Errors
    /// There is none, or more than one; it has no name, or the form of 2018.
    pub fn read(bytes: &[u8], place: &str) -> Result<Self> {
        let read = signet_yaml::read(bytes, &Budget::default());
        let documents =
            read.map_err(|cause| Error::new(format!("{place}:{}: {}", cause.line, cause.kind)))?;
        let mut found = Vec::new();
        for (number, document) in documents.iter().enumerate() {
            walk(document, number, &mut found);
        }
        match found.as_slice() {
            [one] => Self::of(one).map_err(|cause| cause.at(place)),
            [] => Err(Error::new(format!("{place}: there is no SealedSecret in it"))),
            _ => Err(Error::new(format!(
                "{place}: there are {} SealedSecrets in it, and --merge-into cannot tell which is meant",
                found.len()
            ))
            .hint("give each a file of its own")),
        }
    }

    fn of(found: &Found<'_>) -> Result<Self> {
        let mut object = found.node.to_json();
        if object["spec"].is_null() {
            object["spec"] = serde_json::json!({});
        }
        if object["spec"]["encryptedData"].is_null() {
            object["spec"]["encryptedData"] = serde_json::json!({});
        }
        let sealed: SealedSecret = serde_json::from_value(object).at("SealedSecret")?;
        if sealed.spec.data.is_some_and(|blob| !blob.is_empty()) {
            return Err(Error::new(
                "spec.data, the form of 2018, is one item for all values; seal the whole Secret anew",
            ));
        }
        let annotations = sealed.metadata.annotations.unwrap_or_default();
        let noted = annotations.contains_key(names::SEALED_FOR);
        let name = sealed.metadata.name.filter(|name| !name.is_empty());
        Ok(Self {
            document: found.document,
            path: found.path.clone(),
            name: name.ok_or_else(|| Error::new("metadata.name is missing"))?,
            namespace: sealed.metadata.namespace.filter(|name| !name.is_empty()),
            scope: Scope::of_annotations(&annotations),
            note: noted.then(|| SealedFor::of(&annotations)),
            items: sealed.spec.encrypted_data.into_keys().collect(),
        })
    }

    /// Every string that is to be set, with its path in the document.
    pub fn changes(
        &self,
        sealed: &SealedManifest,
        newest: &Fingerprint,
    ) -> Vec<(Vec<String>, String)> {
        let mut changes = Vec::new();
        let mut set = |path: &[&str], text: &str| {
            let steps = path.iter().map(|step| (*step).to_owned());
            changes.push((
                self.path.iter().cloned().chain(steps).collect(),
                text.to_owned(),
            ));
        };
        for (key, item) in &sealed.spec.encrypted_data {
            set(&["spec", "encryptedData", key], item);
        }
        let metadata = sealed.spec.template.metadata.as_ref();
        for field in ["annotations", "labels"] {
            let map = metadata.and_then(|all| all.get(field)?.as_object());
            let texts = map.into_iter().flatten();
            for (key, text) in texts.filter(|(key, _)| !is_scope(key)) {
                set(
                    &["spec", "template", "metadata", field, key],
                    text.as_str().unwrap_or_default(),
                );
            }
        }
        if let Some(note) = self.noted(sealed, newest) {
            set(&["metadata", "annotations", names::SEALED_FOR], &note);
        }
        changes
    }

    /// The note on the keys, where the file has one, with the new values in it.
    fn noted(&self, sealed: &SealedManifest, newest: &Fingerprint) -> Option<String> {
        let note = self.note.as_ref()?;
        let new = &sealed.spec.encrypted_data;
        let mut known: BTreeMap<String, Fingerprint> =
            new.keys().map(|key| (key.clone(), *newest)).collect();
        let kept = self.items.iter().filter(|key| !new.contains_key(*key));
        let mut complete = true;
        for key in kept {
            match note.item(key) {
                Some(fingerprint) => drop(known.insert(key.clone(), *fingerprint)),
                None => complete = false,
            }
        }
        sealed_for::note(&known, complete)
    }
}

/// The scope of the target stays, whatever the Secret says about its own.
fn is_scope(annotation: &str) -> bool {
    annotation == names::CLUSTER_WIDE || annotation == names::NAMESPACE_WIDE
}

/// A SealedSecret and the way to it.
struct Found<'n> {
    document: usize,
    path: Vec<String>,
    node: &'n Node,
}

/// The object of a document, or those of a List.
fn walk<'n>(document: &'n Document, number: usize, found: &mut Vec<Found<'n>>) {
    let mut open = vec![(Vec::new(), &document.root)];
    while let Some((path, node)) = open.pop() {
        if documents::is_sealed_secret(node) {
            found.push(Found {
                document: number,
                path,
                node,
            });
        } else if documents::is_list(node) {
            let items = node.get("items").map_or(&[][..], Node::items);
            for (at, item) in items.iter().enumerate() {
                let mut path = path.clone();
                path.extend(["items".to_owned(), at.to_string()]);
                open.push((path, item));
            }
        }
    }
}
