//! The template: keys that are items too, texts that cannot be rendered, annotations that go in pairs.

use std::collections::BTreeMap;

use serde_json::Value;
use signet_api::names::{MANAGED, SKIP_OWNER};
use signet_seal::secret::check_template;

use super::{Finding, Looked};

/// The keys of `data`, and whether each is `null`.
pub fn keys(template: &Value) -> BTreeMap<String, bool> {
    let data = template["data"].as_object().into_iter().flatten();
    data.map(|(key, value)| (key.clone(), value.is_null()))
        .collect()
}

/// Items that have a text of the same key in the template: up to release 0.36 of the sealed-secrets
/// controller the text wins, since then the item.
pub fn overridden(looked: &Looked) -> Vec<&str> {
    let texts = looked.template_keys.iter().filter(|(_, null)| !**null);
    let is_item = |key: &&str| looked.items.iter().any(|item| item.key == **key);
    texts.map(|(key, _)| key.as_str()).filter(is_item).collect()
}

/// Looks at the template.
pub fn check(template: &Value, looked: &Looked, findings: &mut Vec<Finding>) {
    for key in overridden(looked) {
        let message = format!(
            "{key} is an item and a key of template.data: up to release 0.36 of the sealed-secrets \
             controller the Secret gets the template's text, since 0.37 the item"
        );
        let path = ["spec", "template", "data", key];
        findings.push(Finding::warning("overridden", &path, message));
    }
    texts(&template["data"], findings);
    owner(template, findings);
}

fn texts(data: &Value, findings: &mut Vec<Finding>) {
    for (key, value) in data.as_object().into_iter().flatten() {
        let path = ["spec", "template", "data", key];
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text,
            _ => {
                let message = format!("template.data.{key} is neither a string nor null");
                findings.push(Finding::error("not-a-string", &path, message));
                continue;
            }
        };
        if let Err(cause) = check_template(key, text) {
            let message = format!("template.data.{key} cannot be rendered: {cause}");
            findings.push(Finding::error("not-rendered", &path, message));
        }
    }
}

fn owner(template: &Value, findings: &mut Vec<Finding>) {
    let annotations = super::annotations(&template["metadata"]);
    let set = |name: &str| annotations.get(name).is_some_and(|value| value == "true");
    if set(SKIP_OWNER) && !set(MANAGED) {
        let path = ["spec", "template", "metadata", "annotations", SKIP_OWNER];
        let message = format!(
            "{SKIP_OWNER} without {MANAGED}: the Secret is made once and then counts as somebody \
             else's; add {MANAGED}: \"true\" to the template"
        );
        findings.push(Finding::warning("not-managed", &path, message));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn look(template: Value) -> Looked {
        let item = signet_seal::text::encode(&[&[1, 0][..], &[7; 300]].concat());
        let mut object = json!({
            "apiVersion": "bitnami.com/v1alpha1", "metadata": {"name": "a", "namespace": "b"},
            "spec": {"encryptedData": {"a": item, "b": item}},
        });
        object["spec"]["template"] = template;
        Looked::at(&object, None)
    }

    fn codes(looked: &Looked) -> Vec<&str> {
        looked.findings.iter().map(|found| found.code).collect()
    }

    #[test]
    fn a_text_over_an_item_is_told_and_a_null_is_not() {
        let looked = look(json!({"data": {"a": "text", "b": null, "c": null}}));
        assert_eq!(overridden(&looked), ["a"]);
        assert!(codes(&looked).contains(&"overridden"));
        assert!(codes(&look(json!({"data": {"b": null}}))).is_empty());
    }

    #[test]
    fn a_text_that_cannot_be_rendered_is_told_with_the_place() {
        let well = look(json!({"data": {"config": "{{ index . \"a\" | b64enc }}"}}));
        assert!(codes(&well).is_empty());
        let looked = look(json!({"data": {"config": "a\n{{ env \"HOME\" }}", "n": 1}}));
        assert_eq!(codes(&looked), ["not-rendered", "not-a-string"]);
        let message = &looked.findings[0].message;
        let expected = "template.data.config cannot be rendered: template: config:2: \
                        function \"env\" not defined";
        assert_eq!(message, expected);
    }

    #[test]
    fn a_secret_without_an_owner_has_to_be_managed() {
        let with = |annotations: Value| look(json!({"metadata": {"annotations": annotations}}));
        assert_eq!(codes(&with(json!({SKIP_OWNER: "true"}))), ["not-managed"]);
        assert!(codes(&with(json!({SKIP_OWNER: "true", MANAGED: "true"}))).is_empty());
    }
}
