//! The objects in an input: its documents, and the items of every List among them.

use signet_yaml::{Budget, Document, Node};

use crate::error::{Error, Result};
use crate::io::Input;

/// Reads every document. An input of a command line may be larger than a manifest in a cluster:
/// a stream of thousands of Secrets is normal.
///
/// # Errors
/// The first place that is no YAML, as `file:line: cause`.
pub fn read(input: &Input) -> Result<Vec<Document>> {
    let budget = Budget {
        bytes: 256 << 20,
        nodes: 20_000_000,
        documents: 1_000_000,
        ..Budget::default()
    };
    let read = signet_yaml::read(&input.bytes, &budget);
    read.map_err(|cause| Error::new(format!("{}:{}: {}", input.name, cause.line, cause.kind)))
}

/// What a file of a repository holds.
pub enum Manifests {
    /// No SealedSecret: it may be anything, and need not even be valid.
    None,
    /// It is a template and not YAML, and that is all right; says so.
    Template(String),
    /// It cannot be read; `file:line: cause`.
    Broken(String),
    /// Its documents.
    Read(Vec<Document>),
}

/// Reads a file that was found and not named. `instead` says what to do with a template.
pub fn manifests(input: &Input, instead: &str) -> Manifests {
    let contains = |word: &[u8]| input.bytes.windows(word.len()).any(|window| window == word);
    if !contains(b"SealedSecret") {
        return Manifests::None;
    }
    let name = &input.name;
    match signet_yaml::read(&input.bytes, &Budget::default()) {
        Ok(documents) => Manifests::Read(documents),
        Err(_) if contains(b"{{") => {
            Manifests::Template(format!("{name}: it is a template, not YAML; {instead}"))
        }
        Err(cause) => Manifests::Broken(format!("{name}:{}: {}", cause.line, cause.kind)),
    }
}

/// The object itself, or the objects of a List, each with its node.
pub fn objects(root: &Node) -> Vec<&Node> {
    match root.get("items") {
        Some(items) if is_list(root) => items.items().iter().flat_map(objects).collect(),
        _ => vec![root],
    }
}

/// Whether the object is a List, of whatever kind.
pub fn is_list(object: &Node) -> bool {
    let kind = object.get("kind").and_then(Node::as_str);
    kind.is_some_and(|kind| kind.ends_with("List"))
}

/// Whether the object is a `bitnami.com` SealedSecret.
pub fn is_sealed_secret(object: &Node) -> bool {
    let text = |key: &str| object.get(key).and_then(Node::as_str).unwrap_or_default();
    text("kind") == "SealedSecret" && text("apiVersion").starts_with("bitnami.com/")
}
