//! JSON pointers (RFC 6901), and what is done at the place that one names.

use std::cmp::Ordering;

use serde_json::Value;

/// A place inside of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pointer(Vec<String>);

impl Pointer {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let Some(path) = text.strip_prefix('/') else {
            return Err(match text {
                "" => "it names the whole object: to leave an object alone, annotate it with \
                       kustomize.toolkit.fluxcd.io/reconcile: disabled"
                    .to_owned(),
                other => format!(
                    "{other:?} is no JSON pointer: it begins with a slash, as in /spec/replicas"
                ),
            });
        };
        let unescaped = |part: &str| part.replace("~1", "/").replace("~0", "~");
        Ok(Self(path.split('/').map(unescaped).collect()))
    }

    pub(super) fn parts(&self) -> &[String] {
        &self.0
    }

    pub(super) fn get<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(value, |value, part| match value {
            Value::Object(map) => map.get(part),
            Value::Array(items) => items.get(index(part, items.len())?),
            _ => None,
        })
    }

    /// Where the thing stands that is to be changed, and its name there.
    fn parent<'v, 'p>(&'p self, value: &'v mut Value) -> Option<(&'v mut Value, &'p str)> {
        let (last, path) = self.0.split_last()?;
        let parent = path.iter().try_fold(value, |value, part| match value {
            Value::Object(map) => map.get_mut(part),
            Value::Array(items) => {
                let at = index(part, items.len())?;
                items.get_mut(at)
            }
            _ => None,
        })?;
        Some((parent, last))
    }

    /// Takes the thing out, if it is there.
    pub(super) fn remove(&self, value: &mut Value) {
        match self.parent(value) {
            Some((Value::Object(map), name)) => {
                map.remove(name);
            }
            Some((Value::Array(items), name)) => {
                if let Some(at) = index(name, items.len()) {
                    items.remove(at);
                }
            }
            _ => {}
        }
    }

    /// Puts a value there, if there is a place for it.
    pub(super) fn set(&self, value: &mut Value, new: &Value) {
        match self.parent(value) {
            Some((Value::Object(map), name)) => {
                map.insert(name.to_owned(), new.clone());
            }
            Some((Value::Array(items), name)) => {
                if let Some(item) = index(name, items.len()).and_then(|at| items.get_mut(at)) {
                    *item = new.clone();
                }
            }
            _ => {}
        }
    }

    /// The same place in an object whose lists have other items beside it: where `fields` names an
    /// item by its keys, the item with these keys.
    pub(super) fn through_keys(&self, fields: &Option<Vec<String>>, object: &Value) -> Self {
        let Some(fields) = fields else {
            return self.clone();
        };
        let mut parts: Vec<String> = Vec::new();
        for (part, field) in self.0.iter().zip(fields) {
            let list = Self(parts.clone());
            let items = list.get(object).and_then(Value::as_array);
            let keys = field
                .strip_prefix("k:")
                .and_then(|keys| serde_json::from_str(keys).ok());
            let found = items.zip(keys).and_then(|(items, keys)| {
                let has = |item: &Value| super::owners::has_keys(item, &keys);
                items.iter().position(has)
            });
            parts.push(found.map_or_else(|| part.clone(), |at| at.to_string()));
        }
        Self(parts)
    }

    /// Positions in lists by number, everything else by text.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let number = |part: &String| part.parse::<usize>().ok();
        let parts = self
            .0
            .iter()
            .zip(&other.0)
            .map(|(a, b)| match (number(a), number(b)) {
                (Some(a), Some(b)) => a.cmp(&b),
                _ => a.cmp(b),
            });
        let first = parts.into_iter().find(|order| order.is_ne());
        first.unwrap_or_else(|| self.0.len().cmp(&other.0.len()))
    }
}

/// A position in a list; a negative one counts from its end, as Flux allows.
fn index(part: &str, length: usize) -> Option<usize> {
    let position: isize = part.parse().ok()?;
    let from_end = || length.checked_sub(position.unsigned_abs());
    let at = usize::try_from(position).ok().or_else(from_end)?;
    (at < length).then_some(at)
}
