//! By what a copy is known again: two annotations, since an owner reference cannot cross namespaces.
//!
//! Whoever may write a Secret may write them there, too, and so has it overwritten or deleted; that
//! he could do himself. Nobody comes by a value that way.

use serde_json::{Map, Value};
use signet_api::names::{COPIED_FROM, COPIED_FROM_UID};
use signet_seal::secret::decide::copied_from;

use crate::unseal::sightings::Version;
use crate::wake::Key;

/// A Secret that says that it is a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The SealedSecret.
    pub source: Key,
    /// Its uid.
    pub uid: String,
    /// The Secret itself.
    pub secret: Version,
}

impl Mark {
    /// Reads it off a Secret or its metadata.
    #[must_use]
    pub fn of(secret: &Value) -> Option<Self> {
        let (namespace, name, uid) = copied_from(secret)?;
        Some(Self {
            source: Key::new(namespace, name),
            uid: uid.to_owned(),
            secret: Version::of(secret)?,
        })
    }
}

/// Adds to annotations what makes a Secret a copy of `source`.
pub fn put(annotations: &mut Map<String, Value>, source: &Key, uid: &str) {
    annotations.insert(COPIED_FROM.to_owned(), source.to_string().into());
    annotations.insert(COPIED_FROM_UID.to_owned(), uid.into());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_copy_is_known_by_its_source_in_another_namespace_under_the_same_name() {
        let secret = |from: &str| {
            let mut annotations = Map::new();
            let (namespace, name) = from.split_once('/').unwrap_or((from, ""));
            put(&mut annotations, &Key::new(namespace, name), "u");
            json!({"metadata": {
                "namespace": "b", "name": "db", "uid": "s", "resourceVersion": "7",
                "annotations": annotations,
            }})
        };
        let mark = Mark::of(&secret("a/db"));
        assert_eq!(
            mark.map(|it| (it.source, it.uid)),
            Some((Key::new("a", "db"), "u".to_owned()))
        );
        for from in ["a/other", "b/db", "/db", "a/db/db"] {
            assert_eq!(Mark::of(&secret(from)), None, "{from}");
        }
        assert_eq!(
            Mark::of(&json!({"metadata": {"namespace": "b", "name": "db"}})),
            None
        );
    }
}
