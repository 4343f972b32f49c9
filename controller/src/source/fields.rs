//! Which fields of a GitRepository are acted on. The others are refused by name, never half done.

use serde_json::Value;
use signet_api::GitRepositorySpec;

use super::status::Look;
use crate::unsupported;

/// The look at a declaration that asks for what is not built; none if all of it is.
pub fn unsupported(spec: &GitRepositorySpec) -> Option<Look> {
    let idle = |name: &str, value: &Value| match name {
        "gitImplementation" => true,
        "provider" => value == "generic",
        _ => *value == Value::Bool(false),
    };
    let fields = unsupported::fields(&spec.other, idle);
    unsupported::message(&fields).map(|message| Look::stalled(unsupported::REASON, message))
}
