//! The variables, and where they come from.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::error::Name;
use crate::{Error, Reason};

/// Variables by name. Some may be values of Secrets: there is no way to print them.
#[derive(Default)]
pub struct Variables(BTreeMap<String, Held>);

enum Held {
    Text(Zeroizing<String>),
    /// A Secret may hold such beside the variables; it is wrong only where it is used.
    NoText,
}

impl Variables {
    /// The variables of ConfigMaps and Secrets, as the API server holds these, in the order of
    /// `spec.postBuild.substituteFrom`: of two with one name the later wins, and those of
    /// `spec.postBuild.substitute` win over all. Line breaks are taken out of every value.
    ///
    /// # Errors
    /// A name that no expression could use, or data that is not base64.
    pub fn new<'a>(
        from: impl IntoIterator<Item = &'a Value>,
        inline: &BTreeMap<String, String>,
    ) -> Result<Self, Error> {
        let mut variables = Self::default();
        for object in from {
            variables.take(object)?;
        }
        for (name, value) in inline {
            let text = Zeroizing::new(value.replace('\n', ""));
            variables.insert("spec.postBuild.substitute", name, Held::Text(text))?;
        }
        Ok(variables)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names, which are no secret.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The value of a variable.
    pub(crate) fn get(&self, name: &str) -> Result<Option<&str>, Reason> {
        match self.0.get(name) {
            Some(Held::Text(text)) => Ok(Some(text)),
            Some(Held::NoText) => Err(Reason::NotText(Name::new(name))),
            None => Ok(None),
        }
    }

    fn take(&mut self, object: &Value) -> Result<(), Error> {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
        let kind = text("/kind").unwrap_or("ConfigMap");
        let place = format!("{kind}/{}", text("/metadata/name").unwrap_or_default());
        let data = object.get("data").and_then(Value::as_object);
        for (name, value) in data.into_iter().flatten() {
            let value = value.as_str().unwrap_or_default();
            let held = if kind == "Secret" {
                decode(value).ok_or_else(|| Error {
                    place: place.clone(),
                    path: None,
                    reason: Reason::Encoding(name.clone()),
                })?
            } else {
                Held::Text(Zeroizing::new(value.replace('\n', "")))
            };
            self.insert(&place, name, held)?;
        }
        Ok(())
    }

    fn insert(&mut self, place: &str, name: &str, held: Held) -> Result<(), Error> {
        if !is_name(name) {
            return Err(Error {
                place: place.to_owned(),
                path: None,
                reason: Reason::Key(name.to_owned()),
            });
        }
        self.0.insert(name.to_owned(), held);
        Ok(())
    }
}

fn decode(value: &str) -> Option<Held> {
    let bytes = Zeroizing::new(STANDARD.decode(value).ok()?);
    let mut held = Held::NoText;
    if let Ok(text) = std::str::from_utf8(&bytes) {
        held = Held::Text(Zeroizing::new(text.replace('\n', "")));
    }
    Some(held)
}

fn is_name(name: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.chars().all(word) && !name.starts_with(|c: char| c.is_ascii_digit()) && !name.is_empty()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
mod tests {
    use super::*;
    use serde_json::json;

    fn config_map(data: &Value) -> Value {
        json!({"kind": "ConfigMap", "metadata": {"name": "c"}, "data": data})
    }

    fn secret(data: &Value) -> Value {
        json!({"kind": "Secret", "metadata": {"name": "s"}, "data": data})
    }

    #[test]
    fn the_later_wins_and_the_inline_wins_over_all() {
        let from = [
            config_map(&json!({"a": "1", "b": "1", "c": "1"})),
            secret(&json!({"b": "Mg==", "c": "Mg=="})),
        ];
        let inline = BTreeMap::from([("c".to_owned(), "3\n3\n".to_owned())]);
        let variables = Variables::new(&from, &inline).ok().unwrap();
        let value = |name: &str| variables.get(name).unwrap().map(str::to_owned);
        assert_eq!(value("a").as_deref(), Some("1"));
        assert_eq!(value("b").as_deref(), Some("2"));
        assert_eq!(value("c").as_deref(), Some("33"));
        assert_eq!(value("d"), None);
        assert_eq!(variables.names().collect::<Vec<_>>(), ["a", "b", "c"]);
    }

    #[test]
    fn a_name_that_no_expression_could_use_is_an_error() {
        for name in ["", "1a", "a-b", "a.b", "ä", "a b"] {
            let from = [config_map(&json!({name: "CANARY"}))];
            let error = Variables::new(&from, &BTreeMap::new()).err().unwrap();
            assert_eq!(error.reason, Reason::Key(name.to_owned()));
            assert!(error.to_string().starts_with("ConfigMap/c: "), "{error}");
            assert!(!error.to_string().contains("CANARY"));
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_wrong_only_where_they_are_used() {
        let variables = Variables::new(
            &[secret(&json!({"a": "/w==", "b": "Yg=="}))],
            &BTreeMap::new(),
        );
        let variables = variables.ok().unwrap();
        assert_eq!(variables.get("b"), Ok(Some("b")));
        assert_eq!(variables.get("a"), Err(Reason::NotText(Name::new("a"))));
        let broken = Variables::new(&[secret(&json!({"a": "%"}))], &BTreeMap::new());
        assert_eq!(
            broken.err().unwrap().reason,
            Reason::Encoding("a".to_owned())
        );
    }
}
