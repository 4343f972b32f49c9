//! Conditions as Kubernetes writes them (`metav1.Condition`), set with a time that is handed in.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

/// What a condition says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// `"True"`.
    True,
    /// `"False"`.
    False,
    /// `"Unknown"`.
    Unknown,
}

impl Truth {
    /// The word in the status.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

/// Sets or replaces the condition `kind`, keeping its place in the list and its transition time
/// unless the status flips. Returns whether anything but times changed.
pub fn set(
    conditions: &mut Vec<Condition>,
    kind: &str,
    status: Truth,
    reason: &str,
    message: &str,
    generation: i64,
    now: Timestamp,
) -> bool {
    let mut next = Condition {
        type_: kind.to_owned(),
        status: status.as_str().to_owned(),
        reason: reason.to_owned(),
        message: message.to_owned(),
        observed_generation: Some(generation),
        last_transition_time: Time(now),
    };
    let Some(old) = conditions.iter_mut().find(|c| c.type_ == kind) else {
        conditions.push(next);
        return true;
    };
    if old.status == next.status {
        next.last_transition_time = old.last_transition_time.clone();
    }
    let changed = *old != next;
    *old = next;
    changed
}

/// Removes the condition `kind`; abnormal conditions are absent when all is well.
/// Returns whether it was there.
pub fn remove(conditions: &mut Vec<Condition>, kind: &str) -> bool {
    let before = conditions.len();
    conditions.retain(|c| c.type_ != kind);
    conditions.len() != before
}

/// Whether the condition `kind` is there and `"True"`.
#[must_use]
pub fn is_true(conditions: &[Condition], kind: &str) -> bool {
    conditions
        .iter()
        .any(|c| c.type_ == kind && c.status == "True")
}
