//! The declarations as the watches last saw them, for each kind that we reconcile.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::Value;
use signet_api::names;

use crate::queue::Queue;
use crate::wake::{Key, Wake};

/// Objects of one kind by namespace and name; without managed fields, which nobody reads here.
#[derive(Default)]
pub struct Store(RwLock<HashMap<Key, Arc<Value>>>);

impl Store {
    /// The object, if it is there.
    pub fn get(&self, key: &Key) -> Option<Arc<Value>> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(key)
            .cloned()
    }

    /// Puts an object in; returns its key, and whether a reconciler must look at it: generation,
    /// annotations or deletion differ from what was there. A status of our own is no reason.
    pub fn put(&self, mut object: Value) -> Option<(Key, bool)> {
        let key = key_of(&object)?;
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("managedFields");
            if let Some(annotations) = metadata
                .get_mut("annotations")
                .and_then(Value::as_object_mut)
            {
                annotations.remove(names::LAST_APPLIED);
            }
        }
        let object = Arc::new(object);
        let old = self
            .0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key.clone(), object.clone());
        let changed = old.is_none_or(|old| declared(&old) != declared(&object));
        Some((key, changed))
    }

    /// Takes in what the API server answered to a write of our own. Whoever changed the declaration
    /// in between would go unseen, since the watch then brings nothing new: `queue` is told.
    pub fn answered(&self, queue: &Queue<Key>, object: Value) {
        if let Some((key, true)) = self.put(object) {
            queue.push(key, Wake::Changed);
        }
    }

    /// Takes an object out.
    pub fn remove(&self, key: &Key) -> Option<Arc<Value>> {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(key)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        let map = self.0.read().unwrap_or_else(PoisonError::into_inner);
        map.len()
    }

    /// All keys.
    pub fn keys(&self) -> Vec<Key> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .keys()
            .cloned()
            .collect()
    }

    /// All objects with their keys.
    pub fn all(&self) -> Vec<(Key, Arc<Value>)> {
        let map = self.0.read().unwrap_or_else(PoisonError::into_inner);
        map.iter()
            .map(|(key, object)| (key.clone(), object.clone()))
            .collect()
    }
}

/// Namespace and name of an object.
pub fn key_of(object: &Value) -> Option<Key> {
    let metadata = object.get("metadata")?;
    Some(Key::new(
        metadata.get("namespace")?.as_str()?,
        metadata.get("name")?.as_str()?,
    ))
}

fn declared(object: &Value) -> [Option<&Value>; 4] {
    [
        "/metadata/uid",
        "/metadata/generation",
        "/metadata/annotations",
        "/metadata/deletionTimestamp",
    ]
    .map(|path| object.pointer(path))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_status_of_our_own_wakes_nobody() {
        let store = Store::default();
        let object = |generation: i64, ready: bool| {
            json!({"metadata": {"namespace": "a", "name": "b", "generation": generation},
                   "status": {"ready": ready}})
        };
        let changed = |object| store.put(object).map(|(_, changed)| changed);
        assert_eq!(changed(object(1, false)), Some(true));
        assert_eq!(changed(object(1, true)), Some(false));
        assert_eq!(changed(object(2, true)), Some(true));
    }
}
