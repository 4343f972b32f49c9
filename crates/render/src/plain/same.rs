//! Whether an object read as Kubernetes reads it is what kustomize would make of it.
//!
//! kustomize reads YAML a little otherwise, hides objects from itself by annotation, and moves more
//! than one field when it sets a namespace. All of that is rare; where it could matter, the
//! directory is built by kustomize itself, so that a repository means here what it means to Flux.

use signet_yaml::{Key, Node, Style, Value};

/// Kinds in which a namespace stands elsewhere than in the metadata, or follows other objects.
const MOVED_OTHERWISE: [&str; 6] = [
    "APIService",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "MutatingWebhookConfiguration",
    "RoleBinding",
    "ValidatingWebhookConfiguration",
];

/// Parts of the names of annotations that say something to kustomize.
const INSTRUCTIONS: [&str; 2] = ["config.kubernetes.io/", "kustomize.config.k8s.io/"];

/// Whether kustomize would leave `root` as it is, but for the namespace in the metadata if it is to
/// be `target`. `source` is the file that it was read from.
pub(super) fn as_built(source: &str, root: &Node, target: Option<&str>) -> bool {
    let plain = |one: &&Node| is_plain(one) && target.is_none_or(|to| moves_plainly(one, to));
    reads_alike(source, root) && objects(root).iter().all(plain)
}

/// The document itself, or what is in it if it is a list.
fn objects(root: &Node) -> Vec<&Node> {
    let kind = root.get("kind").and_then(Node::as_str).unwrap_or_default();
    match root.get("items") {
        Some(items) if kind.ends_with("List") => items.items().iter().flat_map(objects).collect(),
        _ => vec![root],
    }
}

/// Whether nothing in the metadata is for kustomize.
fn is_plain(object: &Node) -> bool {
    let metadata = object.get("metadata");
    let annotations = metadata.and_then(|metadata| metadata.get("annotations"));
    let instructs = |key: &Key| INSTRUCTIONS.iter().any(|part| key.name.contains(part));
    let mut keys = annotations.map(Node::entries).unwrap_or_default().iter();
    !keys.any(|entry| instructs(&entry.key))
}

/// Whether setting a namespace changes the metadata and nothing else.
fn moves_plainly(object: &Node, target: &str) -> bool {
    let text = |node: &Node, key| node.get(key).and_then(Node::as_str).map(str::to_owned);
    let kind = text(object, "kind").unwrap_or_default();
    if kind == "Namespace" {
        // It is renamed, which is nothing where it has the name already.
        let metadata = object.get("metadata");
        return metadata
            .and_then(|metadata| text(metadata, "name"))
            .as_deref()
            == Some(target);
    }
    let mut others = object
        .entries()
        .iter()
        .filter(|entry| entry.key.name != "metadata");
    !MOVED_OTHERWISE.contains(&kind.as_str()) && !others.any(|entry| names_namespace(&entry.value))
}

/// Whether a reference to an object of some namespace may stand here.
fn names_namespace(node: &Node) -> bool {
    match &node.value {
        Value::Sequence(items) => items.iter().any(names_namespace),
        Value::Mapping(entries) => entries
            .iter()
            .any(|entry| entry.key.name == "namespace" || names_namespace(&entry.value)),
        _ => false,
    }
}

/// Whether kustomize's reader takes everything for what Kubernetes' reader takes it for.
fn reads_alike(source: &str, node: &Node) -> bool {
    let text = source
        .get(node.span.start..node.span.end)
        .unwrap_or_default();
    match (&node.value, node.style) {
        (_, Style::Alias) => false,
        (Value::Sequence(items), _) => items.iter().all(|item| {
            // kustomize refuses a list with nothing in one of its places.
            item.value != Value::Null && reads_alike(source, item)
        }),
        (Value::Mapping(entries), _) => entries
            .iter()
            .all(|entry| is_text(source, &entry.key) && reads_alike(source, &entry.value)),
        // `yes` and `on` are texts to kustomize.
        (Value::Bool(_), _) => {
            matches!(text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE")
        }
        // A tag, or a text over several lines, or a date, which becomes a point in time.
        (Value::String(value), Style::Plain) => value == text && !is_date(text),
        (Value::Number(_), style) => style == Style::Plain && is_usual_number(text),
        _ => true,
    }
}

/// Whether a key is a text that is written as it is meant.
fn is_text(source: &str, key: &Key) -> bool {
    let text = source.get(key.span.start..key.span.end).unwrap_or_default();
    let inner = |quote: char| {
        let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
        (inner == key.name).then_some(())
    };
    let plain = text == key.name && !is_number_like(text) && !is_date(text) && !is_word(text);
    plain || inner('"').is_some() || inner('\'').is_some()
}

/// What YAML may take for something else than a text.
fn is_word(text: &str) -> bool {
    let words = ["true", "false", "null", "~", "<<", "="];
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Digits in the usual way, which every reader takes for the same number.
fn is_usual_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    let short = text.len() <= 15 && text != "-0";
    let no_octal = whole == "0" || !whole.starts_with('0');
    short && no_octal && all_digits(whole) && all_digits(part)
}

fn is_number_like(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | '-'))
        && text.bytes().any(|c| c.is_ascii_digit())
        && text.parse::<f64>().is_ok()
}

fn is_date(text: &str) -> bool {
    let mut bytes = text.bytes();
    let year = bytes.by_ref().take(4).filter(u8::is_ascii_digit).count() == 4;
    year && bytes.next() == Some(b'-')
}
