//! The sealed values: their measures, and what keeps one from opening whatever the key.

use serde::Serialize;
use serde_json::Value;
use signet_seal::format::bitnami::Anatomy;
use signet_seal::sealed_for::SealedFor;
use signet_seal::{Fingerprint, text};

use super::Finding;

/// One sealed value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// Its key in the Secret.
    pub key: String,
    /// Bytes of the sealed value, before base64; absent if it is no base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealed_bytes: Option<usize>,
    /// Bytes of what is inside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plain_bytes: Option<usize>,
    /// Bits of the key that it was sealed for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_bits: Option<usize>,
    /// The key that it was sealed for, if the object notes that.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "fingerprint"
    )]
    pub sealed_for: Option<Fingerprint>,
}

/// What stands in place of a key for the deprecated form, which is one blob.
pub const BLOB: &str = "(spec.data)";

/// Longest key of a Secret.
const KEY_LIMIT: usize = 253;

/// Reads `spec.encryptedData`, or the deprecated `spec.data`.
pub fn read(object: &Value, note: &SealedFor, findings: &mut Vec<Finding>) -> Vec<Item> {
    let spec = &object["spec"];
    let blob = spec["data"].as_str().filter(|blob| !blob.is_empty());
    let sealed = &spec["encryptedData"];
    forms(sealed, blob.is_some(), findings);
    let mut items: Vec<Item> = sealed
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| item(key, value, note.item(key), findings))
        .collect();
    items.extend(blob.map(|blob| {
        let path = ["spec", "data"];
        measured(BLOB, blob, None, &path, findings)
    }));
    items
}

fn forms(sealed: &Value, blob: bool, findings: &mut Vec<Finding>) {
    let path = ["spec", "encryptedData"];
    let empty = sealed.as_object().is_none_or(serde_json::Map::is_empty);
    match (sealed, blob) {
        (Value::Object(_), false) => {}
        (_, true) if empty => findings.push(Finding::warning(
            "deprecated-data",
            &["spec", "data"],
            "the deprecated form, one blob for the whole Secret: it opens, but cannot be re-sealed \
             in place; open it with `signet unseal` and seal the Secret again",
        )),
        (_, true) => findings.push(Finding::error(
            "both-forms",
            &["spec", "data"],
            "encryptedData and the deprecated data at once: neither is opened; leave one out",
        )),
        (Value::Null, false) => findings.push(Finding::error(
            "nothing-sealed",
            &["spec"],
            "spec.encryptedData is missing",
        )),
        (_, false) => findings.push(Finding::error(
            "not-a-map",
            &path,
            "spec.encryptedData is not a map of strings",
        )),
    }
}

fn item(key: &str, value: &Value, note: Option<&Fingerprint>, findings: &mut Vec<Finding>) -> Item {
    let path = ["spec", "encryptedData", key];
    let letter = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if key.is_empty() || key.len() > KEY_LIMIT || !key.chars().all(letter) {
        let message = format!("{key:?} cannot be the key of a Secret: letters, digits, - _ . only");
        findings.push(Finding::error("bad-key", &path, message));
    }
    if let Some(text) = value.as_str() {
        return measured(key, text, note, &path, findings);
    }
    let message = format!("{key}: not a string; was it committed unsealed?");
    findings.push(Finding::error("not-a-string", &path, message));
    unmeasured(key, note)
}

fn measured(
    key: &str,
    sealed: &str,
    note: Option<&Fingerprint>,
    path: &[&str],
    findings: &mut Vec<Finding>,
) -> Item {
    let mut item = unmeasured(key, note);
    let bytes = match text::decode(sealed) {
        Ok(bytes) => bytes,
        Err(cause) => {
            let message = format!("{key}: {cause}");
            findings.push(Finding::error("not-base64", path, message));
            return item;
        }
    };
    item.sealed_bytes = Some(bytes.len());
    match Anatomy::of(&bytes) {
        Ok(found) => {
            item.plain_bytes = Some(found.plaintext_length);
            item.key_bits = Some(found.bits());
        }
        Err(cause) => {
            let message = format!("{key}: {cause}");
            findings.push(Finding::error("no-item", path, message));
        }
    }
    item
}

fn unmeasured(key: &str, note: Option<&Fingerprint>) -> Item {
    Item {
        key: key.to_owned(),
        sealed_bytes: None,
        plain_bytes: None,
        key_bits: None,
        sealed_for: note.copied(),
    }
}

#[expect(clippy::ref_option, reason = "serde hands fields over so")]
fn fingerprint<S: serde::Serializer>(
    key: &Option<Fingerprint>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match key {
        Some(key) => serializer.collect_str(key),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn codes(spec: Value) -> (Vec<Item>, Vec<&'static str>) {
        let mut findings = Vec::new();
        let mut object = json!({});
        object["spec"] = spec;
        let items = read(&object, &SealedFor::Unknown, &mut findings);
        (
            items,
            findings.into_iter().map(|found| found.code).collect(),
        )
    }

    fn whole(plain: usize) -> String {
        text::encode(&[&[1, 0][..], &vec![7; 256 + 16 + plain]].concat())
    }

    #[test]
    fn measures_come_off_the_bytes() {
        let (items, findings) = codes(json!({"encryptedData": {"a": whole(5)}}));
        assert_eq!(
            (
                items[0].sealed_bytes,
                items[0].plain_bytes,
                items[0].key_bits
            ),
            (Some(279), Some(5), Some(2048))
        );
        assert!(findings.is_empty());
    }

    #[test]
    fn what_no_key_opens_is_named() {
        let spec = json!({"encryptedData": {
            "a": "hunter2", "b": "AQA=", "c": "cGFzc3dvcmQ=", "d": 4711, "e/f": whole(1),
        }});
        let (items, findings) = codes(spec);
        assert_eq!(items.len(), 5);
        let expected = [
            "not-base64",
            "no-item",
            "no-item",
            "not-a-string",
            "bad-key",
        ];
        assert_eq!(findings, expected);
    }

    #[test]
    fn the_two_forms_exclude_each_other() {
        let blob = whole(3);
        let code = |spec| codes(spec).1;
        assert_eq!(
            code(json!({"data": blob, "encryptedData": {}})),
            ["deprecated-data"]
        );
        assert_eq!(code(json!({"data": blob})), ["deprecated-data"]);
        let both = json!({"data": blob, "encryptedData": {"a": blob}});
        assert_eq!(code(both), ["both-forms"]);
        assert_eq!(code(json!({})), ["nothing-sealed"]);
        assert_eq!(code(json!({"encryptedData": ["a"]})), ["not-a-map"]);
        assert_eq!(codes(json!({"data": blob})).0[0].key, BLOB);
    }
}
