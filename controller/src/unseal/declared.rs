//! The SealedSecrets as the watch last saw them, in as little memory as unsealing needs.
//!
//! Of each object its identity, its status and a digest are kept. The ciphertext is kept, as bytes,
//! only until it has been opened; who needs it again (a key was withdrawn, a Secret edited) reads it
//! from the API server.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use signet_api::names::LAST_APPLIED;

use super::subject::Subject;
use crate::store::key_of;
use crate::wake::Key;

/// Tells one declaration from another: all that unsealing goes by is in its uid, its generation,
/// its annotations and its spec. Ciphertext and template only, so nothing can be guessed from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Of an object as the API server has it; kubectl's copy of the manifest does not count.
    #[must_use]
    pub fn of(object: &Value) -> Self {
        let metadata = &object["metadata"];
        let mut hasher = Sha256::new();
        let mut part = |value: &Value| hasher.update(format!("{value}\0").as_bytes());
        part(&metadata["uid"]);
        part(&metadata["generation"]);
        for (key, value) in metadata["annotations"].as_object().into_iter().flatten() {
            if key != LAST_APPLIED {
                part(&Value::from(key.as_str()));
                part(value);
            }
        }
        part(&object["spec"]);
        Self(hasher.finalize().into())
    }
}

/// See the module's documentation.
#[derive(Default)]
pub struct Declared(RwLock<HashMap<Key, Held>>);

struct Held {
    subject: Arc<Subject>,
    body: Option<Arc<[u8]>>,
    /// When templates of this generation were rendered first.
    moment: Option<Timestamp>,
}

impl Declared {
    /// What is known of the object, if it is there.
    pub fn get(&self, key: &Key) -> Option<Arc<Subject>> {
        self.read(|all| all.get(key).map(|held| held.subject.clone()))
    }

    /// The object itself, without status, as JSON; `None` if it has been opened already.
    pub fn body(&self, key: &Key) -> Option<Arc<[u8]>> {
        self.read(|all| all.get(key)?.body.clone())
    }

    /// Takes an object in. Returns its key, and whether a reconciler must look at it: what is
    /// declared, or that it is being deleted, differs from what was there. A status of our own is no
    /// reason.
    pub fn put(&self, object: Value) -> Option<(Key, bool)> {
        let key = key_of(&object)?;
        let subject = Arc::new(Subject::of(&key, &object));
        let (old, moment) = self.read(|all| {
            let Some(held) = all.get(&key) else {
                return (None, None);
            };
            let same = held.subject.declaration == subject.declaration
                && held.subject.deleting == subject.deleting;
            let moment = held.moment.filter(|_| held.subject.has_spec_of(&subject));
            (same.then(|| held.body.clone()), moment)
        });
        let (body, changed) = match old {
            Some(body) => (body, false),
            None => (Some(bytes(object)), true),
        };
        let held = Held {
            subject,
            body,
            moment,
        };
        self.write(|all| all.insert(key.clone(), held));
        Some((key, changed))
    }

    /// Lets go of the ciphertext, because it has been opened; not if it is another by now.
    pub fn opened(&self, key: &Key, declaration: &Digest) {
        self.write(|all| {
            if let Some(held) = all
                .get_mut(key)
                .filter(|held| held.subject.declaration == *declaration)
            {
                held.body = None;
            }
        });
    }

    /// Keeps the moment of a rendering, for as long as the spec is the same.
    pub fn rendered(&self, subject: &Subject, moment: Timestamp) {
        self.write(|all| {
            if let Some(held) = all
                .get_mut(&subject.key)
                .filter(|held| held.subject.has_spec_of(subject))
            {
                held.moment = Some(moment);
            }
        });
    }

    /// The moment that is kept, if any.
    pub fn moment(&self, key: &Key) -> Option<Timestamp> {
        self.read(|all| all.get(key)?.moment)
    }

    /// Takes an object out.
    pub fn remove(&self, key: &Key) {
        self.write(|all| all.remove(key));
    }

    /// All of them.
    pub fn all(&self) -> Vec<Arc<Subject>> {
        self.read(|all| all.values().map(|held| held.subject.clone()).collect())
    }

    fn read<T>(&self, look: impl FnOnce(&HashMap<Key, Held>) -> T) -> T {
        look(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, work: impl FnOnce(&mut HashMap<Key, Held>) -> T) -> T {
        work(&mut self.0.write().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The parts that opening reads. As bytes they take a quarter of what they take as a tree.
fn bytes(mut object: Value) -> Arc<[u8]> {
    let mut metadata = Map::new();
    for part in ["namespace", "name", "uid", "generation", "annotations"] {
        let value = object["metadata"][part].take();
        metadata.insert(part.to_owned(), value);
    }
    if let Some(annotations) = metadata["annotations"].as_object_mut() {
        annotations.remove(LAST_APPLIED);
    }
    object["metadata"] = metadata.into();
    if let Some(parts) = object.as_object_mut() {
        parts.remove("status");
    }
    object.to_string().into_bytes().into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use serde_json::json;

    use super::*;

    fn object(generation: i64, item: &str, scope: &str) -> Value {
        json!({
            "metadata": {
                "namespace": "a", "name": "b", "uid": "u", "generation": generation,
                "managedFields": [{}], "annotations": {"scope": scope, LAST_APPLIED: "{}"},
            },
            "spec": {"encryptedData": {"k": item}},
            "status": {"observedGeneration": generation},
        })
    }

    #[test]
    fn a_declaration_is_told_by_what_unsealing_goes_by() {
        let digest = Digest::of(&object(1, "AgA=", "x"));
        let mut said = object(1, "AgA=", "x");
        said["status"] = json!({});
        said["metadata"]["resourceVersion"] = json!("8");
        said["metadata"]["annotations"][LAST_APPLIED] = json!("{...}");
        assert_eq!(Digest::of(&said), digest);
        assert_ne!(Digest::of(&object(2, "AgA=", "x")), digest);
        assert_ne!(Digest::of(&object(1, "AgB=", "x")), digest);
        assert_ne!(Digest::of(&object(1, "AgA=", "y")), digest);
    }

    #[test]
    fn a_status_of_our_own_wakes_nobody_and_what_was_opened_is_let_go() {
        let declared = Declared::default();
        let (key, changed) = declared.put(object(1, "AgA=", "x")).unwrap();
        assert!(changed);
        let body = declared.body(&key).unwrap();
        assert!(!String::from_utf8_lossy(&body).contains("managedFields"));
        declared.opened(&key, &Digest([0; 32]));
        assert!(declared.body(&key).is_some(), "another declaration");
        declared.opened(&key, &declared.get(&key).unwrap().declaration);
        let mut said = object(1, "AgA=", "x");
        said["status"] = json!({"conditions": []});
        assert_eq!(declared.put(said), Some((key.clone(), false)));
        assert_eq!(declared.body(&key), None, "still opened");
        assert_eq!(
            declared.put(object(2, "AgB=", "x")),
            Some((key.clone(), true))
        );
        assert!(declared.body(&key).is_some());
        declared.remove(&key);
        assert!(declared.get(&key).is_none() && declared.all().is_empty());
    }

    #[test]
    fn the_moment_of_a_rendering_is_kept_until_the_spec_changes() {
        let declared = Declared::default();
        let (key, _) = declared.put(object(1, "AgA=", "x")).unwrap();
        assert_eq!(declared.moment(&key), None);
        let moment = Timestamp::from_second(7).unwrap();
        declared.rendered(&declared.get(&key).unwrap(), moment);
        declared.put(object(1, "AgA=", "another annotation"));
        assert_eq!(declared.moment(&key), Some(moment));
        let before = declared.get(&key).unwrap();
        declared.put(object(2, "AgB=", "x"));
        assert_eq!(declared.moment(&key), None);
        declared.rendered(&before, moment);
        assert_eq!(declared.moment(&key), None, "that was of another spec");
    }
}
