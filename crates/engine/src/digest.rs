//! Fingerprints of values: the same for the same content, however it was written down.

use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// `sha256:` and 64 hexadecimal digits of the bytes.
#[must_use]
pub fn of_bytes(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold("sha256:".to_owned(), |mut out, byte| {
            // Writing to a String cannot fail.
            let _ = write!(out, "{byte:02x}");
            out
        })
}

/// [`of_bytes`] of [`canonical`].
#[must_use]
pub fn of_value(value: &Value) -> String {
    of_bytes(canonical(value).as_bytes())
}

/// One digest for a set of digests; their order does not matter.
#[must_use]
pub fn of_set<'a>(digests: impl IntoIterator<Item = &'a str>) -> String {
    let mut sorted: Vec<&str> = digests.into_iter().collect();
    sorted.sort_unstable();
    of_bytes(sorted.join("\n").as_bytes())
}

/// JSON without white space and with sorted keys.
///
/// Keys are sorted here, not left to `serde_json`: any crate of the build may switch on its
/// feature that keeps the order of insertion.
#[must_use]
pub fn canonical(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value);
    out
}

fn write(out: &mut String, value: &Value) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| key.as_str());
            list(out, '{', '}', entries, |out, (key, value)| {
                scalar(out, &Value::from(key.as_str()));
                out.push(':');
                write(out, value);
            });
        }
        Value::Array(items) => list(out, '[', ']', items, write),
        other => scalar(out, other),
    }
}

fn list<T>(
    out: &mut String,
    open: char,
    close: char,
    items: impl IntoIterator<Item = T>,
    each: impl Fn(&mut String, T),
) {
    out.push(open);
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        each(out, item);
    }
    out.push(close);
}

fn scalar(out: &mut String, value: &Value) {
    let _ = write!(out, "{value}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_sorted_and_nothing_else_moves() {
        let value = json!({"b": [2, 1, {"z": null, "a": "\"\n"}], "a": 1.5});
        assert_eq!(
            canonical(&value),
            r#"{"a":1.5,"b":[2,1,{"a":"\"\n","z":null}]}"#
        );
    }

    #[test]
    fn bytes_hash_as_sha256sum_prints() {
        let expected = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(of_bytes(b"abc"), expected);
    }

    #[test]
    fn a_set_has_no_order_but_has_members() {
        assert_eq!(of_set(["a", "b"]), of_set(["b", "a"]));
        assert_ne!(of_set(["a", "b"]), of_set(["a"]));
        assert_ne!(of_set(["a", "b"]), of_set(["ab"]));
    }
}
