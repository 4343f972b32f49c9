//! The parts of a declaration that shape what is rendered.

use serde_json::json;
use signet_api::KustomizationSpec;

/// All of them as one text: equal texts ask for the same, of the same files.
#[must_use]
pub fn asked(spec: &KustomizationSpec) -> String {
    json!([
        spec.path,
        spec.target_namespace,
        spec.name_prefix,
        spec.name_suffix,
        spec.components,
        spec.ignore_missing_components,
        spec.patches,
        spec.images,
        spec.common_metadata,
        spec.build_metadata,
    ])
    .to_string()
}
