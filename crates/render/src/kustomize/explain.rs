//! What kustomize says when it fails, fit for a condition that many read: its own words, with the
//! repository's paths, in a few lines, and without what it quotes (threat T14).

use std::path::Path;

use signet_yaml::{Budget, Node};

use super::references::{get, inline};
use super::values::Values;
use crate::sources::{Recipe, Role, Sources};

/// A line is cut to this many characters.
const LONGEST_LINE: usize = 400;

/// The whole is cut to this many lines.
const MOST_LINES: usize = 12;

/// Behind these words kustomize quotes: an object, a patch, a list of literals, bytes.
const QUOTES: [&str; 5] = [
    "map[string]interface",
    "{{",
    "[patch: ",
    "literal source",
    "line [",
];

/// What is said in place of a line that repeats a value.
const WITHHELD: &str = "(a line that repeats a value of a Secret is not shown)";

/// The message.
pub(crate) fn explain(said: &str, tree: &Path, sources: &Sources, recipe: &Recipe) -> String {
    let values = Values::of(sources, recipe);
    let said = without_configurations(said);
    let mut lines: Vec<String> = Vec::new();
    for line in said.lines().filter(|line| is_cause(line)) {
        let line = match values.are_in(line) {
            true => WITHHELD.to_owned(),
            false => shorten(&placed(line, tree)),
        };
        if !line.is_empty() && lines.last() != Some(&line) {
            lines.push(line);
        }
    }
    lines.truncate(MOST_LINES);
    if lines.is_empty() {
        lines.push("it said nothing".to_owned());
    }
    if let Some(place) = patch_named(&lines.join("\n"), sources) {
        lines.push(format!("the patch is {place}"));
    }
    lines.join("\n")
}

/// kustomize prints the whole configuration of a step that it cannot make sense of, between `` ` ``.
fn without_configurations(said: &str) -> String {
    let (start, end) = (" with config: `\n", "\n`");
    let mut parts = said.split(start);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |kept, part| {
        kept + part.split_once(end).map_or("", |(_, behind)| behind)
    })
}

/// Warnings about old fields have no part in a failure.
fn is_cause(line: &str) -> bool {
    !line.starts_with("# Warning:") && !line.trim().is_empty()
}

/// Without the directory of the build, which means nothing to anybody.
fn placed(line: &str, tree: &Path) -> String {
    let tree = tree.to_string_lossy();
    let line = line.strip_prefix("Error: ").unwrap_or(line);
    line.replace(&format!("{tree}/"), "").replace(&*tree, ".")
}

fn shorten(line: &str) -> String {
    let quote = QUOTES.iter().filter_map(|words| line.find(words)).min();
    let line = quote.and_then(|at| line.get(..at)).unwrap_or(line);
    let mut short: String = line
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_LINE)
        .collect();
    if quote.is_some() || short.len() < line.len() {
        short.push('…');
    }
    short
}

/// The file and line of the patch that a message is about, as kustomize names what it patches.
fn patch_named(message: &str, sources: &Sources) -> Option<String> {
    sources.files.iter().find_map(|(path, source)| {
        let documents = signet_yaml::read(&source.bytes, &Budget::default()).ok()?;
        let roots = documents.iter().map(|document| &document.root);
        let line = if source.roles.contains(&Role::Patch) {
            roots
                .filter(|root| is_named(message, root))
                .map(|root| root.span.line)
                .next()
        } else if source.roles.contains(&Role::Kustomization) {
            roots.filter_map(|root| inline_named(message, root)).next()
        } else {
            None
        };
        Some(format!("{path}:{}", line?))
    })
}

/// The line of a patch that stands in a kustomization file.
fn inline_named(message: &str, root: &Node) -> Option<u32> {
    let patches = get(root, "patches").map(Node::items).unwrap_or_default();
    patches.iter().find_map(|item| {
        let roots = inline(get(item, "patch")?.as_str()?)?;
        let named = roots.iter().any(|root| is_named(message, root));
        named.then_some(item.span.line)
    })
}

/// `Deployment.v1.apps/web.` is how kustomize writes it.
fn is_named(message: &str, root: &Node) -> bool {
    let text = |node: &Node, key| node.get(key)?.as_str().map(str::to_owned);
    let (Some(version), Some(kind)) = (text(root, "apiVersion"), text(root, "kind")) else {
        return false;
    };
    let name = root
        .get("metadata")
        .and_then(|metadata| text(metadata, "name"));
    let (group, version) = version.split_once('/').unwrap_or(("[noGrp]", &version));
    let name = name.unwrap_or_default();
    !name.is_empty() && message.contains(&format!("{kind}.{version}.{group}/{name}."))
}
