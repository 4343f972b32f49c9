//! The objects that a rule is about.

use regex::Regex;
use serde_json::Value;
use signet_api::build::Selector as Declared;
use signet_api::object_id::split_api_version;
use signet_cel::pattern;

use crate::invalid::Invalid;
use crate::labels::Selector;

/// A selector, compiled; what was left out selects everything.
#[derive(Default)]
pub(super) struct Target {
    group: Option<Regex>,
    version: Option<Regex>,
    kind: Option<Regex>,
    namespace: Option<Regex>,
    name: Option<Regex>,
    annotations: Option<Selector>,
    labels: Option<Selector>,
}

impl Target {
    pub(super) fn compile(given: &Declared, rule: &str, wrong: &mut Vec<Invalid>) -> Self {
        let mut note = |field: &str, cause: String| {
            wrong.push(Invalid::new(format!("{rule}.target.{field}"), cause));
        };
        let mut pattern = |field: &str, text: &Option<String>| {
            let text = text.as_deref().filter(|text| !text.is_empty())?;
            pattern::anchored(text)
                .map_err(|cause| note(field, cause))
                .ok()
        };
        let (group, version) = (
            pattern("group", &given.group),
            pattern("version", &given.version),
        );
        let (kind, name) = (pattern("kind", &given.kind), pattern("name", &given.name));
        let namespace = pattern("namespace", &given.namespace);
        let mut selector = |field: &str, text: &Option<String>| {
            let text = text.as_deref().filter(|text| !text.is_empty())?;
            Selector::parse(text)
                .map_err(|cause| note(field, cause))
                .ok()
        };
        Self {
            group,
            version,
            kind,
            namespace,
            name,
            annotations: selector("annotationSelector", &given.annotation_selector),
            labels: selector("labelSelector", &given.label_selector),
        }
    }

    pub(super) fn selects(&self, body: &Value) -> bool {
        let text = |pointer: &str| {
            body.pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let (group, version) = split_api_version(text("/apiVersion"));
        let fits = |pattern: &Option<Regex>, text: &str| {
            pattern
                .as_ref()
                .is_none_or(|pattern| pattern.is_match(text))
        };
        let selects = |selector: &Option<Selector>, pointer: &str| {
            selector
                .as_ref()
                .is_none_or(|selector| selector.selects(body.pointer(pointer)))
        };
        fits(&self.group, group)
            && fits(&self.version, version)
            && fits(&self.kind, text("/kind"))
            && fits(&self.namespace, text("/metadata/namespace"))
            && fits(&self.name, text("/metadata/name"))
            && selects(&self.annotations, "/metadata/annotations")
            && selects(&self.labels, "/metadata/labels")
    }
}
