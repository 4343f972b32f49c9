//! What to do about a Secret that somebody changed or deleted after we had left it right: the choice
//! of whoever declares the SealedSecret, in one annotation.

use std::fmt;

use serde_json::Value;
use signet_api::names::DRIFT;
use signet_seal::secret::decide::differences;

/// The value of the annotation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// Put it back at once.
    #[default]
    Enforce,
    /// Leave it, and say so in condition and event until it is right again.
    Report,
    /// Leave it and say nothing. A change of the SealedSecret is still written.
    Ignore,
}

impl Policy {
    /// Reads the annotation of an object; without one, drift is put back.
    ///
    /// # Errors
    /// A sentence, if the value is none of the three.
    pub fn of(object: &Value) -> Result<Self, String> {
        match object["metadata"]["annotations"].get(DRIFT) {
            None => Ok(Self::Enforce),
            Some(Value::String(text)) => match text.as_str() {
                "enforce" => Ok(Self::Enforce),
                "report" => Ok(Self::Report),
                "ignore" => Ok(Self::Ignore),
                _ => Err(format!(
                    "annotation {DRIFT}: write enforce, report or ignore"
                )),
            },
            Some(_) => Err(format!("annotation {DRIFT}: not a string")),
        }
    }
}

/// In what the Secret differs from what is sealed. Names of parts and of keys, never a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drifted {
    /// It is gone.
    Deleted,
    /// These differ, such as `data.password` or `metadata.labels`.
    Changed(Vec<String>),
}

impl fmt::Display for Drifted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deleted => f.write_str("the Secret was deleted")?,
            Self::Changed(parts) => {
                write!(f, "the Secret was changed by hand: {}", parts.join(", "))?;
            }
        }
        write!(f, "; it is left so because annotation {DRIFT} says report")
    }
}

/// Compares what lives with what it would be replaced by.
#[must_use]
pub fn changed(live: &Value, next: &Value) -> Drifted {
    Drifted::Changed(differences(live, next))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_annotation_has_three_values() {
        let policy =
            |value: Value| Policy::of(&json!({"metadata": {"annotations": {DRIFT: value}}}));
        assert_eq!(Policy::of(&json!({})), Ok(Policy::Enforce));
        assert_eq!(policy("report".into()), Ok(Policy::Report));
        assert_eq!(policy("ignore".into()), Ok(Policy::Ignore));
        assert!(policy("Report".into()).is_err() && policy(1.into()).is_err());
    }

    #[test]
    fn a_difference_is_named_and_not_shown() {
        let live = json!({"type": "Opaque", "data": {"a": "AA==", "b": "Qg=="}, "metadata": {}});
        let next = json!({"type": "Opaque", "data": {"a": "AQ==", "c": "Qw=="}, "metadata": {"labels": {"x": "y"}}});
        let drifted = changed(&live, &next);
        assert_eq!(
            drifted.to_string(),
            "the Secret was changed by hand: data.a, data.b, data.c, metadata.labels; \
             it is left so because annotation signet.dev/drift says report"
        );
    }
}
