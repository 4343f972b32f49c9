//! How what was re-encrypted is printed: as the text that it was, or as objects.

use serde_json::Value;
use signet_api::names;
use signet_yaml::{Budget, Document, Node};

use crate::args::Format;
use crate::commands::kubeseal::object;
use crate::commands::kubeseal::options::Options;
use crate::documents;
use crate::error::{Context, Result};
use crate::io::Input;

/// The edited text as it is, where its notation is the one asked for and it is a file and no copy of
/// what a cluster holds; else every object printed.
///
/// # Errors
/// A word that names no format.
pub fn printed(
    options: &Options<'_>,
    input: &Input,
    documents: &[Document],
    edited: &[u8],
) -> Result<Vec<u8>> {
    let format = options.format()?;
    let json = edited.trim_ascii_start().starts_with(b"{");
    let is_kept = json == (format == Format::Json);
    let objects = documents.iter().flat_map(|d| documents::objects(&d.root));
    if is_kept && !objects.into_iter().any(is_from_a_cluster) {
        return Ok(framed(edited, format));
    }
    let again = signet_yaml::read(edited, &Budget::default()).at(&input.name)?;
    let mut out = Vec::new();
    for document in again {
        let mut object = document.into_json();
        for sealed in object_mut(&mut object) {
            take_away(sealed);
        }
        object::put(&mut out, &object, format);
    }
    Ok(out)
}

/// A document of YAML begins with `---`, so that what is printed can follow something else.
fn framed(text: &[u8], format: Format) -> Vec<u8> {
    let mut lines = text.split(|byte| *byte == b'\n');
    let first = lines.find(|line| {
        let line = line.trim_ascii();
        !line.is_empty() && !line.starts_with(b"#")
    });
    let begun = first.is_none_or(|line| line.starts_with(b"---") || line.starts_with(b"%"));
    let mut out = Vec::with_capacity(text.len() + 5);
    if format == Format::Yaml && !begun {
        out.extend_from_slice(b"---\n");
    }
    out.extend_from_slice(text);
    if !out.ends_with(b"\n") {
        out.push(b'\n');
    }
    out
}

/// What the API server writes, and what the peer leaves out of its answer.
const SERVERS: [&str; 8] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];

fn is_from_a_cluster(object: &Node) -> bool {
    let metadata = object.get("metadata");
    object.get("status").is_some()
        || SERVERS.iter().any(|field| {
            let value = metadata.and_then(|metadata| metadata.get(field));
            value.is_some()
        })
}

fn take_away(object: &mut Value) {
    object.as_object_mut().map(|fields| fields.remove("status"));
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.retain(|field, _| !SERVERS.contains(&field.as_str()));
        let annotations = metadata
            .get_mut("annotations")
            .and_then(Value::as_object_mut);
        if let Some(annotations) = annotations {
            annotations.remove(names::LAST_APPLIED);
            annotations.remove(names::LAST_APPLIED_KUBECFG);
        }
    }
}

/// The object, or those of a List.
fn object_mut(root: &mut Value) -> Vec<&mut Value> {
    let list = root["kind"]
        .as_str()
        .is_some_and(|kind| kind.ends_with("List"));
    if list && root["items"].is_array() {
        let items = root["items"].as_array_mut();
        return items.into_iter().flatten().flat_map(object_mut).collect();
    }
    vec![root]
}
