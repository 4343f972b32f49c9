//! `signet tree`: what a Kustomization owns, and what the Kustomizations among that own in turn.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};
use signet_api::ObjectId;

use crate::args::{ClusterArgs, Report};
use crate::error::{Error, Result};
use crate::gitops::{FluxKind, Named, ObjectArgs};
use crate::online::Online;
use crate::settings::Target;
use crate::{World, io, print};

/// Flags of `tree`
#[derive(Args, Debug)]
#[command(after_help = "Example: signet tree kustomization apps -n demo")]
pub struct TreeArgs {
    #[command(flatten)]
    object: ObjectArgs,
    /// Leave out what the Kustomizations among the objects own
    #[arg(long)]
    compact: bool,
    /// Form of what is printed
    #[arg(short, long, value_enum, default_value_t = Report::Text)]
    output: Report,
    #[command(flatten)]
    cluster: ClusterArgs,
}

/// An object and what it owns.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Node {
    /// `Kind/namespace/name`.
    id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    owns: Vec<Node>,
}

/// Reads inventories and prints them.
///
/// # Errors
/// It is no Kustomization, is not there, or may not be read.
pub fn run(args: TreeArgs, world: &World) -> Result<()> {
    let online = Online::connect(&Target::new(args.cluster, &world.environment))?;
    let named = Named::of(&args.object, &online)?;
    if named.kind != FluxKind::Kustomization {
        return Err(
            Error::usage(format!("{named}: a source owns nothing")).hint("name a Kustomization")
        );
    }
    let (_, object) = named.read(&online)?;
    let read = |other: &Named| other.read(&online).ok().map(|(_, object)| object);
    let read = |other: &Named| (!args.compact).then(|| read(other)).flatten();
    let mut seen = BTreeSet::from([named.to_string()]);
    let root = Node {
        id: named.to_string(),
        owns: owned(&object, &read, &mut seen),
    };
    io::print(&match args.output.format() {
        Some(format) => print::objects(&[json!(root)], format)?,
        None => text(&root).into_bytes(),
    })
}

/// What the inventory of a Kustomization names. `read` gives the Kustomizations among it; one that
/// was seen already is not followed again.
fn owned(
    object: &Value,
    read: &dyn Fn(&Named) -> Option<Value>,
    seen: &mut BTreeSet<String>,
) -> Vec<Node> {
    let entries = object["status"]["inventory"]["entries"].as_array();
    let ids = entries.into_iter().flatten().filter_map(|entry| {
        ObjectId::from_inventory(entry["id"].as_str()?, entry["v"].as_str().unwrap_or("v1"))
    });
    let node = |id: ObjectId| Node {
        owns: kustomization(&id)
            .filter(|named| seen.insert(named.to_string()))
            .and_then(|named| Some(owned(&read(&named)?, read, seen)))
            .unwrap_or_default(),
        id: id.to_string(),
    };
    ids.map(node).collect()
}

/// The object as a Kustomization, if it is one.
fn kustomization(id: &ObjectId) -> Option<Named> {
    let kind = FluxKind::Kustomization;
    let is_one = id.group == kind.group() && id.kind == kind.name();
    is_one.then(|| Named {
        kind,
        namespace: id.namespace.clone().unwrap_or_default(),
        name: id.name.clone(),
    })
}

fn text(root: &Node) -> String {
    let mut out = format!("{}\n", root.id);
    branches(&root.owns, "", &mut out);
    out
}

fn branches(nodes: &[Node], indent: &str, out: &mut String) {
    for (number, node) in nodes.iter().enumerate() {
        let is_last = number + 1 == nodes.len();
        let (fork, below) = if is_last {
            ("└── ", "    ")
        } else {
            ("├── ", "│   ")
        };
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{indent}{fork}{}", node.id);
        branches(&node.owns, &format!("{indent}{below}"), out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owning(ids: &[&str]) -> Value {
        let entries: Vec<Value> = ids.iter().map(|id| json!({"id": id, "v": "v1"})).collect();
        json!({"status": {"inventory": {"entries": entries}}})
    }

    #[test]
    fn kustomizations_are_followed_and_circles_are_not() {
        let group = "kustomize.toolkit.fluxcd.io_Kustomization";
        let (apps, root) = (format!("demo_apps_{group}"), format!("demo_root_{group}"));
        let inner = owning(&["demo_web_apps_Deployment", &root]);
        let read = |named: &Named| (named.name == "apps").then(|| inner.clone());
        let mut seen = BTreeSet::from(["Kustomization/demo/root".to_owned()]);
        let tree = Node {
            id: "Kustomization/demo/root".to_owned(),
            owns: owned(&owning(&["_demo__Namespace", &apps]), &read, &mut seen),
        };
        insta::assert_snapshot!(text(&tree), @r"
        Kustomization/demo/root
        ├── Namespace/demo
        └── Kustomization/demo/apps
            ├── Deployment/demo/web
            └── Kustomization/demo/root
        ");
    }
}
