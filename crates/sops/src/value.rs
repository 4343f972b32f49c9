//! Objects that have been read already, as Flux opens them after a build.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use zeroize::{Zeroize, Zeroizing};

use crate::decrypt::{Options, decrypt_as, open};
use crate::error::{Error, ErrorKind};
use crate::format::Format;
use crate::identity::Identities;
use crate::plaintext::lossy;
use crate::tree::{Content, Entry, Key, Leaf, Node, Place};

/// Whether an object is encrypted as a whole: whether it has `sops.mac`.
#[must_use]
pub fn is_encrypted(object: &Value) -> bool {
    let mac = object.pointer("/sops/mac");
    mac.is_some_and(|mac| !mac.is_null() && mac.as_str() != Some(""))
}

/// Opens an object that is encrypted as a whole, in place; `sops` is gone from it then.
///
/// The MAC is not looked at: it is over all values in the order of the file, of which a build has
/// changed some and forgotten the order of others. Each encrypted value is still bound to its own keys.
///
/// # Errors
/// [`Error`] with path, cause and remedy; the object is empty then, so that nobody applies half of it.
pub fn decrypt_value(object: &mut Value, identities: &Identities) -> Result<(), Error> {
    let mut document = from_json(object.take());
    let Some((_, sops)) = document.remove("sops") else {
        return Err(ErrorKind::NotSops.into());
    };
    let options = Options { check_mac: false };
    let opened = open(vec![document], &sops, identities, &options, false)?;
    *object = opened
        .documents
        .into_iter()
        .next()
        .map_or(Value::Null, to_json);
    Ok(())
}

/// Opens the values of a Secret's `data` that are SOPS files themselves, in place. Returns how many
/// there were.
///
/// The format of a value is told by its content, and what it is written as by the ending of its key.
///
/// # Errors
/// As [`decrypt_as`], with `data` and the key in the path; values before it are opened then.
pub fn decrypt_secret_data(
    secret: &mut Value,
    identities: &Identities,
    options: &Options,
) -> Result<usize, Error> {
    let Some(data) = secret.get_mut("data").and_then(Value::as_object_mut) else {
        return Ok(0);
    };
    let mut opened = 0;
    for (key, value) in data {
        // What is no base64 is for the API server to refuse.
        let Some(bytes) = value.as_str().and_then(|text| STANDARD.decode(text).ok()) else {
            continue;
        };
        let Some(from) = Format::of_content(&bytes) else {
            continue;
        };
        let to = Format::of_path(key);
        let plain = decrypt_as(&bytes, from, to, identities, options)
            .map_err(|error| error.in_file_at(key).under("data"))?;
        if let Value::String(text) = value {
            text.zeroize();
        }
        *value = Value::String(STANDARD.encode(plain.expose()));
        opened += 1;
    }
    Ok(opened)
}

fn from_json(value: Value) -> Node {
    let place = Place::line(0);
    let leaf = match value {
        Value::Null => Leaf::Null,
        Value::Bool(yes) => Leaf::Bool(yes),
        Value::Number(number) => match number.as_i64() {
            Some(value) => Leaf::Int(value),
            None => Leaf::Float(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => Leaf::Text(Zeroizing::new(text.into_bytes())),
        Value::Array(items) => {
            let items = items.into_iter().map(from_json).collect();
            return Node::new(Content::List(items), place);
        }
        Value::Object(fields) => {
            let pair = |(name, value)| Entry::Pair(Key::new(name), from_json(value));
            return Node::new(Content::Map(fields.into_iter().map(pair).collect()), place);
        }
    };
    Node::leaf(leaf, place)
}

fn to_json(node: Node) -> Value {
    match node.content {
        Content::Leaf(leaf) => scalar(leaf),
        Content::List(items) => {
            let items = items.into_iter().filter(|item| !item.is_comment());
            items.map(to_json).collect()
        }
        Content::Map(entries) => {
            let pair = |entry| match entry {
                Entry::Pair(key, node) => Some((key.name, to_json(node))),
                Entry::Comment(_) => None,
            };
            Value::Object(entries.into_iter().filter_map(pair).collect())
        }
    }
}

fn scalar(leaf: Leaf) -> Value {
    match leaf {
        Leaf::Null | Leaf::Comment(_) => Value::Null,
        Leaf::Bool(yes) => Value::Bool(yes),
        Leaf::Int(value) => value.into(),
        Leaf::Float(value) => float(value),
        Leaf::Text(mut text) => match String::from_utf8(std::mem::take(&mut *text)) {
            Ok(text) => Value::String(text),
            Err(bytes) => {
                let bytes = Zeroizing::new(bytes.into_bytes());
                Value::String(lossy(&bytes).to_string())
            }
        },
        Leaf::Time(text) => Value::String(text.to_string()),
    }
}

/// A whole float is an integer to Kubernetes, as its reader of JSON takes it.
fn float(value: f64) -> Value {
    let whole = format!("{value}").parse::<i64>().map(Value::from);
    whole.unwrap_or_else(|_| serde_json::Number::from_f64(value).map_or(Value::Null, Value::Number))
}
