//! What is known of the health of objects, and who wants to know it. Pure: events in, whom to wake out.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use signet_api::names;
use signet_engine::health::{Health, Status};
use tokio::task::AbortHandle;

use super::Rules;
use crate::owned::Slot;
use crate::wake::Key;

/// What a watch is of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum What {
    /// Everything of a group and kind that bears an owner label.
    Owned(String, String),
    /// One object that is somebody else's, for one Kustomization and with its rights.
    One(Key, Slot),
}

/// See the module's documentation.
#[derive(Default)]
pub(super) struct State {
    judged: HashMap<Slot, Judged>,
    followers: HashMap<Key, Follower>,
    by_slot: HashMap<Slot, HashSet<Key>>,
    watches: HashMap<What, Watch>,
    told: Vec<(&'static str, &'static str)>,
}

struct Judged {
    health: Health,
    version: Option<String>,
}

struct Follower {
    slots: HashSet<Slot>,
    rules: Option<Rules>,
    /// By rules of its own, where it has one for the object.
    special: HashMap<Slot, Health>,
    needs: HashSet<What>,
    waiting: bool,
}

#[derive(Default)]
struct Watch {
    task: Option<AbortHandle>,
    listed: bool,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl State {
    /// Nothing is known yet. Of the kinds `told` everything is kept that bears an owner label.
    pub(super) fn new(told: Vec<(&'static str, &'static str)>) -> Self {
        Self {
            told,
            ..Self::default()
        }
    }

    pub(super) fn is_told(&self, kind: (&str, &str)) -> bool {
        self.told.contains(&kind)
    }

    /// Notes what `key` waits for. Returns the watches that are not there yet.
    pub(super) fn follow(
        &mut self,
        key: &Key,
        slots: HashSet<Slot>,
        rules: Option<Rules>,
        needs: HashSet<What>,
    ) -> HashSet<What> {
        let special = match self.followers.remove(key) {
            Some(old) => {
                self.leave(key, &old.slots);
                let mut special = old.special;
                special.retain(|slot, _| rules.is_some() && slots.contains(slot));
                special
            }
            None => HashMap::new(),
        };
        for slot in &slots {
            self.by_slot
                .entry(slot.clone())
                .or_default()
                .insert(key.clone());
        }
        let missing = needs
            .iter()
            .filter(|what| !self.watches.contains_key(*what))
            .cloned()
            .collect();
        let follower = Follower {
            slots,
            rules,
            special,
            needs,
            waiting: true,
        };
        self.followers.insert(key.clone(), follower);
        missing
    }

    fn leave(&mut self, key: &Key, slots: &HashSet<Slot>) {
        for slot in slots {
            if let Some(keys) = self.by_slot.get_mut(slot) {
                keys.remove(key);
                if keys.is_empty() {
                    self.by_slot.remove(slot);
                }
            }
        }
    }

    pub(super) fn unfollow(&mut self, key: &Key) {
        if let Some(old) = self.followers.remove(key) {
            self.leave(key, &old.slots);
        }
    }

    pub(super) fn settle(&mut self, key: &Key) {
        if let Some(follower) = self.followers.get_mut(key) {
            follower.waiting = false;
        }
    }

    /// Ends the watches that nobody needs, and forgets what they told.
    pub(super) fn sweep(&mut self) {
        let needed: HashSet<&What> = self
            .followers
            .values()
            .flat_map(|follower| &follower.needs)
            .collect();
        self.watches.retain(|what, _| needed.contains(what));
        let (watches, by_slot, told) = (&self.watches, &self.by_slot, &self.told);
        self.judged.retain(|slot, _| {
            by_slot.contains_key(slot)
                || told.contains(&(slot.0.as_str(), slot.1.as_str()))
                || watches.contains_key(&What::Owned(slot.0.clone(), slot.1.clone()))
        });
    }

    /// Takes it upon the caller to start this watch; `false` if another has.
    pub(super) fn claim(&mut self, what: &What) -> bool {
        let free = !self.watches.contains_key(what);
        self.watches.entry(what.clone()).or_default();
        free
    }

    pub(super) fn started(&mut self, what: &What, task: AbortHandle) {
        match self.watches.get_mut(what) {
            Some(watch) => watch.task = Some(task),
            None => task.abort(),
        }
    }

    /// Whether anybody may ever ask for the object.
    pub(super) fn concerns(&self, slot: &Slot, object: &Value) -> bool {
        self.by_slot.contains_key(slot)
            || object
                .pointer("/metadata/labels")
                .is_some_and(|labels| labels.get(names::OWNER_NAME).is_some())
    }

    /// Notes how an object is judged. Returns who waits for it and is concerned.
    pub(super) fn judged(&mut self, slot: &Slot, object: &Value, health: Health) -> Vec<Key> {
        let version = object
            .pointer("/metadata/resourceVersion")
            .and_then(Value::as_str)
            .map(str::to_owned);
        let same = self
            .judged
            .get(slot)
            .is_some_and(|old| old.health.status == health.status);
        self.judged.insert(slot.clone(), Judged { health, version });
        let mut woken = Vec::new();
        for key in self.by_slot.get(slot).into_iter().flatten() {
            let Some(follower) = self.followers.get_mut(key) else {
                continue;
            };
            let own = follower.rules.as_ref().and_then(|rules| rules(object));
            let changed = match own {
                None => follower.special.remove(slot).is_some() || !same,
                Some(own) => {
                    let status = own.status;
                    let before = follower.special.insert(slot.clone(), own);
                    before.is_none_or(|before| before.status != status)
                }
            };
            if changed && follower.waiting {
                woken.push(key.clone());
            }
        }
        woken
    }

    pub(super) fn gone(&mut self, slot: &Slot) -> Vec<Key> {
        self.judged.remove(slot);
        let keys: Vec<Key> = self
            .by_slot
            .get(slot)
            .into_iter()
            .flatten()
            .cloned()
            .collect();
        keys.into_iter()
            .filter(|key| {
                let follower = self.followers.get_mut(key);
                follower.is_some_and(|follower| {
                    follower.special.remove(slot);
                    follower.waiting
                })
            })
            .collect()
    }

    /// A list is complete: what is not in it is not there. Returns who waits for one of those.
    pub(super) fn listed(&mut self, what: &What, listed: &HashSet<Slot>) -> Vec<Key> {
        if let Some(watch) = self.watches.get_mut(what) {
            watch.listed = true;
        }
        let of_this = |slot: &Slot| match what {
            What::Owned(group, kind) => slot.0 == *group && slot.1 == *kind,
            What::One(_, one) => slot == one,
        };
        let lost: Vec<Slot> = self
            .judged
            .keys()
            .chain(self.by_slot.keys())
            .filter(|slot| of_this(slot) && !listed.contains(*slot))
            .cloned()
            .collect();
        let mut woken: HashSet<Key> = HashSet::new();
        for slot in lost {
            woken.extend(self.gone(&slot));
        }
        woken.into_iter().collect()
    }

    /// A watch that may not be, or cannot be: who waits for its object is told why.
    pub(super) fn failed(&mut self, what: &What, error: &str) -> Vec<Key> {
        let What::One(key, slot) = what else {
            return Vec::new();
        };
        let health = Health::unknown(error);
        let known = self
            .judged
            .get(slot)
            .is_some_and(|old| old.health == health);
        let version = None;
        self.judged.insert(slot.clone(), Judged { health, version });
        let waits = self.followers.get(key).is_some_and(|one| one.waiting);
        (waits && !known).then(|| key.clone()).into_iter().collect()
    }

    pub(super) fn health(&self, key: &Key, slot: &Slot) -> Option<Health> {
        let special = self.followers.get(key)?.special.get(slot).cloned();
        special
            .or_else(|| Some(self.judged.get(slot)?.health.clone()))
            .or_else(|| self.is_listed(key, slot).then(Health::not_found))
    }

    fn is_listed(&self, key: &Key, slot: &Slot) -> bool {
        let owned = What::Owned(slot.0.clone(), slot.1.clone());
        let one = What::One(key.clone(), slot.clone());
        let listed = |what| self.watches.get(what).is_some_and(|watch| watch.listed);
        listed(&owned) || listed(&one)
    }

    /// Whether rules of its own have not judged the object yet, although it has been seen.
    pub(super) fn unjudged(&self, key: &Key, slot: &Slot) -> bool {
        let judged = self
            .followers
            .get(key)
            .is_some_and(|follower| follower.special.contains_key(slot));
        !judged
            && self
                .judged
                .get(slot)
                .is_some_and(|old| old.health.status != Status::Unknown)
    }

    pub(super) fn version(&self, slot: &Slot) -> Option<String> {
        self.judged.get(slot)?.version.clone()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const WEB: &str = "web";

    fn key(name: &str) -> Key {
        Key::new("apps", name)
    }

    fn slot(name: &str) -> Slot {
        let namespace = Some("shop".to_owned());
        (
            "apps".to_owned(),
            "Deployment".to_owned(),
            namespace,
            name.to_owned(),
        )
    }

    fn owned() -> What {
        What::Owned("apps".to_owned(), "Deployment".to_owned())
    }

    /// One Kustomization waits for one Deployment, the watch of which has begun.
    fn waiting() -> State {
        let mut state = State::default();
        let missing = state.follow(&key("a"), [slot(WEB)].into(), None, [owned()].into());
        assert_eq!(missing, [owned()].into());
        assert!(state.claim(&owned()) && !state.claim(&owned()));
        state
    }

    fn judge(state: &mut State, status: Status) -> Vec<Key> {
        let object = json!({"metadata": {"resourceVersion": "1"}});
        state.judged(&slot(WEB), &object, Health::new(status, ""))
    }

    fn status(state: &State) -> Option<Status> {
        Some(state.health(&key("a"), &slot(WEB))?.status)
    }

    #[test]
    fn who_waits_is_woken_when_the_judgement_changes() {
        let mut state = waiting();
        assert_eq!(status(&state), None, "nothing was listed yet");
        assert_eq!(judge(&mut state, Status::InProgress), [key("a")]);
        assert!(judge(&mut state, Status::InProgress).is_empty(), "no news");
        assert_eq!(judge(&mut state, Status::Current), [key("a")]);
        state.settle(&key("a"));
        assert!(judge(&mut state, Status::Failed).is_empty(), "nobody waits");
        assert_eq!(status(&state), Some(Status::Failed), "but it is known");
    }

    #[test]
    fn what_is_in_no_list_is_not_there() {
        let mut state = waiting();
        assert_eq!(state.listed(&owned(), &HashSet::new()), [key("a")]);
        assert_eq!(status(&state), Some(Status::NotFound));
        judge(&mut state, Status::Current);
        assert_eq!(state.gone(&slot(WEB)), [key("a")]);
        assert_eq!(status(&state), Some(Status::NotFound));
    }

    #[test]
    fn rules_of_ones_own_come_first_and_bind_nobody_else() {
        let mut state = waiting();
        let strict: Rules = std::sync::Arc::new(|_| Some(Health::new(Status::InProgress, "mine")));
        state.follow(
            &key("b"),
            [slot(WEB)].into(),
            Some(strict),
            [owned()].into(),
        );
        assert!(
            !state.unjudged(&key("b"), &slot(WEB)),
            "nothing was seen yet"
        );
        let woken: HashSet<Key> = judge(&mut state, Status::Current).into_iter().collect();
        assert_eq!(woken, [key("a"), key("b")].into());
        assert_eq!(status(&state), Some(Status::Current));
        let own = state
            .health(&key("b"), &slot(WEB))
            .map(|health| health.status);
        assert_eq!(own, Some(Status::InProgress));
    }

    #[test]
    fn a_watch_lives_as_long_as_somebody_needs_it() {
        let mut state = waiting();
        judge(&mut state, Status::Current);
        state.sweep();
        assert!(state.watches.contains_key(&owned()));
        state.unfollow(&key("a"));
        state.sweep();
        assert!(state.watches.is_empty() && state.judged.is_empty() && state.by_slot.is_empty());
    }

    #[test]
    fn a_watch_that_is_refused_tells_whoever_asked() {
        let mut state = State::default();
        let one = What::One(key("a"), slot(WEB));
        state.follow(&key("a"), [slot(WEB)].into(), None, [one.clone()].into());
        assert_eq!(state.failed(&one, "forbidden"), [key("a")]);
        assert_eq!(status(&state), Some(Status::Unknown));
        assert!(state.failed(&one, "forbidden").is_empty(), "once");
    }
}
