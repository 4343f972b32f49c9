//! What a kustomization file refers to: every place where kustomize would open a file, and with it
//! what is refused by name because it would need a network, another program or a plugin.

use signet_engine::guard::Finding;
use signet_engine::manifest::Origin;
use signet_yaml::{Budget, Node, Value};

use crate::sources::Role;

/// One reference, as it is written.
pub(super) struct Reference {
    /// The field that holds it, for messages.
    pub(super) field: &'static str,
    /// What it says.
    pub(super) text: String,
    /// On which line.
    pub(super) line: u32,
    /// What it may name.
    pub(super) target: Target,
}

/// What a reference may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A file of objects, or a directory with a kustomization file.
    Resource,
    /// A directory with a Component.
    Component,
    /// A file, for this.
    File(Role),
    /// A file with the configuration of a generator or a transformer, or a directory of such.
    Plugin,
}

/// Everything a file refers to, and what of it is refused.
#[derive(Default)]
pub(super) struct References {
    /// In the order of the file.
    pub(super) found: Vec<Reference>,
    /// What is asked for and not done.
    pub(super) refused: Vec<Finding>,
    /// Whether there may be more than can be told from here.
    pub(super) open_ended: bool,
}

/// Fields that need Helm, which is run for HelmReleases only.
const HELM: [&str; 3] = ["helmCharts", "helmChartInflationGenerator", "helmGlobals"];

/// Of a whole kustomization file.
pub(super) fn of(file: &str, root: &Node) -> References {
    let mut all = References::default();
    for name in HELM {
        if let Some(node) = get(root, name).filter(|node| !is_empty(node)) {
            let cause = format!("{name} needs Helm, which is not run inside of kustomize");
            let remedy = "write a HelmRelease, or commit what the chart renders";
            all.refuse(file, node.span.line, cause, remedy);
        }
    }
    for (name, target) in [
        ("resources", Target::Resource),
        ("bases", Target::Resource),
        ("components", Target::Component),
        ("crds", Target::File(Role::Other)),
        ("configurations", Target::File(Role::Other)),
    ] {
        all.texts(name, get(root, name), target);
    }
    let openapi = get(root, "openapi").and_then(|openapi| get(openapi, "path"));
    all.text("openapi", openapi, Target::File(Role::Other));
    all.generators(root);
    all.patches(root);
    for name in ["generators", "transformers", "validators"] {
        all.plugins(file, name, get(root, name));
    }
    all
}

/// Of a file with the configurations of generators and transformers.
pub(super) fn of_plugins(file: &str, roots: &[&Node]) -> References {
    let mut all = References::default();
    for root in roots {
        all.plugin(file, root, root.span.line);
    }
    all
}

impl References {
    fn push(&mut self, field: &'static str, text: &str, line: u32, target: Target) {
        self.found.push(Reference {
            field,
            text: text.to_owned(),
            line,
            target,
        });
    }

    fn refuse(&mut self, file: &str, line: u32, cause: impl Into<String>, remedy: &str) {
        let origin = Origin::new(file, line);
        self.refused.push(Finding::at(origin, cause, remedy));
    }

    fn text(&mut self, field: &'static str, node: Option<&Node>, target: Target) {
        if let Some((text, line)) = node.and_then(|node| Some((node.as_str()?, node.span.line))) {
            self.push(field, text, line, target);
        }
    }

    fn texts(&mut self, field: &'static str, node: Option<&Node>, target: Target) {
        for item in node.map(Node::items).unwrap_or_default() {
            self.text(field, Some(item), target);
        }
    }

    fn generators(&mut self, root: &Node) {
        let all = [
            ("configMapGenerator", Role::Data),
            ("secretGenerator", Role::SecretData),
        ];
        for (name, role) in all {
            for item in get(root, name).map(Node::items).unwrap_or_default() {
                self.key_values(name, item, role);
            }
        }
    }

    fn key_values(&mut self, field: &'static str, item: &Node, role: Role) {
        for file in get(item, "files").map(Node::items).unwrap_or_default() {
            if let Some(text) = file.as_str() {
                let path = text.split_once('=').map_or(text, |(_, path)| path);
                self.push(field, path, file.span.line, Target::File(role));
            }
        }
        let variables = Target::File(match role {
            Role::SecretData => Role::SecretVariables,
            _ => Role::Variables,
        });
        self.texts(field, get(item, "envs"), variables);
        self.text(field, get(item, "env"), variables);
    }

    fn patches(&mut self, root: &Node) {
        for name in ["patches", "patchesJson6902"] {
            for item in get(root, name).map(Node::items).unwrap_or_default() {
                self.text(name, get(item, "path"), Target::File(Role::Patch));
            }
        }
        for item in get(root, "replacements")
            .map(Node::items)
            .unwrap_or_default()
        {
            self.text("replacements", get(item, "path"), Target::File(Role::Other));
        }
        let merges = get(root, "patchesStrategicMerge").map(Node::items);
        for item in merges.unwrap_or_default() {
            if item.as_str().is_some_and(|text| inline(text).is_none()) {
                self.text(
                    "patchesStrategicMerge",
                    Some(item),
                    Target::File(Role::Patch),
                );
            }
        }
    }

    fn plugins(&mut self, file: &str, field: &'static str, node: Option<&Node>) {
        for item in node.map(Node::items).unwrap_or_default() {
            match item.as_str().and_then(inline) {
                Some(roots) => {
                    for root in &roots {
                        self.plugin(file, root, item.span.line);
                    }
                }
                None => self.text(field, Some(item), Target::Plugin),
            }
        }
    }

    /// One configuration: what is built into kustomize reads files by fields of the same names as
    /// the kustomization file has; anything else would be a program of somebody.
    fn plugin(&mut self, file: &str, root: &Node, line: u32) {
        let word = |name| get(root, name).and_then(Node::as_str).unwrap_or_default();
        let (version, kind) = (word("apiVersion"), word("kind"));
        if version != "builtin" {
            let cause = format!("{kind} of {version:?} is a plugin, and plugins are off");
            self.refuse(file, line, cause, "commit what it makes in its place");
        } else if kind == "HelmChartInflationGenerator" {
            let cause = "HelmChartInflationGenerator needs Helm, which is not run here";
            self.refuse(file, line, cause, "write a HelmRelease in its place");
        } else if BUILT_IN.contains(&kind) {
            self.key_values("files", root, Role::SecretData);
            self.text("path", get(root, "path"), Target::File(Role::Patch));
            self.texts("paths", get(root, "paths"), Target::File(Role::Patch));
            self.patches(root);
        } else {
            self.open_ended = true;
        }
    }
}

/// What kustomize has built in, Helm apart.
const BUILT_IN: [&str; 19] = [
    "AnnotationsTransformer",
    "ConfigMapGenerator",
    "HashTransformer",
    "IAMPolicyGenerator",
    "ImageTagTransformer",
    "LabelTransformer",
    "LegacyOrderTransformer",
    "NamespaceTransformer",
    "PatchJson6902Transformer",
    "PatchStrategicMergeTransformer",
    "PatchTransformer",
    "PrefixSuffixTransformer",
    "PrefixTransformer",
    "ReplacementTransformer",
    "ReplicaCountTransformer",
    "SecretGenerator",
    "SortOrderTransformer",
    "SuffixTransformer",
    "ValueAddTransformer",
];

/// The objects of a text that stands where a path could stand; none if it is a path.
pub(super) fn inline(text: &str) -> Option<Vec<Node>> {
    let documents = signet_yaml::read(text.as_bytes(), &Budget::default()).ok()?;
    let roots: Vec<Node> = documents
        .into_iter()
        .map(|document| document.root)
        .collect();
    let objects = roots
        .iter()
        .all(|root| matches!(root.value, Value::Mapping(_)));
    (objects && !roots.is_empty()).then_some(roots)
}

/// A field, its name in any case, as kustomize finds it.
pub(super) fn get<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    node.get(name).or_else(|| {
        let mut entries = node.entries().iter();
        let found = entries.find(|entry| entry.key.name.eq_ignore_ascii_case(name));
        found.map(|entry| &entry.value)
    })
}

fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::Sequence(items) => items.is_empty(),
        Value::Mapping(entries) => entries.is_empty(),
        _ => false,
    }
}
