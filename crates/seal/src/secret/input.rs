//! Reading a Secret that is to be sealed: values out into their own type, the rest cleaned.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use signet_api::names::{LAST_APPLIED, LAST_APPLIED_KUBECFG};

use super::wipe::Wiped;
use crate::bytes::SecretBytes;
use crate::format::SealError;
use crate::text::{self, NotBase64};

/// Why a Secret cannot be sealed. Texts that scripts know from kubeseal are kept; no value is ever
/// quoted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// There is nothing to seal, and `allow_empty_data` is off.
    #[error(
        "secret.data is empty in input Secret, assuming this is an error and aborting. \
         To work with empty data, --allow-empty-data can be used"
    )]
    Empty,
    /// No name, and none given.
    #[error("missing metadata.name in input Secret")]
    NoName,
    /// No namespace where the scope needs one, and none given.
    #[error("secret must declare a namespace")]
    NoNamespace,
    /// The namespace asked for is not the Secret's.
    #[error(
        "namespace mismatch: input secret is in namespace {secret:?} but {asked:?} was specified"
    )]
    NamespaceMismatch {
        /// What the Secret says.
        secret: String,
        /// What the caller asked for.
        asked: String,
    },
    /// The object is of another kind; sealing it would turn it into a Secret.
    #[error("kind {0:?} is not a Secret; only Secrets are sealed")]
    Kind(String),
    /// A field holds something else than a Secret has there.
    #[error("{field} must be {expected}")]
    Shape {
        /// Where, such as `data["password"]`.
        field: String,
        /// What belongs there.
        expected: &'static str,
    },
    /// A value of `data` that is not base64.
    #[error("data[{key:?}] is {cause}; plain text belongs under stringData")]
    NotBase64 {
        /// The key of the value.
        key: String,
        /// What is wrong with it.
        cause: NotBase64,
    },
    /// The sealer refused.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// A Secret with its values apart.
pub(super) struct Input {
    /// Metadata as it may stand in a template; name, namespace and annotations among it.
    pub(super) metadata: Map<String, Value>,
    pub(super) type_: Option<String>,
    pub(super) immutable: Option<bool>,
    pub(super) data: BTreeMap<String, SecretBytes>,
}

/// Written by the API server: a template that carried them would be refused or misread. Managed
/// fields, finalizers and `generateName` stay, as the peer lets them stay.
const SERVER_OWNED: [&str; 8] = [
    "selfLink",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "ownerReferences",
];

impl Input {
    /// Takes the Secret apart. What is left of it, the two `last-applied` copies of its values
    /// included, is wiped.
    pub(super) fn read(secret: Value) -> Result<Self, SecretError> {
        let mut secret = Wiped(secret);
        let fields = object(&mut secret, "the Secret")?;
        match fields.get("kind") {
            None | Some(Value::Null) => {}
            Some(Value::String(kind)) if kind == "Secret" || kind.is_empty() => {}
            Some(Value::String(kind)) => return Err(SecretError::Kind(kind.clone())),
            Some(_) => return Err(shape("kind", "text")),
        }
        let mut data = values(fields, "data", decode)?;
        data.extend(values(fields, "stringData", plain)?);
        Ok(Self {
            metadata: metadata(fields)?,
            type_: text_field(fields, "type")?,
            immutable: bool_field(fields, "immutable")?,
            data,
        })
    }
}

/// One of the two maps of values.
fn values(
    fields: &mut Map<String, Value>,
    field: &str,
    read: fn(&str, Value) -> Result<SecretBytes, SecretError>,
) -> Result<BTreeMap<String, SecretBytes>, SecretError> {
    let Some(value) = fields.get_mut(field).filter(|value| !value.is_null()) else {
        return Ok(BTreeMap::new());
    };
    let map = object(value, field)?;
    map.iter_mut()
        .map(|(key, value)| Ok((key.clone(), read(key, value.take())?)))
        .collect()
}

fn decode(key: &str, value: Value) -> Result<SecretBytes, SecretError> {
    let value = Wiped(value);
    match &*value {
        Value::Null => Ok(SecretBytes::new(Vec::new())),
        Value::String(base64) => text::decode(base64)
            .map(SecretBytes::from)
            .map_err(|cause| SecretError::NotBase64 {
                key: key.to_owned(),
                cause,
            }),
        _ => Err(shape(
            &format!("data[{key:?}]"),
            "base64 text; put it in quotes",
        )),
    }
}

fn plain(key: &str, value: Value) -> Result<SecretBytes, SecretError> {
    let text = scalar_text(&format!("stringData[{key:?}]"), value)?;
    Ok(SecretBytes::new(text.into_bytes()))
}

/// Text, as Kubernetes' YAML reader gives a field of text what was written without quotes: `yes` is
/// the boolean true, and becomes `true`.
fn scalar_text(field: &str, value: Value) -> Result<String, SecretError> {
    const QUOTE: &str = "text; put it in quotes to have it exactly as written";
    match value {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text),
        Value::Bool(truth) => Ok(truth.to_string()),
        Value::Number(number) if is_written_alike(&number) => Ok(number.to_string()),
        _ => {
            drop(Wiped(value));
            Err(shape(field, QUOTE))
        }
    }
}

/// Whether Go writes the number with the same digits as we do; beyond these bounds it changes to an
/// exponent, and guessing would change a Secret's bytes.
fn is_written_alike(number: &serde_json::Number) -> bool {
    number.is_i64()
        || number.is_u64()
        || number
            .as_f64()
            .is_some_and(|float| (1e-4..1e6).contains(&float.abs()) && float.fract() != 0.0)
}

/// Metadata without what the server owns and without the copies that hold values.
fn metadata(fields: &mut Map<String, Value>) -> Result<Map<String, Value>, SecretError> {
    let Some(value) = fields.get_mut("metadata").filter(|value| !value.is_null()) else {
        return Ok(Map::new());
    };
    let mut metadata = std::mem::take(object(value, "metadata")?);
    for field in SERVER_OWNED {
        metadata.remove(field);
    }
    for field in ["annotations", "labels"] {
        let Some(value) = metadata.remove(field) else {
            continue;
        };
        let kept = text_map(value, field)?;
        if !kept.is_empty() {
            metadata.insert(field.to_owned(), Value::Object(kept));
        }
    }
    Ok(metadata)
}

fn text_map(value: Value, field: &str) -> Result<Map<String, Value>, SecretError> {
    let mut value = Wiped(value);
    if value.is_null() {
        return Ok(Map::new());
    }
    let map = object(&mut value, &format!("metadata.{field}"))?;
    map.iter_mut()
        .filter(|(key, _)| *key != LAST_APPLIED && *key != LAST_APPLIED_KUBECFG)
        .map(|(key, value)| {
            let text = scalar_text(&format!("metadata.{field}[{key:?}]"), value.take())?;
            Ok((key.clone(), Value::String(text)))
        })
        .collect()
}

fn object<'a>(
    value: &'a mut Value,
    field: &str,
) -> Result<&'a mut Map<String, Value>, SecretError> {
    value.as_object_mut().ok_or_else(|| shape(field, "a map"))
}

fn text_field(fields: &Map<String, Value>, name: &str) -> Result<Option<String>, SecretError> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        Some(_) => Err(shape(name, "text")),
    }
}

fn bool_field(fields: &Map<String, Value>, name: &str) -> Result<Option<bool>, SecretError> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(truth)) => Ok(Some(*truth)),
        Some(_) => Err(shape(name, "true or false")),
    }
}

/// Name or namespace: text, absent when empty.
pub(super) fn metadata_text(
    metadata: &Map<String, Value>,
    name: &str,
) -> Result<Option<String>, SecretError> {
    text_field(metadata, name).map_err(|_| shape(&format!("metadata.{name}"), "text"))
}

fn shape(field: &str, expected: &'static str) -> SecretError {
    SecretError::Shape {
        field: field.to_owned(),
        expected,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)] // a failed step is a failed test
    use super::*;
    use serde_json::json;

    fn read(secret: Value) -> Input {
        Input::read(secret).unwrap_or_else(|error| panic!("{error}"))
    }

    fn refused(secret: Value) -> String {
        Input::read(secret).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn string_data_wins_over_data() {
        let input = read(json!({
            "data": {"a": "b2xk", "b": "Yg=="}, "stringData": {"a": "new", "c": "plain"}
        }));
        let values: Vec<_> = input
            .data
            .iter()
            .map(|(key, value)| (key.as_str(), value.expose()))
            .collect();
        assert_eq!(values, [("a", &b"new"[..]), ("b", b"b"), ("c", b"plain")]);
    }

    #[test]
    fn text_without_quotes_is_read_as_kubernetes_reads_it() {
        let input = read(json!({"stringData": {"a": true, "b": 12, "c": 1.5, "d": null}}));
        let values: Vec<_> = input.data.values().map(SecretBytes::expose).collect();
        assert_eq!(values, [&b"true"[..], b"12", b"1.5", b""]);
        let exponent = refused(json!({"stringData": {"a": 1e21}}));
        assert!(
            exponent.starts_with("stringData[\"a\"] must be text"),
            "{exponent}"
        );
    }

    #[test]
    fn what_the_server_wrote_is_left_out() {
        let input = read(json!({"metadata": {
            "name": "n", "uid": "u", "resourceVersion": "1", "generation": 2, "selfLink": "s",
            "creationTimestamp": null, "deletionTimestamp": "t", "deletionGracePeriodSeconds": 1,
            "ownerReferences": [], "finalizers": ["keep"], "generateName": "keep-",
            "annotations": {LAST_APPLIED: "{\"data\":1}", LAST_APPLIED_KUBECFG: "x"},
            "labels": {"on": true}
        }}));
        let expected = json!({
            "name": "n", "finalizers": ["keep"], "generateName": "keep-", "labels": {"on": "true"}
        });
        assert_eq!(Value::Object(input.metadata), expected);
    }

    #[test]
    fn errors_name_the_field_and_never_the_value() {
        assert_eq!(
            refused(json!({"data": {"password": "hunter2!"}})),
            "data[\"password\"] is not base64: foreign character at position 8; \
             plain text belongs under stringData"
        );
        assert_eq!(
            refused(json!({"data": {"a": 7}})),
            "data[\"a\"] must be base64 text; put it in quotes"
        );
        assert_eq!(refused(json!({"data": "x"})), "data must be a map");
        assert_eq!(refused(json!({"type": 1})), "type must be text");
        assert_eq!(refused(json!([])), "the Secret must be a map");
        assert_eq!(
            refused(json!({"kind": "ConfigMap"})),
            "kind \"ConfigMap\" is not a Secret; only Secrets are sealed"
        );
    }
}
