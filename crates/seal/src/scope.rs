//! Where a sealed value may be opened: the scope, and the label that binds the item to it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use signet_api::names::{CLUSTER_WIDE, NAMESPACE_WIDE};

/// Who may carry an item where. The words are those of `kubeseal --scope`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Only under this name in this namespace.
    #[default]
    Strict,
    /// Under any name in this namespace.
    NamespaceWide,
    /// Anywhere in the cluster.
    ClusterWide,
}

impl Scope {
    /// Reads the scope off the annotations of a Secret (sealing) or of a SealedSecret (opening).
    ///
    /// Only the exact text `true` counts, and cluster-wide wins over namespace-wide.
    #[must_use]
    pub fn of_annotations(annotations: &BTreeMap<String, String>) -> Self {
        let set = |name| annotations.get(name).is_some_and(|value| value == "true");
        if set(CLUSTER_WIDE) {
            Self::ClusterWide
        } else if set(NAMESPACE_WIDE) {
            Self::NamespaceWide
        } else {
            Self::Strict
        }
    }

    /// The OAEP label: the bytes under which an item is sealed, so that it opens under no others.
    ///
    /// A plain join: without a namespace, strict gives `/name`.
    #[must_use]
    pub fn label(self, namespace: &str, name: &str) -> Vec<u8> {
        match self {
            Self::Strict => format!("{namespace}/{name}").into_bytes(),
            Self::NamespaceWide => namespace.as_bytes().to_vec(),
            Self::ClusterWide => Vec::new(),
        }
    }

    /// The annotation that declares this scope with the value `true`; strict is declared by none.
    #[must_use]
    pub fn annotation(self) -> Option<&'static str> {
        match self {
            Self::Strict => None,
            Self::NamespaceWide => Some(NAMESPACE_WIDE),
            Self::ClusterWide => Some(CLUSTER_WIDE),
        }
    }

    /// Makes `annotations` declare this scope and no other.
    pub fn declare(self, annotations: &mut BTreeMap<String, String>) {
        annotations.remove(NAMESPACE_WIDE);
        annotations.remove(CLUSTER_WIDE);
        if let Some(name) = self.annotation() {
            annotations.insert(name.to_owned(), "true".to_owned());
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Strict => "strict",
            Self::NamespaceWide => "namespace-wide",
            Self::ClusterWide => "cluster-wide",
        })
    }
}

/// The word is no scope; says which words are, as kubeseal does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be one of: strict, namespace-wide, cluster-wide")]
pub struct UnknownScope;

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(word: &str) -> Result<Self, UnknownScope> {
        match word {
            "strict" => Ok(Self::Strict),
            "namespace-wide" => Ok(Self::NamespaceWide),
            "cluster-wide" => Ok(Self::ClusterWide),
            _ => Err(UnknownScope),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(pairs: &[(&str, &str)]) -> Scope {
        let owned = pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Scope::of_annotations(&owned.collect())
    }

    #[test]
    fn only_the_exact_word_true_counts() {
        assert_eq!(scope(&[(CLUSTER_WIDE, "true")]), Scope::ClusterWide);
        for word in ["True", "1", "", "true "] {
            assert_eq!(
                scope(&[(CLUSTER_WIDE, word), (NAMESPACE_WIDE, word)]),
                Scope::Strict
            );
        }
    }

    #[test]
    fn cluster_wide_wins() {
        assert_eq!(
            scope(&[(CLUSTER_WIDE, "true"), (NAMESPACE_WIDE, "true")]),
            Scope::ClusterWide
        );
        assert_eq!(
            scope(&[(CLUSTER_WIDE, "no"), (NAMESPACE_WIDE, "true")]),
            Scope::NamespaceWide
        );
    }

    #[test]
    fn labels_join_plainly() {
        assert_eq!(Scope::Strict.label("ns", "name"), b"ns/name");
        assert_eq!(Scope::Strict.label("", "name"), b"/name");
        assert_eq!(Scope::NamespaceWide.label("ns", "name"), b"ns");
        assert_eq!(Scope::ClusterWide.label("ns", "name"), b"");
    }

    #[test]
    fn words_survive_a_round_trip() {
        for scope in [Scope::Strict, Scope::NamespaceWide, Scope::ClusterWide] {
            assert_eq!(scope.to_string().parse(), Ok(scope));
        }
        assert_eq!("Strict".parse::<Scope>(), Err(UnknownScope));
    }
}
