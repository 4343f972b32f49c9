//! Their definition of SealedSecrets beside ours: fields that one of them does not have, and what is
//! checked otherwise. Words that only describe do not count.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;
use signet_api::install;

/// In what they differ, each as the places of fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// Whether there is one of theirs at all.
    pub present: bool,
    /// Fields that an apply of ours would drop.
    pub only_theirs: BTreeSet<String>,
    /// Fields that theirs drops.
    pub only_ours: BTreeSet<String>,
    /// Fields that may be null with ours only.
    pub null: BTreeSet<String>,
    /// Fields that are checked otherwise.
    pub checked: BTreeSet<String>,
}

/// Most places that are worth a line.
const LIMIT: usize = 4;

impl Difference {
    /// Between what is in the cluster and what `signet install` brings.
    pub fn of(theirs: Option<&Value>) -> Self {
        let Some(theirs) = theirs else {
            return Self::default();
        };
        let mut found = Self {
            present: true,
            ..Self::default()
        };
        let ours = install::definitions(&install::Options::new("")).into_iter();
        let mut ours = ours.filter(|ours| ours["metadata"]["name"] == theirs["metadata"]["name"]);
        let ours = ours.next().unwrap_or_default();
        for part in ["spec", "status"] {
            let path = format!("/spec/versions/0/schema/openAPIV3Schema/properties/{part}");
            let at = |definition: &Value| definition.pointer(&path).cloned().unwrap_or_default();
            found.field(part, &at(theirs), &at(&ours));
        }
        found
    }

    /// In words, none if they are alike.
    pub fn words(&self) -> Vec<String> {
        [
            ("only theirs has", &self.only_theirs),
            ("only Signet's has", &self.only_ours),
            ("Signet's takes null too in", &self.null),
            ("checked otherwise:", &self.checked),
        ]
        .into_iter()
        .filter(|(_, places)| !places.is_empty())
        .map(|(what, places)| format!("{what} {}", few(places)))
        .collect()
    }

    fn field(&mut self, place: &str, theirs: &Value, ours: &Value) {
        match (theirs, ours) {
            (Value::Null, Value::Null) => {}
            (_, Value::Null) => drop(self.only_theirs.insert(place.to_owned())),
            (Value::Null, _) => drop(self.only_ours.insert(place.to_owned())),
            _ => self.schema(place, theirs, ours),
        }
    }

    fn schema(&mut self, place: &str, theirs: &Value, ours: &Value) {
        for key in keys(theirs, ours) {
            let (a, b) = (&theirs[key], &ours[key]);
            match key {
                "description" | "title" => {}
                "properties" => {
                    for name in keys(a, b) {
                        // What is kept though it is not known is only not checked.
                        let kept =
                            a[name].is_null() && open(theirs) || b[name].is_null() && open(ours);
                        match kept {
                            true => drop(self.checked.insert(place.to_owned())),
                            false => self.field(&format!("{place}.{name}"), &a[name], &b[name]),
                        }
                    }
                }
                "additionalProperties" if a.is_object() && b.is_object() => {
                    self.schema(&format!("{place}.*"), a, b);
                }
                "items" => self.schema(&format!("{place}[]"), a, b),
                "nullable" if *b == true && *a != true => {
                    self.null.insert(place.to_owned());
                }
                _ if same(a, b) => {}
                _ => {
                    self.checked.insert(place.to_owned());
                }
            }
        }
    }
}

/// Whether a schema keeps fields that it does not know.
fn open(schema: &Value) -> bool {
    schema["x-kubernetes-preserve-unknown-fields"] == true
}

fn few(places: &BTreeSet<String>) -> String {
    let named = places
        .iter()
        .take(LIMIT)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match places.len().saturating_sub(LIMIT) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

fn keys<'v>(a: &'v Value, b: &'v Value) -> BTreeSet<&'v str> {
    let all = [a, b].into_iter().filter_map(Value::as_object);
    all.flat_map(|map| map.keys().map(String::as_str)).collect()
}

/// Lists of required fields have no order; what is absent is as false.
fn same(a: &Value, b: &Value) -> bool {
    let set = |value: &Value| {
        let texts = value
            .as_array()?
            .iter()
            .map(|item| item.as_str().map(str::to_owned));
        texts.collect::<Option<BTreeSet<_>>>()
    };
    let absent = |value: &Value| value.is_null() || *value == false;
    a == b || absent(a) && absent(b) || set(a).is_some() && set(a) == set(b)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ours() -> Value {
        let mut all = install::definitions(&install::Options::new("")).into_iter();
        all.find(|all| all["metadata"]["name"] == "sealedsecrets.bitnami.com")
            .unwrap_or_default()
    }

    fn spec(definition: &mut Value) -> &mut Value {
        &mut definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    }

    #[test]
    fn our_own_is_no_other_whatever_its_words() {
        let mut other = ours();
        spec(&mut other)["description"] = "x".into();
        let found = Difference::of(Some(&other));
        assert!(found.present && found.words().is_empty(), "{found:?}");
        assert!(!Difference::of(None).present);
    }

    #[test]
    fn what_validates_otherwise_is_named_by_its_place() {
        let mut other = ours();
        let fields = &mut spec(&mut other)["properties"];
        fields["template"]["properties"]["data"]["additionalProperties"] =
            json!({"type": "string"});
        fields["more"] = json!({"type": "string"});
        fields["data"]["format"] = "uri".into();
        let data = fields["template"]["properties"]["immutable"].take();
        fields["template"]["properties"]
            .as_object_mut()
            .map(|map| map.remove("immutable"));
        assert!(data.is_object());
        let metadata = &mut fields["template"]["properties"]["metadata"];
        metadata["properties"] = json!({"labels": {"type": "object"}});
        let found = Difference::of(Some(&other));
        assert_eq!(
            found.words(),
            [
                "only theirs has spec.more",
                "only Signet's has spec.template.immutable",
                "Signet's takes null too in spec.template.data.*",
                "checked otherwise: spec.data, spec.template.metadata",
            ]
        );
    }
}
