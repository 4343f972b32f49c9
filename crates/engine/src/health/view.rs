//! Reading an object whose shape nobody guarantees: whatever is missing or of another type is
//! absent.

use serde_json::Value;

/// A live object.
#[derive(Clone, Copy)]
pub(super) struct View<'a>(pub(super) &'a Value);

/// One of its conditions.
#[derive(Clone, Copy)]
pub(super) struct Condition<'a> {
    status: &'a str,
    reason: &'a str,
    message: &'a str,
}

impl<'a> View<'a> {
    /// The text at a JSON pointer.
    pub(super) fn text(self, pointer: &str) -> Option<&'a str> {
        self.0.pointer(pointer)?.as_str()
    }

    /// The whole number at a JSON pointer.
    pub(super) fn number(self, pointer: &str) -> Option<i64> {
        self.0.pointer(pointer)?.as_i64()
    }

    /// A counter of a status; Kubernetes leaves zero out.
    pub(super) fn count(self, name: &str) -> i64 {
        self.number(&format!("/status/{name}")).unwrap_or(0)
    }

    /// The condition of this type.
    pub(super) fn condition(self, kind: &str) -> Option<Condition<'a>> {
        let conditions = self.0.pointer("/status/conditions")?.as_array()?;
        let text = |c: &'a Value, key: &str| c.get(key).and_then(Value::as_str).unwrap_or_default();
        conditions
            .iter()
            .find(|c| text(c, "type") == kind)
            .map(|c| Condition {
                status: text(c, "status"),
                reason: text(c, "reason"),
                message: text(c, "message"),
            })
    }
}

impl Condition<'_> {
    pub(super) fn is_true(self) -> bool {
        self.status == "True"
    }

    pub(super) fn is_false(self) -> bool {
        self.status == "False"
    }

    pub(super) fn has_reason(self, reason: &str) -> bool {
        self.reason == reason
    }

    /// The condition in words: its message, else its reason, else its status.
    pub(super) fn words(self, kind: &str) -> String {
        let said = [self.message, self.reason]
            .into_iter()
            .find(|text| !text.is_empty());
        match said {
            Some(said) => format!("{kind} is {}: {said}", self.status),
            None => format!("{kind} is {}", self.status),
        }
    }
}
