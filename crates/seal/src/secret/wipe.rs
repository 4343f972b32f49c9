//! JSON that held plaintext is overwritten before its memory is given back.

use std::ops::{Deref, DerefMut};

use serde_json::Value;
use zeroize::Zeroize;

/// A JSON value whose strings are wiped when it goes. It has no `Debug`.
pub(super) struct Wiped(pub(super) Value);

impl Drop for Wiped {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

impl Deref for Wiped {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl DerefMut for Wiped {
    fn deref_mut(&mut self) -> &mut Value {
        &mut self.0
    }
}

/// Overwrites every string; keys and numbers are not secrets (a number in `stringData` is one digit
/// string that serde_json never allocates).
fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(fields) => fields.values_mut().for_each(wipe),
        Value::Number(number) => *number = 0.into(),
        Value::Null | Value::Bool(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_at_every_depth_are_emptied() {
        let mut value = serde_json::json!({"a": "x", "b": [{"c": "y"}, 7, null]});
        wipe(&mut value);
        assert_eq!(
            value,
            serde_json::json!({"a": "", "b": [{"c": ""}, 0, null]})
        );
    }
}
