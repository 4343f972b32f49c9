//! Where an object that kustomize printed was written: file and line, as far as it can be told.
//!
//! kustomize says in an annotation which file an object was read from, or which kustomization file
//! generated it. The line is that of the object of this kind and name there.

use std::collections::HashMap;

use serde_json::Value;
use signet_engine::manifest::Origin;
use signet_engine::tree::RepoPath;
use signet_yaml::{Budget, Node};

use super::place;
use super::references::get;
use crate::sources::{Recipe, Sources};

/// What kustomize says about an object.
const ANNOTATION: &str = "config.kubernetes.io/origin";

/// The fields of a kustomization file that make objects of nothing.
const GENERATORS: [&str; 2] = ["configMapGenerator", "secretGenerator"];

pub(super) struct Origins<'a> {
    sources: &'a Sources,
    recipe: &'a Recipe,
    /// Of each file that was asked about: kind, name and line of what is in it.
    known: HashMap<RepoPath, Vec<Written>>,
}

/// An object as a file has it.
struct Written {
    /// Empty for what is generated, which has the kind of its generator.
    kind: String,
    name: String,
    line: u32,
}

impl<'a> Origins<'a> {
    pub(super) fn new(sources: &'a Sources, recipe: &'a Recipe) -> Self {
        Self {
            sources,
            recipe,
            known: HashMap::new(),
        }
    }

    /// Where `body` comes from, which loses the annotation unless somebody asked for it.
    pub(super) fn of(&mut self, body: &mut Value) -> Origin {
        let said = annotation(body, self.recipe.shows_origins);
        let file = said.and_then(|said| self.file(&said));
        let file = file.unwrap_or_else(|| self.recipe.file.clone());
        let text = |pointer| {
            body.pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let (kind, name) = (text("/kind").to_owned(), text("/metadata/name").to_owned());
        let line = line(self.written(&file), &kind, &name);
        Origin::new(file.to_string(), line)
    }

    fn file(&self, said: &str) -> Option<RepoPath> {
        let documents = signet_yaml::read(said.as_bytes(), &Budget::default()).ok()?;
        let said = &documents.first()?.root;
        let path = said.get("path").or_else(|| said.get("configuredIn"))?;
        let place = place::resolve(&self.sources.root, path.as_str()?).ok()?;
        Some(self.really(place))
    }

    /// The place behind links.
    fn really(&self, place: RepoPath) -> RepoPath {
        let lead = |(link, to): (&RepoPath, &RepoPath)| Some(to.join(&place.below(link)?));
        let behind = self.recipe.links.iter().find_map(lead);
        behind
            .filter(|at| self.sources.files.contains_key(at))
            .unwrap_or(place)
    }

    fn written(&mut self, file: &RepoPath) -> &[Written] {
        let source = self.sources.files.get(file);
        self.known.entry(file.clone()).or_insert_with(|| {
            let bytes = source.map(|source| source.bytes.as_slice());
            let read = signet_yaml::read(bytes.unwrap_or_default(), &Budget::default());
            let documents = read.unwrap_or_default();
            let mut all = Vec::new();
            for document in &documents {
                collect(&document.root, &mut all);
            }
            all
        })
    }
}

fn annotation(body: &mut Value, keep: bool) -> Option<String> {
    let metadata = body.get_mut("metadata")?.as_object_mut()?;
    let annotations = metadata.get_mut("annotations")?.as_object_mut()?;
    let said = annotations.get(ANNOTATION)?.as_str()?.to_owned();
    if !keep {
        annotations.remove(ANNOTATION);
        if annotations.is_empty() {
            metadata.remove("annotations");
        }
    }
    Some(said)
}

fn collect(node: &Node, all: &mut Vec<Written>) {
    let text = |node: &Node, key| {
        node.get(key)
            .and_then(Node::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    for field in GENERATORS {
        for item in get(node, field).map(Node::items).unwrap_or_default() {
            all.push(Written {
                kind: String::new(),
                name: text(item, "name"),
                line: item.span.line,
            });
        }
    }
    let kind = text(node, "kind");
    match node.get("items") {
        Some(items) if kind.ends_with("List") => {
            items.items().iter().for_each(|item| collect(item, all));
        }
        _ => all.push(Written {
            name: node
                .get("metadata")
                .map(|metadata| text(metadata, "name"))
                .unwrap_or_default(),
            kind,
            line: node.span.line,
        }),
    }
}

/// The object of this kind whose name the result has, or has in it, since kustomize puts text
/// before and behind names; the longest such name.
fn line(written: &[Written], kind: &str, name: &str) -> u32 {
    let alike = written
        .iter()
        .filter(|one| one.kind == kind || one.kind.is_empty());
    let named = alike.filter(|one| !one.name.is_empty() && name.contains(&one.name));
    let best = named.max_by_key(|one| (one.name.len(), !one.kind.is_empty()));
    best.map_or(1, |one| one.line)
}
