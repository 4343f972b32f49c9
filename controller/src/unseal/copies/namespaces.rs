//! A namespace as it concerns copies: its labels, and from where it accepts any. That is the word of
//! whoever may change the Namespace, an administrator, and without it nothing is written there.

use serde_json::Value;
use signet_api::names::ACCEPT_COPIES_FROM;

use super::wish::entries;
use crate::wake::Key;

/// See the module's documentation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespace {
    /// By which it is selected.
    pub labels: Value,
    accepted: Vec<String>,
}

impl Namespace {
    /// Reads one from its metadata; `None` if it is on its way out and takes nothing in any more.
    #[must_use]
    pub fn of(object: &Value) -> Option<Self> {
        let metadata = &object["metadata"];
        if !metadata["deletionTimestamp"].is_null() {
            return None;
        }
        let accepted = metadata["annotations"][ACCEPT_COPIES_FROM].as_str();
        Some(Self {
            labels: metadata["labels"].clone(),
            accepted: accepted
                .into_iter()
                .flat_map(entries)
                .map(str::to_owned)
                .collect(),
        })
    }

    /// Whether it accepts copies of the SealedSecret `source`. What is misspelt accepts nothing.
    #[must_use]
    pub fn accepts(&self, source: &Key) -> bool {
        let whole = source.to_string();
        let mut accepted = self.accepted.iter();
        accepted.any(|entry| entry == "*" || *entry == source.namespace || *entry == whole)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn accepts(text: &str) -> bool {
        let object = json!({"metadata": {"annotations": {ACCEPT_COPIES_FROM: text}}});
        Namespace::of(&object).is_some_and(|it| it.accepts(&Key::new("team-a", "db")))
    }

    #[test]
    fn a_namespace_accepts_from_whom_it_names() {
        for text in ["team-a", "team-a/db", "*", "x, team-a", "x\nteam-a/db"] {
            assert!(accepts(text), "{text}");
        }
        for text in [
            "",
            "team",
            "team-a/",
            "team-a/other",
            "team-a*",
            "team-a/*",
            "a/team-a",
            "db",
        ] {
            assert!(!accepts(text), "{text}");
        }
    }

    #[test]
    fn one_that_goes_is_none() {
        let object = json!({"metadata": {"deletionTimestamp": "x", "labels": {}}});
        assert_eq!(Namespace::of(&object), None);
        assert_eq!(Namespace::of(&json!({})), Some(Namespace::default()));
    }
}
