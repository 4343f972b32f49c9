//! In which version we left each Secret, and in which the watch last saw it.
//!
//! Our own write comes back through the watch, sometimes before its answer does. Comparing the two
//! versions tells such an echo from somebody else's hand without a request and without opening an
//! item again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::declared::Digest;
use crate::wake::Key;

/// One state of one Secret, as the API server names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// `metadata.uid`.
    pub uid: String,
    /// `metadata.resourceVersion`.
    pub resource: String,
}

impl Version {
    /// Of a Secret, or of its metadata.
    #[must_use]
    pub fn of(secret: &Value) -> Option<Self> {
        let text = |part: &str| secret["metadata"][part].as_str().map(str::to_owned);
        Some(Self {
            uid: text("uid")?,
            resource: text("resourceVersion")?,
        })
    }
}

/// See the module's documentation.
#[derive(Default)]
pub struct Sightings(Mutex<HashMap<Key, Sighting>>);

#[derive(Default)]
struct Sighting {
    left: Option<Left>,
    seen: Option<Version>,
}

/// How we left it.
struct Left {
    version: Version,
    /// For which declaration.
    of: Digest,
    /// What the watch had said when we set out to look at it or to write it.
    before: Option<Version>,
}

impl Sightings {
    /// The Secret is right for this declaration: our last look at it, or the answer to our write.
    /// `before` is [`Self::last_seen`] from before that.
    pub fn left(&self, key: &Key, of: Digest, version: Option<Version>, before: Option<Version>) {
        let left = version.map(|version| Left {
            version,
            of,
            before,
        });
        self.with(|all| all.entry(key.clone()).or_default().left = left);
    }

    /// The watch's last word. A deletion comes as a version of its own, so it is no echo.
    pub fn seen(&self, key: &Key, secret: &Value) {
        self.with(|all| all.entry(key.clone()).or_default().seen = Version::of(secret));
    }

    /// The watch's last word again.
    pub fn last_seen(&self, key: &Key) -> Option<Version> {
        self.with(|all| all.get(key)?.seen.clone())
    }

    /// Whether the Secret is as we left it for this declaration, as far as the watch knows.
    pub fn as_left(&self, key: &Key, declaration: &Digest) -> bool {
        self.with(|all| {
            let left = all
                .get(key)
                .and_then(|sighting| Some((sighting.left.as_ref()?, sighting.seen.as_ref()?)));
            left.is_some_and(|(left, seen)| left.version == *seen && left.of == *declaration)
        })
    }

    /// Whether the Secret was left right for this declaration and the watch has told of nobody else's
    /// hand since: it has seen what we left, or nothing yet.
    pub fn undisturbed(&self, key: &Key, declaration: &Digest) -> bool {
        self.with(|all| {
            let Some(Sighting { left, seen }) = all.get(key) else {
                return false;
            };
            let left = left.as_ref().filter(|left| left.of == *declaration);
            left.is_some_and(|left| seen.as_ref() == Some(&left.version) || *seen == left.before)
        })
    }

    /// Whether the Secret was right for this very declaration at some time: a difference now is
    /// somebody else's doing, not a new declaration.
    pub fn was_left(&self, key: &Key, declaration: &Digest) -> bool {
        self.with(|all| {
            let left = all.get(key).and_then(|sighting| sighting.left.as_ref());
            left.is_some_and(|left| left.of == *declaration)
        })
    }

    /// In which version the Secret was left for this declaration.
    pub fn last_left(&self, key: &Key, declaration: &Digest) -> Option<Version> {
        self.with(|all| {
            let left = all.get(key)?.left.as_ref()?;
            (left.of == *declaration).then(|| left.version.clone())
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

    /// Forgets every Secret that is none of ours.
    pub fn keep(&self, ours: impl Fn(&Key) -> bool) {
        self.with(|all| {
            all.retain(|key, _| ours(key));
            all.shrink_to_fit();
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<Key, Sighting>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_echo_is_known_whichever_comes_first() {
        let (key, at) = (
            Key::new("a", "b"),
            |v: &str| json!({"metadata": {"uid": "u", "resourceVersion": v}}),
        );
        let (one, two) = (Digest([1; 32]), Digest([2; 32]));
        let sightings = Sightings::default();
        sightings.seen(&key, &at("7"));
        assert!(
            !sightings.as_left(&key, &one),
            "the answer to our write is still under way"
        );
        sightings.left(&key, one, Version::of(&at("7")), None);
        assert!(sightings.as_left(&key, &one));
        assert!(
            !sightings.as_left(&key, &two),
            "the SealedSecret has changed since"
        );
        sightings.seen(&key, &at("8"));
        assert!(
            !sightings.as_left(&key, &one),
            "somebody else wrote, or deleted it"
        );
        assert!(sightings.was_left(&key, &one) && !sightings.was_left(&key, &two));
        sightings.seen(&key, &at("7"));
        assert!(sightings.vanished(&key), "deleted while nobody watched");
        assert!(!sightings.as_left(&key, &one) && !sightings.vanished(&key));
        sightings.forget(&key);
        assert!(!sightings.as_left(&key, &one));
    }

    #[test]
    fn what_the_watch_has_not_seen_yet_is_no_news() {
        let (key, at) = (
            Key::new("a", "b"),
            |v: &str| json!({"metadata": {"uid": "u", "resourceVersion": v}}),
        );
        let (one, two) = (Digest([1; 32]), Digest([2; 32]));
        let sightings = Sightings::default();
        assert!(!sightings.undisturbed(&key, &one), "never left");
        sightings.seen(&key, &at("6"));
        sightings.left(&key, one, Version::of(&at("7")), Version::of(&at("6")));
        assert!(sightings.undisturbed(&key, &one) && !sightings.undisturbed(&key, &two));
        sightings.seen(&key, &at("7"));
        assert!(sightings.undisturbed(&key, &one), "our own echo");
        sightings.seen(&key, &at("8"));
        assert!(!sightings.undisturbed(&key, &one), "somebody else");
        // Somebody else wrote after us, and the watch told of it before our answer came.
        sightings.seen(&key, &at("10"));
        sightings.left(&key, one, Version::of(&at("9")), Version::of(&at("8")));
        assert!(!sightings.undisturbed(&key, &one));
    }

    #[test]
    fn secrets_of_others_are_not_remembered() {
        let sightings = Sightings::default();
        let secret = json!({"metadata": {"uid": "u", "resourceVersion": "7"}});
        let (ours, theirs) = (Key::new("a", "ours"), Key::new("a", "theirs"));
        sightings.seen(&ours, &secret);
        sightings.seen(&theirs, &secret);
        sightings.keep(|key| key.name == "ours");
        assert!(sightings.last_seen(&ours).is_some() && sightings.last_seen(&theirs).is_none());
    }
}
