//! The inventory: what a Kustomization owns, as sets in its status.
//!
//! What disappeared is old minus new; what could not be deleted goes back in, so that nothing is
//! ever forgotten.

use std::collections::HashSet;

use signet_api::ObjectId;
use signet_api::kustomization::{Inventory, InventoryEntry};

/// The inventory of these objects, in their order, each once.
#[must_use]
pub fn entries(objects: &[ObjectId]) -> Inventory {
    let each = objects.iter().map(|id| InventoryEntry {
        id: id.inventory_id(),
        v: id.version.clone(),
    });
    Inventory {
        entries: once(each),
    }
}

/// The objects of an inventory. An entry that nobody could read names no object.
#[must_use]
pub fn ids(inventory: &Inventory) -> Vec<ObjectId> {
    inventory
        .entries
        .iter()
        .filter_map(|e| ObjectId::from_inventory(&e.id, &e.v))
        .collect()
}

/// What is in either: `new` first with its versions, then what only `old` has. Written before
/// the first apply and after a failed one, so that a crash in between leaves no orphan.
#[must_use]
pub fn union(old: &Inventory, new: &Inventory) -> Inventory {
    Inventory {
        entries: once(new.entries.iter().chain(&old.entries).cloned()),
    }
}

/// What `old` has and `new` has not. Another version of the same object is the same object.
#[must_use]
pub fn stale(old: &Inventory, new: &Inventory) -> Vec<ObjectId> {
    let kept: HashSet<&str> = new.entries.iter().map(|e| e.id.as_str()).collect();
    let gone = old.entries.iter().filter(|e| !kept.contains(e.id.as_str()));
    gone.filter_map(|e| ObjectId::from_inventory(&e.id, &e.v))
        .collect()
}

fn once(entries: impl Iterator<Item = InventoryEntry>) -> Vec<InventoryEntry> {
    let mut known = HashSet::new();
    entries
        .filter(|entry| known.insert(entry.id.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn inventory(ids: &[(&str, &str)]) -> Inventory {
        let entry = |(id, v): &(&str, &str)| InventoryEntry {
            id: (*id).into(),
            v: (*v).into(),
        };
        Inventory {
            entries: ids.iter().map(entry).collect(),
        }
    }

    const WEB: (&str, &str) = ("a_web_apps_Deployment", "v1");
    const CONF: (&str, &str) = ("a_conf__ConfigMap", "v1");

    #[test]
    fn objects_pass_through_an_inventory_unchanged() {
        let all = inventory(&[WEB, CONF, ("_ns__Namespace", "v1")]);
        assert_eq!(entries(&ids(&all)), all);
        assert_eq!(entries(&[ids(&all), ids(&all)].concat()), all, "each once");
    }

    #[test]
    fn stale_is_old_without_new_and_a_new_version_is_not_stale() {
        let stale = |old: &[_], new: &[_]| entries(&stale(&inventory(old), &inventory(new)));
        assert_eq!(stale(&[WEB, CONF], &[WEB]), inventory(&[CONF]));
        assert_eq!(
            stale(&[("a_x_g_K", "v1beta1")], &[("a_x_g_K", "v1")]),
            inventory(&[])
        );
        assert_eq!(stale(&[], &[WEB]), inventory(&[]));
    }

    proptest! {
        #[test]
        fn nothing_is_ever_forgotten(old in some(), new in some()) {
            let names = |all: &[ObjectId]| -> HashSet<String> {
                all.iter().map(ObjectId::inventory_id).collect()
            };
            let (was, is) = (names(&ids(&old)), names(&ids(&new)));
            let gone = names(&stale(&old, &new));
            prop_assert_eq!(&gone, &(&was - &is));
            prop_assert_eq!(names(&ids(&union(&old, &new))), &gone | &is);
        }
    }

    fn some() -> impl Strategy<Value = Inventory> {
        let entry = ("[a-c]{0,1}_[a-c]_[a-c]{0,1}_[A-C]", "v[12]");
        let entry = entry.prop_map(|(id, v)| InventoryEntry { id, v });
        proptest::collection::vec(entry, 0..12).prop_map(|entries| Inventory { entries })
    }

    #[test]
    fn a_union_keeps_both_with_the_new_versions() {
        let old = inventory(&[("a_x_g_K", "v1beta1"), CONF]);
        let new = inventory(&[WEB, ("a_x_g_K", "v1")]);
        assert_eq!(
            union(&old, &new),
            inventory(&[WEB, ("a_x_g_K", "v1"), CONF])
        );
    }
}
