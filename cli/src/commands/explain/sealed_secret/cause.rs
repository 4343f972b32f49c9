//! What a status says went wrong, told apart by its reason and its words: ours, and the
//! sealed-secrets controller's, which gives no reason.

use serde_json::Value;

/// Why it is not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// An item does not open with any key.
    NoKey,
    /// An item is no base64, or the object not of its form.
    Malformed,
    /// The template cannot be rendered.
    Template,
    /// The deprecated form, where it is not accepted or beside the other.
    Form,
    /// Somebody else's Secret has the name.
    NotManaged,
    /// The Secret is immutable and differs.
    Immutable,
    /// Somebody changed the Secret, and the policy leaves it.
    Drifted,
    /// The API server did not take the Secret.
    NotWritten,
    /// Something else.
    Other,
}

/// Words in a message, and what they mean. The first that fits counts.
const WORDS: [(&str, Cause); 13] = [
    ("is not managed by SealedSecret", Cause::NotManaged),
    ("the target Secret is immutable", Cause::Immutable),
    ("it is left so because annotation", Cause::Drifted),
    ("spec.template.data", Cause::Template),
    ("template: ", Cause::Template),
    ("no key could decrypt secret", Cause::NoKey),
    ("not base64", Cause::Malformed),
    ("illegal base64 data", Cause::Malformed),
    ("spec.encryptedData:", Cause::Malformed),
    ("spec.template:", Cause::Malformed),
    ("annotation signet.dev/", Cause::Malformed),
    ("deprecated 'data' field", Cause::Form),
    ("the deprecated field 'data'", Cause::Form),
];

impl Cause {
    /// Of a condition that is not true.
    pub fn of(condition: &Value) -> Self {
        let text = |field: &str| condition[field].as_str().unwrap_or_default();
        let message = text("message");
        let words = WORDS.iter().find(|(words, _)| message.contains(words));
        match (text("reason"), words) {
            ("Drifted", _) => Self::Drifted,
            (_, Some((_, cause))) => *cause,
            ("ErrUpdateFailed", None) => Self::NotWritten,
            _ if message.contains("failed update") || message.contains("forbidden") => {
                Self::NotWritten
            }
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_words_of_both_controllers_are_understood() {
        let of =
            |reason: &str, message: &str| Cause::of(&json!({"reason": reason, "message": message}));
        for (reason, message, cause) in [
            (
                "",
                "no key could decrypt secret (password, username)",
                Cause::NoKey,
            ),
            (
                "ErrUnsealFailed",
                "no key could decrypt secret (a)\nsealed for x",
                Cause::NoKey,
            ),
            (
                "",
                "illegal base64 data at input byte 4 (a)",
                Cause::Malformed,
            ),
            (
                "",
                "template: a:1: function \"nope\" not defined (a)",
                Cause::Template,
            ),
            (
                "",
                "using deprecated 'data' field, use 'encryptedData' or flip the feature flag",
                Cause::Form,
            ),
            (
                "",
                "failed update: Resource \"db\" already exists and is not managed by SealedSecret",
                Cause::NotManaged,
            ),
            (
                "ErrUpdateFailed",
                "Error updating a/b: the target Secret is immutable. Once",
                Cause::Immutable,
            ),
            (
                "Drifted",
                "the Secret was deleted; it is left",
                Cause::Drifted,
            ),
            ("ErrUpdateFailed", "403 Forbidden", Cause::NotWritten),
            ("", "secrets is forbidden: User", Cause::NotWritten),
            ("", "something new", Cause::Other),
        ] {
            assert_eq!(of(reason, message), cause, "{message}");
        }
    }
}
