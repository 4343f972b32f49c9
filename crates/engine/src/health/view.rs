//! Reading an object whose shape nobody guarantees.
//!
//! kstatus reads in two ways, and so do we: what the kind's own rules ask for is absent if it is
//! of another type, and what every object has is an error then.

use jiff::Timestamp;
use serde_json::Value;
use signet_api::object_id::split_api_version;

/// A live object; its fields are named by paths such as `status.replicas`.
#[derive(Clone, Copy)]
pub(super) struct View<'a>(pub(super) &'a Value);

/// One of its conditions.
#[derive(Clone, Copy, Default)]
pub(super) struct Condition<'a> {
    pub(super) kind: &'a str,
    pub(super) status: &'a str,
    pub(super) reason: &'a str,
    pub(super) message: &'a str,
}

impl<'a> View<'a> {
    pub(super) fn group(self) -> &'a str {
        split_api_version(self.text("apiVersion")).0
    }

    pub(super) fn kind(self) -> &'a str {
        self.text("kind")
    }

    /// The value at a path; absent if anything on the way is.
    fn at(self, path: &str) -> Option<&'a Value> {
        path.split('.')
            .try_fold(self.0, |value, key| value.get(key))
    }

    /// The value at a path; what is on the way must be a mapping.
    fn strictly_at(self, path: &str) -> Result<Option<&'a Value>, String> {
        let mut value = self.0;
        for key in path.split('.') {
            match value {
                Value::Null => return Ok(None),
                Value::Object(map) => match map.get(key) {
                    Some(inner) => value = inner,
                    None => return Ok(None),
                },
                other => return Err(misfit(path, other, "a mapping on the way")),
            }
        }
        Ok(Some(value))
    }

    pub(super) fn maybe_text(self, path: &str) -> Option<&'a str> {
        self.at(path)?.as_str()
    }

    /// A text, empty where there is none.
    pub(super) fn text(self, path: &str) -> &'a str {
        self.maybe_text(path).unwrap_or_default()
    }

    pub(super) fn is_true(self, path: &str) -> bool {
        self.at(path) == Some(&Value::Bool(true))
    }

    /// A whole number, where there is one.
    pub(super) fn number(self, path: &str) -> Option<i64> {
        self.at(path)?.as_i64()
    }

    /// A text that may be missing, but may not be something else.
    pub(super) fn strict_text(self, path: &str) -> Result<Option<&'a str>, String> {
        let text = |value: &'a Value| value.as_str().ok_or_else(|| misfit(path, value, "a text"));
        self.strictly_at(path)?.map(text).transpose()
    }

    /// A whole number that may be missing, but may not be something else.
    pub(super) fn strict_number(self, path: &str) -> Result<Option<i64>, String> {
        let number = |value: &Value| {
            value
                .as_i64()
                .ok_or_else(|| misfit(path, value, "a whole number"))
        };
        self.strictly_at(path)?.map(number).transpose()
    }

    /// The conditions in the order in which they stand.
    pub(super) fn conditions(self) -> Result<Vec<Condition<'a>>, String> {
        const PATH: &str = "status.conditions";
        match self.strictly_at(PATH)? {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(all)) => all.iter().map(condition).collect(),
            Some(other) => Err(misfit(PATH, other, "a list")),
        }
    }

    /// Names of the containers that crash again and again.
    pub(super) fn crash_looping(self) -> Result<Vec<&'a str>, String> {
        const PATH: &str = "status.containerStatuses";
        let all = match self.strictly_at(PATH)? {
            None => return Ok(Vec::new()),
            Some(Value::Array(all)) => all,
            Some(other) => return Err(misfit(PATH, other, "a list")),
        };
        let waits = |view: &View<'a>| view.text("state.waiting.reason") == "CrashLoopBackOff";
        let crashing = all.iter().map(View).filter(waits);
        Ok(crashing
            .filter_map(|view| view.maybe_text("name"))
            .collect())
    }

    /// When it was created; the beginning of time if that cannot be read.
    pub(super) fn created(self) -> Timestamp {
        let text = self.text("metadata.creationTimestamp");
        text.parse().unwrap_or(Timestamp::MIN)
    }
}

fn condition(value: &Value) -> Result<Condition<'_>, String> {
    const PATH: &str = "status.conditions[]";
    match value {
        Value::Null => Ok(Condition::default()),
        Value::Object(_) => {
            let part = |key: &str| match value.get(key) {
                None | Some(Value::Null) => Ok(""),
                Some(Value::String(text)) => Ok(text.as_str()),
                Some(other) => Err(misfit(&format!("{PATH}.{key}"), other, "a text")),
            };
            Ok(Condition {
                kind: part("type")?,
                status: part("status")?,
                reason: part("reason")?,
                message: part("message")?,
            })
        }
        other => Err(misfit(PATH, other, "a mapping")),
    }
}

/// Never quotes the value: nobody knows what it is.
fn misfit(path: &str, found: &Value, wanted: &str) -> String {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    };
    format!("{path} is {found}, and its health is read from {wanted}")
}
