//! Manifests: declared objects that remember where they were written.

use std::fmt;

use serde_json::Value;
use signet_api::ObjectId;

use crate::digest;

/// Where a document begins: file and line, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// Path inside the repository, with `/`.
    pub file: String,
    /// Line of the document's first node.
    pub line: u32,
}

impl Origin {
    /// A place in a file.
    #[must_use]
    pub fn new(file: impl Into<String>, line: u32) -> Self {
        Self {
            file: file.into(),
            line,
        }
    }
}

/// `apps/web.yaml:12`, as editors and terminals understand it.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// One object as the repository declares it.
///
/// `id` always says what `body` says; change both together with [`Manifest::set_namespace`].
#[derive(Clone, PartialEq)]
pub struct Manifest {
    /// Which object.
    pub id: ObjectId,
    /// The whole object, as it is sent to the API server.
    pub body: Value,
    /// Where it was written.
    pub origin: Origin,
}

impl Manifest {
    /// Gives a body its identity. `None` if `apiVersion`, `kind` or `metadata.name` is missing.
    #[must_use]
    pub fn new(body: Value, origin: Origin) -> Option<Self> {
        Some(Self {
            id: ObjectId::of(&body)?,
            body,
            origin,
        })
    }

    /// `sha256:…` of the body's canonical JSON: equal for equal content, whatever the order of
    /// keys, the comments or the place in the repository.
    #[must_use]
    pub fn digest(&self) -> String {
        digest::of_value(&self.body)
    }

    /// The value of a metadata switch such as `…/reconcile`: annotation first, then label.
    #[must_use]
    pub fn switch(&self, key: &str) -> Option<&str> {
        switch(&self.body, key)
    }

    /// Puts the object into a namespace, in body and identity alike.
    pub fn set_namespace(&mut self, namespace: &str) {
        if let Some(metadata) = self.body.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.insert("namespace".to_owned(), Value::from(namespace));
            self.id.namespace = Some(namespace.to_owned());
        }
    }
}

/// Never the body: it may hold a Secret's values.
impl fmt::Debug for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Manifest({} at {})", self.id, self.origin)
    }
}

/// The digest of everything that was rendered, 64 hexadecimal digits: the history in a status puts the
/// algorithm before them.
///
/// A Secret counts without its values: a status is read by many, and a short value could be
/// guessed from an unkeyed digest of an object that is known otherwise (threat T19).
#[must_use]
pub fn digest_of_all(manifests: &[Manifest]) -> String {
    let digests: Vec<String> = manifests.iter().map(public_digest).collect();
    let digest = digest::of_set(digests.iter().map(String::as_str));
    digest.trim_start_matches("sha256:").to_owned()
}

fn public_digest(manifest: &Manifest) -> String {
    if manifest.id.kind != "Secret" || !manifest.id.group.is_empty() {
        return manifest.digest();
    }
    let keys = manifest.body.as_object().into_iter().flatten();
    let shown = keys.filter(|(key, _)| !matches!(key.as_str(), "data" | "stringData"));
    digest::of_value(
        &shown
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
    )
}

/// The value of an annotation or, failing that, label of an object.
#[must_use]
pub fn switch<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    let metadata = object.get("metadata")?;
    ["annotations", "labels"].into_iter().find_map(|map| {
        metadata
            .get(map)
            .and_then(|map| map.get(key))
            .and_then(Value::as_str)
    })
}

/// Whether a switch says `disabled`; case does not matter, as in Flux.
#[must_use]
pub fn disabled(object: &Value, key: &str) -> bool {
    ["annotations", "labels"].into_iter().any(|map| {
        let value = object
            .get("metadata")
            .and_then(|m| m.get(map))
            .and_then(|m| m.get(key));
        value
            .and_then(Value::as_str)
            .is_some_and(|v| v.eq_ignore_ascii_case("disabled"))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
mod tests {
    use super::*;
    use serde_json::json;

    fn manifest(body: Value) -> Manifest {
        Manifest::new(body, Origin::new("apps/web.yaml", 12)).unwrap()
    }

    #[test]
    fn an_origin_reads_as_file_and_line() {
        assert_eq!(
            Origin::new("apps/web.yaml", 12).to_string(),
            "apps/web.yaml:12"
        );
    }

    #[test]
    fn debug_shows_no_value_of_a_secret() {
        let body = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"},
            "stringData": {"password": "CANARY"}});
        assert_eq!(
            format!("{:?}", manifest(body)),
            "Manifest(Secret/s at apps/web.yaml:12)"
        );
    }

    #[test]
    fn a_digest_that_is_published_holds_no_value_of_a_secret() {
        let with = |kind: &str, value: &str| {
            digest_of_all(&[manifest(json!({"apiVersion": "v1", "kind": kind,
                "metadata": {"name": "s"}, "data": {"k": value}}))])
        };
        assert_eq!(with("Secret", "a"), with("Secret", "b"));
        assert_ne!(with("ConfigMap", "a"), with("ConfigMap", "b"));
        let digits = with("ConfigMap", "a");
        assert_eq!(digits.len(), 64);
        assert!(digits.chars().all(|digit| digit.is_ascii_hexdigit()));
    }

    #[test]
    fn a_namespace_is_set_in_body_and_identity() {
        let mut m = manifest(json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "c", "namespace": "a"}}));
        let before = m.digest();
        m.set_namespace("b");
        assert_eq!(ObjectId::of(&m.body), Some(m.id.clone()));
        assert_eq!(m.id.to_string(), "ConfigMap/b/c");
        assert_ne!(m.digest(), before);
    }

    #[test]
    fn disabled_is_read_from_annotation_or_label_in_any_case() {
        let at = |map: &str, value: &str| json!({"metadata": {map: {"k": value}}});
        assert!(disabled(&at("annotations", "Disabled"), "k"));
        assert!(disabled(&at("labels", "disabled"), "k"));
        assert!(!disabled(&at("labels", "enabled"), "k"));
        assert!(!disabled(&json!({}), "k"));
    }
}
