//! A document as the JSON that Kubernetes would see.

use serde_json::{Map, Value as Json};

use crate::node::{Document, Node, Value};

impl Document {
    /// The document as JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        self.root.to_json()
    }

    /// The document as JSON, its strings moved and not copied.
    #[must_use]
    pub fn into_json(self) -> Json {
        self.root.into_json()
    }
}

impl Node {
    /// The node and what is inside of it as JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(yes) => Json::Bool(*yes),
            Value::Number(number) => Json::Number(number.clone()),
            Value::String(text) => Json::String(text.clone()),
            Value::Sequence(items) => items.iter().map(Self::to_json).collect(),
            Value::Mapping(entries) => entries
                .iter()
                .map(|entry| (entry.key.name.clone(), entry.value.to_json()))
                .collect(),
        }
    }

    /// The node and what is inside of it as JSON, its strings moved and not copied.
    #[must_use]
    pub fn into_json(self) -> Json {
        match self.value {
            Value::Null => Json::Null,
            Value::Bool(yes) => Json::Bool(yes),
            Value::Number(number) => Json::Number(number),
            Value::String(text) => Json::String(text),
            Value::Sequence(items) => items.into_iter().map(Self::into_json).collect(),
            Value::Mapping(entries) => {
                let object: Map<_, _> = entries
                    .into_iter()
                    .map(|entry| (entry.key.name, entry.value.into_json()))
                    .collect();
                Json::Object(object)
            }
        }
    }
}
