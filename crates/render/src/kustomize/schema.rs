//! The fields of a kustomization file, as Flux's generator takes the one at `spec.path` in: keys in
//! any case, numbers where text is wanted, and what nobody knows left out.
//!
//! kustomize itself is stricter, and judges all other files as they are written. What is changed on
//! the way in is told, because a file that works by accident is better mended.

use serde_json::{Map, Value};
use signet_engine::guard::Finding;
use signet_engine::manifest::Origin;
use signet_yaml::{Node, Value as Yaml};

/// What may stand at a field.
enum Shape {
    /// Whatever it is, kustomize judges it.
    Any,
    /// A text.
    Text,
    /// A list of texts.
    Texts,
    /// A mapping to texts.
    Pairs,
    /// A mapping with these fields.
    One(&'static [Field]),
    /// A list of mappings with these fields.
    Many(&'static [Field]),
}

type Field = (&'static str, Shape);

use Shape::{Any, Many, One, Pairs, Text, Texts};

const METADATA: &[Field] = &[
    ("name", Text),
    ("namespace", Text),
    ("labels", Pairs),
    ("annotations", Pairs),
];

const SELECTOR: &[Field] = &[
    ("group", Text),
    ("version", Text),
    ("kind", Text),
    ("name", Text),
    ("namespace", Text),
    ("annotationSelector", Text),
    ("labelSelector", Text),
];

const PATCH: &[Field] = &[
    ("path", Text),
    ("patch", Text),
    ("target", One(SELECTOR)),
    (
        "options",
        One(&[("allowNameChange", Any), ("allowKindChange", Any)]),
    ),
];

const IMAGE: &[Field] = &[
    ("name", Text),
    ("newName", Text),
    ("tagSuffix", Text),
    ("newTag", Text),
    ("digest", Text),
];

const GENERATOR_OPTIONS: &[Field] = &[
    ("labels", Pairs),
    ("annotations", Pairs),
    ("disableNameSuffixHash", Any),
    ("immutable", Any),
];

const CONFIG_MAP: &[Field] = &[
    ("namespace", Text),
    ("name", Text),
    ("behavior", Text),
    ("literals", Texts),
    ("files", Texts),
    ("envs", Texts),
    ("env", Text),
    ("options", One(GENERATOR_OPTIONS)),
];

const SECRET: &[Field] = &[
    ("namespace", Text),
    ("name", Text),
    ("behavior", Text),
    ("literals", Texts),
    ("files", Texts),
    ("envs", Texts),
    ("env", Text),
    ("options", One(GENERATOR_OPTIONS)),
    ("type", Text),
];

const FIELD_OPTIONS: &[Field] = &[
    ("delimiter", Text),
    ("index", Any),
    ("encoding", Text),
    ("create", Any),
];

const REPLACEMENT: &[Field] = &[
    (
        "source",
        One(&[
            ("group", Text),
            ("version", Text),
            ("kind", Text),
            ("name", Text),
            ("namespace", Text),
            ("fieldPath", Text),
            ("options", One(FIELD_OPTIONS)),
        ]),
    ),
    (
        "targets",
        Many(&[
            ("select", One(SELECTOR)),
            ("reject", Many(SELECTOR)),
            ("fieldPaths", Texts),
            ("options", One(FIELD_OPTIONS)),
        ]),
    ),
    ("sourceValue", Text),
    ("path", Text),
];

const LABELS: &[Field] = &[
    ("pairs", Pairs),
    ("includeSelectors", Any),
    ("includeTemplates", Any),
    (
        "fields",
        Many(&[
            ("group", Text),
            ("version", Text),
            ("kind", Text),
            ("path", Text),
            ("create", Any),
        ]),
    ),
];

const VARIABLE: &[Field] = &[
    ("name", Text),
    (
        "objref",
        One(&[
            ("apiVersion", Text),
            ("group", Text),
            ("version", Text),
            ("kind", Text),
            ("name", Text),
            ("namespace", Text),
        ]),
    ),
    ("fieldref", One(&[("fieldPath", Text)])),
];

const SORT: &[Field] = &[
    ("order", Text),
    (
        "legacySortOptions",
        One(&[("orderFirst", Texts), ("orderLast", Texts)]),
    ),
];

/// Every field of a kustomization file.
const KUSTOMIZATION: &[Field] = &[
    ("kind", Text),
    ("apiVersion", Text),
    ("metadata", One(METADATA)),
    ("openapi", Pairs),
    ("namePrefix", Text),
    ("nameSuffix", Text),
    ("namespace", Text),
    ("commonLabels", Pairs),
    ("labels", Many(LABELS)),
    ("commonAnnotations", Pairs),
    ("patchesStrategicMerge", Texts),
    ("patchesJson6902", Many(PATCH)),
    ("patches", Many(PATCH)),
    ("images", Many(IMAGE)),
    ("imageTags", Many(IMAGE)),
    ("replacements", Many(REPLACEMENT)),
    ("replicas", Many(&[("name", Text), ("count", Any)])),
    ("vars", Many(VARIABLE)),
    ("sortOptions", One(SORT)),
    ("resources", Texts),
    ("components", Texts),
    ("crds", Texts),
    ("bases", Texts),
    ("configMapGenerator", Many(CONFIG_MAP)),
    ("secretGenerator", Many(SECRET)),
    ("generatorOptions", One(GENERATOR_OPTIONS)),
    ("configurations", Texts),
    ("generators", Texts),
    ("transformers", Texts),
    ("validators", Texts),
    ("buildMetadata", Texts),
];

/// A kustomization file with the names, types and fields that kustomize knows, and what was changed
/// to make it so.
pub(super) fn normal(file: &str, root: Option<&Node>) -> (Map<String, Value>, Vec<Finding>) {
    let mut reading = Reading {
        file,
        changed: Vec::new(),
    };
    let fields = root.map(|root| reading.fields(root, KUSTOMIZATION));
    (fields.unwrap_or_default(), reading.changed)
}

struct Reading<'a> {
    file: &'a str,
    changed: Vec<Finding>,
}

impl Reading<'_> {
    fn fields(&mut self, node: &Node, known: &[Field]) -> Map<String, Value> {
        let mut fields = Map::new();
        for entry in node.entries() {
            let given = &entry.key.name;
            match find(known, given) {
                Some((name, shape)) => {
                    fields.insert((*name).to_owned(), self.value(&entry.value, shape));
                }
                None => self.tell(
                    entry.key.span.line,
                    format!("the field {given:?} is none of kustomize's and is left out"),
                    "take it out, or correct its name",
                ),
            }
        }
        fields
    }

    fn value(&mut self, node: &Node, shape: &Shape) -> Value {
        match (shape, &node.value) {
            (Text, _) => self.text(node),
            (Texts, Yaml::Sequence(items)) => items.iter().map(|item| self.text(item)).collect(),
            (Pairs, Yaml::Mapping(entries)) => entries
                .iter()
                .map(|entry| (entry.key.name.clone(), self.text(&entry.value)))
                .collect(),
            (One(known), Yaml::Mapping(_)) => Value::Object(self.fields(node, known)),
            (Many(known), Yaml::Sequence(items)) => items
                .iter()
                .map(|item| match item.value {
                    Yaml::Mapping(_) => Value::Object(self.fields(item, known)),
                    _ => item.to_json(),
                })
                .collect(),
            // What has another shape is for kustomize to refuse.
            _ => node.to_json(),
        }
    }

    /// A number or a truth value where a text is wanted becomes that text.
    fn text(&mut self, node: &Node) -> Value {
        let text = match &node.value {
            Yaml::Number(number) => number.to_string(),
            Yaml::Bool(yes) => yes.to_string(),
            _ => return node.to_json(),
        };
        self.tell(
            node.span.line,
            format!("{text} is taken as a text"),
            "put it in quotes, or what stands there may not be what is used: 1.10 is 1.1",
        );
        Value::String(text)
    }

    fn tell(&mut self, line: u32, cause: String, remedy: &str) {
        let origin = Origin::new(self.file, line);
        self.changed.push(Finding::at(origin, cause, remedy));
    }
}

/// By name as Go's reader finds it: exactly, else in any case.
fn find<'a>(known: &'a [Field], given: &str) -> Option<&'a Field> {
    let exact = known.iter().find(|(name, _)| *name == given);
    exact.or_else(|| {
        let alike = |(name, _): &&Field| name.eq_ignore_ascii_case(given);
        known.iter().find(alike)
    })
}
