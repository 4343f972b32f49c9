//! A document becomes the objects it holds: one, or those of a list.

use serde_json::Value;
use signet_api::object_id::split_api_version;
use signet_engine::guard::Finding;
use signet_engine::hooks;
use signet_engine::manifest::{Manifest, Origin};
use signet_yaml::{Document, Node};

/// Boxed, because a finding says much and most documents have none.
pub(crate) type Read = Result<Manifest, Box<Finding>>;

/// Lists inside lists deeper than this are nobody's intent.
const LISTS_DEEP: usize = 8;

/// What a list says for its items: `kubectl get configmaps -o yaml` leaves it out of each.
#[derive(Clone, Copy, Default)]
struct Inherited<'a> {
    api_version: Option<&'a str>,
    kind: Option<&'a str>,
}

/// Every object of a document, or what is wrong with it.
pub(crate) fn objects(file: &str, document: &Document) -> Vec<Read> {
    let mut found = Vec::new();
    collect(
        file,
        &document.root,
        Inherited::default(),
        LISTS_DEEP,
        &mut found,
    );
    found
}

fn collect(file: &str, node: &Node, from: Inherited<'_>, deep: usize, found: &mut Vec<Read>) {
    match items(node) {
        Some((items, inherited)) if deep > 0 => {
            for item in items {
                collect(file, item, inherited, deep - 1, found);
            }
        }
        _ => found.push(object(file, node, from)),
    }
}

/// The items of a list, as the Kubernetes libraries tell one: by the name of its kind.
fn items(node: &Node) -> Option<(&[Node], Inherited<'_>)> {
    let (kind, items) = (text(node, "kind")?, node.get("items")?);
    let of = kind.strip_suffix("List")?;
    let inherited = if of.is_empty() {
        Inherited::default()
    } else {
        Inherited {
            api_version: text(node, "apiVersion"),
            kind: Some(of),
        }
    };
    Some((items.items(), inherited))
}

fn object(file: &str, node: &Node, from: Inherited<'_>) -> Read {
    let origin = Origin::new(file, node.span.line);
    if node.entries().is_empty() {
        let cause = "the document is not an object";
        let remedy = "write apiVersion, kind and metadata, or remove it";
        return Err(Box::new(Finding::at(origin, cause, remedy)));
    }
    let mut body = node.to_json();
    inherit(&mut body, from);
    hooks::name_hook(&mut body);
    if is_instruction(&body) {
        let cause = "it is an instruction to kustomize in a file that kustomize does not look for";
        let remedy = "call the file kustomization.yaml, in a directory of its own";
        return Err(Box::new(Finding::at(origin, cause, remedy)));
    }
    Manifest::new(body, origin.clone()).ok_or_else(|| Box::new(nameless(node, from, origin)))
}

fn inherit(body: &mut Value, from: Inherited<'_>) {
    let Some(object) = body.as_object_mut() else {
        return;
    };
    for (key, value) in [("apiVersion", from.api_version), ("kind", from.kind)] {
        if let Some(value) = value.filter(|_| !object.contains_key(key)) {
            object.insert(key.to_owned(), Value::from(value));
        }
    }
}

/// Instructions to kustomize are not objects; left out silently, what they ask for would not
/// happen and nobody would know.
fn is_instruction(body: &Value) -> bool {
    let api_version = body
        .get("apiVersion")
        .and_then(Value::as_str)
        .unwrap_or_default();
    split_api_version(api_version).0 == "kustomize.config.k8s.io"
}

/// Which part of the identity is missing, with as much as the document says of itself.
fn nameless(node: &Node, from: Inherited<'_>, origin: Origin) -> Finding {
    let metadata = node.get("metadata");
    let within = |key| metadata.and_then(|metadata| text(metadata, key));
    let kind = text(node, "kind").or(from.kind);
    let (missing, remedy) = if text(node, "apiVersion").or(from.api_version).is_none() {
        ("apiVersion", "set it to a text such as v1")
    } else if kind.is_none() {
        ("kind", "set it to a text such as ConfigMap")
    } else if within("generateName").is_some() {
        (
            "metadata.name",
            "give it a name of its own: generateName would make a new object each time",
        )
    } else {
        (
            "metadata.name",
            "set it to a text; quote it if it looks like a number",
        )
    };
    let what = kind.map_or_else(|| "the object".to_owned(), |kind| format!("this {kind}"));
    Finding::at(origin, format!("{what} has no {missing}"), remedy)
}

fn text<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    node.get(key)?.as_str().filter(|text| !text.is_empty())
}
