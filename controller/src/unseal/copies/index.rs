//! What the watches told of namespaces and copies, by the name that a SealedSecret and its copies have
//! in common, so that a change of any Secret of the cluster costs one look.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{PoisonError, RwLock};

use super::mark::Mark;
use super::namespaces::Namespace;
use super::plan::{Around, Plan, Source, orphans, plan};
use super::said::Words;
use crate::unseal::declared::Digest;
use crate::unseal::sightings::Version;
use crate::unseal::subject::Subject;
use crate::wake::Key;
use signet_seal::secret::decide::Refusal;

/// See the module's documentation.
#[derive(Default)]
pub struct Copies(RwLock<State>);

#[derive(Default)]
struct State {
    /// Whether all namespaces are known: without that nobody could tell absence of consent from
    /// ignorance.
    listed: bool,
    namespaces: BTreeMap<String, Namespace>,
    names: HashMap<String, Named>,
}

/// What there is under one name.
#[derive(Default)]
struct Named {
    /// Namespaces of the SealedSecrets that ask for copies, with what was last said of them.
    sources: BTreeMap<String, Option<Words>>,
    /// Copies, by their namespace.
    marks: BTreeMap<String, Mark>,
    /// Secrets that stood in the way, by namespaces of SealedSecret and Secret.
    refused: HashMap<(String, String), Refused>,
}

/// A Secret that was found not to be ours to write.
#[derive(Clone)]
pub struct Refused {
    /// As it was then.
    pub version: Version,
    /// What the watch had said of it before.
    pub before: Option<Version>,
    /// For which declaration.
    pub declaration: Digest,
    /// Why.
    pub why: Refusal,
}

impl Copies {
    /// What is to be done for a SealedSecret; `None` while not all namespaces are known. `keys` is the
    /// namespace of the sealing keys, `declared` tells whether there is a SealedSecret.
    pub fn plan(
        &self,
        subject: &Subject,
        keys: &str,
        declared: &dyn Fn(&Key) -> bool,
    ) -> Option<Plan> {
        let source = Source {
            key: &subject.key,
            wish: &subject.wish,
        };
        self.around(&subject.key, keys, declared, |around| plan(&source, around))
    }

    /// What a SealedSecret that is gone has left behind; as [`Self::plan`].
    pub fn orphans(
        &self,
        key: &Key,
        keys: &str,
        declared: &dyn Fn(&Key) -> bool,
    ) -> BTreeMap<String, Mark> {
        let found = self.around(key, keys, declared, |around| orphans(key, around));
        found.unwrap_or_default()
    }

    fn around<T>(
        &self,
        key: &Key,
        keys: &str,
        declared: &dyn Fn(&Key) -> bool,
        judge: impl FnOnce(&Around<'_>) -> T,
    ) -> Option<T> {
        let none = BTreeMap::new();
        self.read(|state| {
            let named = state.names.get(&key.name);
            let around = Around {
                namespaces: &state.namespaces,
                marks: named.map_or(&none, |named| &named.marks),
                keys,
                declared,
            };
            state.listed.then(|| judge(&around))
        })
    }

    // === namespaces

    /// Whether a namespace was otherwise so far; `None` is one that takes nothing in.
    pub fn is_news(&self, name: &str, now: Option<&Namespace>) -> bool {
        self.read(|state| state.namespaces.get(name) != now)
    }

    /// A namespace is so now.
    pub fn namespace(&self, name: &str, now: Option<Namespace>) {
        self.write(|state| {
            match now {
                Some(namespace) => state.namespaces.insert(name.to_owned(), namespace),
                None => state.namespaces.remove(name),
            };
        });
    }

    /// The list is complete; what is not on it is gone.
    pub fn namespaces_listed(&self, names: &BTreeSet<String>) {
        self.write(|state| {
            state.namespaces.retain(|name, _| names.contains(name));
            state.listed = true;
        });
    }

    // === SealedSecrets

    /// A SealedSecret is there: whether it asks for copies.
    pub fn source(&self, key: &Key, asks: bool) {
        self.named(key, |named| {
            if asks {
                named.sources.entry(key.namespace.clone()).or_default();
            } else {
                named.forget(&key.namespace);
            }
        });
    }

    /// The SealedSecrets that ask for copies.
    pub fn sources(&self) -> Vec<Key> {
        self.read(|state| {
            let all = state.names.iter();
            all.flat_map(|(name, named)| named.sources.keys().map(move |it| Key::new(it, name)))
                .collect()
        })
    }

    /// Those of one name.
    pub fn sources_of(&self, name: &str) -> Vec<Key> {
        self.read(|state| {
            let named = state.names.get(name).into_iter();
            named
                .flat_map(|named| named.sources.keys().map(move |it| Key::new(it, name)))
                .collect()
        })
    }

    /// Whether a Secret of this name may be a copy, or stand where one should.
    pub fn concerns(&self, name: &str) -> bool {
        self.read(|state| {
            state
                .names
                .get(name)
                .is_some_and(|named| !named.sources.is_empty())
        })
    }

    /// What was last said about the copies of a SealedSecret by this process.
    pub fn last_words(&self, key: &Key) -> Option<Words> {
        self.read(|state| {
            state
                .names
                .get(&key.name)?
                .sources
                .get(&key.namespace)?
                .clone()
        })
    }

    /// Notes what is said now.
    pub fn say(&self, key: &Key, words: Option<Words>) {
        self.named(key, |named| {
            if let Some(said) = named.sources.get_mut(&key.namespace) {
                *said = words;
            }
        });
    }

    // === Secrets

    /// A Secret is so now. Returns the SealedSecrets that it was or is a copy of.
    pub fn secret(&self, key: &Key, mark: Option<Mark>) -> BTreeSet<Key> {
        if mark.is_none() && !self.has_mark(key) {
            return BTreeSet::new();
        }
        self.named(key, |named| {
            let now = mark.as_ref().map(|mark| mark.source.clone());
            let was = match mark {
                Some(mark) => named.marks.insert(key.namespace.clone(), mark),
                None => named.marks.remove(&key.namespace),
            };
            was.map(|mark| mark.source).into_iter().chain(now).collect()
        })
    }

    /// The copy that stands there.
    pub fn mark(&self, key: &Key) -> Option<Mark> {
        self.read(|state| {
            state
                .names
                .get(&key.name)?
                .marks
                .get(&key.namespace)
                .cloned()
        })
    }

    /// All copies.
    pub fn marked(&self) -> Vec<(Key, Mark)> {
        self.read(|state| {
            let all = state.names.iter().flat_map(|(name, named)| {
                let marks = named.marks.iter();
                marks.map(move |(at, mark)| (Key::new(at, name), mark.clone()))
            });
            all.collect()
        })
    }

    fn has_mark(&self, key: &Key) -> bool {
        self.read(|state| {
            let named = state.names.get(&key.name);
            named.is_some_and(|named| named.marks.contains_key(&key.namespace))
        })
    }

    /// Notes that a Secret in `namespace` was not ours to write; `None` that it was.
    pub fn refuse(&self, source: &Key, namespace: &str, refused: Option<Refused>) {
        let place = (source.namespace.clone(), namespace.to_owned());
        self.named(source, |named| {
            match refused {
                Some(refused) => named.refused.insert(place, refused),
                None => named.refused.remove(&place),
            };
        });
    }

    /// What was noted so.
    pub fn refused(&self, source: &Key, namespace: &str) -> Option<Refused> {
        let place = (source.namespace.clone(), namespace.to_owned());
        self.read(|state| state.names.get(&source.name)?.refused.get(&place).cloned())
    }

    /// Works on what there is under a name, and lets go of it if that is nothing any more.
    fn named<T>(&self, key: &Key, work: impl FnOnce(&mut Named) -> T) -> T {
        self.write(|state| {
            let named = state.names.entry(key.name.clone()).or_default();
            let done = work(named);
            if named.is_empty() {
                state.names.remove(&key.name);
            }
            done
        })
    }

    fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.0.write().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Named {
    fn forget(&mut self, source: &str) {
        self.sources.remove(source);
        self.refused.retain(|(from, _), _| from != source);
    }

    fn is_empty(&self) -> bool {
        self.sources.is_empty() && self.marks.is_empty() && self.refused.is_empty()
    }
}
