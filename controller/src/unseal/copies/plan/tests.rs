//! Who gets a copy: namespaces and Secrets as values, no cluster.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use serde_json::{Value, json};
use signet_api::names::{ACCEPT_COPIES_FROM, CLUSTER_WIDE, COPY_TO, COPY_TO_SELECTOR};

use super::*;
use crate::unseal::sightings::Version;

const KEYS: &str = "signet-system";

/// What is around `team-a/db`.
#[derive(Default)]
struct Scene {
    wish: Wish,
    namespaces: BTreeMap<String, Namespace>,
    marks: BTreeMap<String, Mark>,
    declared: Vec<Key>,
}

fn source() -> Key {
    Key::new("team-a", "db")
}

impl Scene {
    /// `team-a/db` asks for these, in annotations.
    fn asking(annotations: Value) -> Self {
        let mut all = annotations;
        all[CLUSTER_WIDE] = json!("true");
        Self {
            wish: Wish::of(&json!({"metadata": {"annotations": all}})),
            declared: vec![source()],
            ..Self::default()
        }
    }

    /// A namespace with label `env`, that accepts from here.
    fn namespace(mut self, name: &str, env: &str, accepts: &str) -> Self {
        let metadata =
            json!({"labels": {"env": env}, "annotations": {ACCEPT_COPIES_FROM: accepts}});
        let namespace = Namespace::of(&json!({ "metadata": metadata })).unwrap();
        self.namespaces.insert(name.to_owned(), namespace);
        self
    }

    /// A Secret `db` in `namespace` that says it is a copy of `source`.
    fn copy(mut self, namespace: &str, source: &Key) -> Self {
        self.marks.insert(namespace.to_owned(), mark(source));
        self
    }

    fn declared(mut self, key: Key) -> Self {
        self.declared.push(key);
        self
    }

    fn plan(&self) -> Plan {
        let key = source();
        let declared = |key: &Key| self.declared.contains(key);
        let around = Around {
            namespaces: &self.namespaces,
            marks: &self.marks,
            keys: KEYS,
            declared: &declared,
        };
        let source = Source {
            key: &key,
            wish: &self.wish,
        };
        plan(&source, &around)
    }

    #[track_caller]
    fn check(&self, write: &[&str], remove: &[&str], withheld: &[(&str, Withheld)]) {
        let plan = self.plan();
        let removed: Vec<_> = plan.remove.keys().collect();
        let held: Vec<_> = plan
            .withheld
            .iter()
            .map(|(name, why)| (name.as_str(), why.clone()))
            .collect();
        assert_eq!(plan.write.iter().collect::<Vec<_>>(), write, "write");
        assert_eq!(removed, remove, "remove");
        assert_eq!(held, withheld, "withheld");
    }
}

fn mark(source: &Key) -> Mark {
    Mark {
        source: source.clone(),
        uid: "u".to_owned(),
        secret: Version {
            uid: "s".to_owned(),
            resource: "7".to_owned(),
        },
    }
}

fn three() -> Scene {
    Scene::asking(json!({COPY_TO: "team-b,team-c,team-x"}))
        .namespace("team-a", "prod", "*")
        .namespace("team-b", "prod", "team-a")
        .namespace("team-c", "prod", "team-z/db, team-a/other")
}

#[test]
fn a_copy_goes_where_it_is_asked_for_and_accepted() {
    let not = |name| (name, Withheld::NotAccepted);
    three().check(&["team-b"], &[], &[not("team-c"), not("team-x")]);
    Scene::asking(json!({}))
        .namespace("team-b", "prod", "*")
        .check(&[], &[], &[]);
}

#[test]
fn a_selector_takes_in_those_that_accept_and_tells_of_no_other() {
    Scene::asking(json!({COPY_TO_SELECTOR: "env in (prod)"}))
        .namespace("team-a", "prod", "*")
        .namespace("team-b", "prod", "team-a/db")
        .namespace("team-c", "stage", "team-a/db")
        .namespace("hidden", "prod", "team-z")
        .check(&["team-b"], &[], &[]);
}

#[test]
fn what_was_asked_for_and_is_not_any_more_is_taken_away() {
    let of_us = source();
    three()
        .copy("team-b", &of_us)
        .copy("team-c", &of_us)
        .copy("team-x", &of_us)
        .check(
            &["team-b"],
            &["team-c"],
            &[
                ("team-c", Withheld::NotAccepted),
                ("team-x", Withheld::NotAccepted),
            ],
        );
    let mut nothing = three().copy("team-b", &of_us);
    for wish in [Wish::Nothing, Wish::NotClusterWide] {
        nothing.wish = wish;
        nothing.check(&[], &["team-b"], &[]);
    }
}

#[test]
fn a_slip_takes_nothing_away_but_withdrawn_consent_does() {
    let mut scene = three().copy("team-b", &source()).copy("team-c", &source());
    scene.wish = Wish::Unreadable("annotation".to_owned());
    scene.check(&[], &["team-c"], &[]);
}

#[test]
fn a_sealed_secret_of_the_namespace_comes_before_a_copy() {
    let own = Key::new("team-b", "db");
    let scene = Scene::asking(json!({COPY_TO: "team-b"})).namespace("team-b", "prod", "team-a");
    let scene = scene.copy("team-b", &source()).declared(own);
    scene.check(&[], &[], &[("team-b", Withheld::Declared)]);
}

#[test]
fn two_that_want_the_same_place_do_not_take_it_in_turns() {
    let other = Key::new("team-z", "db");
    let scene = || Scene::asking(json!({COPY_TO: "team-b"})).namespace("team-b", "prod", "*");
    let taken = scene().copy("team-b", &other);
    taken.check(&[], &[], &[("team-b", Withheld::Taken)]);
    let theirs = Scene::asking(json!({})).namespace("team-b", "prod", "*");
    theirs.copy("team-b", &other).check(&[], &[], &[]);
}

#[test]
fn nothing_is_copied_to_the_sealing_keys_or_taken_from_them() {
    Scene::asking(json!({COPY_TO: KEYS, COPY_TO_SELECTOR: "env"}))
        .namespace(KEYS, "prod", "*")
        .copy(KEYS, &source())
        .check(&[], &[], &[(KEYS, Withheld::Keys)]);
}

#[test]
fn what_a_sealed_secret_leaves_behind_is_its_copies() {
    let scene = three()
        .copy("team-b", &source())
        .copy("team-c", &Key::new("team-z", "db"));
    let declared = |_: &Key| false;
    let around = Around {
        namespaces: &scene.namespaces,
        marks: &scene.marks,
        keys: KEYS,
        declared: &declared,
    };
    let left: Vec<_> = orphans(&source(), &around).into_keys().collect();
    assert_eq!(left, ["team-b"]);
}
