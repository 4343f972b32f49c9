//! Whether a group, kind, namespace and name may stand in a URL and in an inventory.
//!
//! The API server has rules of its own for each kind; these are the ones that must hold before a
//! request can be made at all: what is written in a repository must never choose the path of a
//! request (threat T2).

use super::Finding;
use crate::manifest::Manifest;

/// Most characters that Kubernetes allows in a name.
const NAME_MAX: usize = 253;
/// Most characters that Kubernetes allows in a namespace.
const NAMESPACE_MAX: usize = 63;

/// What is wrong with the identity of a manifest.
pub(super) fn check(manifest: &Manifest) -> Vec<Finding> {
    let id = &manifest.id;
    let namespace = id.namespace.as_deref();
    let rules = [
        (
            is_group(&id.group),
            "apiVersion",
            id.group.as_str(),
            "an API group",
        ),
        (
            is_word(&id.version),
            "apiVersion",
            id.version.as_str(),
            "an API version",
        ),
        (is_word(&id.kind), "kind", id.kind.as_str(), "a kind"),
        (
            is_name(&id.name),
            "metadata.name",
            id.name.as_str(),
            "a name",
        ),
        (
            namespace.is_none_or(is_namespace),
            "metadata.namespace",
            namespace.unwrap_or_default(),
            "a namespace: lower-case letters, digits and dashes, at most 63",
        ),
    ];
    let broken = rules.into_iter().filter(|(holds, ..)| !holds);
    broken
        .map(|(_, field, text, what)| {
            Finding::new(
                manifest,
                format!("{field} {text:?} is not {what}"),
                "correct it",
            )
        })
        .collect()
}

/// A path segment that cannot lead elsewhere; RBAC names may hold `:` and capitals.
fn is_name(text: &str) -> bool {
    let plain = |c: char| !c.is_control() && !c.is_whitespace() && !"/%\\?#".contains(c);
    !text.is_empty()
        && text.len() <= NAME_MAX
        && !matches!(text, "." | "..")
        && text.chars().all(plain)
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric())
}

fn is_namespace(text: &str) -> bool {
    text.len() <= NAMESPACE_MAX && is_label(text)
}

fn is_group(text: &str) -> bool {
    text.is_empty() || text.len() <= NAME_MAX && text.split('.').all(is_label)
}

fn is_label(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && !text.starts_with('-') && !text.ends_with('-') && text.chars().all(inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_name_that_passes_is_one_segment_of_a_path(text in "[a-zA-Z0-9:./%?# _-]{0,12}") {
            if is_name(&text) {
                let url = format!("/api/v1/configmaps/{text}");
                prop_assert_eq!(url.split(['/', '?', '#', '%']).count(), 5);
                prop_assert!(!url.ends_with("/..") && !url.ends_with("/."));
            }
            if is_namespace(&text) {
                prop_assert!(is_name(&text));
            }
        }
    }
}
