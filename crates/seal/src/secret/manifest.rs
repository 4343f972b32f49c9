//! Opened values become a Secret manifest, in a buffer that is wiped.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use signet_api::SealedSecret;
use signet_api::names::SKIP_OWNER;
use zeroize::Zeroizing;

use super::open::Opened;
use crate::bytes::SecretBytes;

/// Whether the Secret goes when its SealedSecret goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// One owner reference, to the SealedSecret, as its controller; unless the template declines it.
    Owned,
    /// No owner reference.
    Free,
}

/// What the API server owns, and what would make it refuse a new object.
const SERVER_OWNED: [&str; 8] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// The Secret as JSON, two spaces deep, with a line break at the end. JSON is YAML too.
///
/// Metadata, type and `immutable` are the template's; name and namespace are the SealedSecret's,
/// whatever the template says.
#[must_use]
pub fn to_secret_manifest(
    sealed: &SealedSecret,
    opened: &Opened,
    ownership: Ownership,
) -> SecretBytes {
    let head = format!("{:#}", head(sealed, opened, ownership));
    // The object's own closing brace, to be written again behind the values.
    let head = head.strip_suffix("\n}").unwrap_or(&head);
    let mut out = Zeroizing::new(Vec::with_capacity(head.len() + size(&opened.data) + 64));
    out.extend_from_slice(head.as_bytes());
    if !opened.data.is_empty() {
        out.extend_from_slice(b",\n  \"data\": {");
        for (place, (key, value)) in opened.data.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            out.extend_from_slice(
                format!("{comma}\n    {}: \"", Value::from(key.as_str())).as_bytes(),
            );
            append_base64(&mut out, value.expose());
            out.push(b'"');
        }
        out.extend_from_slice(b"\n  }");
    }
    out.extend_from_slice(b"\n}\n");
    out.into()
}

/// Upper bound for the text of the values: were the buffer to grow, plaintext would stay behind.
fn size(data: &BTreeMap<String, SecretBytes>) -> usize {
    let entry = |(key, value): (&String, &SecretBytes)| {
        16 + Value::from(key.as_str()).to_string().len() + value.len().div_ceil(3) * 4
    };
    data.iter().map(entry).sum()
}

fn append_base64(out: &mut Vec<u8>, value: &[u8]) {
    let start = out.len();
    out.resize(start + value.len().div_ceil(3) * 4, 0);
    let written = STANDARD
        .encode_slice(value, &mut out[start..])
        .unwrap_or_default();
    debug_assert_eq!(
        start + written,
        out.len(),
        "base64 has the length that was made for it"
    );
}

fn head(sealed: &SealedSecret, opened: &Opened, ownership: Ownership) -> Value {
    let mut fields = Map::new();
    fields.insert("apiVersion".to_owned(), "v1".into());
    fields.insert("kind".to_owned(), "Secret".into());
    fields.insert("metadata".to_owned(), metadata(sealed, opened, ownership));
    fields.insert("type".to_owned(), opened.template.type_.as_deref().into());
    fields.insert("immutable".to_owned(), opened.template.immutable.into());
    fields.retain(|_, value| !value.is_null());
    Value::Object(fields)
}

fn metadata(sealed: &SealedSecret, opened: &Opened, ownership: Ownership) -> Value {
    let mut metadata = opened.template.metadata.clone().unwrap_or_default();
    metadata.retain(|field, _| !SERVER_OWNED.contains(&field.as_str()));
    let skip = metadata
        .get("annotations")
        .and_then(|map| map.get(SKIP_OWNER));
    let owned = ownership == Ownership::Owned && skip.is_none_or(|text| text != "true");
    metadata.remove("ownerReferences");
    if owned {
        metadata.insert("ownerReferences".to_owned(), json!([owner(sealed)]));
    }
    metadata.insert("name".to_owned(), sealed.metadata.name.as_deref().into());
    metadata.insert(
        "namespace".to_owned(),
        sealed.metadata.namespace.as_deref().into(),
    );
    metadata.retain(|_, value| !value.is_null());
    Value::Object(metadata)
}

/// Without `blockOwnerDeletion`, as the peer writes it; a manifest from a file has no uid yet.
fn owner(sealed: &SealedSecret) -> Value {
    json!({
        "apiVersion": "bitnami.com/v1alpha1",
        "kind": "SealedSecret",
        "name": sealed.metadata.name,
        "uid": sealed.metadata.uid.as_deref().unwrap_or_default(),
        "controller": true,
    })
}
