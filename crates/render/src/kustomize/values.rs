//! Values of Secrets among what was gathered, to be kept out of whatever kustomize says: it quotes
//! whole objects when it cannot make sense of one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use signet_yaml::{Budget, Node, Value};
use zeroize::Zeroizing;

use super::references::{get, inline};
use crate::sources::{Recipe, Role, Source, Sources};

/// Texts that no message may repeat.
pub(super) struct Values(Vec<Zeroizing<String>>);

/// A value longer than this is not looked for in base64; a line of it is found in any case.
const LONGEST_ENCODED: usize = 16 << 10;

/// A text at least this long is looked for anywhere; a shorter one where it stands as a word.
const LONG: usize = 6;

impl Values {
    /// Of everything that was gathered.
    pub(super) fn of(sources: &Sources, recipe: &Recipe) -> Self {
        let mut values = Self(Vec::new());
        for source in sources.files.values() {
            values.file(source);
        }
        let declared = recipe.fields.get("patches");
        let patches = declared.and_then(serde_json::Value::as_array);
        for patch in patches.into_iter().flatten() {
            values.inline(patch["patch"].as_str().unwrap_or_default());
        }
        values
    }

    /// Whether a line repeats one of them. Quotes and backslashes do not count: what is quoted once
    /// more has more of them.
    pub(super) fn are_in(&self, line: &str) -> bool {
        let line = bare(line);
        self.0.iter().any(|value| match value.len() >= LONG {
            true => line.contains(value.as_str()),
            false => has_word(&line, value),
        })
    }

    fn file(&mut self, source: &Source) {
        let text = Zeroizing::new(String::from_utf8_lossy(&source.bytes).into_owned());
        for role in &source.roles {
            match role {
                Role::SecretData => self.add(&text),
                Role::SecretVariables => self.variables(&text),
                Role::Data | Role::Variables => {}
                Role::Objects | Role::Kustomization | Role::Patch | Role::Other => {
                    self.objects(&text);
                }
            }
        }
    }

    fn variables(&mut self, text: &str) {
        for line in text.lines() {
            let value = line.split_once('=').map_or(line, |(_, value)| value);
            self.add(value);
        }
    }

    /// What cannot be read could hold anything anywhere.
    fn objects(&mut self, text: &str) {
        match signet_yaml::read(text.as_bytes(), &Budget::default()) {
            Ok(documents) => documents.iter().for_each(|one| self.object(&one.root)),
            Err(_) => self.add(text),
        }
    }

    fn object(&mut self, root: &Node) {
        match &root.value {
            Value::Sequence(items) => items.iter().for_each(|item| self.operation(item)),
            _ if root.get("kind").and_then(Node::as_str) == Some("Secret") => {
                for field in ["data", "stringData"] {
                    self.leaves(root.get(field));
                }
            }
            _ => {
                root.get("items")
                    .map(Node::items)
                    .unwrap_or_default()
                    .iter()
                    .for_each(|item| {
                        self.object(item);
                    });
                self.instructions(root);
            }
        }
    }

    /// One operation of a JSON patch, on a Secret or on what looks the same.
    fn operation(&mut self, item: &Node) {
        let path = item.get("path").and_then(Node::as_str).unwrap_or_default();
        if path.is_empty() || path.starts_with("/data") || path.starts_with("/stringData") {
            self.leaves(item.get("value"));
        }
    }

    /// What a kustomization file says itself, or the configuration of a generator.
    fn instructions(&mut self, root: &Node) {
        let generators = get(root, "secretGenerator")
            .map(Node::items)
            .unwrap_or_default();
        let is_generator = root.get("kind").and_then(Node::as_str) == Some("SecretGenerator");
        for generator in generators.iter().chain(is_generator.then_some(root)) {
            for literal in get(generator, "literals")
                .map(Node::items)
                .unwrap_or_default()
            {
                self.variables(literal.as_str().unwrap_or_default());
            }
        }
        for name in ["patches", "patchesJson6902"] {
            for patch in get(root, name).map(Node::items).unwrap_or_default() {
                let text = get(patch, "patch").and_then(Node::as_str);
                self.inline(text.unwrap_or_default());
            }
        }
        for name in [
            "patchesStrategicMerge",
            "generators",
            "transformers",
            "validators",
        ] {
            for item in get(root, name).map(Node::items).unwrap_or_default() {
                let text = item.as_str().unwrap_or_default();
                if inline(text).is_some() || text.contains('\n') {
                    self.inline(text);
                }
            }
        }
    }

    fn inline(&mut self, text: &str) {
        self.objects(text);
    }

    fn leaves(&mut self, node: Option<&Node>) {
        match node.map(|node| &node.value) {
            Some(Value::String(text)) => {
                self.add(text);
                if let Ok(bytes) = STANDARD.decode(text.trim()) {
                    self.add(&Zeroizing::new(
                        String::from_utf8_lossy(&bytes).into_owned(),
                    ));
                }
            }
            Some(Value::Number(number)) => self.add(&number.to_string()),
            Some(Value::Sequence(items)) => items.iter().for_each(|item| self.leaves(Some(item))),
            Some(Value::Mapping(entries)) => {
                entries
                    .iter()
                    .for_each(|entry| self.leaves(Some(&entry.value)));
            }
            Some(Value::Null | Value::Bool(_)) | None => {}
        }
    }

    /// A value: each of its lines, and the whole as it stands in `data`.
    fn add(&mut self, value: &str) {
        for line in value.lines() {
            let line = bare(line.trim());
            if !line.is_empty() {
                self.0.push(line);
            }
        }
        if !value.is_empty() && value.len() <= LONGEST_ENCODED {
            self.0.push(Zeroizing::new(STANDARD.encode(value)));
        }
    }
}

fn bare(text: &str) -> Zeroizing<String> {
    let kept = |c: &char| !matches!(c, '\\' | '"' | '\'');
    Zeroizing::new(text.chars().filter(kept).collect())
}

/// Whether `word` stands in `line` with nothing like a letter on either side.
fn has_word(line: &str, word: &str) -> bool {
    let joins = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|part| part.chars().next_back());
        let after = line
            .get(at + word.len()..)
            .and_then(|part| part.chars().next());
        !before.is_some_and(joins) && !after.is_some_and(joins)
    })
}
