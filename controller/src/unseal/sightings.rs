//! In which version we left each Secret, and in which the watch last saw it.
//!
//! Our own write comes back through the watch, sometimes before its answer does. Comparing the two
//! versions tells such an echo from somebody else's hand without a request and without opening an
//! item again.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::wake::Key;

/// See the module's documentation.
#[derive(Default)]
pub struct Sightings(Mutex<HashMap<Key, Sighting>>);

#[derive(Default)]
struct Sighting {
    /// Version, and for which declaration.
    left: Option<(String, u64)>,
    seen: Option<String>,
}

impl Sightings {
    /// The Secret is right for this declaration: our last look at it, or the answer to our write.
    pub fn left(&self, key: &Key, declaration: u64, secret: &Value) {
        let left = version(secret).map(|version| (version, declaration));
        self.with(|all| all.entry(key.clone()).or_default().left = left);
    }

    /// The watch's last word. A deletion comes as a version of its own, so it is no echo.
    pub fn seen(&self, key: &Key, secret: &Value) {
        self.with(|all| all.entry(key.clone()).or_default().seen = version(secret));
    }

    /// Whether the Secret is as we left it for this declaration, as far as the watch knows.
    pub fn as_left(&self, key: &Key, declaration: u64) -> bool {
        self.with(|all| {
            let left = all
                .get(key)
                .and_then(|sighting| Some((sighting.left.as_ref()?, sighting.seen.as_ref()?)));
            left.is_some_and(|((version, of), seen)| version == seen && *of == declaration)
        })
    }

    /// A fresh list no longer has the Secret. Returns whether it was there: deleted while nobody
    /// watched.
    pub fn vanished(&self, key: &Key) -> bool {
        self.with(|all| {
            let sighting = all.get_mut(key).map(std::mem::take);
            sighting.is_some_and(|sighting| sighting.left.is_some() || sighting.seen.is_some())
        })
    }

    /// The SealedSecret is gone.
    pub fn forget(&self, key: &Key) {
        self.with(|all| drop(all.remove(key)));
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<Key, Sighting>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Tells one declaration from another: all that unsealing goes by is in its uid, its generation and
/// its annotations.
pub fn declaration(sealed: &Value) -> u64 {
    let metadata = &sealed["metadata"];
    let mut hasher = DefaultHasher::new();
    for part in ["uid", "generation", "annotations"] {
        metadata[part].to_string().hash(&mut hasher);
    }
    hasher.finish()
}

fn version(secret: &Value) -> Option<String> {
    secret["metadata"]["resourceVersion"]
        .as_str()
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_declaration_is_told_by_what_unsealing_goes_by() {
        let sealed = |generation: i64, scope: &str, status: &str| {
            declaration(&json!({
                "metadata": {"uid": "u", "generation": generation, "annotations": {"scope": scope}},
                "status": status,
            }))
        };
        assert_eq!(sealed(1, "a", "x"), sealed(1, "a", "y"));
        assert_ne!(sealed(1, "a", "x"), sealed(2, "a", "x"));
        assert_ne!(sealed(1, "a", "x"), sealed(1, "b", "x"));
    }

    #[test]
    fn an_echo_is_known_whichever_comes_first() {
        let (key, at) = (
            Key::new("a", "b"),
            |v: &str| json!({"metadata": {"resourceVersion": v}}),
        );
        let sightings = Sightings::default();
        sightings.seen(&key, &at("7"));
        assert!(
            !sightings.as_left(&key, 1),
            "the answer to our write is still under way"
        );
        sightings.left(&key, 1, &at("7"));
        assert!(sightings.as_left(&key, 1));
        assert!(
            !sightings.as_left(&key, 2),
            "the SealedSecret has changed since"
        );
        sightings.seen(&key, &at("8"));
        assert!(
            !sightings.as_left(&key, 1),
            "somebody else wrote, or deleted it"
        );
        sightings.seen(&key, &at("7"));
        assert!(sightings.vanished(&key), "deleted while nobody watched");
        assert!(!sightings.as_left(&key, 1) && !sightings.vanished(&key));
        sightings.forget(&key);
        assert!(!sightings.as_left(&key, 1));
    }
}
