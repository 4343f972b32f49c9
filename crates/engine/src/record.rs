//! The record of what was applied, kept in a status, so that a restart need not apply it again.
//!
//! An object stands as we left it if it is declared as it was, if it is the same object (uid) and
//! if our entry in its managed fields is the same (ownership): whoever touches a field of ours
//! changes that entry, its time included. So one digest over these says all of it, and only the
//! declarations and the metadata that are watched anyway are needed to make it once more.
//!
//! The objects are spread over [`PARTS`] parts by their names, each with a digest of its own: one
//! object that drifted while nobody watched has its part applied again and not all of them. The
//! values of a Secret count for nothing here, because a status is read by many and a short value
//! could be guessed from a digest; so a plain Secret is never vouched for.

use std::collections::HashSet;

use signet_api::ObjectId;

use crate::digest;
use crate::seen::Seen;

/// Into how many parts a large set is split.
const PARTS: usize = 32;
/// Objects for each part; a small set has fewer parts.
const OBJECTS: usize = 16;
/// Hexadecimal digits kept of each digest: 64 bits, against accidents. Who can write the status of
/// a Kustomization can lie there anyway.
const DIGITS: usize = 16;

/// One object as it is declared and as it is seen.
#[derive(Clone, Copy, Debug)]
pub struct Stand<'a> {
    /// Which object.
    pub id: &'a ObjectId,
    /// Digest of its declaration.
    pub digest: &'a str,
    /// How it was left, or how it is now.
    pub seen: &'a Seen,
}

impl Stand<'_> {
    /// Whether the record may vouch for the object.
    fn counts(&self) -> bool {
        let secret = self.id.kind == "Secret" && self.id.group.is_empty();
        !secret && !self.seen.ownership.is_empty()
    }

    fn line(&self) -> String {
        let (id, uid, ownership) = (self.id.inventory_id(), &self.seen.uid, &self.seen.ownership);
        format!("{id}\n{}\n{uid}\n{ownership}", self.digest)
    }
}

/// The record of these objects, as text for a status.
#[must_use]
pub fn of(objects: &[Stand<'_>]) -> String {
    let parts = objects.len().div_ceil(OBJECTS).clamp(1, PARTS);
    let lines = lines(objects, parts);
    let digests: Vec<String> = lines.iter().map(|part| short(part)).collect();
    digests.join(" ")
}

/// The objects that stand as `record` left them.
#[must_use]
pub fn standing<'a>(record: &str, objects: &[Stand<'a>]) -> HashSet<&'a ObjectId> {
    let known: Vec<&str> = record.split_whitespace().collect();
    if known.is_empty() || known.len() > PARTS {
        return HashSet::new();
    }
    let parts = known.len();
    let same: Vec<bool> = lines(objects, parts)
        .iter()
        .zip(&known)
        .map(|(part, known)| short(part) == *known)
        .collect();
    let stands = |stand: &&Stand<'a>| stand.counts() && same[part_of(stand.id, parts)];
    objects
        .iter()
        .filter(stands)
        .map(|stand| stand.id)
        .collect()
}

fn lines(objects: &[Stand<'_>], parts: usize) -> Vec<Vec<String>> {
    let mut lines = vec![Vec::new(); parts];
    for stand in objects.iter().filter(|stand| stand.counts()) {
        lines[part_of(stand.id, parts)].push(stand.line());
    }
    lines
}

fn short(lines: &[String]) -> String {
    let digest = digest::of_set(lines.iter().map(String::as_str));
    let digits = digest.trim_start_matches("sha256:");
    digits.chars().take(DIGITS).collect()
}

/// Which part an object is in: by its name alone, so that it stays there. FNV-1a.
fn part_of(id: &ObjectId, parts: usize) -> usize {
    let hash = id
        .inventory_id()
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
    hash as usize % parts
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
mod tests {
    use serde_json::json;

    use super::*;

    fn seen(uid: &str, time: &str) -> Seen {
        let object = json!({"metadata": {"uid": uid, "managedFields": [
            {"manager": "us", "operation": "Apply", "time": time, "fieldsV1": {"f:a": {}}}]}});
        Seen::of(&object, "us", &[]).unwrap()
    }

    fn ids(count: usize, kind: &str) -> Vec<ObjectId> {
        let id = |n| ObjectId::from_inventory(&format!("a_n{n}__{kind}"), "v1").unwrap();
        (0..count).map(id).collect()
    }

    fn stands<'a>(ids: &'a [ObjectId], seen: &'a Seen) -> Vec<Stand<'a>> {
        let stand = |id| Stand {
            id,
            digest: "sha256:1",
            seen,
        };
        ids.iter().map(stand).collect()
    }

    #[test]
    fn what_stands_as_it_was_left_is_told_without_a_look_at_it() {
        for count in [0, 1, 40, 5000] {
            let (ids, seen) = (ids(count, "ConfigMap"), seen("u", "1"));
            let objects = stands(&ids, &seen);
            let record = of(&objects);
            assert_eq!(standing(&record, &objects).len(), count);
            assert!(record.len() < 600, "it has room in a status: {record}");
        }
    }

    #[test]
    fn what_changed_takes_its_part_with_it_and_no_more() {
        let (ids, as_left) = (ids(1000, "ConfigMap"), seen("u", "1"));
        let objects = stands(&ids, &as_left);
        let record = of(&objects);
        for changed in [
            Stand {
                seen: &seen("u", "2"),
                ..objects[7]
            },
            Stand {
                seen: &seen("v", "1"),
                ..objects[7]
            },
            Stand {
                digest: "sha256:2",
                ..objects[7]
            },
        ] {
            let mut now = objects.clone();
            now[7] = changed;
            let standing = standing(&record, &now);
            assert!(!standing.contains(&ids[7]));
            assert!(standing.len() > 900, "{}", standing.len());
        }
        assert!(standing(&record, &objects[1..]).len() > 900, "one has gone");
    }

    #[test]
    fn a_secret_is_not_vouched_for_and_nonsense_vouches_for_nothing() {
        let (secrets, seen) = (ids(1, "Secret"), seen("u", "1"));
        let objects = stands(&secrets, &seen);
        assert!(standing(&of(&objects), &objects).is_empty());
        let other = ids(1, "ConfigMap");
        let many = vec!["0"; PARTS + 1].join(" ");
        for text in ["", "x", "0123456789abcdef", many.as_str()] {
            assert!(standing(text, &stands(&other, &seen)).is_empty(), "{text}");
        }
    }
}
