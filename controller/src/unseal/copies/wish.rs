//! To which namespaces a SealedSecret wants to be copied: the word of whoever declares it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use signet_api::names::{COPY_TO, COPY_TO_SELECTOR};
use signet_engine::labels::Selector;
use signet_seal::Scope;

/// What the annotations of a SealedSecret ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Wish {
    /// No copies.
    #[default]
    Nothing,
    /// Copies to these namespaces.
    Copies(Selection),
    /// Copies, of what may not leave its namespace.
    NotClusterWide,
    /// Something that cannot be read; a sentence that names the annotation.
    Unreadable(String),
}

/// A choice of namespaces: those that are named and those that a selector takes in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Named one by one.
    pub names: BTreeSet<String>,
    selector: Option<Selector>,
}

impl Wish {
    /// Reads the annotations. What may be opened in one namespace only is for that one: its items
    /// are bound to it, and so is whoever sealed them.
    #[must_use]
    pub fn of(object: &Value) -> Self {
        let annotations = super::texts(&object["metadata"]["annotations"]);
        if ![COPY_TO, COPY_TO_SELECTOR]
            .iter()
            .any(|name| annotations.contains_key(*name))
        {
            return Self::Nothing;
        }
        if Scope::of_annotations(&annotations) != Scope::ClusterWide {
            return Self::NotClusterWide;
        }
        Selection::of(&annotations).map_or_else(Self::Unreadable, Self::Copies)
    }
}

impl Selection {
    fn of(annotations: &BTreeMap<String, String>) -> Result<Self, String> {
        let names = match annotations.get(COPY_TO) {
            Some(text) => names(text)?,
            None => BTreeSet::new(),
        };
        let selector = annotations.get(COPY_TO_SELECTOR);
        let selector = selector.map(|text| selector_of(text)).transpose()?;
        Ok(Self { names, selector })
    }

    /// Whether the selector takes in a namespace with these labels.
    #[must_use]
    pub fn takes(&self, labels: &Value) -> bool {
        let selector = self.selector.as_ref();
        selector.is_some_and(|selector| selector.selects(Some(labels)))
    }
}

/// The entries of a list in an annotation, parted by commas or blanks.
pub fn entries(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(|c: char| c == ',' || c.is_whitespace());
    parts.filter(|part| !part.is_empty())
}

fn names(text: &str) -> Result<BTreeSet<String>, String> {
    if let Some(bad) = entries(text).find(|name| !is_namespace(name)) {
        let bad: String = bad.chars().take(70).collect();
        return Err(format!(
            "annotation {COPY_TO}: {bad:?} can be no namespace; write names, separated by commas"
        ));
    }
    let names: BTreeSet<_> = entries(text).map(str::to_owned).collect();
    if names.is_empty() {
        return Err(format!("annotation {COPY_TO} names no namespace"));
    }
    Ok(names)
}

/// An empty selector would mean every namespace there is, which nobody should come to by a slip.
fn selector_of(text: &str) -> Result<Selector, String> {
    if text.trim().is_empty() {
        return Err(format!(
            "annotation {COPY_TO_SELECTOR} is empty; kubernetes.io/metadata.name takes in every namespace"
        ));
    }
    Selector::parse(text).map_err(|cause| {
        let cause: String = cause.chars().take(LONGEST_CAUSE).collect();
        format!("annotation {COPY_TO_SELECTOR}: {cause}")
    })
}

/// As much of a cause as a condition can bear; it quotes what was written.
const LONGEST_CAUSE: usize = 200;

/// A DNS label, as names of namespaces are.
fn is_namespace(name: &str) -> bool {
    let inner = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    name.len() <= 63 && name.bytes().all(inner) && !name.starts_with('-') && !name.ends_with('-')
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use signet_api::names::{CLUSTER_WIDE, NAMESPACE_WIDE};

    use super::*;

    fn wish(annotations: &[(&str, &str)]) -> Wish {
        let annotations: BTreeMap<_, _> = annotations.iter().copied().collect();
        Wish::of(&json!({"metadata": {"annotations": annotations}}))
    }

    #[test]
    fn namespaces_are_named_or_selected_or_both() {
        let wide = (CLUSTER_WIDE, "true");
        assert_eq!(wish(&[wide]), Wish::Nothing);
        let Wish::Copies(both) = wish(&[
            wide,
            (COPY_TO, "team-a, team-b\n team-a,"),
            (COPY_TO_SELECTOR, "env=prod"),
        ]) else {
            panic!("it asks for copies")
        };
        assert_eq!(both.names, ["team-a", "team-b"].map(str::to_owned).into());
        let prod = json!({"env": "prod"});
        assert!(both.takes(&prod) && !both.takes(&json!({})));
        let Wish::Copies(named) = wish(&[wide, (COPY_TO, "a")]) else {
            panic!("it asks for copies")
        };
        assert!(!named.takes(&prod), "without a selector none is selected");
    }

    #[test]
    fn what_is_not_cluster_wide_stays_where_it_is() {
        for scope in [("x", "y"), (NAMESPACE_WIDE, "true"), (CLUSTER_WIDE, "True")] {
            assert_eq!(wish(&[scope, (COPY_TO, "a")]), Wish::NotClusterWide);
            assert_eq!(
                wish(&[scope, (COPY_TO_SELECTOR, "a")]),
                Wish::NotClusterWide
            );
        }
    }

    #[test]
    fn what_cannot_be_meant_is_named() {
        for (annotation, text, named) in [
            (COPY_TO, "", "names no namespace"),
            (COPY_TO, "a,b/c", "\"b/c\" can be no namespace"),
            (COPY_TO, "*", "\"*\" can be no namespace"),
            (COPY_TO_SELECTOR, "", "is empty"),
            (COPY_TO_SELECTOR, "env==prod=x", "found '='"),
        ] {
            let Wish::Unreadable(error) = wish(&[(CLUSTER_WIDE, "true"), (annotation, text)])
            else {
                panic!("{text} was read")
            };
            assert!(
                error.contains(annotation) && error.contains(named),
                "{error}"
            );
        }
    }
}
