//! What a SealedSecret says about itself, and what is wrong with it, without any key.
//!
//! Taken off the object as JSON and not as its type: what a linter is for is mostly what does not
//! fit the type. `signet inspect` shows it of files, `signet explain` and `signet migrate` of what
//! is in a cluster.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use signet_seal::Scope;
use signet_seal::sealed_for::SealedFor;

mod certificates;
mod finding;
mod items;
mod place;
mod template;

pub use certificates::{Certificates, Given};
pub use finding::{Finding, Level};
pub use items::Item;
pub use template::overridden;

/// A SealedSecret as it was seen.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Looked {
    /// Its namespace, or the one given for those that name none; may be empty.
    pub namespace: String,
    /// Its name; may be empty.
    pub name: String,
    /// Where its items open, by its own annotations.
    #[serde(serialize_with = "words")]
    pub scope: Scope,
    /// Type of the Secret, if the template gives one.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Whether the Secret is made immutable.
    pub immutable: bool,
    /// Keys of `spec.template.data`; `true` for those that are `null`, which leaves the item out.
    pub template_keys: BTreeMap<String, bool>,
    /// Each sealed value.
    pub items: Vec<Item>,
    /// What is wrong, in the order of the object. Whoever prints them knows more of their place.
    #[serde(skip)]
    pub findings: Vec<Finding>,
}

impl Looked {
    /// Looks at an object; `namespace` counts where it names none.
    pub fn at(object: &Value, namespace: Option<&str>) -> Self {
        let metadata = &object["metadata"];
        let annotations = annotations(metadata);
        let note = SealedFor::of(&annotations);
        let template = &object["spec"]["template"];
        let mut findings = Vec::new();
        let mut looked = Self {
            namespace: given(&metadata["namespace"])
                .or(namespace)
                .unwrap_or_default()
                .to_owned(),
            name: given(&metadata["name"]).unwrap_or_default().to_owned(),
            scope: Scope::of_annotations(&annotations),
            kind: given(&template["type"]).map(str::to_owned),
            immutable: template["immutable"] == true,
            template_keys: template::keys(template),
            items: Vec::new(),
            findings: Vec::new(),
        };
        place::check(object, &annotations, &looked, &mut findings);
        looked.items = items::read(object, &note, &mut findings);
        template::check(template, &looked, &mut findings);
        looked.findings = findings;
        looked
    }

    /// `demo/db`, or what there is of it.
    pub fn id(&self) -> String {
        match (self.namespace.as_str(), self.name.as_str()) {
            ("", "") => "without a name".to_owned(),
            ("", name) => name.to_owned(),
            (namespace, "") => format!("{namespace}/"),
            (namespace, name) => format!("{namespace}/{name}"),
        }
    }

    /// Where its items open, in words.
    pub fn opens_as(&self) -> String {
        let Self {
            namespace, name, ..
        } = self;
        match self.scope {
            Scope::Strict => format!("{namespace}/{name} only"),
            Scope::NamespaceWide => format!("any name in namespace {namespace}"),
            Scope::ClusterWide => "any name in any namespace".to_owned(),
        }
    }
}

/// The annotations that are texts.
pub fn annotations(metadata: &Value) -> BTreeMap<String, String> {
    let all = metadata["annotations"].as_object().into_iter().flatten();
    all.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

/// A text that is not empty.
fn given(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

fn words<S: serde::Serializer>(
    word: &impl std::fmt::Display,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(word)
}
