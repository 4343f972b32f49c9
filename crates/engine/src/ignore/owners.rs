//! Who owns a field by applying it, read from `managedFields`.

use serde_json::{Map, Value};

use super::pointer::Pointer;

/// The sets of fields of those who apply.
pub(super) struct Owners<'a>(Vec<(&'a str, &'a Value)>);

impl<'a> Owners<'a> {
    pub(super) fn of(object: &'a Value) -> Self {
        object
            .get("metadata")
            .map_or(Self(Vec::new()), Self::of_metadata)
    }

    pub(super) fn of_metadata(metadata: &'a Value) -> Self {
        let entries = metadata.get("managedFields").and_then(Value::as_array);
        let applied = |entry: &&Value| {
            let text = |field: &str| entry.get(field).and_then(Value::as_str).unwrap_or_default();
            text("operation") == "Apply" && text("subresource").is_empty()
        };
        let set =
            |entry: &'a Value| Some((entry.get("manager")?.as_str()?, entry.get("fieldsV1")?));
        Self(
            entries
                .into_iter()
                .flatten()
                .filter(applied)
                .filter_map(set)
                .collect(),
        )
    }

    /// The path as sets of fields write it: `f:spec`, `f:containers`, `k:{"name":"app"}`. The items
    /// of lists are those of `object`. `None` if an item has no name in any set.
    pub(super) fn fields(&self, path: &Pointer, object: &Value) -> Option<Vec<String>> {
        let mut fields: Vec<String> = Vec::new();
        let mut value = Some(object);
        for part in path.parts() {
            match value {
                Some(Value::Array(items)) => {
                    let item = items.get(part.parse::<usize>().ok()?)?;
                    fields.push(self.name_of_item(&fields, item)?);
                    value = Some(item);
                }
                other => {
                    fields.push(format!("f:{part}"));
                    value = other.and_then(|value| value.get(part));
                }
            }
        }
        Some(fields)
    }

    /// The `k:{…}` that some set has at this place, and whose keys the item has.
    fn name_of_item(&self, list: &[String], item: &Value) -> Option<String> {
        let nodes = self.0.iter().filter_map(|(_, set)| walk(set, list));
        let names = nodes.filter_map(Value::as_object).flat_map(Map::keys);
        let fits = |name: &&String| {
            let keys = name
                .strip_prefix("k:")
                .and_then(|keys| serde_json::from_str(keys).ok());
            keys.is_some_and(|keys| has_keys(item, &keys))
        };
        names.into_iter().find(fits).cloned()
    }

    /// Whether somebody else than `manager` owns the field.
    pub(super) fn others_own(&self, fields: &[String], manager: &str) -> bool {
        let mut others = self.0.iter().filter(|(name, _)| *name != manager);
        others.any(|(_, set)| walk(set, fields).is_some())
    }
}

fn walk<'v>(set: &'v Value, fields: &[String]) -> Option<&'v Value> {
    fields.iter().try_fold(set, |node, field| node.get(field))
}

/// Whether an item of a list has these values.
pub(super) fn has_keys(item: &Value, keys: &Map<String, Value>) -> bool {
    keys.iter().all(|(key, value)| item.get(key) == Some(value))
}

/// An entry without fields, and without what holds nothing any more.
pub(super) fn without(entry: &Value, ignored: &[Vec<String>]) -> Value {
    let mut entry = entry.clone();
    if let Some(set) = entry.get_mut("fieldsV1") {
        for fields in ignored {
            remove(set, fields);
        }
    }
    entry
}

fn remove(node: &mut Value, fields: &[String]) {
    let (Some((first, rest)), Some(map)) = (fields.split_first(), node.as_object_mut()) else {
        return;
    };
    if rest.is_empty() {
        map.remove(first);
        return;
    }
    let Some(inner) = map.get_mut(first) else {
        return;
    };
    remove(inner, rest);
    if inner.as_object().is_some_and(Map::is_empty) {
        map.remove(first);
    }
}
