//! The values of the Helm chart, as `deploy/chart/values.yaml` says them: each with the comment above
//! it. The schema that Helm checks values with and the page of the reference come from there.

use std::fmt::Write as _;

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value, json};
use signet_yaml::{Budget, Node, Style};

/// Defaults longer than this are looked up in the file itself.
const LONGEST_DEFAULT: usize = 60;

/// A value or a group of them.
pub(super) struct Entry {
    name: String,
    /// Names of the groups around it and its own, with dots.
    path: String,
    /// Heading that it stands below.
    section: String,
    doc: String,
    types: Vec<String>,
    words: Vec<String>,
    /// What the items of a list may be.
    items: Vec<String>,
    open: bool,
    default: Value,
    inner: Vec<Entry>,
}

/// What the file says.
///
/// # Errors
/// It is no YAML, or a value has no comment.
pub(super) fn read(text: &str) -> Result<Vec<Entry>> {
    let documents = signet_yaml::read(text.as_bytes(), &Budget::default())?;
    let document = documents.first().context("values.yaml is empty")?;
    let lines: Vec<&str> = text.lines().collect();
    let all = entries(&document.root, "", &lines);
    undocumented(&all)?;
    Ok(all)
}

/// JSON schema of the values: types, allowed words, and no name that is not there. A value that is a
/// text may be given as a number, as people do.
pub(super) fn schema(values: &[Entry]) -> Result<String> {
    let mut schema = closed(values, false);
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["title"] = json!("Values of the chart of signet-controller");
    Ok(serde_json::to_string_pretty(&schema)? + "\n")
}

/// Page of the reference: a table for each section.
pub(super) fn reference(values: &[Entry]) -> String {
    let mut page = format!("# Values of the Helm chart\n\n{INTRODUCTION}");
    let mut section = "";
    for value in values {
        if value.section != section {
            section = &value.section;
            // Writing to a text does not fail.
            let _ = write!(
                page,
                "\n## {section}\n\n| Value | Default | Meaning |\n|---|---|---|\n"
            );
        }
        rows(&mut page, value);
    }
    page
}

const INTRODUCTION: &str = "\
[Install Signet](../guides/install.md#with-helm) says how the chart is used.
Values of the sealed-secrets chart keep their names and meanings; where one cannot be done as asked, \
`helm` ends and says what to do instead.
A name that is not here is refused.
";

fn rows(page: &mut String, value: &Entry) {
    let meaning = value.doc.replace('|', "\\|");
    if value.inner.is_empty() || !meaning.is_empty() {
        let (path, default) = (&value.path, default_of(value));
        let _ = writeln!(page, "| `{path}` | {default} | {meaning} |");
    }
    value.inner.iter().for_each(|inner| rows(page, inner));
}

fn default_of(value: &Entry) -> String {
    if !value.inner.is_empty() {
        return String::new();
    }
    let text = value.default.to_string();
    match text.len() > LONGEST_DEFAULT {
        true => "see `values.yaml`".to_owned(),
        false => format!("`{text}`"),
    }
}

// ---------------------------------------------------------------------------- the file, read

fn entries(node: &Node, above: &str, lines: &[&str]) -> Vec<Entry> {
    let mut all = Vec::new();
    // In braces it is a default as a whole: a comment stands above a line, not inside of one.
    let listed = node.entries().iter().filter(|_| node.style == Style::Block);
    for entry in listed {
        let name = entry.key.name.clone();
        let path = match above {
            "" => name.clone(),
            above => format!("{above}.{name}"),
        };
        let line = entry.key.span.line as usize - 1;
        let comment = Comment::above(line, lines);
        let inner = entries(&entry.value, &path, lines);
        // A map whose keys have no comments is a default, and no group.
        let group = inner
            .iter()
            .any(|entry| !entry.doc.is_empty() || !entry.inner.is_empty());
        all.push(Entry {
            section: section(line, lines),
            doc: comment.doc,
            types: comment.types,
            words: comment.words,
            items: comment.items,
            open: comment.open,
            default: entry.value.to_json(),
            inner: if group { inner } else { Vec::new() },
            name,
            path,
        });
    }
    all
}

/// The last heading before `line`: `# = Heading`.
fn section(line: usize, lines: &[&str]) -> String {
    let before = lines.iter().take(line).rev();
    let mut headings = before.filter_map(|line| line.strip_prefix("# = "));
    headings.next().unwrap_or_default().to_owned()
}

#[derive(Default)]
struct Comment {
    doc: String,
    types: Vec<String>,
    words: Vec<String>,
    items: Vec<String>,
    open: bool,
}

impl Comment {
    /// What stands directly above a line, at its own indentation.
    fn above(line: usize, lines: &[&str]) -> Self {
        let indent = |text: &str| text.len() - text.trim_start().len();
        let own = lines.get(line).map_or(0, |text| indent(text));
        let before = lines.iter().take(line).rev();
        let block = before.map_while(|text| {
            let said = text.trim_start().strip_prefix('#')?;
            (indent(text) == own).then_some(said.trim())
        });
        let mut block: Vec<&str> = block.collect();
        block.reverse();
        let mut comment = Self::default();
        block.into_iter().for_each(|line| comment.take(line));
        comment
    }

    fn take(&mut self, line: &str) {
        let list = |text: &str| text.split(',').map(|word| word.trim().to_owned()).collect();
        if let Some(types) = line.strip_prefix("@type ") {
            self.types = list(types);
        } else if let Some(words) = line.strip_prefix("@one of ") {
            self.words = list(words);
        } else if let Some(words) = line.strip_prefix("@each of ") {
            self.items = list(words);
        } else if line == "@open" {
            self.open = true;
        } else {
            let space = if self.doc.is_empty() { "" } else { " " };
            self.doc = format!("{}{space}{line}", self.doc);
        }
    }
}

fn undocumented(values: &[Entry]) -> Result<()> {
    for value in values {
        let path = &value.path;
        ensure!(
            !value.doc.is_empty() || !value.inner.is_empty(),
            "deploy/chart/values.yaml: {path} has no comment above it"
        );
        undocumented(&value.inner)?;
    }
    Ok(())
}

// ---------------------------------------------------------------------------- the schema

fn closed(values: &[Entry], open: bool) -> Value {
    let properties: Map<_, _> = values
        .iter()
        .map(|value| (value.name.clone(), allowed(value)))
        .collect();
    json!({"type": "object", "properties": properties, "additionalProperties": open})
}

fn allowed(value: &Entry) -> Value {
    if !value.inner.is_empty() {
        return closed(&value.inner, value.open);
    }
    if !value.words.is_empty() {
        return json!({"enum": value.words});
    }
    if !value.types.is_empty() {
        return json!({"type": value.types});
    }
    match &value.default {
        Value::Bool(_) => json!({"type": "boolean"}),
        Value::Number(_) => json!({"type": ["integer", "string"], "pattern": "^[0-9]+$"}),
        Value::Array(_) if !value.items.is_empty() => {
            json!({"type": "array", "items": {"enum": value.items}})
        }
        Value::Array(_) => json!({"type": "array"}),
        Value::Object(_) => json!({"type": "object"}),
        Value::Null | Value::String(_) => json!({"type": ["string", "number"]}),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use super::*;

    const FILE: &str = "\
# About the file.

# = First

# What it
# does
# @one of , a, b
word: \"\"
# Some
# @each of a, b
some: []
# A group
# @open
group:
  # Inside
  inner: 1
  # A default with keys
  map: {k: v}
bare:
  # Below a group without a comment
  flag: true
";

    #[test]
    fn a_comment_belongs_to_the_value_below_it() {
        let values = read(FILE).unwrap();
        let page = reference(&values);
        assert!(page.contains("## First"), "{page}");
        assert!(
            page.contains("| `word` | `\"\"` | What it does |"),
            "{page}"
        );
        assert!(page.contains("| `group.map` | `{\"k\":\"v\"}` | A default with keys |"));
        assert!(
            page.contains("| `bare.flag` | `true` | Below a group"),
            "{page}"
        );
        assert!(!page.contains("About the file"), "{page}");
    }

    #[test]
    fn the_schema_knows_types_words_and_names() {
        let schema = closed(&read(FILE).unwrap(), false);
        assert_eq!(schema["properties"]["word"]["enum"], json!(["", "a", "b"]));
        let some = &schema["properties"]["some"];
        assert_eq!(some["items"]["enum"], json!(["a", "b"]));
        assert_eq!(schema["additionalProperties"], false);
        let group = &schema["properties"]["group"];
        assert_eq!(group["additionalProperties"], true);
        assert_eq!(group["properties"]["map"], json!({"type": "object"}));
        let flag = &schema["properties"]["bare"]["properties"]["flag"];
        assert_eq!(flag["type"], "boolean");
    }

    #[test]
    fn a_value_without_a_comment_is_found() {
        let error = read("# Said\na: 1\nb: 2\n").err().unwrap();
        assert!(error.to_string().contains("b has no comment"), "{error}");
    }
}
