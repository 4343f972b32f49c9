//! What may be repeated of the server's word about a Secret, and where the word hides.

use kube::core::Status;

/// Where a field path of a Secret may begin. A webhook is free to put anything into `field`.
const SECRET_FIELDS: [&str; 6] = [
    "metadata",
    "data",
    "stringData",
    "type",
    "immutable",
    "apiVersion",
];

pub(super) fn is_secret_field(field: &str) -> bool {
    let root = field.split(['.', '[']).next().unwrap_or_default();
    field.len() <= 300
        && SECRET_FIELDS.contains(&root)
        && field
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-[]/".contains(&b))
}

/// The sentence in the place of the one withheld.
pub(super) fn withheld(fields: &[String]) -> String {
    const WHY: &str = "the server's message is withheld because it could quote a Secret's value";
    if fields.is_empty() {
        WHY.to_owned()
    } else {
        format!("{}: {WHY}", fields.join(", "))
    }
}

/// Server-side apply answers 500 and no reason to an object that does not fit its schema, where
/// every other request is told `Invalid`. Returns the field in question, empty if it is not named.
pub(super) fn schema_refusal(status: &Status) -> Option<String> {
    const BEGINNINGS: [&str; 2] = [
        "failed to create typed patch object (",
        "failed to convert new object (",
    ];
    let ours = status.code == 500 && status.reason.is_empty();
    if !ours
        || !BEGINNINGS
            .iter()
            .any(|beginning| status.message.starts_with(beginning))
    {
        return None;
    }
    let field = status
        .message
        .split_once("): .")
        .and_then(|(_, rest)| rest.split_once(": "));
    Some(field.map_or_else(String::new, |(field, _)| field.to_owned()))
}
